//! A new image says other things than the one before: told once, together, instead of line by line. Pure.
//!
//! For a while after a deploy, what is strange and not critical is collected in one alert: what this release started to say, and what it stopped
//! saying. It is told when the while is over. Later windows that show the same belong to it.

use super::Reason;

/// Most lines of each kind that are collected, and characters of each.
const COLLECTED_MAX: usize = 32;
const CHARS_MAX: usize = 200;

/// Lines that the sentence quotes.
const QUOTED_MAX: usize = 2;

/// A deploy, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Release {
    /// Images, by name or digest.
    pub from: String,
    pub to: String,
    /// Until then it is collected.
    pub until_ns: u64,
    /// Templates that are new, from logs: hostile.
    pub started: Vec<String>,
    /// Templates that did not come any more.
    pub stopped: Vec<String>,
}

impl Release {
    pub fn new(from: impl Into<String>, to: impl Into<String>, until_ns: u64) -> Self {
        Self { from: from.into(), to: to.into(), until_ns, ..Self::default() }
    }

    /// Takes in what a window says otherwise.
    pub fn collect(&mut self, reason: &Reason) {
        for term in &reason.terms {
            match term.kind.as_str() {
                "template" if term.seen == 0 => add(&mut self.started, &term.text),
                "missing" => add(&mut self.stopped, &term.text),
                _ => {}
            }
        }
    }

    /// For people.
    pub fn sentence(&self) -> String {
        let said = match (self.started.len(), self.stopped.len()) {
            (0, 0) => "it logs otherwise than the image before".to_owned(),
            (started, 0) => format!("{}: {}", lines(started, "new"), quoted(&self.started)),
            (0, stopped) => format!("{}: {}", lines(stopped, "usual",), quoted(&self.stopped)) + " came no more",
            (started, stopped) => format!(
                "{}: {}; {} came no more: {}",
                lines(started, "new"),
                quoted(&self.started),
                lines(stopped, "usual"),
                quoted(&self.stopped)
            ),
        };
        format!("since the image {} instead of {}: {said}", self.to, self.from)
    }
}

fn add(texts: &mut Vec<String>, text: &str) {
    let text: String = text.chars().take(CHARS_MAX).collect();
    if texts.len() < COLLECTED_MAX && !texts.contains(&text) {
        texts.push(text);
    }
}

fn lines(count: usize, what: &str) -> String {
    format!("{count} {what} {}", if count == 1 { "line" } else { "lines" })
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().take(QUOTED_MAX).map(|text| format!("\u{201c}{text}\u{201d}")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Term;

    fn term(text: &str, kind: &str, seen: u64) -> Term {
        let (text, kind) = (text.into(), kind.into());
        Term { text, kind, id: 1, seen, of: 9, lines: vec![], weight: 0.5, without: None, change: None }
    }

    #[test]
    fn what_a_release_started_and_stopped_saying_is_collected_once() {
        let mut release = Release::new("shop:1", "shop:2", 9);
        let terms = vec![term("hello *", "template", 0), term("usual", "template", 9), term("bye *", "missing", 9)];
        let reason = Reason { terms, ..Reason::default() };
        release.collect(&reason);
        release.collect(&reason);
        assert_eq!((release.started.len(), release.stopped.len()), (1, 1));
        assert_eq!(
            release.sentence(),
            "since the image shop:2 instead of shop:1: 1 new line: “hello *”; 1 usual line came no more: “bye *”"
        );
    }

    #[test]
    fn what_is_collected_is_bounded() {
        let mut release = Release::default();
        let terms = (0..99).map(|id| term(&format!("{id}{}", "x".repeat(999)), "template", 0)).collect();
        release.collect(&Reason { terms, ..Reason::default() });
        assert_eq!(release.started.len(), COLLECTED_MAX);
        assert!(release.started.iter().all(|text| text.chars().count() == CHARS_MAX));
    }
}
