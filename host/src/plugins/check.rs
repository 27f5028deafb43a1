//! Every answer of a plugin is checked here before anybody sees it. Pure: an answer and what was asked go in.
//!
//! What is wrong completes the sentence "<plugin> …": `returned 31 scores for 32 windows`.

use super::bindings::{thresholds, types, vectorizer};
use super::rows::Rows;
use super::text;
use super::thresholds::Decision;
use super::vectorizer::{Column, Term};

type Checked<T> = Result<T, String>;

/// Bytes that the answers about a plugin's card and settings may take.
pub(super) const CARD_BYTES_MAX: usize = 1 << 20;

/// Bytes of a term's text and kind, of a column's name and summary, of a figure's name.
const TEXT_BYTES_MAX: usize = 64 << 10;
const WORD_BYTES_MAX: usize = 64;
const SUMMARY_BYTES_MAX: usize = 1 << 10;

/// Figures in one answer, and errors of settings.
const STATS_MAX: usize = 256;
const SETTING_ERRORS_MAX: usize = 256;

/// How far weights that were added up in 32 bits may be over 1.
const WEIGHT_SLACK: f32 = 1e-3;

pub(super) fn rows(answer: types::RowsResult, windows: usize, columns: Option<u32>) -> Checked<Rows> {
    let types::RowsResult { columns: found, row_ptr, idx, val } = answer;
    let rows = Rows { columns: found, row_ptr, idx, val };
    rows.check(windows).map_err(|error| format!("returned {error}"))?;
    match columns {
        Some(columns) if columns != found => {
            Err(format!("returned rows of {found} columns; before they had {columns}"))
        }
        _ => Ok(rows),
    }
}

pub(super) fn scores(scores: Vec<f32>, rows: usize) -> Checked<Vec<f32>> {
    count("scores", scores.len(), "windows", rows)?;
    numbers("score", &scores)?;
    Ok(scores)
}

/// How much each column did, from `detector.explain`.
pub(super) fn weights(weights: Vec<f32>, columns: u32) -> Checked<Vec<f32>> {
    count("weights", weights.len(), "columns", columns as usize)?;
    numbers("weight", &weights)?;
    Ok(weights)
}

pub(super) fn decisions(answer: &thresholds::Decisions, scores: &[f32]) -> Checked<Vec<Decision>> {
    count("thresholds", answer.thresholds.len(), "scores", scores.len())?;
    count("severities", answer.severities.len(), "scores", scores.len())?;
    let all = answer.thresholds.iter().zip(&answer.severities).zip(scores);
    all.map(|((&threshold, &severity), &score)| decision(threshold, severity, score)).collect()
}

fn decision(threshold: f32, severity: u8, score: f32) -> Checked<Decision> {
    if !threshold.is_finite() || threshold <= 0.0 {
        return Err(format!("returned threshold {threshold}; a threshold is finite and above 0"));
    }
    if severity > 3 {
        return Err(format!("returned severity {severity}; severities are 0 to 3"));
    }
    if severity > 0 && score < threshold {
        return Err(format!("returned severity {severity} for score {score} below its threshold {threshold}"));
    }
    Ok(Decision { threshold, severity })
}

/// `lines` is the number of lines in the window that was asked about.
pub(super) fn terms(answer: Vec<vectorizer::Term>, limit: u32, lines: usize) -> Checked<Vec<Term>> {
    if answer.len() > limit as usize {
        return Err(format!("returned {} terms; at most {limit} were asked for", answer.len()));
    }
    let mut sum = 0.0;
    for term in &answer {
        check_term(term, lines)?;
        sum += term.weight;
    }
    if sum > 1.0 + WEIGHT_SLACK {
        return Err(format!("returned terms whose weights add up to {sum}; at most 1 is allowed"));
    }
    if !answer.windows(2).all(|pair| pair[0].weight >= pair[1].weight) {
        return Err("returned terms that are not sorted by weight".into());
    }
    Ok(answer.into_iter().map(Term::from).collect())
}

