//! A control that remembers what it was asked.

use std::sync::{Arc, Mutex};

use foghorn_dashboard::{Action, AlertAction, Control, Refusal};

/// Does nothing, and says so; or refuses all.
#[derive(Default)]
pub(crate) struct FakeControl {
    pub(crate) asked: Mutex<Vec<Action>>,
    pub(crate) attended: Mutex<Vec<(u64, AlertAction)>>,
    pub(crate) refusal: Option<Refusal>,
}

impl FakeControl {
    pub(crate) fn obeying() -> Arc<Self> {
        Arc::new(Self::default())
    }
}

impl Control for FakeControl {
    fn act(&self, action: Action) -> Result<String, Refusal> {
        let done = format!("{} is done, from the next window on", action.verb());
        self.asked.lock().unwrap().push(action);
        self.refusal.clone().map_or(Ok(done), Err)
    }

    fn attend(&self, alert: u64, action: AlertAction) -> Result<String, Refusal> {
        let done = format!("{} is done with alert {alert}", action.verb());
        self.attended.lock().unwrap().push((alert, action));
        self.refusal.clone().map_or(Ok(done), Err)
    }
}
