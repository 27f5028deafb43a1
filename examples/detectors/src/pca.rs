//! Reconstruction error of principal components.
//!
//! M.-L. Shyu, S.-C. Chen, K. Sarinnapakorn, L. Chang: *A Novel Anomaly Detection Scheme Based on Principal Component Classifier*,
//! ICDM Workshops 2003; for logs W. Xu et al., SOSP 2009. The first components, which explain the share `explained` of the
//! variance, are how columns usually go together. What a row has beyond them is its residual; its place within them counts
//! by `inside`, each component in units of its own spread and with the weight of the last one that was kept.
//!
//! What is different: columns are scaled robustly and clipped while learning, and the axes are learned three times, each
//! time without the twentieth of the rows that is farthest from what was learned before (a concentration step as in
//! Rousseeuw and Van Driessen's MCD, 1999): faults that were learned turn no axis. At most 64 columns, those of the largest
//! variance, are turned, the others count as they are; and the distance is told in multiples of the median of the
//! training's own.
//!
//! Cost: O(rows × 64²) and one eigenproblem to learn, O(columns + 64²) a row.

use foghorn_guest::{Error, Format, Reader, Writer};

use crate::jacobi::{Axis, axes};
use crate::member::read_positive;
use crate::quantile::{nearest_of, quantile};
use crate::settings::PcaSettings;
use crate::{Member, Scaled};

/// Most columns that are turned.
const TURNED_MAX: usize = 64;
/// Rows that the axes are learned from, taken evenly.
const ROWS_MAX: usize = 4_096;
/// While learning, no value is farther from the median, in units of spread.
const CLIP: f64 = 2.0;
/// How often the axes are learned, each time without the twentieth of the rows that is farthest from those before.
const ROUNDS: usize = 3;
/// The usual distance is at least this, in units of spread.
const USUAL_MIN: f64 = 0.2;

/// Learned components.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Which columns are turned, rising, and their means after clipping.
    turned: Vec<u32>,
    means: Vec<f64>,
    /// The kept components over `turned`; `value` is the weight of a step along it, squared.
    kept: Vec<Axis>,
    usual: f64,
}

impl Pca {
    /// Components of the taken rows.
    fn of(settings: &PcaSettings, rows: &Scaled, taken: &[usize]) -> Self {
        let (turned, means) = widest(rows, taken);
        let mut kept = axes(covariance(rows, taken, &turned, &means), turned.len());
        let total: f64 = kept.iter().map(|axis| axis.value.max(0.0)).sum();
        let mut explained = 0.0;
        kept.retain(|axis| {
            let is_kept = explained < settings.explained * total && axis.value > total * 1e-9;
            explained += axis.value.max(0.0);
            is_kept
        });
        let last = kept.last().map_or(0.0, |axis| axis.value);
        kept.iter_mut().for_each(|axis| axis.value = settings.inside * last / axis.value);
        Self { turned: turned.iter().map(|c| *c as u32).collect(), means, kept, usual: 1.0 }
    }

    fn distances(&self, rows: &Scaled, taken: &[usize]) -> Vec<f64> {
        taken.iter().map(|row| self.distance(rows.row(*row))).collect()
    }

    /// Distance of a scaled row: what is beyond the kept components, and by weight what is within.
    fn distance(&self, row: &[f32]) -> f64 {
        let all: f64 = row.iter().map(|v| f64::from(*v).powi(2)).sum();
        let at = |column: &u32| f64::from(row[*column as usize]);
        let centred: Vec<f64> = self.turned.iter().zip(&self.means).map(|(column, mean)| at(column) - mean).collect();
        let untouched = all - self.turned.iter().map(|column| at(column).powi(2)).sum::<f64>();
        let mut beyond: f64 = centred.iter().map(|v| v * v).sum();
        let mut within = 0.0;
        for axis in &self.kept {
            let step: f64 = axis.vector.iter().zip(&centred).map(|(a, b)| a * b).sum();
            beyond -= step * step;
            within += step * step * axis.value;
        }
        (untouched.max(0.0) + beyond.max(0.0) + within).sqrt()
    }
}

impl Member for Pca {
    type Settings = PcaSettings;

    const FORMAT: Format =
        Format { magic: *b"FGHPCAS\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &PcaSettings, rows: &Scaled, _seed: u64) -> Self {
        let all = evenly(rows.len(), ROWS_MAX);
        let mut pca = Self { turned: Vec::new(), means: Vec::new(), kept: Vec::new(), usual: 1.0 };
        for _ in 0..ROUNDS {
            let left = nearest_of(&pca.distances(rows, &all));
            let taken: Vec<usize> = left.into_iter().map(|number| all[number]).collect();
            pca = Self::of(settings, rows, &taken);
        }
        pca.usual = quantile(&mut pca.distances(rows, &all), 0.5).max(USUAL_MIN);
        pca
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        (1.0 + (self.distance(row) / self.usual).powi(2)).sqrt()
    }

