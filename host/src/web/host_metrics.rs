//! Figures of the host for Prometheus: the same as on the system page, and the lines of each container.

use std::fmt;

use foghorn_dashboard::view::System;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::store::ContainerRecord;

type Labels = Vec<(&'static str, String)>;

/// All of them at one moment.
#[derive(Debug)]
pub(super) struct HostFigures {
    pub(super) system: System,
    pub(super) containers: Vec<ContainerRecord>,
    /// Cycles after which a container is watched.
    pub(super) cycles_needed: u32,
}

impl Collector for HostFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.of_host(&mut encoder)?;
        self.of_servers(&mut encoder)?;
        self.of_containers(&mut encoder)
    }
}

impl HostFigures {
    fn of_host(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let system = &self.system;
        let store = &system.store;
        let bytes = Some(&Unit::Bytes);
        let some = |value: Option<u64>| value.map(|value| value as f64);
        let gauges: [(&str, &str, Option<&Unit>, Option<f64>); 11] = [
            ("resident_memory", "Resident memory of the process", bytes, some(system.memory_bytes)),
            (
                "memory_limit",
                "Most resident memory that the process is to take",
                bytes,
                some(system.memory_limit_bytes),
            ),
            (
                "memory_short",
                "1 while reading waits for memory, else 0",
                None,
                Some(f64::from(u8::from(system.memory_is_short))),
            ),
            ("store_size", "The store on disk", bytes, Some(store.used_bytes as f64)),
            ("store_lines_limit", "Most bytes of lines that are kept", bytes, Some(store.lines_bytes_max as f64)),
            ("disk_free", "Free space where the store is", bytes, some(store.disk_free_bytes)),
            ("store_lines", "Lines that are kept", None, Some(store.lines as f64)),
            ("store_windows", "Windows that are kept", None, Some(store.windows as f64)),
            ("containers", "Containers that are known", None, Some(system.containers as f64)),
            ("alerts_open", "Alerts that last", None, Some(system.alerts_open as f64)),
            ("ready", "1 while all checks are good, else 0", None, Some(f64::from(u8::from(system.status.is_ready())))),
        ];
        for (name, help, unit, value) in gauges {
            let Some(value) = value else { continue };
            let gauge = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
            ConstGauge::new(value).encode(gauge)?;
        }
        let started = system.status.started.0 as f64 / 1e9;
        let help = "When the host was started, since the Unix epoch";
        let gauge = encoder.encode_descriptor("start_time", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        ConstGauge::new(started).encode(gauge)
    }

    fn of_servers(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let labels = |name: &str| -> Labels { vec![("server", name.to_owned())] };
        let help = "1 while the server is well, else 0";
        let mut family = encoder.encode_descriptor("server_up", help, None, MetricType::Gauge)?;
        for server in &self.system.servers {
            ConstGauge::new(f64::from(u8::from(server.good))).encode(family.encode_family(&labels(&server.name))?)?;
        }
        let help = "Lines in the spool that wait for the server";
        let mut family = encoder.encode_descriptor("server_lines_waiting", help, None, MetricType::Gauge)?;
        for server in &self.system.servers {
            ConstGauge::new(server.lines_waiting as f64).encode(family.encode_family(&labels(&server.name))?)?;
        }
        let help = "Lines that had to go before the server could take them";
        let mut family = encoder.encode_descriptor("server_lines_missed", help, None, MetricType::Counter)?;
        for server in &self.system.servers {
            ConstCounter::new(server.lines_missed).encode(family.encode_family(&labels(&server.name))?)?;
        }
        Ok(())
    }

    fn of_containers(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let labels = |record: &ContainerRecord| -> Labels { vec![("container", record.info.identity.to_string())] };
        let mut counter = |name: &str, help: &str, value: fn(&ContainerRecord) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            self.containers
                .iter()
                .try_for_each(|record| ConstCounter::new(value(record)).encode(family.encode_family(&labels(record))?))
        };
        counter("lines_collected", "Lines of a container that were ever stored", |record| record.lines)?;
        counter("lines_dropped", "Lines of a container that had to go before they were scored", |record| {
            record.lines_dropped
        })?;
        let help = "Lines of a container that is watched which are not scored yet, those of its open window among them";
        let mut family = encoder.encode_descriptor("lines_waiting", help, None, MetricType::Gauge)?;
        for record in self.containers.iter().filter(|record| record.successful_cycles >= self.cycles_needed) {
            let waiting = (record.lines + 1).saturating_sub(record.acknowledged_seq);
            ConstGauge::new(waiting as f64).encode(family.encode_family(&labels(record))?)?;
        }
        let help = "The engine's time of the newest line of a container, since the Unix epoch";
        let unit = Some(&Unit::Seconds);
        let mut family = encoder.encode_descriptor("last_line_time", help, unit, MetricType::Gauge)?;
        for record in self.containers.iter().filter(|record| record.last_line_ns > 0) {
            ConstGauge::new(record.last_line_ns as f64 / 1e9).encode(family.encode_family(&labels(record))?)?;
        }
        Ok(())
    }
}
