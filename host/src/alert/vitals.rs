//! What the engine tells of a container, as signals: it died, was killed for want of memory, is unhealthy, is started again and again. Pure: it is
//! given what happens and the time.

use std::collections::{BTreeSet, VecDeque};

use super::signal::{Signal, SignalKind};
use crate::collect::{Happening, What};
use crate::history::Severity;

/// An end that follows so soon on a request to stop was asked for: a minute, in nanoseconds. Engines wait ten seconds before they kill.
const ASKED_NS: u64 = 60_000_000_000;

/// So many ends within so long are a loop: three in 10 minutes. One that ran for 10 minutes has left it.
const LOOP_ENDS: usize = 3;
const LOOP_NS: u64 = 600_000_000_000;

/// Two ends within a second are one, in nanoseconds.
const SAME_NS: u64 = 1_000_000_000;

/// Most ends that are remembered.
const ENDS_MAX: usize = 1_000;

/// What is known of a container.
#[derive(Debug, Default)]
pub struct Vitals {
    asked_ns: Option<u64>,
    running_since_ns: Option<u64>,
    /// The last end, asked for or not.
    ended_ns: Option<u64>,
    /// The newest ends that nobody asked for, the oldest first.
    ends: VecDeque<u64>,
    /// What was said and is not over.
    lasting: BTreeSet<SignalKind>,
}

impl Vitals {
    /// Goes on after a restart of the host with what lasted then.
    pub fn resumed(lasting: impl Iterator<Item = SignalKind>) -> Self {
        Self { lasting: lasting.collect(), ..Self::default() }
    }

    /// Whether the container runs, as far as it was told.
    pub fn is_running(&self) -> bool {
        self.running_since_ns.is_some()
    }

    pub fn hear(&mut self, happening: Happening) -> Vec<Signal> {
        let time_ns = happening.time_ns;
        match happening.what {
            What::AskedToStop => {
                self.asked_ns = Some(time_ns);
                Vec::new()
            }
            What::Started => {
                self.running_since_ns.get_or_insert(time_ns);
                self.over(&[SignalKind::Died], time_ns, "it runs again")
            }
            What::Died { code } => self.died(code, time_ns),
            What::OutOfMemory => {
                let text = "the kernel killed a process in it for want of memory";
                vec![signal(SignalKind::OutOfMemory, time_ns, Severity::Critical, text.into())]
            }
            What::Unhealthy if self.lasting.insert(SignalKind::Unhealthy) => {
                let text = "its health check fails".into();
                vec![signal(SignalKind::Unhealthy, time_ns, Severity::Warning, text)]
            }
            What::Unhealthy => Vec::new(),
            What::Healthy => self.over(&[SignalKind::Unhealthy], time_ns, "its health check passes again"),
            What::Removed => {
                self.running_since_ns = None;
                self.over(
                    &[SignalKind::Died, SignalKind::Unhealthy, SignalKind::RestartLoop],
                    time_ns,
                    "it was removed",
                )
            }
        }
    }

    /// Time has come to `now_ns`.
    pub fn pass(&mut self, now_ns: u64) -> Vec<Signal> {
        let has_run = self.running_since_ns.is_some_and(|since| now_ns.saturating_sub(since) >= LOOP_NS);
        if has_run { self.over(&[SignalKind::RestartLoop], now_ns, "it has run for 10 minutes") } else { Vec::new() }
    }

    fn died(&mut self, code: i64, time_ns: u64) -> Vec<Signal> {
        self.running_since_ns = None;
        // The same end is told by an event and by the container's state.
        if self.ended_ns.is_some_and(|ended| time_ns.abs_diff(ended) < SAME_NS) {
            return Vec::new();
        }
        self.ended_ns = Some(time_ns);
        let asked = self.asked_ns.take().is_some_and(|asked| time_ns.saturating_sub(asked) <= ASKED_NS);
        if asked {
            return self.over(&[SignalKind::Unhealthy, SignalKind::RestartLoop], time_ns, "it was stopped");
        }
        // A check of a container that does not run says nothing.
        let mut signals = self.over(&[SignalKind::Unhealthy], time_ns, "it ended");
        self.ends.push_back(time_ns);
        while self.ends.len() > ENDS_MAX
            || self.ends.front().is_some_and(|&first| time_ns.saturating_sub(first) > LOOP_NS)
        {
            self.ends.pop_front();
        }
        if code != 0 {
            self.lasting.insert(SignalKind::Died);
            signals.push(signal(
                SignalKind::Died,
                time_ns,
                Severity::Warning,
                format!("it ended with {}", meaning(code)),
            ));
        }
        if self.ends.len() >= LOOP_ENDS {
            self.lasting.insert(SignalKind::RestartLoop);
            let text = format!("it ended {} times within 10 minutes, last with {}", self.ends.len(), meaning(code));
            signals.push(signal(SignalKind::RestartLoop, time_ns, Severity::Critical, text));
        }
        signals
    }

