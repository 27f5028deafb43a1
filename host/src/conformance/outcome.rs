//! How a check ends early, and what it measured on the way.

use std::time::Duration;

use crate::plugins::PluginError;

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Stop {
    /// What was found, and what to do about it.
    Failed(String),
    Skipped(String),
}

pub(super) type Verdict<T = ()> = Result<T, Stop>;

/// Figures of one check: names end in their unit.
#[derive(Debug, Default)]
pub(super) struct Figures(Vec<(&'static str, f64)>);

impl Figures {
    pub(super) fn add(&mut self, name: &'static str, value: f64) {
        self.0.push((name, value));
    }

    pub(super) fn into_list(self) -> Vec<(&'static str, f64)> {
        self.0
    }
}

pub(super) fn failed<T>(why: impl Into<String>) -> Verdict<T> {
    Err(Stop::Failed(why.into()))
}

impl From<PluginError> for Stop {
    fn from(error: PluginError) -> Self {
        Self::Failed(format!("{error}{}", cure(&error)))
    }
}

/// What to do about an error; begins where the error's text ends.
fn cure(error: &PluginError) -> &'static str {
    match error {
        PluginError::Trap { .. } => "; whatever comes in, return an error of the contract instead",
        PluginError::Deadline { .. } => "; bound the work of one call",
        PluginError::Memory { .. } => "; bound what is held, or free it between calls",
        PluginError::Answer { .. } => "; wit/ says what the answer must be",
        PluginError::Refused { .. } => "; such input must be taken",
        PluginError::Format { .. } => "; name state-format in reads-state",
        PluginError::Dead { .. }
        | PluginError::Start { .. }
        | PluginError::Question { .. }
        | PluginError::WrongSlot { .. } => "",
    }
}

/// For input that a plugin may refuse: `None` where it did. Anything but an answer or a refusal fails the check; `when` begins
/// the sentence.
pub(super) fn tolerate<T>(when: &str, result: Result<T, PluginError>) -> Verdict<Option<T>> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(PluginError::Refused { .. }) => Ok(None),
        Err(error) => failed(format!("{when}: {error}{}", cure(&error))),
    }
}

pub(super) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub(super) fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
