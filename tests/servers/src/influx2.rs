//! A strict stand-in for InfluxDB 2: it refuses what the documentation of its API does not allow.
