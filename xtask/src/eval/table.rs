//! The tables, as Markdown that also reads well on a terminal.

use std::fmt::Write;

use serde_json::Value;

use super::figures::Figures;
use super::replay::Outcome;
use super::sets::Set;

/// One way of judging a set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub name: String,
    pub figures: Figures,
}

/// One set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    pub name: String,
    /// What it holds, or why nothing was judged.
    pub about: String,
    /// Foghorn's first; none where nothing was judged.
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
}

/// One variant over all sets, in their order; `None` where it could not be tried.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ablation {
    pub name: String,
    pub figures: Vec<Option<Figures>>,
    pub notes: Vec<String>,
}

impl Section {
    pub(super) fn new(set: &Set, outcome: &Outcome) -> Self {
        let name = set.name.clone();
        match outcome {
            Outcome::Refused(why) => Self { name, about: why.clone(), rows: Vec::new(), notes: Vec::new() },
            Outcome::Judged(replayed) => Self {
                name,
                about: about(&replayed.summary),
                rows: vec![Row { name: "**Foghorn**".to_owned(), figures: replayed.figures }],
                notes: replayed.notes.clone(),
            },
        }
    }
}

/// What a set holds, and what of it counts.
fn about(summary: &Value) -> String {
    let number = |key: &str| summary[key].as_u64();
    let count = |key: &str| number(key).unwrap_or(0);
    let (lines, windows, scored, judged) = (count("lines"), count("windows"), count("scored"), count("judged"));
    let mut about = format!("{lines} lines, {windows} windows, {scored} scored, {judged} judged");
    match number("positives") {
        _ if judged == 0 => about.push_str(": nothing could be judged"),
        None => about.push_str(", no labels: nothing to measure"),
        Some(0) => about.push_str(", none anomalous: nothing to tell apart"),
        Some(positives) if positives == judged => about.push_str(", all anomalous: nothing to tell apart"),
        Some(positives) => {
            let _ = write!(about, ", {positives} anomalous");
        }
    }
    about
}

const HEAD: &str = "| set | | AUC | AP | best F1 | F1 | precision | recall | alerts | false alarms | train s | score s |\n\
                    |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";

/// All sets, then what has to be said of them.
pub(super) fn table(sections: &[Section]) -> String {
    let mut text = HEAD.to_owned();
    for section in sections {
        for row in &section.rows {
            let _ = writeln!(text, "| {} | {} | {} |", section.name, row.name, cells(&row.figures));
        }
        if section.rows.is_empty() {
            let _ = writeln!(text, "| {} | not judged | {} |", section.name, cells(&Figures::default()));
        }
    }
    text.push_str(
        "\nF1, precision and recall are those at the live threshold; alerts are opened ones per 1,000 windows scored, false alarms \
         are of each 1,000 normal windows;\nseconds are of this run, added up over streams, for comparison within the table only.\n\n",
    );
    for section in sections {
        let _ = writeln!(text, "- {}: {}.", section.name, section.about);
        text.extend(section.notes.iter().map(|note| format!("- {}: {note}.\n", section.name)));
    }
    text
}

fn cells(figures: &Figures) -> String {
    let Figures { roc_auc, average_precision, best_f1, f1, precision, recall, .. } = *figures;
    let parts = [roc_auc, average_precision, best_f1, f1, precision, recall].map(part);
    let rates = [figures.alerts_per_1000, figures.false_alarms_per_1000].map(|rate| decimals(rate, 1));
    let seconds = [figures.train_s, figures.score_s].map(|seconds| decimals(seconds, 2));
    [parts.as_slice(), &rates, &seconds].concat().join(" | ")
}

/// What each change does to average precision, and to F1 at the live threshold.
pub(super) fn ablations(sections: &[Section], rows: &[Ablation]) -> String {
    let mut text = "| changed |".to_owned();
    text.extend(sections.iter().map(|section| format!(" {0} AP | {0} F1 |", section.name)));
    let _ = writeln!(text, "\n|---|{}", "---:|---:|".repeat(sections.len()));
    for row in rows {
        let _ = write!(text, "| {} |", row.name);
        for figures in &row.figures {
            let figures = figures.unwrap_or_default();
            let _ = write!(text, " {} | {} |", part(figures.average_precision), part(figures.f1));
        }
        text.push('\n');
    }
    text.push('\n');
    for row in rows {
        text.extend(row.notes.iter().map(|note| format!("- {}: {note}.\n", row.name)));
    }
    text
}

fn part(figure: Option<f64>) -> String {
    decimals(figure, 3)
}

fn decimals(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summary(judged: u64, positives: Option<u64>) -> Value {
        json!({ "lines": 9, "windows": 5, "scored": 4, "judged": judged, "positives": positives })
    }

    #[test]
    fn a_set_is_described_by_what_of_it_counts() {
        assert_eq!(about(&summary(3, Some(1))), "9 lines, 5 windows, 4 scored, 3 judged, 1 anomalous");
        assert!(about(&summary(0, None)).ends_with("nothing could be judged"));
        assert!(about(&summary(3, None)).ends_with("no labels: nothing to measure"));
        assert!(about(&summary(3, Some(0))).ends_with("none anomalous: nothing to tell apart"));
        assert!(about(&summary(3, Some(3))).ends_with("all anomalous: nothing to tell apart"));
    }

    #[test]
    fn a_set_that_was_refused_is_a_row_that_says_why() {
        let set = Set { name: "empty".to_owned(), path: "empty.jsonl".into() };
        let section = Section::new(&set, &Outcome::Refused("no line of empty could be read".to_owned()));
        let text = table(&[section]);
        assert!(text.contains("| empty | not judged | – | – |"), "{text}");
        assert!(text.contains("- empty: no line of empty could be read."), "{text}");
    }

    #[test]
    fn every_row_has_as_many_cells_as_the_head() {
        let figures = Figures { roc_auc: Some(0.99666), alerts_per_1000: Some(1.04), ..Figures::default() };
        let section = Section {
            name: "a".to_owned(),
            about: String::new(),
            rows: vec![Row { name: "b".to_owned(), figures }],
            notes: vec!["stream x was not judged".to_owned()],
        };
        let text = table(&[section]);
        let bars: Vec<usize> = text.lines().take(3).map(|line| line.matches('|').count()).collect();
        assert_eq!(bars, [13; 3]);
        assert!(text.contains("| a | b | 0.997 | – |") && text.contains("| 1.0 |"), "{text}");
        assert!(text.contains("- a: stream x was not judged."), "{text}");
    }

    #[test]
    fn a_variant_that_cannot_be_tried_leaves_its_cells_empty() {
        let section = |name: &str| Section { name: name.to_owned(), about: String::new(), rows: vec![], notes: vec![] };
        let figures = Figures { average_precision: Some(0.5), f1: Some(0.25), ..Figures::default() };
        let row =
            Ablation { name: "x".to_owned(), figures: vec![Some(figures), None], notes: vec!["not known".to_owned()] };
        let text = ablations(&[section("a"), section("b")], &[row]);
        assert!(text.starts_with("| changed | a AP | a F1 | b AP | b F1 |\n|---|---:|---:|---:|---:|\n"), "{text}");
        assert!(text.contains("| x | 0.500 | 0.250 | – | – |") && text.contains("- x: not known."), "{text}");
    }
}
