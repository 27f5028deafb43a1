//! Alerts: opened, updated while they last, resolved.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use serde::{Deserialize, Serialize};

use super::numbers::{from_db, limit_to_db, to_db};
use super::windows::severity_of;
use super::{Store, StoreError, containers, json};
use crate::history::Severity;
use crate::identity::Identity;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertStatus {
    Open,
    Resolved,
}

impl AlertStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct AlertRecord {
    /// Chosen by whoever opens it, rising with time; stays the same while it lasts and after.
    pub id: u64,
    pub identity: Identity,
    pub fingerprint: u64,
    pub status: AlertStatus,
    /// The highest so far.
    pub severity: Severity,
    pub opened_ns: u64,
    /// End of the newest window in it.
    pub last_ns: u64,
    pub resolved_ns: Option<u64>,
    /// How many windows are in it.
    pub windows: u64,
    /// The highest score so far, where 1.0 is the threshold.
    pub peak_scaled: f32,
    /// Reason, lines, terms, receipt.
    pub body: serde_json::Value,
}

/// Which alerts, newest first.
#[derive(Debug, Clone)]
pub struct AlertFilter {
    pub identity: Option<Identity>,
    pub status: Option<AlertStatus>,
    /// Only those that are at least that bad.
    pub severity: Severity,
    /// Only those with this label; with an empty one, those without.
    pub label: Option<&'static str>,
    /// Only those whose identity or reason holds this, whatever the case of ASCII letters.
    pub text: String,
    pub limit: usize,
    /// Only ids below this one: the last of the page before.
    pub before: Option<u64>,
}

impl Default for AlertFilter {
    fn default() -> Self {
        Self {
            identity: None,
            status: None,
            severity: Severity::None,
            label: None,
            text: String::new(),
            limit: 100,
            before: None,
        }
    }
}

impl AlertFilter {
    /// Those that last.
    pub fn open() -> Self {
        Self { status: Some(AlertStatus::Open), ..Self::default() }
    }
}

/// Numbers of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertCounts {
    pub kept: u64,
    /// Of these, those that last.
    pub open: u64,
}

/// Alerts of one container that are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertTally {
    /// Opened since the time that was asked for.
    pub since: u64,
    /// By their labels.
    pub real: u64,
    pub normal: u64,
}

impl Store {
    /// How many alerts each container has; those without any are left out.
    pub async fn alert_tallies(&self, since_ns: u64) -> Result<Vec<(Identity, AlertTally)>, StoreError> {
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT identity, count(*) FILTER (WHERE opened_ns >= ?1),
                     count(*) FILTER (WHERE json_extract(body, '$.label') = 'real'),
                     count(*) FILTER (WHERE json_extract(body, '$.label') = 'normal')
                 FROM alert JOIN container ON container.id = alert.container GROUP BY container.id",
            )?;
            let row = |row: &Row<'_>| {
                let number = |column| row.get(column).map(from_db);
                let tally = AlertTally { since: number(1)?, real: number(2)?, normal: number(3)? };
                Ok((Identity::from_text(&row.get::<_, String>(0)?), tally))
            };
            Ok(statement.query_map([to_db(since_ns)], row)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn alerts(&self, filter: AlertFilter) -> Result<Vec<AlertRecord>, StoreError> {
        self.with_reader(move |conn| filtered(conn, &filter)).await
    }

    /// How many alerts a filter lets through; its limit and its page do not count.
    pub async fn alerts_total(&self, filter: AlertFilter) -> Result<u64, StoreError> {
        self.with_reader(move |conn| {
            let (rest, values) = condition(conn, &AlertFilter { before: None, ..filter })?;
            let count = format!("SELECT count(*) FROM alert JOIN container ON container.id = alert.container {rest}");
            Ok(conn.prepare_cached(&count)?.query_row(params_from_iter(values), |row| row.get(0)).map(from_db)?)
        })
        .await
    }

    /// The highest id of all alerts that are kept; 0 where there is none.
    pub async fn last_alert_id(&self) -> Result<u64, StoreError> {
        let last = "SELECT coalesce(max(id), 0) FROM alert";
        self.with_reader(move |conn| Ok(conn.query_row(last, [], |row| row.get(0)).map(from_db)?)).await
    }

    /// How many alerts there are.
    pub async fn alert_counts(&self) -> Result<AlertCounts, StoreError> {
        let count = "SELECT count(*), count(*) FILTER (WHERE status = 'open') FROM alert";
        self.with_reader(move |conn| {
            Ok(conn.query_row(count, [], |row| {
                Ok(AlertCounts { kept: from_db(row.get(0)?), open: from_db(row.get(1)?) })
            })?)
        })
        .await
    }

    pub async fn alert(&self, id: u64) -> Result<Option<AlertRecord>, StoreError> {
        let id = Value::from(to_db(id));
        self.with_reader(move |conn| Ok(select(conn, "WHERE alert.id = ?1", vec![id])?.pop())).await
    }

    /// All open alerts of a container, newest first.
    pub async fn open_alerts(&self, identity: &Identity) -> Result<Vec<AlertRecord>, StoreError> {
        let open = AlertFilter { limit: usize::MAX, ..AlertFilter::open() };
        self.alerts(AlertFilter { identity: Some(identity.clone()), ..open }).await
    }

    /// Alerts of a container that are over, the oldest first: those that were called normal, and the newest of the others, at most `limit`.
    pub async fn past_alerts(&self, identity: &Identity, limit: usize) -> Result<Vec<AlertRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let values = vec![Value::from(containers::id_of(conn, &identity)?), Value::from(limit_to_db(limit))];
            let newest = "WHERE container = ? AND status = 'resolved'
                ORDER BY json_extract(body, '$.label') IS 'normal' DESC, last_ns DESC LIMIT ?";
            let mut past = select(conn, newest, values)?;
            past.sort_by_key(|alert| (alert.last_ns, alert.id));
            Ok(past)
        })
        .await
    }

    /// The newest alerts of a container that people labelled so, `real` or `normal`.
    pub async fn labelled_alerts(
        &self,
        identity: &Identity,
        label: &'static str,
        limit: usize,
    ) -> Result<Vec<AlertRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let container = Value::from(containers::id_of(conn, &identity)?);
            let values = vec![container, Value::from(label.to_owned()), Value::from(limit_to_db(limit))];
            let newest = "WHERE container = ? AND json_extract(body, '$.label') = ? ORDER BY last_ns DESC LIMIT ?";
            select(conn, newest, values)
        })
        .await
    }

    /// Stores alerts outside of scoring: one that is resolved by time, or labelled. Known ids are replaced.
    pub async fn put_alerts(&self, alerts: Vec<AlertRecord>) -> Result<(), StoreError> {
        self.with_writer(alerts.len() * 4096, move |conn| put(conn, &alerts)).await
    }
}

