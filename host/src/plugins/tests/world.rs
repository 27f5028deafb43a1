//! The empty world: components that import `wasi:*`, refused or shown nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::components::{component, host, options};
use crate::plugins::{LoadFault, Plugin, PluginError, Plugins, PluginsOptions, Thresholds, TrapKind};

fn granted() -> Option<Arc<Plugin>> {
    let bytes = component("wasi")?;
    let host = Plugins::new(PluginsOptions { wasi: true, ..options() }).unwrap();
    Some(host.load(bytes, "wasi").unwrap())
}

#[test]
fn wasi_is_refused_unless_granted() {
    let Some(bytes) = component("wasi") else { return };
    let error = host().load(bytes, "wasi").unwrap_err();
    assert!(
        matches!(&error.fault, LoadFault::Imports { names, only_wasi: true } if names.contains("wasi:random/random@0.2.0")),
        "{error}"
    );
}

#[test]
fn nothing_of_the_host_is_seen_through_wasi() {
    let Some(plugin) = granted() else { return };
    assert!(plugin.imports.iter().all(|name| name.starts_with("wasi:")), "{:?}", plugin.imports);
    let seen = Thresholds::open(&plugin, &[]).unwrap().save().unwrap();
    assert_eq!(String::from_utf8(seen).unwrap(), "variables 0 arguments 0 directories 0 socket false year-2000 true");
}

#[test]
fn time_and_chance_are_the_same_in_every_run_and_nobody_sleeps() {
    let Some(plugin) = granted() else { return };
    let started = Instant::now();
    let decide = || Thresholds::open(&plugin, &[]).unwrap().decide(&[0.0; 4], &[0; 4]).unwrap();
    let (first, second) = (decide(), decide());
    assert_eq!(first, second);
    assert_ne!(first[0].threshold, first[1].threshold);
    assert!(started.elapsed() < Duration::from_secs(60), "it slept");
}

#[test]
fn exit_ends_the_instance_and_nothing_else() {
    let Some(plugin) = granted() else { return };
    let error = Thresholds::open(&plugin, &[]).unwrap().calibrate(&[]).unwrap_err();
    assert!(matches!(error, PluginError::Trap { kind: TrapKind::Exit, .. }), "{error}");
    assert!(Thresholds::open(&plugin, &[]).is_ok());
}
