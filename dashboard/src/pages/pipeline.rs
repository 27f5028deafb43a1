//! The plugins of one container: what serves, what it costs, and what else could serve.

use super::plugins::Trial;
use crate::scatter::Scatter;
use crate::view::{Container, ContainerPlugins, KnownPlugin, Plugin, Setting, Slot};

/// A container's pipeline, ready to be drawn.
pub(super) struct Pipeline<'a> {
    pub(super) chosen: &'a ContainerPlugins,
    pub(super) settings: &'a [Setting],
    pub(super) trial: Option<Trial<'a>>,
    pub(super) probation: Option<Scatter>,
    /// What a form can choose from, by slot.
    pub(super) choices: Vec<(Slot, Vec<&'a Plugin>)>,
}

impl<'a> Pipeline<'a> {
    pub(super) fn of(container: &'a Container, known: &'a [KnownPlugin]) -> Self {
        let chosen = &container.pipeline.plugins;
        Self {
            chosen,
            settings: &container.pipeline.settings,
            trial: Trial::of(chosen),
            probation: chosen.probation.as_ref().and_then(Scatter::of),
            choices: Slot::ALL.into_iter().map(|slot| (slot, usable(known, slot))).collect(),
        }
    }
}

/// A plugin in quarantine is no choice: the host would refuse it.
fn usable(known: &[KnownPlugin], slot: Slot) -> Vec<&Plugin> {
    known
        .iter()
        .filter(|known| known.quarantine.is_none())
        .map(|known| &known.plugin)
        .filter(|p| p.slot == slot)
        .collect()
}
