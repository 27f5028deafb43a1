//! Servers for tests: real ones started on loopback in a directory of their own, and strict stand-ins for InfluxDB 2 and for
//! what a registry of artifacts does when it is broken or bad.

pub mod artifacts;
pub mod influx;
pub mod influx2;
pub mod redis;
pub mod registry;
mod tls;
