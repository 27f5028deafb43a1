//! What people said of alerts holds for whoever serves next: confirmed incidents are found, confirmed normal windows are not alerted again.
//!
//! The window of each labelled alert is scored by what serves and by what would, each with thresholds that know what the real ones know. What is to
//! serve must do no worse on any of them. `compare` is pure.

use crate::alert::Label;
use crate::history::Severity;
use crate::pipeline::Pinned;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::live::Live;
use crate::plugins::PluginError;
use crate::window::Windows;

/// Most alerts of each label that are asked about, the newest.
pub const EXAMPLES_MAX: usize = 16;

/// The window of an alert that a person labelled.
#[derive(Debug, Clone)]
pub struct Example {
    pub alert: u64,
    pub label: Label,
    /// One.
    pub window: Windows,
}

/// Why what is to serve would do worse; `None` where it would not. `before` and `after` say of each example whether it alarms.
fn compare(examples: &[Example], before: &[bool], after: &[bool]) -> Option<String> {
    let worse = |label: Label| -> Vec<String> {
        let wanted = label == Label::Real;
        let at = examples.iter().zip(before.iter().zip(after));
        let lost =
            at.filter(|(example, (before, after))| example.label == label && **before == wanted && **after != wanted);
        lost.map(|(example, _)| example.alert.to_string()).collect()
    };
    let (missed, again) = (worse(Label::Real), worse(Label::Normal));
    let missed =
        (!missed.is_empty()).then(|| format!("it would miss what was confirmed as real: alert {}", missed.join(", ")));
    let again = (!again.is_empty())
        .then(|| format!("it would alarm again on what was confirmed as normal: alert {}", again.join(", ")));
    let parts: Vec<String> = missed.into_iter().chain(again).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Whether each example alarms.
fn alarms(
    live: &mut Live,
    thresholds: &Pinned,
    saved: &GateState,
    examples: &[Example],
    costs: &Costs,
) -> Result<Vec<bool>, PluginError> {
    let mut alarms = Vec::with_capacity(examples.len());
    for Example { window, .. } in examples {
        let scores = live.score(window)?;
        let mut gate = Gate::open(thresholds, Some(saved), costs)?;
        gate.calibrate(live.generation.number, &live.generation.calibration)?;
        let verdicts = gate.decide(&scores, &window.ends)?;
        alarms.push(verdicts.iter().any(|verdict| verdict.severity > Severity::None));
    }
    Ok(alarms)
}

impl super::bench::Bench {
    /// Why `next` may not serve, as far as people said something. Blocks; nothing is changed.
    pub fn broken_promise(&mut self, next: &mut Live, examples: &[Example]) -> Result<Option<String>, PluginError> {
        let Some(serving) = self.serving.as_mut().filter(|_| !examples.is_empty()) else { return Ok(None) };
        let (thresholds, saved) = (serving.gate.pinned().clone(), serving.saved.clone());
        let before = alarms(&mut serving.live, &thresholds, &saved, examples, &self.costs)?;
        let after = alarms(next, &thresholds, &saved, examples, &self.costs)?;
        Ok(compare(examples, &before, &after))
    }

    /// The same for the candidate.
    pub fn candidate_breaks(&mut self, examples: &[Example]) -> Result<Option<String>, PluginError> {
        let Some(mut rival) = self.candidate.take() else { return Ok(None) };
        let broken = match rival.live.as_mut() {
            Some(live) => self.broken_promise(live, examples),
            None => Ok(None),
        };
        self.candidate = Some(rival);
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(alert: u64, label: Label) -> Example {
        Example { alert, label, window: Windows::default() }
    }

    #[test]
    fn only_what_would_become_worse_counts() {
        let examples =
            [example(1, Label::Real), example(2, Label::Real), example(3, Label::Normal), example(4, Label::Normal)];
        let (found, quiet) = ([true, false, false, true], [true, true, false, false]);
        assert_eq!(compare(&examples, &found, &found), None);
        assert_eq!(compare(&examples, &found, &quiet), None, "it finds more, and alarms less");
        let worse = compare(&examples, &[true, true, false, false], &[false, true, true, false]).unwrap();
        assert_eq!(
            worse,
            "it would miss what was confirmed as real: alert 1; it would alarm again on what was confirmed as normal: alert 3"
        );
    }
}
