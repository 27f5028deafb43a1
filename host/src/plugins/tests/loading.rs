//! What is let in, and what is told to those that are not.

use std::time::{Duration, Instant};

use super::components::{component, host, hostile};
use crate::plugins::{LoadFault, PluginError, Slot};

fn refused(bytes: &[u8]) -> LoadFault {
    host().load(bytes, "some.wasm").unwrap_err().fault
}

/// `bytes` with every `from` replaced; both have the same length, so that the component stays whole.
pub(super) fn patched(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

#[test]
fn a_component_says_what_it_is() {
    let Some(plugin) = hostile() else { return };
    assert_eq!(
        (plugin.slot, plugin.name.as_str(), plugin.plugin_version.as_str()),
        (Slot::Detector, "hostile", "0.1.0")
    );
    assert_eq!((plugin.state_format, &plugin.reads_state[..], plugin.parts), (7, &[6, 7][..], 4));
    assert_eq!(plugin.imports, ["foghorn:plugin/host@0.1.0"]);
    assert_eq!(plugin.schema.len(), 3);
    assert_eq!(plugin.bytes.len(), component("hostile").unwrap().len());
    assert_eq!(plugin.source, "testplugins/hostile");
}

#[test]
fn settings_are_checked_by_the_plugin() {
    let Some(plugin) = hostile() else { return };
    let setting = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    assert_eq!(plugin.validate_settings(&setting("misbehave", "none")).unwrap(), Vec::<String>::new());
    assert_eq!(plugin.validate_settings(&setting("trees", "100")).unwrap(), ["there is no setting trees\\n"]);
    let error = plugin.validate_settings(&setting("misbehave", "validate-loop")).unwrap_err();
    assert!(matches!(error, PluginError::Deadline { call: "validate-settings", .. }), "{error}");
}

#[test]
fn what_is_no_component_is_named() {
    assert!(matches!(refused(b"\x7fELF and so on"), LoadFault::NotWasm { .. }));
    assert!(matches!(refused(b"\0asm\x01\0\0\0"), LoadFault::CoreModule));
    assert!(matches!(refused(b"\0asm\x0d\0\x01\0"), LoadFault::NoSlot { .. }));
    assert!(matches!(refused(b"\0asm\x0d\0\x01\0\xff\xff"), LoadFault::Damaged(_)));
    let error = host().load(b"{}", "some.wasm").unwrap_err();
    assert_eq!(
        error.to_string(),
        "some.wasm: not webassembly: it begins with 7b 7d, a component with 00 61 73 6d 0d 00 01 00"
    );
}

#[test]
fn a_damaged_component_is_refused() {
    let Some(bytes) = component("hostile") else { return };
    assert!(matches!(refused(&bytes[..bytes.len() / 2]), LoadFault::Damaged(_)));
}

#[test]
fn a_component_larger_than_allowed_is_not_looked_at() {
    assert!(matches!(refused(&vec![0; (64 << 20) + 1]), LoadFault::Size { .. }));
}

#[test]
fn a_contract_of_another_minor_version_is_refused_and_a_patch_is_not() {
    let Some(bytes) = component("hostile") else { return };
    let fault = refused(&patched(bytes, "@0.1.0", "@0.2.0"));
    assert!(matches!(&fault, LoadFault::Contract { found, .. } if found == "0.2.0"), "{fault}");
    let patch = host().load(&patched(bytes, "@0.1.0", "@0.1.7"), "patch.wasm").unwrap();
    assert_eq!(patch.contract, "0.1.7");
}

#[test]
fn a_missing_function_is_named() {
    let Some(bytes) = component("hostile") else { return };
    let fault = refused(&patched(bytes, "settings-schema", "settings-scheme"));
    assert!(matches!(&fault, LoadFault::Mismatch(why) if why.contains("settings-schema")), "{fault}");
}

#[test]
fn a_world_of_another_package_is_refused() {
    let Some(bytes) = component("hostile") else { return };
    let fault = refused(&patched(bytes, "foghorn:plugin/", "foghorn:plugon/"));
    assert!(
        matches!(&fault, LoadFault::NoSlot { exports } if exports.contains("foghorn:plugon/detector@0.1.0")),
        "{fault}"
    );
}

#[test]
fn a_plugin_that_never_says_what_it_is_costs_a_second() {
    let Some(bytes) = component("endless") else { return };
    let started = Instant::now();
    let fault = refused(bytes);
    assert!(matches!(fault, LoadFault::Plugin(PluginError::Deadline { call: "describe", .. })), "{fault}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_plugin_serves_only_its_own_slot() {
    let Some(plugin) = hostile() else { return };
    let error = crate::plugins::Thresholds::open(&plugin, &[]).unwrap_err();
    assert!(matches!(error, PluginError::WrongSlot { found: Slot::Detector, wanted: Slot::Thresholds, .. }), "{error}");
}
