//! Servers for tests: real ones started on loopback in a directory of their own, and a strict stand-in for InfluxDB 2.

pub mod influx;
pub mod influx2;
pub mod redis;
