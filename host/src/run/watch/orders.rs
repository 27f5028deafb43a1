//! What people ask of a watch, and what they are told.

use foghorn_dashboard::{Action, Refusal};

use super::shadow::Trial;
use super::{Watch, WatchError, blocking};
use crate::alert::attend::{Deed, attend};
use crate::clock::now_ns;
use crate::judge::Report;
use crate::pipeline::PipelineError;
use crate::pipeline::choice::Pin;
use crate::plugins::Slot;
use crate::run::desk::{Asked, Order};
use crate::run::saved::{alert_from_store, alert_to_store};

type Answer = Result<String, Refusal>;

impl Watch {
    pub(super) async fn obey(&mut self, order: Order) {
        let answer = match order.asked {
            Asked::Plugins(action) => self.answer(action).await,
            Asked::Alert { id, deed } => self.answer_alert(id, deed).await,
        };
        let answer = answer.unwrap_or_else(|error| Err(Refusal::Failed(error.to_string())));
        self.publish();
        let _ = self.shared.changes.send(foghorn_dashboard::Change::Plugins);
        self.tell(false);
        // Whoever asked may have given up.
        let _ = order.answer.send(answer);
    }

    async fn answer(&mut self, action: Action) -> Result<Answer, WatchError> {
        match action {
            Action::Pin { plugin, settings, .. } => self.answer_pin(plugin, settings).await,
            Action::Unpin { slot, .. } => self.answer_unpin(slot_of(slot)).await,
            Action::Shadow { plugin, settings, .. } => self.answer_shadow(plugin, settings).await,
            Action::StopShadow { .. } => Ok(match self.stop_trial().await? {
                true => Ok("the candidate is let go".into()),
                false => Err(Refusal::Refused("no candidate is tried here".into())),
            }),
            Action::Promote { .. } => Ok(self.promote().await?.map_err(Refusal::Refused)),
            Action::Rollback { .. } => self.answer_rollback().await,
            Action::Release { .. } => Ok(Err(Refusal::Refused("a release concerns no single container".into()))),
        }
    }

    /// An alert that lasts is the bench's; one that is over is the store's.
    async fn answer_alert(&mut self, id: u64, deed: Deed) -> Result<Answer, WatchError> {
        let mut bench = self.take_bench();
        let lasting = bench.attend(id, deed, now_ns());
        self.put_bench(bench);
        let (alert, said) = match lasting {
            Some(Ok(done)) => done,
            Some(Err(why)) => return Ok(Err(Refusal::Refused(why))),
            None => {
                let stored = self.shared.store.alert(id).await?.filter(|stored| stored.identity == self.identity);
                let Some(stored) = stored else {
                    return Ok(Err(Refusal::NotFound(format!("there is no alert {id}"))));
                };
                let mut alert = alert_from_store(stored)?;
                match attend(&mut alert, deed, now_ns()) {
                    Ok(said) => (alert, said),
                    Err(why) => return Ok(Err(Refusal::Refused(why))),
                }
            }
        };
        let mut bench = self.take_bench();
        bench.remember(&alert);
        self.put_bench(bench);
        let stored = alert_to_store(&self.identity, &alert)?;
        self.shared.store.put_attended(stored, deed.says_normal()).await?;
        if deed.says_normal().is_some() {
            self.find_waiting().await?;
            // What a label held back may serve now.
            self.go_at_once();
        }
        self.tell(true);
        Ok(Ok(said))
    }

    async fn answer_pin(&mut self, plugin: String, settings: Vec<(String, String)>) -> Result<Answer, WatchError> {
        let (slot, pinned) = match self.named(&plugin, &settings).await {
            Ok(found) => found,
            Err(error) => return Ok(Err(refusal(&error))),
        };
        self.go_at_once();
        // All settings that count now are kept with the pin.
        self.pin(vec![(slot, Pin { plugin, settings: pinned.settings.clone() })]).await?;
        let name = pinned.name();
        Ok(Ok(match self.serving_generation() {
            None => format!("{name} is pinned as {slot}; the next cycle learns with it"),
            Some(_) if self.serves(slot, &pinned) => format!("{name} is pinned as {slot}; it serves already"),
            Some(_) if slot == Slot::Thresholds => {
                format!("{name} is pinned as {slot}; it decides from the next windows on")
            }
            Some(_) => format!("{name} is pinned as {slot}; it is made ready beside what serves, then switched to"),
        }))
    }

    async fn answer_unpin(&mut self, slot: Slot) -> Result<Answer, WatchError> {
        if !self.shared.store.remove_pin(&self.identity, slot.as_str()).await? {
            return Ok(Err(Refusal::Refused(format!("the {slot} of {} is not pinned", self.identity))));
        }
        self.own.pins.remove(&slot);
        self.go_at_once();
        self.choose().await?;
        let chosen = self.choice.slot(slot);
        Ok(Ok(format!("the pin is taken away; the {} says {}", chosen.origin, chosen.wanted)))
    }

    async fn answer_shadow(&mut self, plugin: String, settings: Vec<(String, String)>) -> Result<Answer, WatchError> {
        if self.serving_generation().is_none() {
            let text = format!("{} is still learning; there is nothing to compare a candidate with", self.identity);
            return Ok(Err(Refusal::Refused(text)));
        }
        let (slot, pinned) = match self.named(&plugin, &settings).await {
            Ok(found) => found,
            Err(error) => return Ok(Err(refusal(&error))),
        };
        if self.serves(slot, &pinned) {
            return Ok(Err(Refusal::Refused(format!("{} serves already as {slot}", pinned.name()))));
        }
        self.try_candidate(Trial::new(plugin, settings, now_ns())).await?;
        Ok(Ok(format!("{} is made ready and then tried as {slot} beside what serves; it alerts nobody", pinned.name())))
    }

    async fn answer_rollback(&mut self) -> Result<Answer, WatchError> {
        if self.serving_generation().is_none() {
            return Ok(Err(Refusal::Refused(format!("{} is still learning; nothing serves yet", self.identity))));
        }
        let mut bench = self.take_bench();
        let (bench, went, (events, faults)) = blocking(move || {
            let mut report = Report::default();
            let went = bench.roll_back(&mut report);
            (bench, went, report.into_parts())
        })
        .await;
        self.put_bench(bench);
        for text in events {
            self.event("plugin", text).await?;
        }
        self.report(&faults).await?;
        if let Some((went, retired)) = went {
            super::let_go(retired);
            let name = format!("{}, {}", went.generation.pipeline.detector.name(), went.thresholds.name());
            self.went_back = Some(went);
            self.settle_after_return().await?;
            return Ok(Ok(format!("what served before serves again ({name}), and is pinned")));
        }
        let Some(number) = self.previous else {
            return Ok(Err(Refusal::Refused(format!("no generation before is kept of {}", self.identity))));
        };
        Ok(self.return_to(number).await?.map_err(Refusal::Refused))
    }
}

/// What is not there is told apart from what may not be.
fn refusal(error: &PipelineError) -> Refusal {
    match error {
        PipelineError::Unknown { .. } => Refusal::NotFound(error.to_string()),
        _ => Refusal::Refused(error.to_string()),
    }
}

/// The same slot, as the host knows it.
fn slot_of(slot: foghorn_dashboard::view::Slot) -> Slot {
    use foghorn_dashboard::view;
    match slot {
        view::Slot::Vectorizer => Slot::Vectorizer,
        view::Slot::Detector => Slot::Detector,
        view::Slot::Thresholds => Slot::Thresholds,
    }
}
