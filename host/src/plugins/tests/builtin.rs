//! The built-in components through the host: what the contract promises of them, end to end.

use std::collections::BTreeSet;

use crate::line::{Line, Lines, Output};
use crate::plugins::{Catalogue, Detector, Plugins, Slot, Thresholds, Vectorizer, train_model};
use crate::window::{Cut, Windows};

use super::components::options;

const SETTINGS: &[(String, String)] = &[];

fn catalogue() -> Option<Catalogue> {
    let catalogue = Catalogue::open(Plugins::new(options()).unwrap(), None).unwrap();
    assert!(catalogue.refused().is_empty(), "{:?}", catalogue.refused());
    if catalogue.list().is_empty() {
        eprintln!("skipped: the built-in components are not built; run cargo xtask build");
        return None;
    }
    Some(catalogue)
}

/// `count` windows of ten lines each; `extra` is one more line in the last.
fn windows(count: u64, extra: Option<&str>) -> Windows {
    let mut windows = Windows::default();
    for window in 0..count {
        let mut texts: Vec<String> = (0..10)
            .map(|line| format!("GET /users/{} took {} ms", window * 10 + line, (window * 7 + line) % 90))
            .collect();
        texts.extend(extra.filter(|_| window + 1 == count).map(str::to_owned));
        let line = |text| Line { time_ns: window * 1_000, output: Output::Stdout, text };
        let lines: Lines = texts.iter().map(|text| line(text.as_bytes())).collect();
        let cut = Cut { lines: 0..lines.len(), begin_ns: window * 1_000, end_ns: (window + 1) * 1_000 };
        windows.push(&lines, &cut);
    }
    windows
}

#[test]
fn the_built_in_plugins_import_nothing() {
    let Some(catalogue) = catalogue() else { return };
    for (name, slot) in
        [("vectorizer", Slot::Vectorizer), ("iforest", Slot::Detector), ("thresholds", Slot::Thresholds)]
    {
        let plugin = catalogue.resolve(name, slot, &BTreeSet::new()).unwrap();
        assert_eq!(plugin.imports, Vec::<String>::new(), "{name}");
        assert_eq!(plugin.source, "built-in");
        let defaults: Vec<_> =
            plugin.schema.iter().map(|setting| (setting.key.clone(), setting.default.clone())).collect();
        assert_eq!(plugin.validate_settings(&defaults).unwrap(), Vec::<String>::new(), "{name}");
        let unknown = plugin.validate_settings(&[("no_such_key".into(), "1".into())]).unwrap();
        assert_eq!(unknown.len(), 1, "{name}: {unknown:?}");
    }
}

#[test]
fn a_strange_window_is_learned_around_scored_explained_and_decided_on() {
    let Some(catalogue) = catalogue() else { return };
    let plugin = catalogue.resolve("vectorizer", Slot::Vectorizer, &BTreeSet::new()).unwrap();
    let mut learning = Vectorizer::open_to_learn(&plugin, SETTINGS, 1).unwrap();
    let usual = windows(200, None);
    learning.learn(&usual).unwrap();
    learning.settle().unwrap();
    let rows = learning.transform(&usual, true).unwrap();
    let state = learning.save().unwrap();

    let forest = catalogue.resolve("iforest", Slot::Detector, &BTreeSet::new()).unwrap();
    let model = train_model(&forest, SETTINGS, &rows, 1).unwrap();
    assert_eq!(train_model(&forest, SETTINGS, &rows, 1).unwrap(), model, "the same seed gives the same bytes");

    let mut scoring = Vectorizer::load(&plugin, SETTINGS, plugin.state_format, &state).unwrap();
    let mut detector = Detector::load(&forest, SETTINGS, forest.state_format, &model).unwrap();
    let live = windows(3, Some("panic: connection refused by database"));
    let fresh = scoring.transform(&live, false).unwrap();
    assert_eq!(fresh, learning.transform(&live, false).unwrap(), "loading changes no bit");
    let scores = detector.score(&fresh).unwrap();
    assert!(scores[2] > scores[0] && scores[2] > scores[1], "{scores:?}");

    let last = live.select([2]);
    let weights = detector.explain(&fresh.select([2])).unwrap();
    let terms = scoring.explain(&last, &weights, 8).unwrap();
    assert!(terms.iter().any(|term| term.lines.contains(&10)), "{terms:?}");
    assert_eq!(scoring.columns().unwrap().len(), fresh.columns as usize);
    assert!(!scoring.stats().unwrap().is_empty() && !detector.stats().unwrap().is_empty());

    let gates = catalogue.resolve("thresholds", Slot::Thresholds, &BTreeSet::new()).unwrap();
    let mut gate = Thresholds::open(&gates, SETTINGS).unwrap();
    gate.calibrate(&detector.score(&rows).unwrap()).unwrap();
    let saved = gate.save().unwrap();
    let decisions = gate.decide(&scores, &live.ends).unwrap();
    let mut again = Thresholds::load(&gates, SETTINGS, gates.state_format, &saved).unwrap();
    assert_eq!(again.decide(&scores, &live.ends).unwrap(), decisions);
}
