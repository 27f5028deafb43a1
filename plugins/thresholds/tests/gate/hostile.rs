//! Input and states that nobody vouches for end in an error, never in a panic.

use crate::stream::{Chance, Shape, calibrated, feed, settings};
use foghorn_thresholds::{FORMAT, Gate};
use proptest::prelude::*;

fn state() -> Vec<u8> {
    let mut chance = Chance::new(1);
    let mut gate = calibrated(&Shape::Beta.take(60, &mut chance));
    feed(&mut gate, 0, &[0.4, 0.95, 0.96, 0.4]);
    gate.save()
}

proptest! {
    #[test]
    fn any_bytes_changed_are_refused_or_still_decide(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut state = state();
        for (at, byte) in changes {
            let at = at.index(state.len());
            state[at] = byte;
        }
        match Gate::load(settings(1.0), FORMAT, &state) {
            Err(error) => prop_assert_eq!(error.code, 2),
            Ok(mut gate) => {
                feed(&mut gate, 4, &Shape::Beta.take(200, &mut Chance::new(2)));
                gate.calibrate(&[0.5; 50]).unwrap();
                feed(&mut gate, 204, &[0.0, 1.0, 7.0, f32::MAX]);
            }
        }
    }

    #[test]
    fn a_state_cut_short_or_made_up_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), keep: prop::sample::Index) {
        let whole = state();
        prop_assert_eq!(Gate::load(settings(1.0), FORMAT, &bytes).unwrap_err().code, 2);
        prop_assert_eq!(Gate::load(settings(1.0), FORMAT, &whole[..keep.index(whole.len())]).unwrap_err().code, 2);
        let longer = [whole, bytes.clone(), vec![0]].concat();
        prop_assert_eq!(Gate::load(settings(1.0), FORMAT, &longer).unwrap_err().code, 2);
    }

    #[test]
    fn any_scores_are_decided_on(scores in prop::collection::vec(0.0f32..=f32::MAX, 1..200), times in prop::collection::vec(any::<u64>(), 200)) {
        let mut gate = Gate::new(settings(1000.0));
        gate.calibrate(&scores[..scores.len() / 2]).unwrap();
        for decision in gate.decide(&scores, &times[..scores.len()]).unwrap() {
            prop_assert!(decision.threshold.is_finite() && decision.threshold > 0.0);
        }
        prop_assert_eq!(&Gate::load(settings(1000.0), FORMAT, &gate.save()).unwrap(), &gate);
    }
}

#[test]
fn bad_scores_are_refused_and_change_nothing() {
    let mut gate = calibrated(&Shape::Beta.take(60, &mut Chance::new(1)));
    let before = gate.save();
    for bad in [f32::NAN, f32::INFINITY, -0.5] {
        assert_eq!(gate.decide(&[0.4, bad], &[1, 2]).unwrap_err().code, 4);
        let error = gate.calibrate(&[0.4, bad]).unwrap_err();
        assert_eq!((error.code, error.message), (4, format!("score 1 is {bad}; scores are finite and 0 or more")));
    }
    let error = gate.decide(&[0.4], &[]).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (4, "there are 1 scores but 0 times"));
    assert_eq!(gate.save(), before);
}

#[test]
fn another_format_is_refused_by_its_number() {
    let error = Gate::load(settings(1.0), FORMAT + 1, &state()).unwrap_err();
    assert_eq!(
        (error.code, error.message.contains(&format!("format {}; these thresholds read {FORMAT}", FORMAT + 1))),
        (2, true),
        "{}",
        error.message
    );
}
