//! How another generation, or other thresholds, come to serve: between two windows, and with little to do there.
//!
//! What can be made ready is ready: instances stand warm, the one before is let go elsewhere (`Retired`). On the way of the stream stay the
//! calibration of the thresholds and one exchange of pointers.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::report::Report;
use super::rival::{Rival, RivalGate};
use super::serving::Serving;
use crate::pipeline::Pinned;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::{Digest, PluginError};

/// A generation that is to serve.
#[derive(Debug)]
pub struct Next {
    pub live: Live,
    /// It scores as the one before does, bit for bit: the thresholds need not learn its level.
    pub same_scores: bool,
    pub probation: Probation,
}

/// What becomes of the probation of a container at a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probation {
    /// A plugin was changed: what served before watches over it for a while.
    Begin,
    /// The same plugins have learned anew: a probation that lasts goes on.
    Keep,
    /// What comes served before, or what goes may not be used any more: there is none.
    End,
}

/// Thresholds that are to serve, ready to decide.
#[derive(Debug)]
pub struct NextGate {
    pub gate: Gate,
    /// They read what the ones before know, and take it over as it is at the switch.
    pub carries: bool,
    pub probation: Probation,
}

/// What does not serve any more. Letting go of it takes longer than a switch: do it elsewhere.
#[derive(Debug, Default)]
pub struct Retired {
    pub lives: Vec<Live>,
    pub gates: Vec<Gate>,
}

impl Retired {
    pub fn is_empty(&self) -> bool {
        self.lives.is_empty() && self.gates.is_empty()
    }

    fn rival(&mut self, rival: Option<Rival>) {
        let Some(rival) = rival else { return };
        self.lives.extend(rival.live);
        self.gates.extend(rival.gate.into_opened());
    }

    fn standby(&mut self, standby: Option<(Live, Gate)>) {
        let Some((live, gate)) = standby else { return };
        self.lives.push(live);
        self.gates.push(gate);
    }
}

impl Serving {
    /// `next` serves from now on; returns what watches over it. On an error the one before goes on.
    pub(super) fn take_over(
        &mut self,
        next: Next,
        costs: &Costs,
        retired: &mut Retired,
    ) -> Result<Option<Rival>, PluginError> {
        let before = self.saved.clone();
        self.saved = self.tell_gate(&next, costs)?;
        let old = std::mem::replace(&mut self.live, next.live);
        self.spare = Some(Arc::clone(&old.generation));
        retired.standby(self.forget_standby());
        if next.probation == Probation::Begin {
            return Ok(Some(Rival::before(Some(old), RivalGate::saved(self.gate.pinned().clone(), before))));
        }
        retired.lives.push(old);
        Ok(None)
    }

    /// The gate learns the level of a generation; on an error it is as it was.
    fn tell_gate(&mut self, next: &Next, costs: &Costs) -> Result<GateState, PluginError> {
        let generation = &next.live.generation;
        let told = if next.same_scores {
            self.gate.adopt(generation.number);
            Ok(())
        } else {
            self.gate.calibrate(generation.number, &generation.calibration)
        };
        told.and_then(|()| self.gate.save()).inspect_err(|_| {
            // Should this fail too, the next batch finds a dead gate and makes a fresh one.
            if let Ok(gate) = Gate::open(self.gate.pinned(), Some(&self.saved), costs) {
                self.gate = gate;
            }
        })
    }

    /// Other thresholds serve from now on; returns what watches over them.
    pub(super) fn take_gate(
        &mut self,
        next: NextGate,
        costs: &Costs,
        retired: &mut Retired,
    ) -> Result<Option<Rival>, PluginError> {
        let mut gate = next.gate;
        if next.carries {
            gate = Gate::open(gate.pinned(), Some(&self.saved), costs)?;
        }
        gate.calibrate(self.live.generation.number, &self.live.generation.calibration)?;
        let saved = gate.save()?;
        let old = std::mem::replace(&mut self.gate, gate);
        let before = std::mem::replace(&mut self.saved, saved);
        retired.standby(self.forget_standby());
        if next.probation == Probation::Begin {
            self.spare_gate = Some((old.pinned().clone(), before.clone()));
            return Ok(Some(Rival::before(None, RivalGate::opened(old, before))));
        }
        self.spare_gate = None;
        retired.gates.push(old);
        Ok(None)
    }

    /// A rival serves from now on, under the number of `generation` where it has one of its own; returns what watches over it.
    pub(super) fn take_rival(
        &mut self,
        rival: Rival,
        generation: Option<Arc<Generation>>,
        costs: &Costs,
        retired: &mut Retired,
    ) -> Result<Rival, PluginError> {
        let mut gate = rival.gate.into_gate(costs)?;
        match &generation {
            Some(generation) if rival.live.is_some() => gate.adopt(generation.number),
            _ => gate.calibrate(self.live.generation.number, &self.live.generation.calibration)?,
        }
        let saved = gate.save()?;
        let old_gate = std::mem::replace(&mut self.gate, gate);
        let before = std::mem::replace(&mut self.saved, saved);
        let old_live = rival.live.map(|mut live| {
            if let Some(generation) = generation {
                live.generation = generation;
            }
            std::mem::replace(&mut self.live, live)
        });
        if let Some(old) = &old_live {
            self.spare = Some(Arc::clone(&old.generation));
        }
        if !old_gate.pinned().is(self.gate.pinned()) {
            self.spare_gate = Some((old_gate.pinned().clone(), before.clone()));
        }
        retired.standby(self.forget_standby());
        Ok(Rival::before(old_live, RivalGate::opened(old_gate, before)))
    }
}