fn check_term(term: &vectorizer::Term, lines: usize) -> Checked<()> {
    if !term.weight.is_finite() || term.weight < 0.0 {
        return Err(format!("returned a term of weight {}; a weight is finite and not negative", term.weight));
    }
    if term.text.len() > TEXT_BYTES_MAX || term.kind.len() > WORD_BYTES_MAX {
        let (text, kind) = (term.text.len(), term.kind.len());
        return Err(format!(
            "returned a term of {text} bytes and kind of {kind}; {TEXT_BYTES_MAX} and {WORD_BYTES_MAX} are allowed"
        ));
    }
    if let Some(line) = term.lines.iter().find(|&&line| line as usize >= lines) {
        return Err(format!("returned a term in line {line} of a window of {lines} lines"));
    }
    if term.lines.len() > lines {
        return Err(format!("returned a term in {} lines of a window of {lines}", term.lines.len()));
    }
    if term.seen > term.of {
        return Err(format!("returned a term seen in {} of {} windows", term.seen, term.of));
    }
    Ok(())
}

/// `columns` is the number that rows of this session have, where one was seen.
pub(super) fn columns(answer: Vec<vectorizer::Column>, columns: Option<u32>) -> Checked<Vec<Column>> {
    if let Some(columns) = columns {
        count("descriptions", answer.len(), "columns", columns as usize)?;
    }
    let mut names: Vec<&str> = answer.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("returned two columns named {}", text::safe(pair[0], WORD_BYTES_MAX)));
    }
    if let Some(column) = answer.iter().find(|column| {
        column.name.is_empty() || column.name.len() > WORD_BYTES_MAX || column.summary.len() > SUMMARY_BYTES_MAX
    }) {
        let (name, summary) = (column.name.len(), column.summary.len());
        return Err(format!(
            "returned a column with {name} bytes of name and {summary} of summary; 1 to {WORD_BYTES_MAX} and {SUMMARY_BYTES_MAX} are allowed"
        ));
    }
    Ok(answer.into_iter().map(Column::from).collect())
}

pub(super) fn stats(answer: Vec<(String, f64)>) -> Checked<Vec<(String, f64)>> {
    if answer.len() > STATS_MAX {
        return Err(format!("returned {} figures; at most {STATS_MAX} are allowed", answer.len()));
    }
    for (name, value) in &answer {
        if name.len() > WORD_BYTES_MAX || !value.is_finite() {
            return Err(format!(
                "returned figure {} = {value}; names have at most {WORD_BYTES_MAX} bytes, values are finite",
                text::safe(name, WORD_BYTES_MAX)
            ));
        }
    }
    Ok(answer)
}

pub(super) fn setting_errors(answer: Vec<types::Error>) -> Checked<Vec<String>> {
    if answer.len() > SETTING_ERRORS_MAX {
        return Err(format!(
            "returned {} errors about settings; at most {SETTING_ERRORS_MAX} are allowed",
            answer.len()
        ));
    }
    Ok(answer.into_iter().map(|error| text::safe(&error.message, SUMMARY_BYTES_MAX)).collect())
}

fn count(things: &str, found: usize, of: &str, wanted: usize) -> Checked<()> {
    if found == wanted { Ok(()) } else { Err(format!("returned {found} {things} for {wanted} {of}")) }
}

