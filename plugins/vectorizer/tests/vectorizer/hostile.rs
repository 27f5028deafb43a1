//! Bytes that nobody vouches for: lines, batches and states.

use crate::windows::{Pack, learned, usual};
use foghorn_vectorizer::{FORMAT, Session, Settings};
use proptest::prelude::*;

#[test]
fn any_line_is_taken() {
    let lines: Vec<Vec<u8>> = vec![
        vec![],
        vec![b'x'; 65_536],
        b"a ".repeat(32_768),
        b"1,".repeat(32_768),
        vec![b'"'; 65_536],
        vec![b'='; 65_536],
        vec![b'/'; 65_536],
        vec![b'{'; 65_536],
        b"{\"a\":".repeat(10_000),
        b"k=[".repeat(20_000),
        vec![0; 100],
        vec![0xff; 1_000],
        b"{\"msg\":\"\\".to_vec(),
        "ünï¢ødé ✓ журнал".into(),
        b"\n\n\tat \n".to_vec(),
    ];
    let mut session = Session::open(Settings::default());
    let pack = Pack::of(&[lines.clone(), lines]);
    session.learn(pack.view()).unwrap();
    session.settle();
    let rows = session.transform(pack.view(), true).unwrap();
    assert!(rows.val.iter().all(|v| v.is_finite()));
    let loaded = Session::load(Settings::default(), FORMAT, &session.save()).unwrap();
    assert_eq!(loaded.save(), session.save());
}

#[test]
fn broken_batches_are_refused_with_code_4() {
    type Break = fn(&mut Pack);
    let breaks: [(&str, Break); 10] = [
        ("offset behind the data", |p| p.offsets.last_mut().iter_mut().for_each(|o| **o += 1)),
        ("offsets fall", |p| p.offsets[1] = p.offsets[2] + 1),
        ("first offset", |p| p.offsets[0] = 1),
        ("no offsets", |p| p.offsets.clear()),
        ("empty window", |p| p.starts[1] = 0),
        ("last start", |p| *p.starts.last_mut().unwrap() -= 1),
        ("too few times", |p| p.times.truncate(1)),
        ("output 2", |p| p.outputs[0] = 2),
        ("ends first", |p| p.ends[1] = p.begins[1] - 1),
        ("no ends", |p| p.ends.clear()),
    ];
    let mut session = learned();
    let before = session.save();
    for (name, damage) in breaks {
        let mut pack = Pack::of(&[usual(3), usual(4)]);
        damage(&mut pack);
        assert_eq!(session.learn(pack.view()).unwrap_err().code, 4, "{name}");
        assert_eq!(session.transform(pack.view(), false).unwrap_err().code, 4, "{name}");
    }
    assert_eq!(session.save(), before, "a refused batch teaches nothing");
}

#[test]
fn states_of_other_settings_or_formats_are_refused() {
    let bytes = learned().save();
    let other = Settings { columns: 64, ..Settings::default() };
    let error = Session::load(other, FORMAT, &bytes).unwrap_err();
    assert_eq!(error.code, 2);
    assert!(error.message.contains("made with columns 48"), "{error}");
    assert_eq!(Session::load(Settings::default(), FORMAT + 1, &bytes).unwrap_err().code, 2);
}

#[test]
fn a_state_that_is_cut_anywhere_is_refused() {
    let bytes = learned().save();
    for len in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        assert_eq!(Session::load(Settings::default(), FORMAT, &bytes[..len]).unwrap_err().code, 2, "{len} bytes");
    }
    let mut more = bytes;
    more.push(0);
    assert_eq!(Session::load(Settings::default(), FORMAT, &more).unwrap_err().code, 2);
}

proptest! {
    #[test]
    fn a_damaged_state_is_refused_or_harmless(at in any::<prop::sample::Index>(), value in any::<[u8; 4]>()) {
        let mut bytes = learned().save();
        let at = at.index(bytes.len() - 4);
        bytes[at..at + 4].copy_from_slice(&value);
        if let Ok(mut session) = Session::load(Settings::default(), FORMAT, &bytes) {
            let rows = session.transform(Pack::of(&[usual(5)]).view(), true).unwrap();
            prop_assert!(rows.val.iter().all(|v| v.is_finite()));
        }
    }

    #[test]
    fn any_bytes_make_finite_rows(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..20)) {
        let mut session = learned();
        let pack = Pack::of(&[lines]);
        let rows = session.transform(pack.view(), false).unwrap();
        prop_assert!(rows.val.iter().all(|v| v.is_finite()));
        let weights = vec![1.0; session.columns().len()];
        for term in session.explain(pack.view(), &weights, 1_000).unwrap() {
            prop_assert!(term.weight.is_finite() && term.text.len() <= 256 && !term.text.chars().any(char::is_control));
        }
    }
}
