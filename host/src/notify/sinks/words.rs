//! Words that all sinks use. Text from logs is hostile: what leads a reader or a receiver astray is taken out here, what a receiver's own
//! syntax is made of where that receiver is written for.

use std::fmt::Write as _;

pub(super) use crate::clock::rfc3339 as time;
use crate::notify::notice::{Notice, Say};

/// Text from elsewhere on one line: control and bidirectional characters as spaces, at most `max` characters.
pub(super) fn line(text: &str, max: usize) -> String {
    let plain = |character: char| if is_unseen(character) { ' ' } else { character };
    let mut cut: String = text.chars().map(plain).take(max).collect();
    if text.chars().nth(max).is_some() {
        cut.pop();
        cut.push('\u{2026}');
    }
    cut
}

fn is_unseen(character: char) -> bool {
    let directs =
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    character.is_control() || directs
}

/// One line: what happened where. Of our own words and the container's identity alone, so that it may stand in a subject.
pub(super) fn title(notice: &Notice) -> String {
    let container = line(&notice.container, 120);
    let severity = notice.severity.as_str();
    let what = match notice.say {
        Say::Opened => severity.to_owned(),
        Say::Regressed => format!("{severity}, again"),
        Say::Escalated => format!("{severity}, worse"),
        Say::Ongoing => format!("{severity}, still"),
        Say::Resolved => "resolved".to_owned(),
        Say::Passed => "came and went".to_owned(),
        Say::Test => "test".to_owned(),
    };
    format!("[{what}] {container}")
}

/// How long and how often, in one line.
pub(super) fn course(notice: &Notice) -> String {
    if notice.say == Say::Test {
        return "Foghorn can reach you here. Nothing is wrong.".into();
    }
    let mut text = format!("since {}", time(notice.opened_ns));
    if let Some(resolved_ns) = notice.resolved_ns.filter(|_| notice.say.is_over()) {
        let _ = write!(text, " until {}", time(resolved_ns));
    }
    let _ = match notice.windows {
        0 => Ok(()),
        1 => write!(text, ", 1 window"),
        windows => write!(text, ", {windows} windows"),
    };
    if notice.peak > 0.0 {
        let _ = write!(text, ", score {:.1} of the threshold at most", notice.peak);
    }
    if notice.episodes > 1 {
        let _ = write!(text, ", the {}. time", notice.episodes);
    }
    if notice.suppressed > 0 {
        let _ = write!(text, "; {} not told since the last notice", notice.suppressed);
    }
    text
}

/// The whole message as plain text: reason, lines, course, address; `max` characters of the reason and of each line.
pub(super) fn plain(notice: &Notice, max: usize) -> String {
    let mut text = line(&notice.reason, max);
    for shown in &notice.lines {
        let _ = write!(text, "\n> {}", line(shown, max));
    }
    let _ = write!(text, "\n{}", course(notice));
    if let Some(url) = &notice.url {
        let _ = write!(text, "\n{url}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sinks::tests::notice;

    #[test]
    fn a_line_is_one_line_cut_on_characters() {
        assert_eq!(line("a\r\nb\u{202e}c\u{1b}[31m", 99), "a  b c [31m");
        assert_eq!(line("äöü", 2), "ä…");
        assert_eq!(line("äö", 2), "äö");
    }

    #[test]
    fn a_title_says_what_and_where_and_nothing_of_the_log() {
        let mut notice = notice(Say::Escalated);
        notice.container = "h/shop\r\nBcc: x".into();
        assert_eq!(title(&notice), "[critical, worse] h/shop  Bcc: x");
    }

    #[test]
    fn the_course_tells_how_long_and_how_often() {
        let mut notice = notice(Say::Resolved);
        notice.resolved_ns = Some(1_764_000_600_000_000_000);
        assert_eq!(
            course(&notice),
            "since 2025-11-24T16:00:00Z until 2025-11-24T16:10:00Z, 3 windows, score 2.5 of the threshold at most, the 2. time; 1 not told since the last notice"
        );
    }
}
