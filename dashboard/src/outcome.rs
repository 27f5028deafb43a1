//! What a form has done, told on the page that follows it.
//!
//! A form is answered with a redirect, so that a reload does not send it again. The words are kept here, and the address
//! of that page holds nothing but a key to them: one that cannot be guessed, so that no foreign link makes a page of ours
//! say anything. No cookie is needed.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use crate::view::Time;

/// So many outcomes are kept; the oldest goes first.
const KEPT_MAX: usize = 64;

/// How a form ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) when: Time,
    pub(crate) is_done: bool,
    /// The verb of the form that takes it back.
    pub(crate) undo: Option<&'static str>,
    /// One sentence in lowercase.
    pub(crate) text: String,
}

/// The query of a page that may follow a form.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct After {
    done: Option<String>,
}

/// The newest outcomes by key. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Outcomes(Arc<Mutex<VecDeque<(String, Outcome)>>>);

impl Outcomes {
    /// Keeps an outcome, and gives the query by which a page finds it.
    pub(crate) fn keep(&self, outcome: Outcome) -> String {
        // A keyed hash whose key comes from the system's source of chance: nobody else can tell what it gives next.
        let key = format!("{:016x}", RandomState::new().hash_one(outcome.when));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT_MAX - 1);
        kept.push_front((key.clone(), outcome));
        format!("?done={key}")
    }

    /// The outcome that a page is to tell. Any other key finds nothing.
    pub(crate) fn find(&self, after: &After) -> Option<Outcome> {
        let wanted = after.done.as_deref()?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(key, _)| key == wanted).map(|(_, outcome)| outcome.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(second: u64) -> Outcome {
        Outcome { when: Time(second), is_done: true, undo: None, text: "pinned".into() }
    }

    fn after(query: &str) -> After {
        After { done: query.strip_prefix("?done=").map(Into::into) }
    }

    #[test]
    fn an_outcome_is_found_by_its_key_alone() {
        let outcomes = Outcomes::default();
        let keys = [outcomes.keep(outcome(1)), outcomes.keep(outcome(1))];
        assert_ne!(keys[0], keys[1]);
        assert_eq!(outcomes.find(&after(&keys[0])), Some(outcome(1)));
        assert_eq!(outcomes.find(&after("?done=<script>")), None);
        assert_eq!(outcomes.find(&After::default()), None);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let outcomes = Outcomes::default();
        let keys: Vec<_> = (0..=KEPT_MAX as u64).map(|second| outcomes.keep(outcome(second))).collect();
        assert_eq!(outcomes.find(&after(&keys[0])), None);
        assert_eq!(outcomes.find(&after(&keys[1])), Some(outcome(1)));
    }
}
