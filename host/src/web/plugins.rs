//! Plugins as they are shown: the catalogue, and what serves each container. Pure.

use std::collections::HashMap;

use foghorn_dashboard::view::{
    self, ChosenPlugin, Comparison, ContainerPlugins, Cost, Event, KnownPlugin, Listing, Plugin, Plugins, RefusedFile,
    Shadow, ShadowPhase, Time,
};

use crate::identity::Identity;
use crate::judge;
use crate::pipeline::Pinned;
use crate::pipeline::costs::{Account, CostBook};
use crate::plugins::{self, CostSnapshot, Digest, Slot};
use crate::run::desk::Desk;
use crate::run::facts::{Facts, ModelFacts, Phase, ShadowFacts};
use crate::store::{EventRecord, QuarantineRecord};

/// Points of a comparison that a picture shows.
const POINTS_MAX: usize = 240;

/// All plugins, and at most `limit` containers by identity.
pub(super) fn all(desk: &Desk, limit: usize, events: Vec<Event>) -> Plugins {
    let catalogue = desk.registry.current();
    let mut facts = desk.all_facts();
    facts.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    let mut serves: HashMap<Digest, u64> = HashMap::new();
    for (_, facts) in &facts {
        for slot in Slot::ALL {
            *serves.entry(facts.serving.slot(slot).plugin.digest).or_default() += 1;
        }
    }
    let known = |plugin: &std::sync::Arc<plugins::Plugin>| KnownPlugin {
        containers: serves.get(&plugin.digest).copied().unwrap_or_default(),
        quarantine: desk.quarantine.record(&plugin.digest).map(quarantine),
        ..known(plugin)
    };
    let mut plugins: Vec<_> = catalogue.list().iter().map(known).collect();
    plugins.sort_by_key(|known| known.plugin.slot as u8);
    let rows = facts.iter().take(limit).map(|(identity, facts)| container(identity, facts, &desk.costs)).collect();
    Plugins {
        directory: desk.registry.directory().map(|path| path.display().to_string()),
        known: plugins,
        refused: catalogue
            .refused()
            .iter()
            .map(|(path, fault)| RefusedFile { path: path.display().to_string(), reason: fault.to_string() })
            .collect(),
        events,
        choices: Listing { total: facts.len() as u64, rows },
    }
}

pub(super) fn known(plugin: &plugins::Plugin) -> KnownPlugin {
    KnownPlugin {
        plugin: shown(plugin),
        summary: plugin.summary.clone(),
        size_bytes: plugin.bytes.len() as u64,
        imports: plugin.imports.clone(),
        contract: plugin.contract.clone(),
        source: plugin.source.clone(),
        state_format: plugin.state_format,
        containers: 0,
        quarantine: None,
    }
}

fn quarantine(record: QuarantineRecord) -> view::Quarantine {
    view::Quarantine { since: Time(record.since_ns), reason: record.reason, faults: record.faults }
}

/// What happened.
pub(super) fn event(record: EventRecord) -> Event {
    Event {
        time: Time(record.time_ns),
        container: record.identity.map(|identity| identity.to_string()),
        kind: record.kind,
        text: record.text,
    }
}

/// The plugins of one container.
pub(super) fn container(identity: &Identity, facts: &Facts, costs: &CostBook) -> ContainerPlugins {
    ContainerPlugins {
        identity: identity.to_string(),
        generation: facts.generation,
        previous: facts.previous,
        slots: Slot::ALL.into_iter().map(|slot| chosen(identity, slot, facts, costs)).collect(),
        model: model(&facts.model),
        shadow: facts.shadow.as_ref().map(shadow),
        probation: facts.probation.as_ref().map(comparison),
    }
}

pub(super) fn model(facts: &ModelFacts) -> view::Model {
    view::Model {
        notes: facts.notes.clone(),
        refused: facts.refused,
        drift: facts.drift.map(|reading| view::Drift {
            distance: reading.distance,
            windows: reading.windows as u64,
            words: reading.words().into(),
        }),
    }
}

/// What serves the slot; a note where something else was chosen.
fn chosen(identity: &Identity, slot: Slot, facts: &Facts, costs: &CostBook) -> ChosenPlugin {
    let (serving, choice) = (facts.serving.slot(slot), facts.choice.slot(slot));
    let coming = (!serving.is(&choice.pinned)).then(|| match facts.generation {
        Some(_) => format!("{} is made ready; {} serves until then", choice.pinned.name(), serving.name()),
        None => format!("{} learns from the next cycle on", choice.pinned.name()),
    });
    let notes: Vec<String> = choice.note.iter().cloned().chain(coming).collect();
    let account = Account { identity: identity.clone(), slot, digest: serving.plugin.digest };
    ChosenPlugin {
        plugin: pinned(serving),
        wanted: choice.wanted.clone(),
        origin: choice.origin.to_string(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        cost: costs.get(&account).map(|cost| shown_cost(&cost.snapshot())).unwrap_or_default(),
    }
}

fn shown_cost(cost: &CostSnapshot) -> Cost {
    Cost {
        calls: cost.calls,
        faults: cost.faults,
        p50_us: cost.p50_us,
        p99_us: cost.p99_us,
        memory_bytes: cost.memory_bytes,
        memory_peak_bytes: cost.memory_peak_bytes,
    }
}

fn shadow(facts: &ShadowFacts) -> Shadow {
    let candidate = match &facts.candidate {
        Some(candidate) => pinned(candidate),
        // Not found yet: it is called as it was written.
        None => Plugin {
            slot: view::Slot::Detector,
            name: facts.wanted.clone(),
            plugin_version: String::new(),
            digest: String::new(),
        },
    };
    Shadow {
        candidate,
        since: Time(facts.since_ns),
        phase: match &facts.phase {
            Phase::Training => ShadowPhase::Training,
            Phase::Scoring => ShadowPhase::Scoring,
            Phase::Failed(reason) => ShadowPhase::Failed { reason: reason.clone() },
        },
        comparison: comparison(&facts.comparison),
    }
}

/// What was found of two on the same windows.
pub(crate) fn comparison(found: &judge::Comparison) -> Comparison {
    let median = found.median_ns();
    let micros = |ns: u64| ns as f64 / 1e3;
    let skipped = found.scores.len().saturating_sub(POINTS_MAX);
    Comparison {
        windows: found.windows,
        differ: found.differ(),
        kept: found.kept,
        added: found.added,
        removed: found.removed,
        correlation: found.correlation(),
        serving_us: median.map(|(serving, _)| micros(serving)),
        other_us: median.map(|(_, other)| micros(other)),
        serving_memory_bytes: found.serving_memory_bytes,
        other_memory_bytes: found.other_memory_bytes,
        faults: found.faults,
        scores: found.scores.iter().skip(skipped).copied().collect(),
    }
}

pub(super) fn pinned(pinned: &Pinned) -> Plugin {
    shown(&pinned.plugin)
}

fn shown(plugin: &plugins::Plugin) -> Plugin {
    Plugin {
        slot: match plugin.slot {
            Slot::Vectorizer => view::Slot::Vectorizer,
            Slot::Detector => view::Slot::Detector,
            Slot::Thresholds => view::Slot::Thresholds,
        },
        name: plugin.name.clone(),
        plugin_version: plugin.plugin_version.clone(),
        digest: plugin.digest.to_string(),
    }
}
