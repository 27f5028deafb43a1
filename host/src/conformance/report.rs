//! What a check found: for people as text, for programs as JSON.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::plugins::{CONTRACT, Plugin, Slot};

/// All that was found about one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The file.
    pub source: String,
    /// `None` where the file is no plugin.
    pub plugin: Option<About>,
    /// The settings it was checked with.
    pub settings: Vec<(String, String)>,
    pub checks: Vec<Check>,
}

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    pub name: String,
    pub plugin_version: String,
    pub slot: Slot,
    pub digest: String,
    pub bytes: usize,
    pub imports: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub id: &'static str,
    /// What a plugin that passes does.
    pub purpose: &'static str,
    pub outcome: Outcome,
    /// What was measured; names end in their unit.
    pub figures: Vec<(&'static str, f64)>,
    pub took_ms: f64,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// What was found, and what to do about it.
    Failed(String),
    Skipped(String),
}

impl Outcome {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }

    /// Why it did not pass.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(why) | Self::Skipped(why) => Some(why),
        }
    }
}

impl About {
    pub(super) fn of(plugin: &Plugin) -> Self {
        Self {
            name: plugin.name.clone(),
            plugin_version: plugin.plugin_version.clone(),
            slot: plugin.slot,
            digest: plugin.digest.to_string(),
            bytes: plugin.bytes.len(),
            imports: plugin.imports.clone(),
        }
    }
}

impl Report {
    /// Whether nothing failed. What was skipped says nothing against a plugin.
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Failed(_)))
    }

    /// For programs; docs/PLUGIN-CHECK.md lists the keys.
    pub fn json(&self) -> Value {
        let settings: Map<_, _> = self.settings.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        json!({
            "file": self.source,
            "plugin": self.plugin.as_ref().map(About::json),
            "settings": settings,
            "passed": self.passed(),
            "failed": self.failed().count(),
            "checks": self.checks.iter().map(Check::json).collect::<Vec<_>>(),
        })
    }

    /// For people. The last line is `passed` or `failed: N of M checks`. Text of the plugin in it was made safe by the host.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(about) = &self.plugin {
            about.write(out)?;
        }
        self.checks.iter().try_for_each(|check| check.write(out))?;
        match self.failed().count() {
            0 => writeln!(out, "passed"),
            failed => writeln!(out, "failed: {failed} of {} checks", self.checks.len()),
        }
    }
}

impl About {
    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "version": self.plugin_version,
            "slot": self.slot.as_str(),
            "contract": CONTRACT,
            "digest": format!("sha256:{}", self.digest),
            "bytes": self.bytes,
            "imports": self.imports,
        })
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let imports = if self.imports.is_empty() { "nothing".to_owned() } else { self.imports.join(", ") };
        let (name, version, slot) = (&self.name, &self.plugin_version, self.slot);
        writeln!(out, "{name} {version}, {slot}, contract {CONTRACT}, {} KiB", self.bytes / 1_024)?;
        writeln!(out, "sha256:{}", self.digest)?;
        writeln!(out, "imports {imports}")?;
        writeln!(out)
    }
}

impl Check {
    fn json(&self) -> Value {
        let figures: Map<_, _> = self.figures.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        json!({
            "id": self.id,
            "purpose": self.purpose,
            "outcome": self.outcome.as_str(),
            "why": self.outcome.why(),
            "figures": figures,
            "took_ms": self.took_ms,
        })
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { id, purpose, outcome, took_ms, .. } = self;
        writeln!(out, "{:<8} {id:<11} {took_ms:>7.0} ms  {purpose}", outcome.as_str())?;
        if let Some(why) = outcome.why() {
            writeln!(out, "{:33}{why}", "")?;
        }
        let figures: Vec<String> =
            self.figures.iter().map(|(name, value)| format!("{name} {}", number(*value))).collect();
        for line in figures.chunks(FIGURES_A_LINE) {
            writeln!(out, "{:33}{}", "", line.join(", "))?;
        }
        Ok(())
    }
}

/// Figures on one line of text.
const FIGURES_A_LINE: usize = 4;

/// Three digits are enough for people; whole numbers stay whole.
fn number(value: f64) -> String {
    match value.abs() {
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcomes: &[Outcome]) -> Report {
        let check = |outcome: &Outcome| Check {
            id: "state",
            purpose: "refuses",
            outcome: outcome.clone(),
            figures: vec![("states", 7.0), ("score_ms", 0.123_45)],
            took_ms: 1.0,
        };
        Report { source: "x.wasm".into(), plugin: None, settings: vec![], checks: outcomes.iter().map(check).collect() }
    }

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        report.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_last_line_says_whether_it_passed() {
        let skipped = Outcome::Skipped("no time".into());
        let failed = Outcome::Failed("it trapped; do not".into());
        assert!(text(&report(&[Outcome::Passed, skipped.clone()])).ends_with("\npassed\n"));
        let mixed = report(&[Outcome::Passed, failed, skipped]);
        assert!(text(&mixed).contains("it trapped; do not\n"), "{}", text(&mixed));
        assert!(text(&mixed).ends_with("\nfailed: 1 of 3 checks\n"), "{}", text(&mixed));
        assert!(!mixed.passed());
    }

    #[test]
    fn figures_are_shown_with_the_digits_they_are_worth() {
        assert!(text(&report(&[Outcome::Passed])).contains("states 7, score_ms 0.1235\n"));
        assert_eq!([number(123.4), number(1.234)], ["123", "1.23"]);
    }

    #[test]
    fn json_holds_outcome_reason_and_figures() {
        let json = report(&[Outcome::Failed("it trapped".into())]).json();
        assert_eq!((&json["passed"], &json["failed"]), (&json!(false), &json!(1)));
        let check = &json["checks"][0];
        assert_eq!((&check["outcome"], &check["why"]), (&json!("failed"), &json!("it trapped")));
        assert_eq!(check["figures"]["states"], json!(7.0));
    }
}
