//! InfluxDB as it is.