/// What became of a probation.
#[derive(Debug, Clone)]
pub struct WentBack {
    /// What serves again.
    pub generation: Arc<Generation>,
    pub thresholds: Pinned,
    /// Why, for people.
    pub why: String,
}

impl super::bench::Bench {
    /// A new generation serves from the next window on. On an error the old one goes on.
    pub fn switch(&mut self, next: Next) -> Result<Retired, PluginError> {
        let mut retired = Retired::default();
        let Some(serving) = &mut self.serving else {
            self.serving = Some(Serving::begin(next.live, None, &self.thresholds, None, &self.costs)?);
            return Ok(retired);
        };
        let probation = next.probation;
        let watcher = serving.take_over(next, &self.costs, &mut retired)?;
        if probation != Probation::Keep {
            retired.rival(std::mem::replace(&mut self.probation, watcher));
        }
        Ok(retired)
    }

    /// Other thresholds serve from the next window on; while a container is learning they are remembered.
    pub fn switch_gate(&mut self, next: NextGate) -> Result<Retired, PluginError> {
        let mut retired = Retired::default();
        let pinned = next.gate.pinned().clone();
        if let Some(serving) = &mut self.serving {
            let watcher = serving.take_gate(next, &self.costs, &mut retired)?;
            retired.rival(std::mem::replace(&mut self.probation, watcher));
        }
        self.thresholds = pinned;
        Ok(retired)
    }

    /// Rivals that use one of these plugins are let go; true where a candidate was among them.
    pub fn drop_barred(&mut self, barred: &BTreeSet<Digest>) -> (Retired, bool) {
        let mut retired = Retired::default();
        let candidate = self.candidate.take_if(|rival| rival.uses(barred));
        let had = candidate.is_some();
        retired.rival(candidate);
        retired.rival(self.probation.take_if(|rival| rival.uses(barred)));
        (retired, had)
    }

    /// The candidate serves from the next window on, stored as `generation` where it is one. `Ok(None)`: there is no candidate.
    pub fn promote(&mut self, generation: Option<Arc<Generation>>) -> Result<Option<Retired>, PluginError> {
        let (Some(serving), Some(rival)) = (&mut self.serving, self.candidate.take()) else { return Ok(None) };
        let mut retired = Retired::default();
        let watcher = serving.take_rival(rival, generation, &self.costs, &mut retired)?;
        self.thresholds = serving.gate.pinned().clone();
        retired.rival(self.probation.replace(watcher));
        Ok(Some(retired))
    }

    /// What served before a switch on probation serves again. `None`: nothing is on probation.
    pub(super) fn go_back(&mut self, why: String, report: &mut Report) -> Option<(WentBack, Retired)> {
        let (serving, rival) = (self.serving.as_mut()?, self.probation.take()?);
        let mut retired = Retired::default();
        let back = rival.live.as_ref().map(|live| Arc::clone(&live.generation));
        match serving.take_rival(rival, back, &self.costs, &mut retired) {
            Ok(left) => {
                retired.rival(Some(left));
                self.thresholds = serving.gate.pinned().clone();
                let went = WentBack {
                    generation: Arc::clone(&serving.live.generation),
                    thresholds: self.thresholds.clone(),
                    why,
                };
                Some((went, retired))
            }
            Err(error) => {
                report.failure("going back failed", &error);
                None
            }
        }
    }

    /// As `go_back`, asked for by a person.
    pub fn roll_back(&mut self, report: &mut Report) -> Option<(WentBack, Retired)> {
        self.go_back("a person asked for it".into(), report)
    }

    /// The new plugin may stay: what served before is let go.
    pub(super) fn end_probation(&mut self) -> Retired {
        let mut retired = Retired::default();
        retired.rival(self.probation.take());
        retired
    }

    /// A candidate is tried from the next window on; it replaces the one before.
    pub fn try_candidate(&mut self, candidate: Option<Rival>) -> Retired {
        let mut retired = Retired::default();
        retired.rival(std::mem::replace(&mut self.candidate, candidate));
        retired
    }

    /// The generation that serves is called otherwise from now on: it was stored anew.
    pub fn rename(&mut self, generation: Arc<Generation>) {
        if let Some(serving) = &mut self.serving {
            serving.gate.adopt(generation.number);
            serving.saved.generation = generation.number;
            serving.live.generation = generation;
        }
    }
}
