//! The built components: what they ask of the host, and what they offer.

use std::fs;

use xtask::component;
use xtask::workspace::Workspace;

/// The interface of each slot.
const SLOTS: [(&str, &str); 3] = [("vectorizer", "vectorizer"), ("iforest", "detector"), ("thresholds", "thresholds")];

fn built(name: &str) -> Vec<u8> {
    let path = Workspace::find().unwrap().components().join(format!("{name}.wasm"));
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; run cargo xtask build", path.display()))
}

#[test]
fn built_in_components_import_nothing() {
    for (name, _) in SLOTS {
        let imports = component::imports(&built(name)).unwrap();
        assert!(imports.is_empty(), "{name} imports {imports:?}");
    }
}

#[test]
fn each_built_in_component_describes_itself_and_fills_one_slot() {
    for (name, slot) in SLOTS {
        let exports = component::exports(&built(name)).unwrap();
        let mut expected = ["lifecycle", slot].map(|interface| format!("foghorn:plugin/{interface}@0.1.0"));
        expected.sort();
        assert_eq!(exports, expected, "{name}");
    }
}

#[test]
fn built_in_components_carry_no_path_of_the_builder() {
    let root = Workspace::find().unwrap().root().display().to_string();
    for (name, _) in SLOTS {
        let bytes = built(name);
        assert!(!bytes.windows(root.len()).any(|part| part == root.as_bytes()), "{name} holds {root}");
    }
}
