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
    questions: Turns,
}

/// Questions at once: they change nothing, and wait for no action.
const QUESTIONS_MAX: usize = 2;

impl Actor {
    pub(crate) fn new(control: Arc<dyn Control>) -> Self {
        Self { control, turns: Turns::new(ACTIONS_MAX), questions: Turns::new(QUESTIONS_MAX) }
    }

    /// Whether something may be done: quick, and never behind something that is being done.
    pub(crate) async fn may<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Control) -> T + Send + 'static,
    ) -> Result<T, PageError> {
        let control = self.control.clone();
        self.questions.run(move || call(&*control)).await
    }

    /// What the control says; a failure of the host is told to the log here, whoever asked.
    pub(crate) async fn act(&self, action: Action) -> Result<Result<String, Refusal>, PageError> {
        self.ask(action.verb(), move |control| control.act(action)).await
    }

    /// The same for anything that a control does, called `verb` in the log.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        verb: &'static str,
        call: impl FnOnce(&dyn Control) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Result<T, Refusal>, PageError> {
        let control = self.control.clone();
        let answer = self.turns.run(move || call(&*control)).await?;
        if let Err(Refusal::Failed(error)) = &answer {
            tracing::error!(action = verb, error, "action failed");
        }
        Ok(answer)
    }
}
