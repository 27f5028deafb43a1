//! The rules as a detector and a reader of alerts meet them.

use foghorn_example_rules::{FORMAT, Session, Settings};
use foghorn_guest::{Settings as _, Windows};

fn session(rules: &str) -> Session {
    Session::new(settings(rules))
}

fn settings(rules: &str) -> Settings {
    Settings::parse(&[("rules".to_owned(), rules.to_owned())]).unwrap()
}

/// One window of 30 s.
fn window(lines: &[&[u8]]) -> Windows {
    let mut windows = Windows::default();
    windows.push(0, 30_000_000_000, lines);
    windows
}

const RULES: &str = "oom=Out of memory; refused=(?i)connection refused";

#[test]
fn each_column_is_matching_lines_a_minute() {
    let rows = session(RULES)
        .transform(&window(&[b"Out of memory: kill 7", b"Connection refused", b"connection refused \xff", b"fine"]))
        .unwrap();
    assert_eq!(rows.check().unwrap().dense(0), [2.0, 4.0, 8.0]);
}

#[test]
fn a_window_without_length_counts_as_one_second() {
    let mut windows = Windows::default();
    windows.push(5, 5, &[b"Out of memory"]);
    assert_eq!(session(RULES).transform(&windows).unwrap().check().unwrap().dense(0), [60.0, 0.0, 60.0]);
}

#[test]
fn the_reason_names_the_rules_that_did_something_with_their_lines() {
    let mut session = session(RULES);
    session.learn(&window(&[b"fine", b"Out of memory"])).unwrap();
    let strange = window(&[b"connection refused", b"Out of memory", b"connection refused"]);
    let terms = session.explain(&strange, &[1.0, 3.0, 0.0], 5).unwrap();
    let short: Vec<_> = terms.iter().map(|t| (t.text.as_str(), t.lines.clone(), t.seen, t.weight)).collect();
    assert_eq!(
        short,
        [("refused: (?i)connection refused", vec![0, 2], 0, 0.75), ("oom: Out of memory", vec![1], 1, 0.25)]
    );
    assert_eq!(session.explain(&strange, &[1.0, 3.0, 0.0], 1).unwrap().len(), 1);
    assert_eq!(session.explain(&strange, &[0.0; 3], 5).unwrap(), []);
    assert_eq!(session.explain(&strange, &[0.0; 2], 5).unwrap_err().code, 4);
}

#[test]
fn a_loaded_session_says_the_same_and_other_rules_or_damage_are_refused() {
    let mut session = session(RULES);
    session.learn(&window(&[b"Out of memory"])).unwrap();
    let state = session.save();
    let loaded = Session::load(settings(RULES), FORMAT, &state).unwrap();
    assert_eq!((loaded.save(), loaded.stats()), (state.clone(), session.stats()));
    for other in ["oom=Out of memory", "oom=out of memory; refused=(?i)connection refused"] {
        assert_eq!(Session::load(settings(other), FORMAT, &state).unwrap_err().code, 2);
    }
    for end in 0..state.len() {
        assert_eq!(Session::load(settings(RULES), FORMAT, &state[..end]).unwrap_err().code, 2);
    }
}
