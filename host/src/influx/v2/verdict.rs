//! What an answer of the server means: its status and text into the few errors that somebody acts upon. Pure.
//!
//! The statuses are those of the public documentation of the v2 API. Where servers of the 2.x line differ from it, both are
//! understood: a token without the right to write is 401 there and 403 in their source; rejected points are 422 or 400
//! there, and 500 with the words "partial write" in some 2.0 versions.
//!
//! One rule stands above all: points are given up only when InfluxDB itself refuses them. A 400 from a proxy in between,
//! which is no JSON, must not send a batch into the file of poison points.

use super::csv::short;
use super::target::Target;
use crate::influx::dialect::WriteError;
use crate::spool::ServerError;

/// Stands before the number of points that were dropped.
const COUNT: &str = "dropped=";

/// What of an answer decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Header `Retry-After`.
    pub(super) retry_after: Option<String>,
    /// As much of the body as was read.
    pub(super) text: String,
}

impl Answer {
    /// What the server says: the message of its JSON, else the status and the begin of its text.
    fn said(&self) -> String {
        let message = self.message().unwrap_or_else(|| self.text.clone());
        let message = short(&message);
        if message.is_empty() { format!("status {}", self.status) } else { format!("{}: {message}", self.status) }
    }

    /// `None` when the text is not the JSON that InfluxDB answers errors with.
    fn message(&self) -> Option<String> {
        let json: serde_json::Value = serde_json::from_str(&self.text).ok()?;
        let message = json.get("message").or_else(|| json.get("error"))?;
        message.as_str().map(str::to_owned)
    }

    /// As `said`, and how many points were dropped: that stands behind a text that may be long (`dropped=3`), and saves
    /// looking for each of them.
    fn said_with_count(&self) -> String {
        let (said, message) = (self.said(), self.message().unwrap_or_default());
        let Some((_, behind)) = message.rsplit_once(COUNT) else { return said };
        let digits: String = behind.chars().take_while(char::is_ascii_digit).take(20).collect();
        format!("{} … {COUNT}{digits}", without_count(&said))
    }

    fn is_of_influxdb(&self) -> bool {
        self.message().is_some()
    }

    fn later(&self) -> String {
        let wait = self.retry_after.as_deref().map(short).filter(|wait| !wait.is_empty());
        wait.map(|wait| format!(", to be asked again after {wait} s")).unwrap_or_default()
    }
}

/// Whether points were written.
pub(super) fn of_write(target: &Target, answer: &Answer) -> Result<(), WriteError> {
    match answer.status {
        204 => Ok(()),
        400 if answer.is_of_influxdb() => Err(WriteError::Points { reason: without_count(&answer.said()) }),
        422 if answer.is_of_influxdb() => Err(WriteError::Points { reason: answer.said_with_count() }),
        500 if answer.message().is_some_and(|message| message.contains("partial write")) => {
            Err(WriteError::Points { reason: answer.said_with_count() })
        }
        413 => Err(WriteError::TooLarge(format!("{} takes no body of this size ({})", target.name(), answer.said()))),
        403 => Err(target.no_right("write to", &answer.said()).into()),
        _ => Err(of_other(target, answer).into()),
    }
}

/// Why there are no rows. The status is not 200.
pub(super) fn of_query(target: &Target, answer: &Answer) -> ServerError {
    match answer.status {
        403 => target.no_right("read", &answer.said()),
        400 if answer.is_of_influxdb() => target.refused(&format!("refuses the query ({})", answer.said())),
        _ => of_other(target, answer),
    }
}

/// A line that cannot be parsed is repeated by the server, and a line may say `dropped=1000` of itself.
fn without_count(said: &str) -> String {
    said.replace(COUNT, "dropped ")
}

