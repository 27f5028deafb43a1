//! The one way to the control.

use std::sync::Arc;

use crate::control::{Action, Control, Refusal};
use crate::error::PageError;
use crate::turns::Turns;

/// Actions at once. They are rare, and the host takes them one after the other anyway.
const ACTIONS_MAX: usize = 2;

/// A control behind a bound. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Actor {
    control: Arc<dyn Control>,
    turns: Turns,
}

impl Actor {
    pub(crate) fn new(control: Arc<dyn Control>) -> Self {
        Self { control, turns: Turns::new(ACTIONS_MAX) }
    }

    /// What the control says; a failure of the host is told to the log here, whoever asked.
    pub(crate) async fn act(&self, action: Action) -> Result<Result<String, Refusal>, PageError> {
        let control = self.control.clone();
        let verb = action.verb();
        let answer = self.turns.run(move || control.act(action)).await?;
        if let Err(Refusal::Failed(error)) = &answer {
            tracing::error!(action = verb, error, "action failed");
        }
        Ok(answer)
    }
}
