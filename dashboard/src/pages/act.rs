//! Forms that change which plugins serve. Each is answered with a redirect to the page it stands on, which tells the outcome.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State as Shared};
use axum::response::Redirect;
use serde::Deserialize;

use crate::actor::Actor;
use crate::control::{Action, AlertAction, Refusal};
use crate::error::PageError;
use crate::outcome::{Outcome, Outcomes};
use crate::view::{Time, slot_of};
use crate::words;

/// What a form says; a field that it does not have is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    action: String,
    /// Chosen from the catalogue.
    plugin: String,
    /// Written by hand; goes before what was chosen.
    other: String,
    /// `KEY=VALUE`, one a line.
    settings: String,
    slot: String,
    digest: String,
    /// `plugins` or `models` where the form stands on that page.
    from: String,
    /// How long an alert is snoozed.
    minutes: String,
}

type Sent = Result<Form<Said>, FormRejection>;

/// A form about the container that the path names.
pub(super) async fn on_container(
    Shared(actor): Shared<Actor>,
    Shared(outcomes): Shared<Outcomes>,
    Path(identity): Path<String>,
    sent: Sent,
) -> Result<Redirect, PageError> {
    let said = read(sent)?;
    let page = match said.from.as_str() {
        "plugins" => "/plugins".into(),
        "models" => format!("/models/{}", words::path(&identity)),
        _ => format!("/containers/{}", words::path(&identity)),
    };
    let outcome = act(&actor, about_container(&said, identity)).await?;
    Ok(to(&page, &outcomes, outcome))
}

/// A form about an alert.
pub(super) async fn on_alert(
    Shared(actor): Shared<Actor>,
    Shared(outcomes): Shared<Outcomes>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Redirect, PageError> {
    let said = read(sent)?;
    let id = super::id_of(&id, "alert")?;
    let page = format!("/alerts/{id}");
    if said.action == "replay" {
        let answer = actor.ask("replay", move |control| control.replay(id)).await?;
        return Ok(to(&page, &outcomes, outcome_of(answer)));
    }
    let asked = about_alert(&said);
    let undo = asked.as_ref().ok().and_then(|action| undo(*action));
    let answer = match asked {
        Ok(action) => actor.ask(action.verb(), move |control| control.attend(id, action)).await?,
        Err(refusal) => Err(refusal),
    };
    let outcome = outcome_of(answer);
    Ok(to(&page, &outcomes, Outcome { undo: undo.filter(|_| outcome.is_done), ..outcome }))
}

/// The verb that takes an action back.
fn undo(action: AlertAction) -> Option<&'static str> {
    match action {
        AlertAction::Acknowledge | AlertAction::Snooze { .. } | AlertAction::Archive => Some(AlertAction::Hear.verb()),
        AlertAction::Real | AlertAction::Normal => Some(AlertAction::Unlabel.verb()),
        AlertAction::Hear | AlertAction::Unlabel => None,
    }
}

fn about_alert(said: &Said) -> Result<AlertAction, Refusal> {
    Ok(match said.action.as_str() {
        "acknowledge" => AlertAction::Acknowledge,
        "snooze" => AlertAction::Snooze { minutes: said.minutes.parse().map_err(|_| unknown())? },
        "archive" => AlertAction::Archive,
        "hear" => AlertAction::Hear,
        "real" => AlertAction::Real,
        "normal" => AlertAction::Normal,
        "unlabel" => AlertAction::Unlabel,
        _ => return Err(unknown()),
    })
}

/// A form about the catalogue.
pub(super) async fn on_plugins(
    Shared(actor): Shared<Actor>,
    Shared(outcomes): Shared<Outcomes>,
    sent: Sent,
) -> Result<Redirect, PageError> {
    let said = read(sent)?;
    let asked = match said.action.as_str() {
        "release" => Ok(Action::Release { digest: said.digest }),
        _ => Err(unknown()),
    };
    let outcome = act(&actor, asked).await?;
    Ok(to("/plugins", &outcomes, outcome))
}

fn read(sent: Sent) -> Result<Said, PageError> {
    sent.map(|Form(said)| said).map_err(|rejection| PageError::Form(rejection.body_text()))
}

