//! The dashboard's JSON, as far as the demo and the tests need it.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::http;

/// A container as the dashboard shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerCard {
    pub identity: String,
    pub state: State,
    /// How many of its last windows carry a score.
    pub scores: usize,
}

/// What Foghorn does with a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Learning {
        done: u64,
        needed: u64,
    },
    Watching,
    /// Silent, stopped, unreadable: the name it has there.
    Other(String),
}

/// An alert as the dashboard shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertCard {
    pub id: u64,
    pub identity: String,
    pub severity: String,
    /// RFC 3339: begin of its first window.
    pub opened: String,
    pub is_open: bool,
    /// How many windows have shown its signs.
    pub windows: u64,
    pub reason: String,
    /// The text of the lines that made it.
    pub lines: Vec<String>,
}

/// All containers that the host knows.
pub fn containers(address: SocketAddr) -> Result<Vec<ContainerCard>> {
    rows(address, "/api/v1/containers", container)
}

/// All alerts, open and resolved, the newest first.
pub fn alerts(address: SocketAddr) -> Result<Vec<AlertCard>> {
    rows(address, "/api/v1/alerts", alert)
}

/// The card of the container with this name, whatever the host is called.
pub fn named<'a>(cards: &'a [ContainerCard], name: &str) -> Option<&'a ContainerCard> {
    cards.iter().find(|card| is_named(&card.identity, name))
}

/// True for identities that end in `/name`.
pub fn is_named(identity: &str, name: &str) -> bool {
    identity.rsplit('/').next() == Some(name)
}

fn rows<T>(address: SocketAddr, path: &str, row: fn(&Value) -> Option<T>) -> Result<Vec<T>> {
    let listing = http::get(address, path)?;
    let rows = listing["rows"].as_array().with_context(|| format!("{path} answered no rows"))?;
    rows.iter()
        .map(|value| row(value).with_context(|| format!("{path} answered a row of another shape: {value}")))
        .collect()
}

fn container(value: &Value) -> Option<ContainerCard> {
    let state = &value["state"];
    let state = match state["kind"].as_str()? {
        "learning" => {
            State::Learning { done: state["cycles_done"].as_u64()?, needed: state["cycles_needed"].as_u64()? }
        }
        "watching" => State::Watching,
        other => State::Other(other.to_owned()),
    };
    let scores = value["scores"].as_array()?.len();
    Some(ContainerCard { identity: text(&value["identity"])?, state, scores })
}

fn alert(value: &Value) -> Option<AlertCard> {
    Some(AlertCard {
        id: value["id"].as_u64()?,
        identity: text(&value["identity"])?,
        severity: text(&value["severity"])?,
        opened: text(&value["opened"])?,
        is_open: value["resolved"].is_null(),
        windows: value["windows"].as_u64()?,
        reason: text(&value["reason"])?,
        lines: value["lines"].as_array()?.iter().map(|line| text(&line["text"])).collect::<Option<_>>()?,
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_learning_container_is_read() {
        let state = json!({ "kind": "learning", "cycles_done": 3, "cycles_needed": 5, "ready_expected": null });
        let card = container(&json!({ "identity": "box/web", "state": state, "scores": [] })).unwrap();
        assert_eq!(card.state, State::Learning { done: 3, needed: 5 });
        assert!(named(std::slice::from_ref(&card), "web").is_some() && named(&[card], "eb").is_none());
    }

    #[test]
    fn an_alert_is_read_and_another_shape_is_not() {
        let value = json!({ "id": 4, "identity": "box/web", "severity": "warning", "opened": "2026-11-22T14:20:05.123Z",
            "resolved": null, "windows": 2, "reason": "new lines", "lines": [{ "text": "connection refused" }] });
        let card = alert(&value).unwrap();
        assert!(card.is_open && card.lines == ["connection refused"]);
        assert_eq!(alert(&json!({ "id": 4 })), None);
    }
}
