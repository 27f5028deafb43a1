//! Figures for Prometheus: base units, containers by identity, never by id.
//!
//! Each account gives counters, two quantiles and its memory; the whole distribution of call times is given for each plugin over all
//! containers, because twenty-six buckets for each container and slot would be too much to keep.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::host_metrics::HostFigures;
use crate::identity::Identity;
use crate::pipeline::costs::Account;
use crate::plugins::{CostSnapshot, Plugin};
use crate::run::desk::Desk;
use crate::run::facts::{Facts, ModelFacts};

type Labels = Vec<(&'static str, String)>;

/// How many notices there are, of alerts that are kept.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// By sink and state.
    pub(super) sent: Vec<(String, String, u64)>,
    /// What was not told, by reason.
    pub(super) suppressed: Vec<(String, u64)>,
}

/// The text of all figures.
pub(super) fn text(desk: &Desk, notices: Notices, host: HostFigures) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("foghorn");
    registry.register_collector(Box::new(Figures { notices, ..Figures::of(desk) }));
    registry.register_collector(Box::new(host));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// All figures at one moment.
#[derive(Debug)]
struct Figures {
    /// Of one plugin in one container.
    accounts: Vec<(Labels, CostSnapshot)>,
    /// Of one plugin in all containers.
    plugins: Vec<(Labels, CostSnapshot)>,
    /// Of each container, by identity.
    models: Vec<(Labels, ModelFacts)>,
    notices: Notices,
    known: u64,
    refused: u64,
    quarantined: u64,
}

impl Figures {
    fn of(desk: &Desk) -> Self {
        let catalogue = desk.registry.current();
        let mut plugins: BTreeMap<Labels, CostSnapshot> = BTreeMap::new();
        let mut accounts = Vec::new();
        for (account, cost) in desk.costs.all() {
            let cost = cost.snapshot();
            let labels = of_plugin(&account, catalogue.by_digest(&account.digest).as_ref());
            plugins.entry(labels.clone()).or_default().add(&cost);
            accounts.push(([vec![("container", account.identity.to_string())], labels].concat(), cost));
        }
        Self {
            accounts,
            plugins: plugins.into_iter().collect(),
            models: models(desk),
            notices: Notices::default(),
            known: catalogue.list().len() as u64,
            refused: catalogue.refused().len() as u64,
            quarantined: desk.quarantine.barred().len() as u64,
        }
    }
}

fn models(desk: &Desk) -> Vec<(Labels, ModelFacts)> {
    let mut facts = desk.all_facts();
    facts.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    let labelled =
        |(identity, facts): (Identity, Arc<Facts>)| (vec![("container", identity.to_string())], facts.model.clone());
    facts.into_iter().map(labelled).collect()
}

fn of_plugin(account: &Account, plugin: Option<&Arc<Plugin>>) -> Labels {
    let (name, version) = plugin.map_or_else(
        || ("gone".to_owned(), String::new()),
        |plugin| (plugin.name.clone(), plugin.plugin_version.clone()),
    );
    vec![("slot", account.slot.to_string()), ("plugin", name), ("version", version), ("digest", account.digest.short())]
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut counter = |name: &str, help: &str, unit: Option<&Unit>, value: fn(&CostSnapshot) -> f64| {
            let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Counter)?;
            self.accounts
                .iter()
                .try_for_each(|(labels, cost)| ConstCounter::new(value(cost)).encode(family.encode_family(labels)?))
        };
        counter("plugin_calls", "Calls of a plugin in a container", None, |cost| cost.calls as f64)?;
        counter("plugin_faults", "Times that a plugin broke its contract in a container", None, |cost| {
            cost.faults as f64
        })?;
        counter("plugin_busy", "Time of all calls of a plugin in a container", Some(&Unit::Seconds), |cost| {
            cost.busy_ns as f64 / 1e9
        })?;
        self.gauges(&mut encoder)?;
        self.trust(&mut encoder)?;
        self.told(&mut encoder)?;
        let name = "plugin_call_duration";
        let help = "Time of a call of a plugin, over all containers";
        let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        self.plugins.iter().try_for_each(|(labels, cost)| histogram(family.encode_family(labels)?, cost))?;
        for (name, help, value) in [
            ("plugins_known", "Plugins that can be chosen", self.known),
            ("plugins_refused", "Files of the plugins directory that cannot be used", self.refused),
            ("plugins_quarantined", "Plugins that may not be used because they failed too often", self.quarantined),
        ] {
            let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value as f64).encode(gauge)?;
        }
        Ok(())
    }
}

