//! Empirical tails: how few training values lie as far out as a row's, column by column.
//!
//! The idea is ECOD's (Li et al., IEEE TKDE 2022; the example `ecod` follows the paper closer): `-ln` of the smaller tail
//! probability, doubled, summed over the columns. Values closer than a twentieth of a unit count as equal; one beyond all that
//! was learned adds `ln(1 + distance)`. Columns that are strange only together are not seen.
//!
//! Cost: a sort of each column to learn, two binary searches a column for each row.

use foghorn_guest::{Error, Format, Reader, Writer};

use crate::member::read_positive;
use crate::quantile::quantile;
use crate::{Member, Scaled};

/// Values kept of each column, evenly by rank.
const KNOTS_MAX: usize = 512;
/// Values kept in all: fewer of each where there are many columns.
const VALUES_MAX: usize = 1 << 20;
const TOLERANCE: f32 = 0.05;
const USUAL_MIN: f64 = 1.0;

/// Takes none.
pub type TailsSettings = ();

/// Learned values.
#[derive(Debug, Clone, PartialEq)]
pub struct Tails {
    /// Rising, of each column.
    columns: Vec<Vec<f32>>,
    usual: f64,
}

impl Tails {
    fn surprise(&self, row: &[f32]) -> f64 {
        self.columns.iter().zip(row).map(|(knots, value)| surprise(knots, *value)).sum()
    }
}

fn surprise(knots: &[f32], value: f32) -> f64 {
    let up_to = knots.partition_point(|knot| *knot <= value + TOLERANCE);
    let from = knots.len() - knots.partition_point(|knot| *knot < value - TOLERANCE);
    let tail = (up_to.min(from) as f64 + 1.0) / (knots.len() as f64 + 1.0);
    let beyond = match (knots.first(), knots.last()) {
        (Some(low), Some(high)) => {
            (f64::from(*low) - f64::from(value)).max(f64::from(value) - f64::from(*high)).max(0.0)
        }
        _ => 0.0,
    };
    -(2.0 * tail).min(1.0).ln() + beyond.ln_1p()
}

impl Member for Tails {
    type Settings = TailsSettings;

    const FORMAT: Format =
        Format { magic: *b"FGHTAIL\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn((): &(), rows: &Scaled, _seed: u64) -> Self {
        let most = KNOTS_MAX.min(VALUES_MAX / rows.columns()).max(2);
        let knots = |column: usize| {
            let mut values: Vec<f32> = rows.column(column).collect();
            values.sort_unstable_by(f32::total_cmp);
            let kept = values.len().min(most);
            (0..kept).map(|at| values[at * (values.len() - 1) / (kept - 1).max(1)]).collect()
        };
        let mut tails = Self { columns: (0..rows.columns()).map(knots).collect(), usual: 1.0 };
        let step = rows.len().div_ceil(1_024);
        let mut sums: Vec<f64> = rows.rows().step_by(step).map(|row| tails.surprise(row)).collect();
        tails.usual = quantile(&mut sums, 0.5).max(USUAL_MIN);
        tails
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        (1.0 + (self.surprise(row) / self.usual).powi(2)).sqrt()
    }

    fn write(&self, out: &mut Writer) {
        self.columns.iter().for_each(|knots| out.list(knots.iter().copied()));
        out.f64(self.usual);
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let knots = |_| {
            let knots = bytes.list(KNOTS_MAX, 1e9)?;
            if knots.is_sorted() { Ok(knots) } else { Err(bytes.damaged("a column's values do not rise")) }
        };
        let columns = (0..columns).map(knots).collect::<Result<_, _>>()?;
        Ok(Self { columns, usual: read_positive(bytes)? })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        vec![("surprise_median".to_owned(), self.usual)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprises_are_those_worked_out_by_hand() {
        let knots = [0.0, 0.0, 1.0, 3.0];
        // Two lie at or above 1, three at or below: the tail is (2 + 1) / 5, doubled above 1.
        assert_eq!(surprise(&knots, 1.0), 0.0);
        // One lies at or above 3: 2 · 2 / 5.
        assert!((surprise(&knots, 3.0) + (0.8_f64).ln()).abs() < 1e-12);
        // None lies at or above 9, which is 6 beyond: 2 · 1 / 5.
        assert!((surprise(&knots, 9.0) - (7.0_f64.ln() - 0.4_f64.ln())).abs() < 1e-12);
        assert_eq!(
            surprise(&knots, 3.04),
            surprise(&knots, 3.0) + 0.04_f64.ln_1p() - (0.04_f64.ln_1p() - f64::from(3.04_f32 - 3.0).ln_1p())
        );
    }
}
