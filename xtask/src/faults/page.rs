//! The result as Markdown, and its place in the page.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::score::Verdict;
use super::timeline::Injected;

/// The page that `--write` writes to.
pub(super) const PAGE: &str = "docs/FAULTS.md";

const BEGIN: &str = "<!-- result: written by `cargo xtask faults --write` -->";
const END: &str = "<!-- end of result -->";
const SENTENCE_MAX: usize = 200;

/// A fault with what came of it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) injected: Injected,
    pub(super) verdict: Verdict,
    /// Service, severity and sentence of the alert.
    pub(super) alert: Option<(String, String, String)>,
    /// Why it was missed.
    pub(super) why: String,
}

/// One line of the table for each fault.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::from("| fault | done to | result | after | alert on | severity | the sentence given |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for row in rows {
        let fault = row.injected.fault;
        let (result, after) = match row.verdict {
            Verdict::Found { after_ms, .. } => ("found", seconds(after_ms)),
            Verdict::Joined { after_ms, .. } => ("joined an open alert", seconds(after_ms)),
            Verdict::Missed => ("**missed**", "–".into()),
        };
        let (on, severity, sentence) = match &row.alert {
            Some((on, severity, sentence)) => (on.as_str(), severity.as_str(), cell(sentence)),
            None => ("–", "–", cell(&row.why)),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {result} | {after} | {on} | {severity} | {sentence} |",
            fault.name,
            fault.signs[0].name()
        );
    }
    text
}

/// How many were found, and by what.
pub(super) fn summary(rows: &[Row]) -> String {
    let count = |is: fn(&Verdict) -> bool| rows.iter().filter(|row| is(&row.verdict)).count();
    let found = count(|verdict| matches!(verdict, Verdict::Found { .. }));
    let joined = count(|verdict| matches!(verdict, Verdict::Joined { .. }));
    let mut after: Vec<u64> = rows
        .iter()
        .filter_map(|row| if let Verdict::Found { after_ms, .. } = row.verdict { Some(after_ms) } else { None })
        .collect();
    after.sort_unstable();
    let median = after.get(after.len() / 2).map_or_else(|| "–".into(), |ms| seconds(*ms));
    format!(
        "{} faults: {found} found, {joined} joined an alert that was open, {} missed; median time to the alert {median}.",
        rows.len(),
        rows.len() - found - joined
    )
}

/// The last part of an identity.
pub(super) fn service(identity: &str) -> &str {
    identity.rsplit('-').next().unwrap_or(identity)
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", ms as f64 / 1_000.0)
}

/// Text of a log, made harmless in a table.
pub(super) fn cell(text: &str) -> String {
    let short: String = text.chars().take(SENTENCE_MAX).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    let plain = short.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "'");
    plain.split_whitespace().collect::<Vec<_>>().join(" ") + dots
}

/// Puts `result` between the marks of the page.
pub(super) fn write(path: &Path, result: &str) -> Result<()> {
    let page = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let Some(page) = with_result(&page, result) else {
        bail!("{} has no place for the result; it stands between the lines {BEGIN} and {END}", path.display());
    };
    fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}

fn with_result(page: &str, result: &str) -> Option<String> {
    let (head, rest) = page.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n\n{}\n\n{END}{tail}", result.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::fault::FAULTS;
    use crate::faults::score::Period;

    fn row(verdict: Verdict) -> Row {
        let period = Period { begin_ms: 0, end_ms: 1 };
        let injected = Injected { fault: &FAULTS[0], period, rest: period };
        let alert = ("web".to_owned(), "critical".to_owned(), "new: \"a | b\"\n<script>".to_owned());
        let alert = (verdict != Verdict::Missed).then_some(alert);
        Row { injected, verdict, alert, why: "no line was written".into() }
    }

    #[test]
    fn a_missed_fault_says_why_and_log_text_keeps_the_table() {
        let text = table(&[row(Verdict::Found { alert: 1, after_ms: 6_140 }), row(Verdict::Missed)]);
        assert!(text.contains("| found | 6.1 s | web | critical | new: \"a \\| b\" &lt;script> |"), "{text}");
        assert!(text.contains("| **missed** | – | – | – | no line was written |"), "{text}");
    }

    #[test]
    fn the_summary_counts_each_kind() {
        let rows = [
            row(Verdict::Found { alert: 1, after_ms: 5_000 }),
            row(Verdict::Joined { alert: 1, after_ms: 1 }),
            row(Verdict::Missed),
        ];
        assert!(summary(&rows).starts_with("3 faults: 1 found, 1 joined an alert that was open, 1 missed; "));
        assert!(summary(&rows).ends_with("5.0 s."));
    }

    #[test]
    fn the_result_is_replaced_and_the_rest_is_kept() {
        let page = format!("head\n{BEGIN}\nold\n{END}\ntail");
        assert_eq!(with_result(&page, "new").unwrap(), format!("head\n{BEGIN}\n\nnew\n\n{END}\ntail"));
        assert_eq!(with_result("no marks", "new"), None);
    }
}
