//! Push to an Alertmanager: `POST /api/v2/alerts`.
//!
//! An Alertmanager takes an alert that is not pushed again as over. Ours are told when they are over, so each push says that it ends a day after
//! the next reminder is due at the latest: only a Foghorn that is gone lets it end so.

use serde_json::{Map, Value, json};
use url::Url;

use super::http::{Login, Request};
use super::words::{course, line, time};
use crate::history::Severity;
use crate::notify::notice::{Notice, Say};

/// How long an alert counts as lasting after a push: two days, in nanoseconds.
const LASTS_NS: u64 = 2 * 86_400_000_000_000;

/// Characters of a label, of the reason and of a line.
const LABEL_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 500;

pub(super) fn request(url: &Url, login: &Login, notice: &Notice) -> Request {
    let lasts_until = time(notice.last_ns.max(notice.opened_ns).saturating_add(LASTS_NS));
    let mut alerts = vec![alert(notice, notice.severity, &ends_at(notice).unwrap_or(lasts_until))];
    if notice.say == Say::Escalated || notice.say.is_over() {
        // What was pushed with a lower severity is another alert to an Alertmanager: it ends here.
        let lower = [Severity::Info, Severity::Warning].into_iter().filter(|lower| *lower < notice.severity);
        alerts.extend(lower.map(|lower| alert(notice, lower, &time(notice.last_ns))));
    }
    let mut request = Request::new(&api(url), alerts.into());
    request.login = login.clone();
    request
}

fn alert(notice: &Notice, severity: Severity, ends_at: &str) -> Value {
    json!({
        "labels": labels(notice, severity),
        "annotations": annotations(notice),
        "startsAt": time(notice.opened_ns),
        "endsAt": ends_at,
        "generatorURL": notice.url.clone().unwrap_or_default(),
    })
}

/// The address of the API, whether the base was written with a slash at its end or not.
fn api(base: &Url) -> Url {
    let mut url = base.clone();
    let path = format!("{}/api/v2/alerts", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// When it was over, if it is.
pub(super) fn ends_at(notice: &Notice) -> Option<String> {
    notice.say.is_over().then(|| time(notice.resolved_ns.unwrap_or(notice.last_ns)))
}

/// What an alert is told apart by, and routed.
pub(super) fn labels(notice: &Notice, severity: Severity) -> Value {
    let mut labels = Map::new();
    for (key, value) in &notice.labels {
        let name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        labels.insert(format!("foghorn_{name}"), line(value, LABEL_CHARS_MAX).into());
    }
    labels.insert("alertname".into(), "FoghornAlert".into());
    labels.insert("container".into(), line(&notice.container, LABEL_CHARS_MAX).into());
    labels.insert("kind".into(), serde_json::to_value(notice.kind).unwrap_or_default());
    labels.insert("fingerprint".into(), notice.fingerprint.clone().into());
    labels.insert("severity".into(), severity.as_str().into());
    labels.into()
}

pub(super) fn annotations(notice: &Notice) -> Value {
    let lines: Vec<String> = notice.lines.iter().map(|text| line(text, TEXT_CHARS_MAX)).collect();
    json!({
        "summary": line(&notice.reason, TEXT_CHARS_MAX),
        "description": lines.join("\n"),
        "course": course(notice),
        "state": notice.say.as_str(),
    })
}
