//! Distance to the k-th nearest of a sample of the training rows.
//!
//! S. Ramaswamy, R. Rastogi, K. Shim: *Efficient Algorithms for Mining Outliers from Large Data Sets*, SIGMOD 2000. The sample is
//! bounded, because its rows are all kept and all looked at. Distances are told in multiples of the median of the
//! distances that the sample's rows have from the others, so that 1 is usual on any matrix.
//!
//! What is different: a twentieth of the sample, the rows farthest from as many others, is left out before. Faults that were
//! learned are most of that as a rule, and would else vouch for the next one.
//!
//! Cost: O(sample² × columns) to learn, O(sample × columns) a row.

use foghorn_guest::{Error, Format, Reader, Writer};

use crate::chance::Chance;
use crate::member::read_positive;
use crate::quantile::{nearest_of, quantile};
use crate::settings::{KEPT_MAX, KnnSettings, NEAREST_MAX};
use crate::{Member, Scaled};

/// Values that are kept, 4 bytes each: fewer rows where there are many columns.
const VALUES_MAX: usize = 1 << 20;
/// The usual distance is at least this, in units of spread.
const USUAL_MIN: f64 = 0.2;

/// The kept rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Knn {
    nearest: usize,
    usual: f64,
    kept: Scaled,
}

impl Knn {
    /// Leaves out the twentieth of the kept rows that is farthest from as many others: faults that were learned.
    fn peel(&mut self) {
        let distance = |(number, row)| self.distance(row, Some(number));
        let distances: Vec<f64> = self.kept.rows().enumerate().map(distance).collect();
        let mut fewer = Scaled::new(self.kept.columns());
        nearest_of(&distances).into_iter().for_each(|number| fewer.push(self.kept.row(number)));
        self.kept = fewer;
    }

    /// Distance to the k-th nearest kept row, `but` left out; to the farthest where fewer are kept.
    fn distance(&self, row: &[f32], but: Option<usize>) -> f64 {
        let others = self.kept.rows().enumerate().filter(|(number, _)| Some(*number) != but);
        let mut squares: Vec<f64> = others.map(|(_, other)| square(row, other)).collect();
        let Some(last) = squares.len().checked_sub(1) else { return 0.0 };
        squares.select_nth_unstable_by((self.nearest - 1).min(last), f64::total_cmp).1.sqrt()
    }
}

fn square(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

impl Member for Knn {
    type Settings = KnnSettings;

    const FORMAT: Format =
        Format { magic: *b"FGHKNNS\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &KnnSettings, rows: &Scaled, seed: u64) -> Self {
        let most = settings.sample.min(VALUES_MAX / rows.columns()).max(2);
        let mut chosen = Chance::new(seed, 0x6E6E).sample(rows.len(), most);
        chosen.sort_unstable();
        let mut kept = Scaled::new(rows.columns());
        chosen.into_iter().for_each(|number| kept.push(rows.row(number)));
        let mut knn = Self { nearest: (kept.len() / 20).max(1), usual: 1.0, kept };
        knn.peel();
        knn.nearest = settings.nearest;
        let mut distances: Vec<f64> =
            knn.kept.rows().enumerate().map(|(number, row)| knn.distance(row, Some(number))).collect();
        knn.usual = quantile(&mut distances, 0.5).max(USUAL_MIN);
        knn
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        (1.0 + (self.distance(row, None) / self.usual).powi(2)).sqrt()
    }

    fn write(&self, out: &mut Writer) {
        out.u32(self.nearest as u32);
        out.f64(self.usual);
        out.u32(self.kept.len() as u32);
        self.kept.rows().for_each(|row| out.f32s(row.iter().copied()));
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let nearest = bytes.count(NEAREST_MAX)?.max(1);
        let usual = read_positive(bytes)?;
        let count = bytes.count(KEPT_MAX.min(VALUES_MAX / columns).max(2))?;
        let mut kept = Scaled::new(columns);
        for _ in 0..count {
            let row = bytes.f32s(columns)?;
            if let Some(value) = row.iter().find(|value| !value.is_finite() || value.abs() > 1e9) {
                return Err(bytes.damaged(format!("a kept row holds {value}")));
            }
            kept.push(&row);
        }
        Ok(Self { nearest, usual, kept })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        let figures = [("rows_kept", self.kept.len() as f64), ("distance_median", self.usual)];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_worked_out_by_hand() {
        let mut rows = Scaled::new(2);
        for row in [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 4.0]] {
            rows.push(&row);
        }
        let knn = Knn::learn(&KnnSettings { nearest: 2, sample: 10 }, &rows, 7);
        assert_eq!(knn.distance(&[0.0, 0.0], None), 1.0, "itself, then one");
        assert_eq!(knn.distance(&[3.0, 4.0], None), 13.0_f64.sqrt());
        // The second nearest of the others: 2, √5, √5, √20. The value at round(1.5) of the sorted list is √5.
        assert_eq!(knn.usual, 5.0_f64.sqrt());
        assert!((knn.strangeness(&[3.0, 4.0]) - (1.0 + 13.0_f64 / 5.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn equal_rows_are_usual_and_fewer_than_k_are_enough() {
        let mut rows = Scaled::new(1);
        for row in [[1.0], [1.0]] {
            rows.push(&row);
        }
        let knn = Knn::learn(&KnnSettings::default(), &rows, 7);
        assert_eq!((knn.strangeness(&[1.0]), knn.usual), (1.0, USUAL_MIN));
        assert!((knn.strangeness(&[1.2]) - 2.0_f64.sqrt()).abs() < 1e-6);
    }
}
