//! Where notices go. One file a kind makes what its receiver understands out of a notice; `http` and `email` send it.
//!
//! Log text is never part of a header or an address, is made harmless for the receiver's own syntax, and cut to its limits. No redirect is followed.

mod alertmanager;
mod chat;
mod email;
mod http;
mod ntfy;
mod stdout;
#[cfg(test)]
pub(crate) mod tests;
mod webhook;
mod words;

use std::time::Duration;

use super::notice::Notice;
use crate::settings::sinks::{SinkKind, SinkSettings};

pub(crate) use email::mailbox;
pub use http::{Client, ClientError, Login};

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it; what it said.
    Delivered(String),
    /// Not now: why, and how long the receiver asked to wait.
    Later { why: String, after: Option<Duration> },
    /// Never: why.
    Refused(String),
}

/// What sends to one sink.
#[derive(Debug, Clone)]
pub struct Sink {
    settings: SinkSettings,
    client: Client,
}

impl Sink {
    /// Fails where a certificate cannot be read; nothing is sent yet.
    pub fn new(settings: SinkSettings) -> Result<Self, ClientError> {
        let client = Client::new(settings.ca_pem.as_deref())?;
        Ok(Self { settings, client })
    }

    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Sends a notice once, for a bounded time. `now_s` is signed with it where the sink signs: seconds since the Unix epoch.
    pub async fn send(&self, notice: &Notice, now_s: u64) -> Outcome {
        let request = match &self.settings.kind {
            SinkKind::Stdout => return stdout::write(notice),
            SinkKind::Email(email) => return email::send(email, self.settings.ca_pem.as_deref(), notice).await,
            SinkKind::Webhook { url, secret } => {
                webhook::request(&self.settings.name, url, secret.as_ref(), notice, now_s)
            }
            SinkKind::Slack { url } => chat::slack(url, notice),
            SinkKind::Discord { url } => chat::discord(url, notice),
            SinkKind::Alertmanager { url, login } => alertmanager::request(url, login, notice),
            SinkKind::Ntfy { url, topic, token } => ntfy::request(url, topic, token.as_ref(), notice),
        };
        self.client.send(request).await
    }
}