    fn over(&mut self, kinds: &[SignalKind], time_ns: u64, text: &str) -> Vec<Signal> {
        let ended = kinds.iter().copied().filter(|kind| self.lasting.remove(kind));
        ended.map(|kind| Signal { over: true, ..signal(kind, time_ns, Severity::None, text.into()) }).collect()
    }
}

fn signal(kind: SignalKind, time_ns: u64, severity: Severity, text: String) -> Signal {
    Signal { kind, time_ns, severity, text, over: false }
}

/// An exit code, and what shells and engines mean by it.
fn meaning(code: i64) -> String {
    let meaning = match code {
        125 => "the engine could not start it",
        126 => "its command cannot be executed",
        127 => "its command was not found",
        134 => "aborted",
        137 => "killed",
        139 => "segmentation fault",
        143 => "terminated",
        _ => return format!("exit code {code}"),
    };
    format!("exit code {code} ({meaning})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000_000;

    fn hear(vitals: &mut Vitals, minute: u64, what: What) -> Vec<(SignalKind, bool)> {
        let signals = vitals.hear(Happening { time_ns: minute * MINUTE, what });
        signals.into_iter().map(|signal| (signal.kind, signal.over)).collect()
    }

    #[test]
    fn an_end_with_a_code_lasts_until_it_runs_again() {
        let mut vitals = Vitals::default();
        assert_eq!(hear(&mut vitals, 1, What::Died { code: 3 }), [(SignalKind::Died, false)]);
        assert!(!vitals.is_running());
        assert_eq!(hear(&mut vitals, 2, What::Started), [(SignalKind::Died, true)]);
        assert_eq!(hear(&mut vitals, 3, What::Died { code: 0 }), [], "it was done");
    }

    #[test]
    fn what_was_asked_for_is_no_signal() {
        let mut vitals = Vitals::default();
        hear(&mut vitals, 1, What::AskedToStop);
        assert_eq!(hear(&mut vitals, 1, What::Died { code: 137 }), []);
        assert_eq!(hear(&mut vitals, 9, What::Died { code: 137 }), [(SignalKind::Died, false)], "that was long ago");
    }

    #[test]
    fn three_ends_in_ten_minutes_are_a_loop_until_it_has_run_for_ten() {
        let mut vitals = Vitals::default();
        for minute in [1, 3] {
            hear(&mut vitals, minute, What::Died { code: 0 });
            hear(&mut vitals, minute, What::Started);
        }
        assert_eq!(hear(&mut vitals, 5, What::Died { code: 0 }), [(SignalKind::RestartLoop, false)]);
        hear(&mut vitals, 6, What::Started);
        assert!(vitals.pass(15 * MINUTE).is_empty());
        let over = vitals.pass(16 * MINUTE);
        assert_eq!((over.len(), over[0].kind, over[0].over), (1, SignalKind::RestartLoop, true));
        assert!(vitals.pass(17 * MINUTE).is_empty(), "it is said once");
        assert_eq!(hear(&mut vitals, 30, What::Died { code: 0 }), [], "those ends were long ago");
    }

    #[test]
    fn a_failing_check_is_said_once_and_over_when_it_passes_or_there_is_nothing_to_check() {
        let mut vitals = Vitals::default();
        assert_eq!(hear(&mut vitals, 1, What::Unhealthy), [(SignalKind::Unhealthy, false)]);
        assert_eq!(hear(&mut vitals, 2, What::Unhealthy), []);
        assert_eq!(hear(&mut vitals, 3, What::Healthy), [(SignalKind::Unhealthy, true)]);
        hear(&mut vitals, 4, What::Unhealthy);
        let signals = hear(&mut vitals, 5, What::Died { code: 139 });
        assert_eq!(signals, [(SignalKind::Unhealthy, true), (SignalKind::Died, false)]);
    }

    #[test]
    fn what_lasted_when_the_host_stopped_is_over_when_that_is_told() {
        let mut vitals = Vitals::resumed([SignalKind::Died, SignalKind::Unhealthy].into_iter());
        assert_eq!(hear(&mut vitals, 1, What::Started), [(SignalKind::Died, true)]);
        assert_eq!(hear(&mut vitals, 2, What::Removed), [(SignalKind::Unhealthy, true)]);
    }

    #[test]
    fn codes_are_told_with_their_meaning() {
        assert_eq!(meaning(137), "exit code 137 (killed)");
        assert_eq!(meaning(3), "exit code 3");
    }
}