fn numbers(thing: &str, values: &[f32]) -> Checked<()> {
    match values.iter().find(|value| !value.is_finite() || **value < 0.0) {
        Some(value) => Err(format!("returned {thing} {value}; a {thing} is finite and not negative")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term() -> vectorizer::Term {
        vectorizer::Term {
            text: "t".into(),
            kind: "token".into(),
            id: 1,
            lines: vec![0, 1],
            seen: 0,
            of: 9,
            weight: 0.5,
        }
    }

    fn bad_term(change: impl FnOnce(&mut vectorizer::Term)) -> String {
        let mut term = term();
        change(&mut term);
        terms(vec![term], 5, 2).unwrap_err()
    }

    #[test]
    fn scores_are_one_a_row_finite_and_not_negative() {
        assert_eq!(scores(vec![0.0, 2.0], 2), Ok(vec![0.0, 2.0]));
        assert_eq!(scores(vec![0.0; 31], 32), Err("returned 31 scores for 32 windows".into()));
        for bad in [f32::NAN, f32::INFINITY, -0.5] {
            assert!(scores(vec![bad], 1).unwrap_err().starts_with(&format!("returned score {bad};")));
        }
    }

    #[test]
    fn weights_are_one_a_column() {
        assert_eq!(weights(vec![0.0; 3], 3), Ok(vec![0.0; 3]));
        assert_eq!(weights(vec![0.0; 3], 4), Err("returned 3 weights for 4 columns".into()));
        assert!(weights(vec![-1.0], 1).is_err());
    }

    #[test]
    fn decisions_are_one_a_score_and_fit_it() {
        let answer =
            |threshold, severity| thresholds::Decisions { thresholds: vec![threshold], severities: vec![severity] };
        assert_eq!(decisions(&answer(1.0, 3), &[1.0]), Ok(vec![Decision { threshold: 1.0, severity: 3 }]));
        assert_eq!(decisions(&answer(1.0, 0), &[9.0]), Ok(vec![Decision { threshold: 1.0, severity: 0 }]));
        for (threshold, severity, score) in
            [(0.0, 0, 1.0), (f32::NAN, 0, 1.0), (f32::INFINITY, 0, 1.0), (1.0, 4, 1.0), (1.0, 1, 0.9)]
        {
            assert!(decisions(&answer(threshold, severity), &[score]).is_err(), "{threshold} {severity} {score}");
        }
        assert!(decisions(&answer(1.0, 1), &[1.0, 1.0]).is_err());
        let short = thresholds::Decisions { thresholds: vec![1.0], severities: vec![] };
        assert_eq!(decisions(&short, &[1.0]), Err("returned 0 severities for 1 scores".into()));
    }

    #[test]
    fn terms_stand_in_the_window_and_weigh_at_most_one() {
        assert_eq!(terms(vec![term()], 5, 2).unwrap().len(), 1);
        assert!(terms(vec![term(); 3], 2, 2).unwrap_err().contains("at most 2 were asked for"));
        assert!(terms(vec![term(); 3], 5, 2).unwrap_err().contains("add up to 1.5"));
        assert!(bad_term(|term| term.lines = vec![2]).contains("line 2 of a window of 2"));
        assert!(bad_term(|term| term.lines = vec![0; 3]).contains("in 3 lines"));
        assert!(bad_term(|term| term.weight = f32::NAN).contains("weight NaN"));
        assert!(bad_term(|term| term.weight = -0.1).contains("weight -0.1"));
        assert!(bad_term(|term| term.text = "x".repeat(TEXT_BYTES_MAX + 1)).contains("65537 bytes"));
        assert!(bad_term(|term| term.seen = 10).contains("10 of 9"));
        let light = vectorizer::Term { weight: 0.1, ..term() };
        assert!(terms(vec![light, term()], 5, 2).unwrap_err().contains("not sorted"));
    }

    #[test]
    fn columns_are_named_once_and_as_many_as_rows_have() {
        let column = |name: &str| vectorizer::Column { name: name.into(), summary: String::new() };
        assert_eq!(columns(vec![column("a"), column("b")], Some(2)).unwrap().len(), 2);
        assert!(columns(vec![column("a")], Some(2)).is_err());
        assert!(columns(vec![column("a"), column("a")], None).unwrap_err().contains("two columns named a"));
        assert!(columns(vec![column("")], None).is_err());
    }

    #[test]
    fn the_number_of_columns_never_changes() {
        let answer = types::RowsResult { columns: 4, row_ptr: vec![0], idx: vec![], val: vec![] };
        assert!(rows(answer.clone(), 0, Some(4)).is_ok());
        assert_eq!(rows(answer, 0, Some(5)), Err("returned rows of 4 columns; before they had 5".into()));
    }

    #[test]
    fn figures_are_few_and_finite() {
        assert!(stats(vec![("trees".into(), 1.0)]).is_ok());
        assert!(stats(vec![("trees".into(), f64::NAN)]).is_err());
        assert!(stats(vec![("x".into(), 0.0); STATS_MAX + 1]).is_err());
    }
}
