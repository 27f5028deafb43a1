//! Which plugin fills a slot of a container: what was asked for, where, and in which order it counts. Pure.
//!
//! Precedence, highest first: a pin (by command or on the dashboard) > flag or environment > a label of the container > the settings
//! file > the default. What cannot be followed is passed over, with a note that says why; so a typo in a label never leaves a container
//! without its watch.
//!
//! Settings of a plugin: those of the host (`--set`, tables of the file) count for the plugin that the host's own settings name, under any
//! origin but a pin; a label `foghorn.<slot>.<key>` adds to them for its container. A pin keeps all settings that counted when it was made.

use std::collections::BTreeMap;
use std::fmt;

use crate::plugins::Slot;
use crate::settings::{PluginSettings, SlotChoice};

/// Where it was said which plugin to use, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Pin,
    Flag,
    Label,
    File,
    Default,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Flag => "flag",
            Self::Label => "label",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A plugin that was chosen for one container while the host ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// As it was written.
    pub plugin: String,
    pub settings: PluginSettings,
}

/// What was said for one container alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    pub pins: BTreeMap<Slot, Pin>,
    /// Labels that begin with `foghorn.`.
    pub labels: BTreeMap<String, String>,
}

/// One thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub origin: Origin,
    /// As it was written: `iforest@latest`.
    pub plugin: String,
    /// What this origin says of settings.
    pub settings: PluginSettings,
}

/// All that was asked for a slot, the strongest first. The last one is the default.
pub fn wishes(slot: Slot, host: &SlotChoice, own: &Own) -> Vec<Wish> {
    let label_settings = label_settings(slot, &own.labels);
    let label = own.labels.get(&format!("foghorn.{slot}")).map(String::as_str);
    let said = [
        (Origin::Flag, host.flag.as_deref()),
        (Origin::Label, label),
        (Origin::File, host.file.as_deref()),
        (Origin::Default, Some(host.default)),
    ];
    let pin = own.pins.get(&slot).map(|pin| Wish {
        origin: Origin::Pin,
        plugin: pin.plugin.clone(),
        settings: pin.settings.clone(),
    });
    let others = said.into_iter().filter_map(|(origin, plugin)| {
        Some(Wish { origin, plugin: plugin?.trim().to_owned(), settings: label_settings.clone() })
    });
    pin.into_iter().chain(others).collect()
}

/// `foghorn.detector.trees=200` as `trees=200`.
fn label_settings(slot: Slot, labels: &BTreeMap<String, String>) -> PluginSettings {
    let prefix = format!("foghorn.{slot}.");
    let own = labels.iter().filter_map(|(label, value)| Some((label.strip_prefix(&prefix)?.to_owned(), value.clone())));
    own.collect()
}

/// `above` goes before `base`, key by key.
pub fn overlaid(base: &[(String, String)], above: &[(String, String)]) -> PluginSettings {
    let mut merged: BTreeMap<String, String> = base.iter().cloned().collect();
    merged.extend(above.iter().cloned());
    merged.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> PluginSettings {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn first(pin: Option<&str>, flag: Option<&str>, label: Option<&str>, file: Option<&str>) -> String {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let host = SlotChoice { flag: owned(flag), file: owned(file), default: "d", settings: Vec::new() };
        let mut own = Own::default();
        if let Some(plugin) = pin {
            own.pins.insert(Slot::Detector, Pin { plugin: plugin.into(), settings: Vec::new() });
        }
        if let Some(label) = label {
            own.labels.insert("foghorn.detector".into(), label.into());
        }
        let all = wishes(Slot::Detector, &host, &own);
        assert!(all.is_sorted_by_key(|wish| wish.origin), "{all:?}");
        assert_eq!(all.last().map(|wish| wish.origin), Some(Origin::Default));
        format!("{} {}", all[0].plugin, all[0].origin)
    }

    #[test]
    fn the_strongest_of_what_was_said_counts() {
        // pin, flag, label, file → what counts
        for (pin, flag, label, file, expected) in [
            (Some("p"), Some("f"), Some("l"), Some("t"), "p pin"),
            (Some("p"), None, None, None, "p pin"),
            (Some("p"), None, Some("l"), None, "p pin"),
            (None, Some("f"), Some("l"), Some("t"), "f flag"),
            (None, Some("f"), None, Some("t"), "f flag"),
            (None, None, Some("l"), Some("t"), "l label"),
            (None, None, Some("l"), None, "l label"),
            (None, None, None, Some("t"), "t file"),
            (None, None, None, None, "d default"),
        ] {
            assert_eq!(
                first(pin, flag, label, file),
                expected,
                "pin {pin:?} flag {flag:?} label {label:?} file {file:?}"
            );
        }
    }

    #[test]
    fn pins_and_labels_of_other_slots_do_not_count() {
        let host = SlotChoice { flag: None, file: None, default: "d", settings: Vec::new() };
        let pins = [(Slot::Thresholds, Pin { plugin: "p".into(), settings: Vec::new() })].into();
        let own = Own { pins, labels: [("foghorn.vectorizer".to_owned(), "v".to_owned())].into() };
        assert_eq!(wishes(Slot::Detector, &host, &own).len(), 1);
    }

    #[test]
    fn settings_of_labels_are_for_their_slot_and_not_for_a_pin() {
        let host = SlotChoice { flag: None, file: None, default: "d", settings: Vec::new() };
        let labels = [("foghorn.detector.trees", "7"), ("foghorn.thresholds.k", "1"), ("foghorn.detectors", "x")];
        let pin = Pin { plugin: "p".into(), settings: pairs("a=1") };
        let own = Own {
            pins: [(Slot::Detector, pin)].into(),
            labels: labels.map(|(label, value)| (label.to_owned(), value.to_owned())).into(),
        };
        let all = wishes(Slot::Detector, &host, &own);
        assert_eq!(all[0].settings, pairs("a=1"));
        assert_eq!(all[1].settings, pairs("trees=7"));
    }

    #[test]
    fn what_is_said_more_closely_goes_before_key_by_key() {
        assert_eq!(overlaid(&pairs("a=1 b=2"), &pairs("b=3 c=4")), pairs("a=1 b=3 c=4"));
    }
}
