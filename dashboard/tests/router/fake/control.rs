//! A control that remembers what it was asked.

use std::sync::{Arc, Mutex};

use foghorn_dashboard::view::{KnownPlugin, Plugin, Slot};
use foghorn_dashboard::{Action, AlertAction, Control, LinkSeen, MuteAction, Refusal, Uploaded};

/// Does nothing, and says so; or refuses all.
#[derive(Default)]
pub(crate) struct FakeControl {
    pub(crate) asked: Mutex<Vec<Action>>,
    pub(crate) attended: Mutex<Vec<(u64, AlertAction)>>,
    pub(crate) muted: Mutex<Vec<MuteAction>>,
    pub(crate) unmuted: Mutex<Vec<u64>>,
    /// Tokens of links that were used.
    pub(crate) used: Mutex<Vec<String>>,
    /// Tickets of uploads that were installed.
    pub(crate) installed: Mutex<Vec<String>>,
    pub(crate) takes_uploads: bool,
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

    fn replay(&self, alert: u64) -> Result<String, Refusal> {
        self.refusal.clone().map_or(Ok(format!("alert {alert} comes out the same, bit for bit")), Err)
    }

    fn uploads_closed(&self) -> Option<String> {
        (!self.takes_uploads).then(|| "start Foghorn with --admin-token-file FILE".into())
    }

    fn admit(&self, token: &str) -> Result<(), Refusal> {
        (token == "sesame").then_some(()).ok_or_else(|| Refusal::Refused("this is not the admin token".into()))
    }

    fn inspect(&self, name: &str, bytes: Vec<u8>) -> Result<Uploaded, Refusal> {
        let plugin = KnownPlugin {
            plugin: Plugin {
                slot: Slot::Detector,
                name: name.trim_end_matches(".wasm").into(),
                plugin_version: "1.0.0".into(),
                digest: "ab".repeat(32),
            },
            summary: "finds what is strange".into(),
            size_bytes: bytes.len() as u64,
            imports: vec!["foghorn:plugin/host@0.1.0".into()],
            contract: "0.1.0".into(),
            source: format!("/plugins/{name}"),
            state_format: 1,
            containers: 0,
            quarantine: None,
        };
        self.refusal.clone().map_or(Ok(Uploaded { ticket: "ticket".into(), plugin }), Err)
    }

    fn install(&self, ticket: &str) -> Result<String, Refusal> {
        self.installed.lock().unwrap().push(ticket.into());
        self.refusal.clone().map_or(Ok("it is installed".into()), Err)
    }

    fn mute(&self, mute: MuteAction) -> Result<String, Refusal> {
        let done = format!("nothing is told of {}", mute.container);
        self.muted.lock().unwrap().push(mute);
        self.refusal.clone().map_or(Ok(done), Err)
    }

    fn unmute(&self, id: u64) -> Result<String, Refusal> {
        self.unmuted.lock().unwrap().push(id);
        self.refusal.clone().map_or(Ok(format!("silence {id} is over")), Err)
    }

    fn open_link(&self, token: &str) -> Result<LinkSeen, Refusal> {
        match token {
            "good" => Ok(LinkSeen { alert: 42, what: "label it normal".into() }),
            _ => Err(Refusal::Refused("this link is none of this Foghorn's".into())),
        }
    }

    fn use_link(&self, token: &str) -> Result<String, Refusal> {
        let mut used = self.used.lock().unwrap();
        if used.iter().any(|known| known == token) {
            return Err(Refusal::Refused("this link was used before".into()));
        }
        used.push(token.into());
        self.open_link(token).map(|seen| format!("alert {} is normal here", seen.alert))
    }
}
