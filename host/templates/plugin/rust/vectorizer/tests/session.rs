//! The vectorizer as a user meets it, without WebAssembly and without Foghorn.

use foghorn_guest::Windows;
use plugin::{COLUMNS, FORMAT, Session};

fn windows(list: &[&[&[u8]]]) -> Windows {
    let mut windows = Windows::default();
    for (second, lines) in (0..).zip(list) {
        windows.push(second * 1_000_000_000, (second + 1) * 1_000_000_000, lines);
    }
    windows
}

fn learned() -> Session {
    let mut session = Session::default();
    session.learn(&windows(&[&[b"order 1 stored", b"cache refreshed"], &[b"order 2 stored"]])).unwrap();
    session
}

#[test]
fn a_new_word_shows_in_its_column_and_is_named() {
    let strange = windows(&[&[b"order 3 stored", b"ERROR: disk gone"]]);
    let rows = learned().transform(&strange, false).unwrap();
    let row = rows.check().unwrap().dense(0);
    assert_eq!(row[1..], [0.5, 0.5, 0.0]);
    let terms = learned().explain(&strange, &[0.0, 1.0, 1.0, 0.0], 10).unwrap();
    assert_eq!(terms.iter().map(|term| term.text.as_str()).collect::<Vec<_>>(), ["disk", "error", "gone"]);
    assert!(terms.iter().all(|term| term.lines == [1] && term.seen == 0 && term.of == 2));
    assert!(terms.iter().map(|term| term.weight).sum::<f32>() <= 1.0);
}

#[test]
fn a_learned_window_is_seen_without_its_own_part() {
    let own = windows(&[&[b"cache refreshed"]]);
    let unknown = |learned_before| learned().transform(&own, learned_before).unwrap().check().unwrap().dense(0)[1];
    assert_eq!((unknown(false), unknown(true)), (0.0, 1.0));
}

#[test]
fn a_loaded_session_knows_as_much_and_bad_input_ends_in_an_error() {
    let session = learned();
    assert_eq!(Session::load(FORMAT, &session.save()).unwrap(), session);
    assert_eq!(Session::load(FORMAT, &session.save()[..20]).unwrap_err().code, 2);
    assert_eq!(session.explain(&windows(&[&[b"a"]]), &[1.0], 5).unwrap_err().code, 4);
    let mut broken = windows(&[&[b"a"]]);
    broken.offsets[1] = 9;
    assert_eq!(session.transform(&broken, false).unwrap_err().code, 4);
    assert_eq!(COLUMNS.len(), 4);
}
