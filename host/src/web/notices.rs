//! Silence and links of notices: what the dashboard shows and does of them.

use foghorn_dashboard::view::{Delivery, Mute, Time};
use foghorn_dashboard::{Change, LinkSeen, MuteAction, Refusal};

use super::control::HostControl;
use crate::alert::Label;
use crate::alert::attend::Deed;
use crate::clock::now_ns;
use crate::notify::link::{Link, LinkError};
use crate::notify::quiet;
use crate::store::{self, StoreError};

/// Longest silence, minutes: 30 days.
const MUTE_MINUTES_MAX: u32 = 30 * 24 * 60;

/// Characters of what a person writes of it.
const TEXT_CHARS_MAX: usize = 200;

pub(super) fn delivery(delivery: store::Delivery) -> Delivery {
    Delivery {
        id: delivery.id,
        alert: delivery.alert,
        say: delivery.notice["say"].as_str().unwrap_or_default().into(),
        sink: delivery.sink,
        made: Time(delivery.made_ns),
        state: delivery.state.as_str().into(),
        attempts: delivery.attempts,
        answer: delivery.answer,
    }
}

pub(super) fn mute(mute: quiet::Mute) -> Mute {
    Mute { id: mute.id, container: mute.container, until: Time(mute.until_ns), reason: mute.reason }
}

impl HostControl {
    pub(super) async fn mute_for(&self, asked: MuteAction) -> Result<String, Refusal> {
        let MuteAction { container, minutes, reason } = asked;
        if !(1..=MUTE_MINUTES_MAX).contains(&minutes) {
            let text = format!("{minutes} minutes of silence; allowed is 1 to {MUTE_MINUTES_MAX} (30 days)");
            return Err(Refusal::Refused(text));
        }
        if container.chars().count().max(reason.chars().count()) > TEXT_CHARS_MAX {
            let text = format!("the container or the reason has more than {TEXT_CHARS_MAX} characters");
            return Err(Refusal::Refused(text));
        }
        let now = now_ns();
        let until_ns = now.saturating_add(u64::from(minutes) * 60_000_000_000);
        let mute = quiet::Mute { id: 0, container: container.clone(), until_ns, reason };
        self.store.put_mute(mute, now).await.map_err(|error| failed(&error))?;
        let _ = self.changes.send(Change::Alerts);
        Ok(format!("nothing is told of {container} for {minutes} minutes"))
    }

    pub(super) async fn end_mute(&self, id: u64) -> Result<String, Refusal> {
        let ended = self.store.end_mute(id, now_ns()).await.map_err(|error| failed(&error))?;
        let _ = self.changes.send(Change::Alerts);
        if ended { Ok("the silence is over".into()) } else { Err(Refusal::NotFound("it was over already".into())) }
    }

    pub(super) async fn see_link(&self, token: &str) -> Result<LinkSeen, Refusal> {
        let link = self.link(token)?;
        if self.store.is_link_used(link.nonce).await.map_err(|error| failed(&error))? {
            return Err(used());
        }
        Ok(LinkSeen { alert: link.alert, what: what(link.deed) })
    }

    /// The link is used up first: pressed twice at once, it does its work once. Where the host failed, it can be pressed again.
    pub(super) async fn follow_link(&self, token: &str) -> Result<String, Refusal> {
        let link = self.link(token)?;
        let nonce = link.nonce.clone();
        if !self.store.use_link(link.nonce, link.expires_ns, now_ns()).await.map_err(|error| failed(&error))? {
            return Err(used());
        }
        let answer = self.attend_to(link.alert, link.deed).await;
        if matches!(answer, Err(Refusal::Failed(_))) {
            self.store.free_link(nonce).await.map_err(|error| failed(&error))?;
        }
        answer
    }

    fn link(&self, token: &str) -> Result<Link, Refusal> {
        self.link_key.open_token(token, now_ns()).map_err(|error| match error {
            LinkError::Forged => Refusal::NotFound(error.to_string()),
            LinkError::Expired => Refusal::Refused(error.to_string()),
        })
    }
}

fn failed(error: &StoreError) -> Refusal {
    Refusal::Failed(error.to_string())
}

fn used() -> Refusal {
    Refusal::Refused("this link was used before; each works once. Open the alert itself to change it".into())
}

fn what(deed: Deed) -> String {
    match deed {
        Deed::Label(Label::Real) => "label it real: its windows are never learned as normal".into(),
        Deed::Label(Label::Normal) => "label it normal: the same is not alerted again".into(),
        Deed::Snooze { minutes } => format!("silence it for {} hours", minutes / 60),
        Deed::Acknowledge | Deed::Archive | Deed::Hear | Deed::Unlabel => "change what is told of it".into(),
    }
}
