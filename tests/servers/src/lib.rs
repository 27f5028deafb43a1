//! Servers for tests: real ones (Redis, InfluxDB, a Docker engine) started in a directory of their own, and strict stand-ins for InfluxDB 2 and for
//! what a registry of artifacts does when it is broken or bad; receivers of notices that fail as real ones do.

pub mod artifacts;
pub mod engine;
pub mod influx;
pub mod influx2;
pub mod mail;
pub mod receiver;
pub mod redis;
pub mod registry;
mod tls;
