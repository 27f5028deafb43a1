//! ntfy, published as JSON, so that no text stands in a header: <https://docs.ntfy.sh/publish/#publish-as-json>.

use serde_json::{Value, json};
use url::Url;

use super::http::{Login, Request};
use super::words::{course, line, title};
use crate::history::Severity;
use crate::notify::notice::{Notice, Say};
use crate::settings::sinks::Secret;

/// Characters of the reason and of each line; ntfy keeps 4,096 bytes of a message, and three bytes a character is much.
const CHARS_MAX: usize = 300;

/// Buttons that ntfy shows at most.
const ACTIONS_MAX: usize = 3;

pub(super) fn request(url: &Url, topic: &str, token: Option<&Secret>, notice: &Notice) -> Request {
    let mut body = json!({
        "topic": topic,
        "title": title(notice),
        "message": message(notice),
        "priority": priority(notice),
        "tags": [tag(notice)],
    });
    if let Some(url) = &notice.url {
        body["click"] = url.clone().into();
    }
    let actions: Vec<Value> = notice
        .links
        .iter()
        .take(ACTIONS_MAX)
        .map(|link| json!({ "action": "http", "label": link.verb, "url": link.url, "method": "POST", "clear": true }))
        .collect();
    if !actions.is_empty() {
        body["actions"] = actions.into();
    }
    let mut request = Request::new(url, body);
    request.login = token.map_or(Login::Nobody, |token| Login::Token(token.clone()));
    request
}

fn message(notice: &Notice) -> String {
    let mut parts = vec![line(&notice.reason, CHARS_MAX)];
    parts.extend(notice.lines.iter().map(|text| format!("\u{2502} {}", line(text, CHARS_MAX))));
    parts.push(course(notice));
    parts.join("\n")
}

/// 1 is the least, 5 rings until it is looked at.
fn priority(notice: &Notice) -> u8 {
    match (notice.say, notice.severity) {
        (Say::Resolved | Say::Passed | Say::Test, _) => 2,
        (_, Severity::Critical) if notice.say != Say::Ongoing => 5,
        (_, Severity::Warning) if notice.say != Say::Ongoing => 4,
        _ => 3,
    }
}

/// A short name of an emoji, as ntfy knows them.
fn tag(notice: &Notice) -> &'static str {
    match (notice.say, notice.severity) {
        (Say::Resolved | Say::Passed, _) => "white_check_mark",
        (Say::Test, _) => "wave",
        (_, Severity::Critical) => "rotating_light",
        (_, Severity::Warning) => "warning",
        (_, Severity::None | Severity::Info) => "information_source",
    }
}