    fn write(&self, out: &mut Writer) {
        out.u32(self.turned.len() as u32);
        self.turned.iter().for_each(|column| out.u32(*column));
        self.means.iter().for_each(|mean| out.f64(*mean));
        out.u32(self.kept.len() as u32);
        for axis in &self.kept {
            out.f64(axis.value);
            axis.vector.iter().for_each(|part| out.f64(*part));
        }
        out.f64(self.usual);
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let count = bytes.count(TURNED_MAX.min(columns))?;
        let turned = (0..count).map(|_| bytes.u32()).collect::<Result<Vec<_>, _>>()?;
        if !turned.windows(2).all(|pair| pair[0] < pair[1]) || turned.last().is_some_and(|c| *c as usize >= columns) {
            return Err(bytes.damaged("its columns do not rise or are too many"));
        }
        let means = (0..count).map(|_| bytes.f64(CLIP)).collect::<Result<_, _>>()?;
        let axes = bytes.count(count)?;
        let kept = (0..axes).map(|_| read_axis(bytes, count)).collect::<Result<_, _>>()?;
        Ok(Self { turned, means, kept, usual: read_positive(bytes)? })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        let figures = [
            ("components", self.kept.len() as f64),
            ("columns_turned", self.turned.len() as f64),
            ("distance_median", self.usual),
        ];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn read_axis(bytes: &mut Reader<'_>, count: usize) -> Result<Axis, Error> {
    let value = bytes.f64(10.0)?;
    if value < 0.0 {
        return Err(bytes.damaged(format!("a component weighs {value}")));
    }
    Ok(Axis { value, vector: (0..count).map(|_| bytes.f64(1.001)).collect::<Result<_, _>>()? })
}

/// At most `most` numbers below `n`, evenly.
fn evenly(n: usize, most: usize) -> Vec<usize> {
    let kept = n.min(most);
    (0..kept).map(|number| number * n / kept).collect()
}

fn clipped(value: f32) -> f64 {
    f64::from(value).clamp(-CLIP, CLIP)
}

/// The columns of the largest variance after clipping, rising, and their means.
fn widest(rows: &Scaled, taken: &[usize]) -> (Vec<usize>, Vec<f64>) {
    let count = taken.len() as f64;
    let moment = |column: usize| {
        let values = || taken.iter().map(|row| clipped(rows.row(*row)[column]));
        let mean = values().sum::<f64>() / count;
        (values().map(|v| (v - mean).powi(2)).sum::<f64>(), column, mean)
    };
    let mut columns: Vec<_> = (0..rows.columns()).map(moment).filter(|(variance, ..)| *variance > 0.0).collect();
    columns.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    columns.truncate(TURNED_MAX);
    columns.sort_by_key(|(_, column, _)| *column);
    columns.into_iter().map(|(_, column, mean)| (column, mean)).unzip()
}

fn covariance(rows: &Scaled, taken: &[usize], columns: &[usize], means: &[f64]) -> Vec<f64> {
    let n = columns.len();
    let mut sums = vec![0.0; n * n];
    for row in taken {
        let row = rows.row(*row);
        let centred: Vec<f64> = columns.iter().zip(means).map(|(column, mean)| clipped(row[*column]) - mean).collect();
        for (i, a) in centred.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            sums[i * n..(i + 1) * n].iter_mut().zip(&centred).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= taken.len() as f64);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows along (1, 1, 0): -1, 0 and 1 times.
    fn line() -> Scaled {
        let mut rows = Scaled::new(3);
        for step in [-1.0, 0.0, 1.0] {
            rows.push(&[step, step, 0.0]);
        }
        rows
    }

    #[test]
    fn distances_from_a_line_are_those_worked_out_by_hand() {
        let pca = Pca::learn(&PcaSettings { explained: 0.9, inside: 0.0 }, &line(), 0);
        assert_eq!((pca.turned.as_slice(), pca.kept.len(), pca.usual), (&[0, 1][..], 1, USUAL_MIN));
        assert!(pca.distance(&[5.0, 5.0, 0.0]) < 1e-6, "on the line");
        assert!((pca.distance(&[1.0, -1.0, 0.0]) - 2.0_f64.sqrt()).abs() < 1e-9, "all of it is across");
        assert!((pca.distance(&[1.0, 0.0, 0.0]) - 0.5_f64.sqrt()).abs() < 1e-9, "half of it is across");
        assert!((pca.distance(&[0.0, 0.0, 2.0]) - 2.0).abs() < 1e-9, "a column that never varied");
        assert!((pca.strangeness(&[0.0, 0.0, 2.0]) - 101.0_f64.sqrt()).abs() < 1e-9, "ten times usual");
    }

    #[test]
    fn the_place_within_counts_by_its_weight() {
        let pca = Pca::learn(&PcaSettings { explained: 0.9, inside: 1.0 }, &line(), 0);
        assert!(
            (pca.distance(&[3.0, 3.0, 0.0]) - 18.0_f64.sqrt()).abs() < 1e-9,
            "the only component is the last one too"
        );
    }

    #[test]
    fn rows_that_are_all_alike_keep_no_component() {
        let mut rows = Scaled::new(2);
        (0..5).for_each(|_| rows.push(&[0.0, 0.0]));
        let pca = Pca::learn(&PcaSettings::default(), &rows, 0);
        assert_eq!((pca.kept.len(), pca.turned.len()), (0, 0));
        assert!((pca.distance(&[3.0, 4.0]) - 5.0).abs() < 1e-12);
    }
}
