//! The plugins of the shop: a pinned one, one that is tried, one that still trains, one that gave up, one on probation.

use foghorn_dashboard::view::*;

use super::{Fake, MINUTE};

pub(super) fn plugin(slot: Slot, name: &str, plugin_version: &str, digit: &str) -> Plugin {
    Plugin { slot, name: name.into(), plugin_version: plugin_version.into(), digest: digit.repeat(64) }
}

/// What scores wherever nothing else was chosen.
pub(super) fn default_plugins() -> Vec<Plugin> {
    vec![
        plugin(Slot::Vectorizer, "tfidf", "0.1.0", "a"),
        plugin(Slot::Detector, "iforest", "0.1.0", "b"),
        plugin(Slot::Thresholds, "adaptive", "0.1.0", "c"),
    ]
}

impl Fake {
    /// What can be chosen in the shop.
    pub(super) fn shop_plugins(&self) -> Plugins {
        let known = |plugin: Plugin, summary: &str, source: &str| KnownPlugin {
            plugin,
            summary: summary.into(),
            size_bytes: 312_480,
            imports: Vec::new(),
            contract: "0.1.0".into(),
            source: source.into(),
            state_format: 1,
            containers: 0,
            quarantine: None,
        };
        let [tfidf, iforest, adaptive] = default_plugins().try_into().unwrap();
        let rules = plugin(Slot::Detector, "rules", "1.2.0", "d");
        let trees = plugin(Slot::Detector, "half-space-trees", "0.3.1", "e");
        let quarantine =
            Quarantine { since: self.ago(26 * MINUTE), reason: "31 scores for 32 windows".into(), faults: 5 };
        Plugins {
            directory: Some("/var/lib/foghorn/plugins".into()),
            known: vec![
                KnownPlugin { containers: 7, ..known(tfidf, "counts of masked templates and words", "built-in") },
                KnownPlugin { containers: 6, ..known(iforest, "isolation forest", "built-in") },
                KnownPlugin {
                    containers: 1,
                    imports: vec!["wasi:clocks/monotonic-clock@0.2.0".into()],
                    ..known(rules, "patterns and their rates", "/var/lib/foghorn/plugins/rules.wasm")
                },
                KnownPlugin {
                    quarantine: Some(quarantine),
                    ..known(trees, "half-space trees over the columns", "/var/lib/foghorn/plugins/hst.wasm")
                },
                KnownPlugin { containers: 7, ..known(adaptive, "a threshold for each container", "built-in") },
            ],
            refused: vec![RefusedFile {
                path: "/var/lib/foghorn/plugins/notes.wasm".into(),
                reason: "not a component: the first bytes are not those of WebAssembly; build it with `foghorn plugin build`".into(),
            }],
            choices: Listing::default(),
            events: vec![
                self.event(Some("harbor/shop/api"), "rolled back", "far too many: alarms in 5 of 5 windows, where the one before has 0"),
                self.event(None, "engine", "the engine does not answer"),
            ],
        }
    }

    /// The default plugins, at work.
    pub(super) fn event(&self, container: Option<&str>, kind: &str, text: &str) -> Event {
        let container = container.map(str::to_owned);
        Event { time: self.ago(9 * MINUTE), container, kind: kind.into(), text: text.into() }
    }

    pub(super) fn default_choice(&self, identity: &str, generation: Option<u64>) -> ContainerPlugins {
        let chosen = |plugin: Plugin| ChosenPlugin {
            wanted: plugin.name.clone(),
            plugin,
            origin: "default".into(),
            note: None,
            cost: Cost {
                calls: 3_412,
                faults: 0,
                p50_us: Some(812.0),
                p99_us: Some(2_310.0),
                memory_bytes: 4 << 20,
                memory_peak_bytes: 6 << 20,
            },
        };
        ContainerPlugins {
            identity: identity.into(),
            generation,
            previous: generation.map(|number| number - 1),
            slots: default_plugins().into_iter().map(chosen).collect(),
            model: Model {
                notes: vec!["every window looks alike (412 windows, 1 kind): only what is new can be found".into()],
                refused: 2,
                drift: Some(Drift { distance: 0.12, windows: 256, words: "like the training".into() }),
            },
            shadow: None,
            probation: None,
        }
    }

    /// Choices that differ from the default, container by container.
    pub(super) fn choose(&mut self) {
        let since = self.ago(95 * MINUTE);
        let candidate = plugin(Slot::Detector, "half-space-trees", "0.4.0", "f");
        let shadow = |phase, comparison| Some(Shadow { candidate: candidate.clone(), since, phase, comparison });
        for container in &mut self.containers {
            let chosen = &mut container.pipeline.plugins;
            let detector = &mut chosen.slots[1];
            match container.card.identity.as_str() {
                "harbor/shop/payment" => {
                    detector.plugin = plugin(Slot::Detector, "rules", "1.2.0", "d");
                    (detector.wanted, detector.origin) = ("rules@1.2".into(), "pin".into());
                    detector.cost.faults = 2;
                    chosen.shadow = shadow(ShadowPhase::Scoring, compared(400));
                }
                "harbor/shop/search" => {
                    (detector.wanted, detector.origin) = ("half-space-trees@0.4".into(), "label".into());
                    detector.note =
                        Some("half-space-trees@0.4.0 is being trained; iforest@0.1.0 serves until then".into());
                    chosen.shadow = shadow(ShadowPhase::Training, Comparison::default());
                }
                "harbor/shop/web" => chosen.probation = Some(compared(60)),
                "harbor/registry" => {
                    let reason = "31 scores for 32 windows, for the 5th time".into();
                    chosen.shadow = shadow(ShadowPhase::Failed { reason }, Comparison::default());
                }
                _ => {}
            }
        }
    }
}

/// Two generations that mostly agree.
fn compared(windows: u64) -> Comparison {
    let chance = |n: u64| ((n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / (1 << 24) as f32;
    let score = |n: u64| {
        let calm = 0.2 + 0.6 * chance(n);
        let serving = if n % 40 < 4 { 0.9 + 2.0 * chance(n + 1_000) } else { calm };
        let drift = 0.8 + 0.4 * chance(n + 2_000);
        (serving, if n.is_multiple_of(97) { 1.4 } else { serving * drift })
    };
    let scores: Vec<_> = (0..windows).map(score).collect();
    let count = |rule: fn(bool, bool) -> bool| scores.iter().filter(|(a, b)| rule(*a >= 1.0, *b >= 1.0)).count() as u64;
    Comparison {
        windows,
        differ: count(|serving, other| serving != other),
        kept: count(|serving, other| serving && other),
        added: count(|serving, other| !serving && other),
        removed: count(|serving, other| serving && !other),
        correlation: Some(0.913),
        serving_us: Some(1_240.0),
        other_us: Some(610.0),
        serving_memory_bytes: 6 << 20,
        other_memory_bytes: 2_400_000,
        faults: 1,
        scores,
    }
}
