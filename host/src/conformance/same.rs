//! Comparing answers bit by bit.

use super::outcome::{Verdict, failed};
use crate::plugins::{Decision, Rows};

/// Two saved states. `what` completes "saved other bytes …".
pub(super) fn bytes(wanted: &[u8], found: &[u8], what: &str) -> Verdict {
    if wanted == found {
        return Ok(());
    }
    let differ = wanted.iter().zip(found).position(|(a, b)| a != b).unwrap_or(wanted.len().min(found.len()));
    failed(format!(
        "it saved other bytes {what}: {} and {} bytes that differ from byte {differ} on; keep out of the state what is not learned, and write it in one order",
        wanted.len(),
        found.len()
    ))
}

/// Two answers to one question about scores. `when` completes "the same row scored …".
pub(super) fn scores(wanted: &[f32], found: &[f32], when: &str) -> Verdict {
    match first_difference(wanted, found) {
        None => Ok(()),
        Some(row) => failed(format!(
            "row {row} scored {} and, {when}, {}; a row has one score, whenever and beside whatever it is asked for",
            shown(wanted, row),
            shown(found, row)
        )),
    }
}

/// Two matrices of the same windows.
pub(super) fn rows(wanted: &Rows, found: &Rows, when: &str) -> Verdict {
    let row = |rows: &Rows, at: usize| {
        let (idx, val) = rows.row(at);
        (idx.to_vec(), val.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
    };
    let differ = (0..wanted.len().min(found.len())).find(|&at| row(wanted, at) != row(found, at));
    match differ {
        None if wanted.len() == found.len() => Ok(()),
        None => failed(format!("{} windows gave {} rows {when}; one row a window", wanted.len(), found.len())),
        Some(at) => failed(format!(
            "the row of window {at} is another one {when}; a window has one row, whenever and beside whatever it is asked for"
        )),
    }
}

/// Two answers to one question about thresholds.
pub(super) fn decisions(wanted: &[Decision], found: &[Decision], when: &str) -> Verdict {
    let bits = |decision: &Decision| (decision.threshold.to_bits(), decision.severity);
    let differ = wanted.iter().zip(found).position(|(a, b)| bits(a) != bits(b));
    match differ {
        None => Ok(()),
        Some(at) => {
            let tell = |decision: &Decision| format!("{:?} and severity {}", decision.threshold, decision.severity);
            failed(format!(
                "score {at} got threshold {}, but {} {when}; the same scores in the same order get the same decisions",
                tell(&wanted[at]),
                tell(&found[at])
            ))
        }
    }
}

fn first_difference(wanted: &[f32], found: &[f32]) -> Option<usize> {
    let differ = wanted.iter().zip(found).position(|(a, b)| a.to_bits() != b.to_bits());
    differ.or_else(|| (wanted.len() != found.len()).then(|| wanted.len().min(found.len())))
}

fn shown(values: &[f32], at: usize) -> String {
    values.get(at).map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_in_one_bit_is_found() {
        let one = f32::from_bits(1.0_f32.to_bits() + 1);
        assert!(scores(&[1.0, 2.0], &[1.0, 2.0], "again").is_ok());
        assert!(scores(&[1.0], &[one], "again").is_err());
        assert!(scores(&[0.0], &[-0.0], "again").is_err());
        assert!(bytes(b"ab", b"abc", "again").is_err());
        let matrix = |value| Rows { columns: 2, row_ptr: vec![0, 1], idx: vec![0], val: vec![value] };
        assert!(rows(&matrix(1.0), &matrix(1.0), "again").is_ok());
        assert!(rows(&matrix(1.0), &matrix(one), "again").is_err());
        assert!(rows(&matrix(1.0), &matrix(1.0).select([0, 0]), "again").is_err());
        let decision = |severity| [Decision { threshold: 1.0, severity }];
        assert!(decisions(&decision(1), &decision(1), "again").is_ok());
        assert!(decisions(&decision(1), &decision(2), "again").is_err());
    }
}