impl Figures {
    fn trust(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "New models of a container that were refused because they were worse than the last one";
        let mut family = encoder.encode_descriptor("models_refused", help, None, MetricType::Counter)?;
        for (labels, model) in &self.models {
            ConstCounter::new(model.refused).encode(family.encode_family(labels)?)?;
        }
        type Count = fn(&ModelFacts) -> u64;
        let canary: [(&str, &str, Count); 2] = [
            ("canary_found", "Trouble made on purpose that the detector of a container found", |model| {
                model.canary.found
            }),
            ("canary_missed", "Trouble made on purpose that the detector of a container did not find", |model| {
                model.canary.missed
            }),
        ];
        for (name, help, count) in canary {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (labels, model) in &self.models {
                ConstCounter::new(count(model)).encode(family.encode_family(labels)?)?;
            }
        }
        let help = "Time from trouble made on purpose to the verdict on it, the newest of a container";
        let mut family = encoder.encode_descriptor("canary_latency", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        for (labels, model) in &self.models {
            let Some(took) = model.canary.took else { continue };
            ConstGauge::new(took.as_secs_f64()).encode(family.encode_family(labels)?)?;
        }
        let help = "How far the newest scores of a container are from those of its training: 0 the same, 1 apart";
        let unit = Unit::Other("ratio".into());
        let mut family = encoder.encode_descriptor("score_drift", help, Some(&unit), MetricType::Gauge)?;
        for (labels, model) in &self.models {
            let Some(drift) = model.drift else { continue };
            ConstGauge::new(drift.distance).encode(family.encode_family(labels)?)?;
        }
        Ok(())
    }

    fn told(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Notices of alerts that are kept, by where they are on their way";
        let mut family = encoder.encode_descriptor("notices", help, None, MetricType::Gauge)?;
        for (sink, state, count) in &self.notices.sent {
            let labels: Labels = vec![("sink", sink.clone()), ("state", state.clone())];
            ConstGauge::new(*count as f64).encode(family.encode_family(&labels)?)?;
        }
        let help = "Times that something was not told of alerts that are kept, by the reason";
        let mut family = encoder.encode_descriptor("notices_suppressed", help, None, MetricType::Gauge)?;
        for (reason, count) in &self.notices.suppressed {
            let labels: Labels = vec![("reason", reason.clone())];
            ConstGauge::new(*count as f64).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn gauges(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let name = "plugin_call_quantile";
        let help = "Time that half, and 99 of 100, of the calls of a plugin in a container do not exceed";
        let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
        for (labels, cost) in &self.accounts {
            for (quantile, us) in [("0.5", cost.p50_us), ("0.99", cost.p99_us)] {
                let Some(us) = us else { continue };
                let labels = [labels.clone(), vec![("quantile", quantile.to_owned())]].concat();
                ConstGauge::new(us / 1e6).encode(family.encode_family(&labels)?)?;
            }
        }
        let mut gauge = |name: &str, help: &str, value: fn(&CostSnapshot) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Bytes), MetricType::Gauge)?;
            self.accounts.iter().try_for_each(|(labels, cost)| {
                ConstGauge::new(value(cost) as f64).encode(family.encode_family(labels)?)
            })
        };
        gauge("plugin_memory", "Linear memory of a plugin's instance in a container", |cost| cost.memory_bytes)?;
        gauge("plugin_memory_peak", "The most linear memory that a plugin ever had in a container", |cost| {
            cost.memory_peak_bytes
        })
    }
}

fn histogram(mut encoder: MetricEncoder<'_>, cost: &CostSnapshot) -> Result<(), fmt::Error> {
    // The encoder takes counts of each bucket alone and adds them up; ours are added up already.
    let mut below = 0;
    let own: Vec<(f64, u64)> = cost
        .buckets()
        .into_iter()
        .map(|(upper, upto)| {
            (if upper.is_finite() { upper } else { f64::MAX }, upto - std::mem::replace(&mut below, upto))
        })
        .collect();
    encoder.encode_histogram::<NoLabelSet>(cost.busy_ns as f64 / 1e9, cost.calls, &own, None)
}
