//! Collect: from the engine's logs to clean lines in streams.