pub(super) fn to(page: &str, outcomes: &Outcomes, outcome: Outcome) -> Redirect {
    Redirect::to(&format!("{page}{}#outcome", outcomes.keep(outcome)))
}

async fn act(actor: &Actor, asked: Result<Action, Refusal>) -> Result<Outcome, PageError> {
    let answer = match asked {
        Ok(action) => actor.act(action).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(outcome_of(answer))
}

/// For the page that follows.
pub(super) fn outcome_of(answer: Result<String, Refusal>) -> Outcome {
    let (is_done, text) = match answer {
        Ok(text) => (true, text),
        Err(Refusal::NotFound(text) | Refusal::Refused(text)) => (false, text),
        // Insides of the host are for its log.
        Err(Refusal::Failed(_)) => {
            (false, "it could not be done; Foghorn's log says why, under “action failed”".into())
        }
    };
    Outcome { when: Time::now(), is_done, undo: None, text }
}

fn about_container(said: &Said, container: String) -> Result<Action, Refusal> {
    match said.action.as_str() {
        "pin" => Ok(Action::Pin { container, plugin: plugin(said)?, settings: settings(&said.settings)? }),
        "shadow" => Ok(Action::Shadow { container, plugin: plugin(said)?, settings: settings(&said.settings)? }),
        "unpin" => Ok(Action::Unpin { container, slot: slot_of(&said.slot).ok_or_else(unknown)? }),
        "stop-shadow" => Ok(Action::StopShadow { container }),
        "promote" => Ok(Action::Promote { container }),
        "rollback" => Ok(Action::Rollback { container }),
        _ => Err(unknown()),
    }
}

pub(super) fn unknown() -> Refusal {
    Refusal::Refused("nothing was done: the form says nothing that is known here; reload the page and try again".into())
}

fn plugin(said: &Said) -> Result<String, Refusal> {
    [said.other.trim(), said.plugin.trim()].into_iter().find(|text| !text.is_empty()).map(Into::into).ok_or_else(|| {
        Refusal::Refused(
            "nothing was done: no plugin was chosen; choose one, or write NAME@VERSION or its digest".into(),
        )
    })
}

fn settings(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once('=') {
            Some((key, value)) => Ok((key.trim().into(), value.trim().into())),
            None => {
                Err(Refusal::Refused(format!("nothing was done: the setting {line:?} is not written as KEY=VALUE")))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(action: &str) -> Said {
        Said { action: action.into(), plugin: "iforest@0.1.0".into(), slot: "detector".into(), ..Said::default() }
    }

    #[test]
    fn every_verb_about_a_container_has_its_form() {
        for verb in Action::VERBS.into_iter().filter(|verb| *verb != "release") {
            assert_eq!(about_container(&said(verb), "h/a".into()).unwrap().verb(), verb);
        }
        assert!(about_container(&said("release"), "h/a".into()).is_err());
    }

    #[test]
    fn every_verb_about_an_alert_has_its_form() {
        for verb in AlertAction::VERBS {
            let said = Said { action: verb.into(), minutes: "60".into(), ..Said::default() };
            assert_eq!(about_alert(&said).unwrap().verb(), verb);
        }
        assert!(about_alert(&Said { action: "snooze".into(), minutes: "soon".into(), ..Said::default() }).is_err());
    }

    #[test]
    fn what_was_written_by_hand_goes_before_what_was_chosen() {
        let written = Said { other: " rules@latest ".into(), ..said("pin") };
        assert_eq!(plugin(&written).unwrap(), "rules@latest");
        assert_eq!(plugin(&said("pin")).unwrap(), "iforest@0.1.0");
        assert!(plugin(&Said::default()).is_err());
    }

    #[test]
    fn settings_are_read_line_by_line() {
        let pairs = settings("trees = 200\r\n\r\npattern=a=b\n").unwrap();
        assert_eq!(pairs, [("trees".into(), "200".into()), ("pattern".into(), "a=b".into())]);
        assert!(settings("trees").unwrap_err().to_string().contains("\"trees\""));
    }
}
