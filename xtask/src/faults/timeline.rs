//! When each part of a run was, and what that says about a line. Pure.

use super::fault::Fault;
use super::score::Period;
use super::stage::Service;

/// The parts of a run, in their order. Before `quiet` all was normal, and learned from.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) normal: Period,
    pub(super) quiet: Period,
    pub(super) faults: Vec<Injected>,
}

/// A fault that was injected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Injected {
    pub(super) fault: &'static Fault,
    pub(super) period: Period,
    /// The pause after it, in which the services recover.
    pub(super) rest: Period,
}

/// What a line counts as in a labelled file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) is_train: bool,
    pub(super) is_anomalous: bool,
    /// Neither surely normal nor surely of a fault: fed to a detector, not counted.
    pub(super) is_grey: bool,
}

impl Timeline {
    pub(super) fn label(&self, service: Service, at_ms: u64) -> Label {
        let quiet = Label { is_train: at_ms < self.quiet.begin_ms, is_anomalous: false, is_grey: false };
        if at_ms < self.quiet.end_ms {
            return quiet;
        }
        let is_sign = |injected: &Injected| injected.period.holds(at_ms) && injected.fault.signs.contains(&service);
        let is_anomalous = self.faults.iter().any(is_sign);
        Label { is_anomalous, is_grey: !is_anomalous, ..quiet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::fault::FAULTS;

    fn period(begin_ms: u64, end_ms: u64) -> Period {
        Period { begin_ms, end_ms }
    }

    #[test]
    fn lines_of_a_fault_are_anomalous_where_it_should_show_and_grey_elsewhere() {
        let injected = Injected { fault: &FAULTS[0], period: period(200, 300), rest: period(300, 400) };
        let timeline = Timeline { normal: period(0, 90), quiet: period(100, 200), faults: vec![injected] };
        let label = |service, at| {
            let label = timeline.label(service, at);
            (label.is_train, label.is_anomalous, label.is_grey)
        };
        assert_eq!(label(Service::Web, 50), (true, false, false));
        assert_eq!(label(Service::Web, 150), (false, false, false));
        assert_eq!(label(Service::Web, 250), (false, true, false));
        assert_eq!(label(Service::Cache, 250), (false, false, true));
        assert_eq!(label(Service::Web, 350), (false, false, true));
    }
}
