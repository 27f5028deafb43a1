//! The contract as it was frozen: docs/PLUGIN-CONTRACT.md in tests.
//!
//! `data/frozen-0.1.0.wasm` was built from `testplugins/frozen` when the contract was 0.1.0, and is never built again. It stands
//! for the components of others: whoever makes a test here fail has broken them all, and adds a version instead.

use std::sync::{Arc, LazyLock};

use super::components::{host, rows};
use super::loading::patched;
use crate::plugins::{Detector, LoadFault, Plugin, Rows, Slot, train_model};

const COMPONENT: &[u8] = include_bytes!("data/frozen-0.1.0.wasm");
const DIGEST: &str = "7d79822ad0381f0656ef97a474b4ed60b785fa0229a2bf39a753fe71c4875cc0";

/// The contract's files without comments. `worlds.wit` is left out: a new optional interface is named there.
const CONTRACT: &str = include_str!("data/contract-0.1.0.wit");

/// As they are now.
const FILES: [(&str, &str); 6] = [
    ("types", include_str!("../../../../wit/types.wit")),
    ("host", include_str!("../../../../wit/host.wit")),
    ("lifecycle", include_str!("../../../../wit/lifecycle.wit")),
    ("vectorizer", include_str!("../../../../wit/vectorizer.wit")),
    ("detector", include_str!("../../../../wit/detector.wit")),
    ("thresholds", include_str!("../../../../wit/thresholds.wit")),
];

/// What the component gives, worked out apart from it in single precision: rows and sums, scores, weights of the last row.
const STATE: [f32; 4] = [3.0, 2.1, 4.7, 2.3];
const SCORES: [u32; 3] = [0x4131_999a, 0x4111_9999, 0x415c_cccd];
const WEIGHTS: [u32; 3] = [0x4006_6666, 0x4116_6666, 0x4013_3333];

static PLUGIN: LazyLock<Arc<Plugin>> = LazyLock::new(|| host().load(COMPONENT, "frozen-0.1.0.wasm").unwrap());

fn gain() -> Vec<(String, String)> {
    vec![("gain".into(), "3".into())]
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Values whose sums and means are not round.
fn uneven() -> Rows {
    Rows { val: vec![0.1, 2.3, 4.7], ..rows() }
}

/// The whole life of a model, as bits.
fn life(plugin: &Arc<Plugin>) -> (Vec<u8>, Vec<u32>, Vec<u32>) {
    let state = train_model(plugin, &gain(), &uneven(), 1_234).unwrap();
    let mut model = Detector::load(plugin, &gain(), plugin.state_format, &state).unwrap();
    let scores = model.score(&uneven()).unwrap();
    let weights = model.explain(&uneven().select([2])).unwrap();
    assert_eq!(model.stats().unwrap(), [("rows".to_owned(), 3.0)]);
    (state, bits(&scores), bits(&weights))
}

#[test]
fn a_component_of_the_first_version_is_known_as_it_was() {
    let plugin = &*PLUGIN;
    assert_eq!(plugin.digest.to_string(), DIGEST, "the file was exchanged; it must stay as it was built");
    assert_eq!(
        (plugin.slot, plugin.name.as_str(), plugin.plugin_version.as_str()),
        (Slot::Detector, "frozen", "0.1.0")
    );
    assert_eq!((plugin.state_format, plugin.parts, plugin.contract.as_str()), (1, 4, "0.1.0"));
    assert_eq!(plugin.imports, ["foghorn:plugin/host@0.1.0"]);
    assert_eq!(plugin.schema[0].key, "gain");
    assert_eq!(plugin.validate_settings(&gain()).unwrap(), Vec::<String>::new());
    assert_eq!(plugin.validate_settings(&[("gain".into(), "0".into())]).unwrap(), ["bad setting gain"]);
}

#[test]
fn a_component_of_the_first_version_gives_the_same_bits_as_ever() {
    let (state, scores, weights) = life(&PLUGIN);
    assert_eq!(state, STATE.map(f32::to_le_bytes).concat());
    assert_eq!(scores, SCORES);
    assert_eq!(weights, WEIGHTS);
}

#[test]
fn a_component_of_a_later_patch_works_as_one_of_the_first() {
    let later = host().load(&patched(COMPONENT, "@0.1.0", "@0.1.7"), "later.wasm").unwrap();
    assert_eq!((later.contract.as_str(), &later.imports[..]), ("0.1.7", &["foghorn:plugin/host@0.1.7".to_owned()][..]));
    assert_eq!(life(&later), life(&PLUGIN));
}

#[test]
fn a_later_patch_that_asks_for_more_than_this_host_has_is_refused_by_name() {
    let more = patched(&patched(COMPONENT, "@0.1.0", "@0.1.7"), "foghorn:plugin/host@", "foghorn:plugin/hist@");
    let error = host().load(&more, "more.wasm").unwrap_err().to_string();
    assert_eq!(error, "more.wasm: it imports foghorn:plugin/hist@0.1.7; allowed is foghorn:plugin/host alone");
}

#[test]
fn a_component_of_the_next_version_is_refused_with_the_versions_and_the_cure() {
    let error = host().load(&patched(COMPONENT, "@0.1.0", "@0.2.0"), "next.wasm").unwrap_err();
    assert!(matches!(error.fault, LoadFault::Contract { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "next.wasm: made for version '0.2.0' of the contract foghorn:plugin; this host reads 0.1.x: \
         update the host or build the plugin for it"
    );
}

#[test]
fn no_interface_of_the_contract_has_changed() {
    let now: Vec<String> = FILES.iter().map(|(name, text)| stripped(name, text)).collect();
    for (file, frozen) in now.iter().zip(CONTRACT.split_inclusive("// end\n")) {
        assert_eq!(file, frozen, "an interface was changed in place; docs/PLUGIN-CONTRACT.md says how one is added");
    }
    assert_eq!(now.concat(), CONTRACT);
}

/// A file without comments, empty lines and its package, whose patch number may rise.
fn stripped(name: &str, text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end());
    let kept: Vec<&str> = lines.filter(|line| !line.trim().is_empty() && !line.starts_with("package ")).collect();
    format!("// {name}.wit\n{}\n// end\n", kept.join("\n"))
}