pub(super) fn put(conn: &Connection, alerts: &[AlertRecord]) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT OR REPLACE INTO alert
             (id, container, fingerprint, status, severity, opened_ns, last_ns, resolved_ns, windows, peak_scaled, body,
              revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for alert in alerts {
        let revision: i64 = conn
            .prepare_cached("UPDATE meta SET value = value + 1 WHERE key = 'alert_revision' RETURNING value - 1")?
            .query_row([], |row| row.get(0))?;
        statement.execute(params![
            to_db(alert.id),
            containers::id_or_new(conn, &alert.identity)?,
            alert.fingerprint.cast_signed(),
            alert.status.as_str(),
            alert.severity as u8,
            to_db(alert.opened_ns),
            to_db(alert.last_ns),
            alert.resolved_ns.map(to_db),
            to_db(alert.windows),
            alert.peak_scaled,
            json::to_text(&alert.body)?,
            revision,
        ])?;
    }
    Ok(())
}

/// At most `limit` alerts that changed after a revision, in order of their changes, and the revision of the last.
pub(super) fn changed_after(
    conn: &Connection,
    revision: i64,
    limit: usize,
) -> Result<(Vec<AlertRecord>, u64), StoreError> {
    let values = vec![Value::from(revision), Value::from(limit_to_db(limit))];
    let changed = select(conn, "WHERE revision > ? ORDER BY revision LIMIT ?", values)?;
    let Some(last) = changed.last() else {
        return Ok((changed, 0));
    };
    let last = conn.query_row("SELECT revision FROM alert WHERE id = ?1", [to_db(last.id)], |row| row.get(0))?;
    Ok((changed, from_db(last)))
}

fn filtered(conn: &Connection, filter: &AlertFilter) -> Result<Vec<AlertRecord>, StoreError> {
    let (mut rest, mut values) = condition(conn, filter)?;
    rest.push_str(" ORDER BY alert.id DESC LIMIT ?");
    values.push(Value::from(limit_to_db(filter.limit)));
    select(conn, &rest, values)
}

/// The filter as a condition, with the values that it names.
fn condition(conn: &Connection, filter: &AlertFilter) -> Result<(String, Vec<Value>), StoreError> {
    let mut rest = "WHERE 1".to_owned();
    let mut values = Vec::new();
    if let Some(identity) = &filter.identity {
        rest.push_str(" AND container = ?");
        values.push(Value::from(containers::id_of(conn, identity)?));
    }
    if let Some(status) = filter.status {
        // Written out, for the index of open ones.
        rest.push_str(&format!(" AND status = '{}'", status.as_str()));
    }
    if filter.severity > Severity::None {
        rest.push_str(" AND severity >= ?");
        values.push(Value::from(filter.severity as i64));
    }
    if let Some(label) = filter.label {
        rest.push_str(" AND coalesce(json_extract(body, '$.label'), '') = ?");
        values.push(Value::from(label.to_owned()));
    }
    if !filter.text.is_empty() {
        rest.push_str(
            " AND instr(lower(identity || ' ' || coalesce(json_extract(body, '$.reason.sentence'), '')), ?) > 0",
        );
        values.push(Value::from(filter.text.to_ascii_lowercase()));
    }
    if let Some(before) = &filter.before {
        rest.push_str(" AND alert.id < ?");
        values.push(Value::from(to_db(*before)));
    }
    Ok((rest, values))
}

pub(super) fn select(conn: &Connection, rest: &str, values: Vec<Value>) -> Result<Vec<AlertRecord>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT alert.*, container.identity FROM alert JOIN container ON container.id = alert.container {rest}"
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        alerts.push(record(row)?);
    }
    Ok(alerts)
}

fn record(row: &Row<'_>) -> Result<AlertRecord, StoreError> {
    let number = |column: &str| row.get(column).map(from_db);
    let text = |column: &str| row.get::<_, String>(column);
    Ok(AlertRecord {
        id: number("id")?,
        identity: Identity::from_text(&text("identity")?),
        fingerprint: row.get::<_, i64>("fingerprint")?.cast_unsigned(),
        status: if text("status")? == "open" { AlertStatus::Open } else { AlertStatus::Resolved },
        severity: severity_of(row.get("severity")?)?,
        opened_ns: number("opened_ns")?,
        last_ns: number("last_ns")?,
        resolved_ns: row.get::<_, Option<i64>>("resolved_ns")?.map(from_db),
        windows: number("windows")?,
        peak_scaled: row.get("peak_scaled")?,
        body: json::from_text(&text("body")?)?,
    })
}
