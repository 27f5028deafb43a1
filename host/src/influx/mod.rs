//! InfluxDB: lines, windows, alerts and cycles as measurements, over the v1 and the v2 API. The only home of its clients.

mod dialect;
mod v2;
