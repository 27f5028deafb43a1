//! Reasons point at the lines that made a window strange.

use crate::windows::{Pack, learned, usual};
use foghorn_vectorizer::Session;

fn weights(session: &Session, names: &[&str]) -> Vec<f32> {
    session.columns().iter().map(|(name, _)| if names.contains(&name.as_str()) { 2.0 } else { 0.0 }).collect()
}

#[test]
fn the_new_line_is_the_heaviest_term() {
    let mut session = learned();
    let mut lines = usual(6);
    lines.insert(5, "ERROR payment 81 refused for user=mallory\u{1b}[31m".into());
    let weights = weights(&session, &["template_max", "token_max"]);
    let terms = session.explain(Pack::of(&[lines]).view(), &weights, 10).unwrap();
    let first = &terms[0];
    assert_eq!((first.kind, first.lines.as_slice(), first.seen, first.of), ("template", &[5][..], 0, 60));
    assert_eq!(first.text, "ERROR payment * refused for user=* [*");
    let tokens: Vec<_> = terms.iter().filter(|t| t.kind == "token").map(|t| t.text.as_str()).collect();
    assert!(tokens.contains(&"refused") && tokens.contains(&"payment"), "{tokens:?}");
    assert!(terms.is_sorted_by(|a, b| a.weight >= b.weight));
    assert!(terms.iter().all(|t| t.weight > 0.0) && terms.iter().map(|t| t.weight).sum::<f32>() <= 1.0 + 1e-5);
}

#[test]
fn what_did_not_come_is_named_without_lines() {
    let mut session = learned();
    let lines: Vec<_> = usual(8).into_iter().filter(|l| !l.contains("answered")).collect();
    let weights = weights(&session, &["missing"]);
    let terms = session.explain(Pack::of(&[lines]).view(), &weights, 3).unwrap();
    let missing = &terms[0];
    assert_eq!((missing.kind, missing.lines.len(), missing.seen), ("missing", 0, 60));
    assert!(missing.text.contains("INFO request * answered in *"), "{}", missing.text);
}

#[test]
fn figures_are_explained_by_their_summary() {
    let mut session = learned();
    let weights = weights(&session, &["errors"]);
    let terms = session.explain(Pack::of(&[usual(3)]).view(), &weights, 3).unwrap();
    assert_eq!(
        (terms.len(), terms[0].kind, terms[0].text.as_str()),
        (1, "column", "Share of lines of level error or worse")
    );
}

#[test]
fn weights_and_windows_are_checked() {
    let mut session = learned();
    let (one, two) = (Pack::of(&[usual(3)]), Pack::of(&[usual(3), usual(4)]));
    let good = weights(&session, &["errors"]);
    assert_eq!(session.explain(two.view(), &good, 3).unwrap_err().code, 4);
    assert_eq!(session.explain(one.view(), &good[1..], 3).unwrap_err().code, 4);
    assert_eq!(session.explain(one.view(), &vec![f32::NAN; good.len()], 3).unwrap_err().code, 4);
    assert!(session.explain(one.view(), &vec![0.0; good.len()], 3).unwrap().is_empty());
}
