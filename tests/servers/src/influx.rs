//! InfluxDB 1.x on loopback.
