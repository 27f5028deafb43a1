//! Replay: a log file through the same pipeline that serves live containers.

pub mod input;
pub mod quality;