fn of_other(target: &Target, answer: &Answer) -> ServerError {
    let said = answer.said();
    match answer.status {
        401 => target.unknown_token(&said),
        404 if answer.is_of_influxdb() => target.nothing_there(&said),
        404 => target.refused(&format!(
            "has no v2 API there ({said}): give the URL of a 2.x server, or speak to 1.x and 3.x with --influx-api v1"
        )),
        408 | 429 | 500.. => target.away(&format!("cannot do it now ({said}{})", answer.later())),
        _ => target.refused(&format!(
            "answers as no InfluxDB 2 does ({said}): is the URL right, and is there a proxy in between"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::new(&url::Url::parse("http://db:8086").unwrap(), "acme", "foghorn").unwrap()
    }

    fn answer(status: u16, text: &str) -> Answer {
        Answer { status, retry_after: None, text: text.into() }
    }

    fn json(status: u16, message: &str) -> Answer {
        answer(status, &serde_json::json!({ "code": "x", "message": message }).to_string())
    }

    fn written(answer: &Answer) -> Result<(), WriteError> {
        of_write(&target(), answer)
    }

    #[test]
    fn no_content_and_nothing_else_is_written() {
        assert_eq!(written(&answer(204, "")), Ok(()));
        for status in [200, 202, 301, 302] {
            let error = written(&answer(status, "<html>signed in</html>")).unwrap_err();
            assert!(matches!(error, WriteError::Server(ServerError::Refused(_))), "{status}: {error}");
        }
    }

    #[test]
    fn points_are_given_up_only_when_influxdb_refuses_them() {
        for status in [400, 422] {
            let error = written(&json(status, "unable to parse 'x'")).unwrap_err();
            assert!(matches!(&error, WriteError::Points { reason } if reason.contains("unable to parse")), "{error}");
            let error = written(&answer(status, "<html>400 Bad Request</html>")).unwrap_err();
            assert!(matches!(error, WriteError::Server(ServerError::Refused(_))), "{error}");
        }
        let old =
            json(500, "unexpected error writing points to database: partial write: points beyond retention policy");
        assert!(matches!(written(&old), Err(WriteError::Points { .. })), "or it is sent for ever");
    }

    #[test]
    fn the_number_of_dropped_points_is_kept_behind_a_long_text() {
        let long = format!("partial write: dropped=7 - oldest point {} dropped=350 for database: x", "k".repeat(5_000));
        for answer in [json(422, &long), json(500, &long)] {
            let Err(WriteError::Points { reason }) = written(&answer) else { panic!("{answer:?}") };
            assert!(reason.ends_with("… dropped=350") && reason.matches(COUNT).count() == 1, "{reason}");
            assert!(reason.len() < 400, "{}", reason.len());
        }
        let Err(WriteError::Points { reason }) = written(&json(422, "field type conflict")) else { panic!() };
        assert_eq!(reason, "422: field type conflict");
    }

    #[test]
    fn a_line_cannot_say_how_many_points_were_dropped() {
        let answer = json(400, "unable to parse 'log text=\"dropped=5000': unbalanced quotes");
        let Err(WriteError::Points { reason }) = written(&answer) else { panic!("{answer:?}") };
        assert!(!reason.contains(COUNT), "{reason}");
    }

    #[test]
    fn rights_and_names_are_refused_with_the_cure() {
        for (answer, cure) in [
            (json(401, "unauthorized access"), "influx auth create"),
            (json(403, "insufficient permissions for write"), "--influx-token-file"),
            (json(404, "bucket \"foghorn\" not found"), "influx bucket create --name foghorn --org acme"),
            (answer(404, "404 page not found"), "--influx-api v1"),
        ] {
            let error = written(&answer).unwrap_err();
            assert!(matches!(&error, WriteError::Server(ServerError::Refused(text)) if text.contains(cure)), "{error}");
            let ServerError::Refused(text) = of_query(&target(), &answer) else { panic!("{answer:?}") };
            assert!(text.contains(cure), "{text}");
        }
    }

    #[test]
    fn a_server_in_trouble_is_asked_again() {
        for status in [408, 429, 500, 502, 503, 504] {
            let trouble = Answer { retry_after: Some("30".into()), ..json(status, "slow down") };
            let Err(WriteError::Server(ServerError::Away(text))) = written(&trouble) else { panic!("{status}") };
            assert!(text.contains("slow down") && text.contains("after 30 s"), "{text}");
            assert!(matches!(of_query(&target(), &trouble), ServerError::Away(_)), "{status}");
        }
    }

    #[test]
    fn a_body_that_is_too_large_is_told_apart() {
        assert!(matches!(written(&answer(413, "<html>nginx</html>")), Err(WriteError::TooLarge(_))));
    }

    #[test]
    fn a_page_is_cut_and_cannot_steer_a_terminal() {
        let page = answer(418, &format!("\u{1b}[2J{}", "x".repeat(10_000)));
        let text = of_query(&target(), &page).to_string();
        assert!(text.len() < 600 && !text.contains('\u{1b}'), "{text}");
    }
}
