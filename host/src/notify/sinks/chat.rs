//! Incoming webhooks of Slack and of Discord (and of what understands theirs, such as Mattermost).

use serde_json::json;
use url::Url;

use super::http::Request;
use super::words::{course, line, title};
use crate::notify::notice::Notice;

/// Characters of the reason and of each line: with three lines well below the limits of Slack (40,000) and Discord (2,000).
const CHARS_MAX: usize = 350;

/// <https://api.slack.com/messaging/webhooks>. Of its markup only what we write is read as such: `&`, `<` and `>` are all that begins any, and
/// `mrkdwn` is off.
pub(super) fn slack(url: &Url, notice: &Notice) -> Request {
    let text = message(notice, |text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    Request::new(url, json!({ "text": text, "mrkdwn": false, "link_names": false, "unfurl_links": false }))
}

/// <https://discord.com/developers/docs/resources/webhook#execute-webhook>. Nobody is mentioned whatever a line says, and markdown is escaped.
pub(super) fn discord(url: &Url, notice: &Notice) -> Request {
    let text = message(notice, escape_markdown);
    let text: String = text.chars().take(2_000).collect();
    // Suppresses embeds, so that no address in a line is fetched.
    Request::new(url, json!({ "content": text, "allowed_mentions": { "parse": [] }, "flags": 4 }))
}

fn message(notice: &Notice, escape: impl Fn(&str) -> String) -> String {
    let mut parts = vec![escape(&title(notice)), escape(&line(&notice.reason, CHARS_MAX))];
    parts.extend(notice.lines.iter().map(|text| format!("\u{2502} {}", escape(&line(text, CHARS_MAX)))));
    parts.push(escape(&course(notice)));
    parts.extend(notice.url.clone());
    parts.join("\n")
}

fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '#' | '[' | ']' | '(' | ')' | ':' | '@' | '-'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
