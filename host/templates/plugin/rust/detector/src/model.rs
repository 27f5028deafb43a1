//! Distances in deviations: a row is strange when its columns are far from their means.

use foghorn_guest::{CheckedRows, Error, Format, Rows};

use crate::Settings;

/// Format number of the bytes that `save` writes. Raise it when they change.
pub const FORMAT: u32 = 1;

const STATE: Format =
    Format { magic: *b"MYPLUGIN", number: FORMAT, reader: "this detector reads", remedy: "train again" };

/// Keeps scores far below what does not fit 32 bits.
const DISTANCE_MAX: f64 = 1e6;

/// One trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    rows: u64,
    means: Vec<f32>,
    deviations: Vec<f32>,
}

impl Model {
    /// # Errors
    /// Code 3 with fewer than two rows, code 4 for rows that break the contract.
    pub fn train(settings: &Settings, rows: &Rows) -> Result<Self, Error> {
        let rows = rows.check()?;
        if rows.len() < 2 {
            return Err(Error::too_little(format!("there are {} rows; training needs at least 2", rows.len())));
        }
        let (means, deviations) = rows.by_column().iter().map(|values| measure(values, settings.floor)).unzip();
        Ok(Self { rows: rows.len() as u64, means, deviations })
    }

    /// One score a row: the root of 1 and the squared distances of its columns. 1 is a row that lies on all means; beginning
    /// there keeps differences between rows that are all usual small.
    ///
    /// # Errors
    /// Code 4 for rows of another width, and for those that break the contract.
    pub fn score(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let rows = self.checked(rows)?;
        let score = |row: usize| {
            let squares: f64 = self.distances(&rows.dense(row)).map(|distance| distance * distance).sum();
            (1.0 + squares).sqrt() as f32
        };
        Ok((0..rows.len()).map(score).collect())
    }

    /// One number a column for the one row: the square of its distance.
    ///
    /// # Errors
    /// As for `score`, and for more or fewer rows than one.
    pub fn explain(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let row = self.checked(rows)?.only()?;
        Ok(self.distances(&row).map(|distance| (distance * distance) as f32).collect())
    }

    /// Figures for people.
    pub fn stats(&self) -> Vec<(String, f64)> {
        vec![("rows".to_owned(), self.rows as f64), ("columns".to_owned(), self.means.len() as f64)]
    }

    /// The model as bytes.
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.u64(self.rows);
        out.list(self.means.iter().copied());
        out.list(self.deviations.iter().copied());
        out.finish()
    }

    /// A model from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 for bytes that cannot be a model.
    pub fn load(format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = STATE.read(format, state)?;
        let rows = bytes.u64()?;
        let most = foghorn_guest::COLUMNS_MAX as usize;
        let [means, deviations] = [bytes.list(most, f32::MAX)?, bytes.list(most, f32::MAX)?];
        if means.len() != deviations.len() || deviations.iter().any(|deviation| *deviation <= 0.0) {
            return Err(bytes.damaged("its deviations cannot be"));
        }
        bytes.end()?;
        Ok(Self { rows, means, deviations })
    }

    fn checked<'a>(&self, rows: &'a Rows) -> Result<CheckedRows<'a>, Error> {
        let rows = rows.check()?;
        rows.expect_columns(self.means.len())?;
        Ok(rows)
    }

    /// How many deviations each value lies from its column's mean.
    fn distances(&self, row: &[f32]) -> impl Iterator<Item = f64> {
        row.iter().zip(&self.means).zip(&self.deviations).map(|((value, mean), deviation)| {
            ((f64::from(*value) - f64::from(*mean)).abs() / f64::from(*deviation)).min(DISTANCE_MAX)
        })
    }
}

/// Mean and deviation of one column.
fn measure(values: &[f32], floor: f64) -> (f32, f32) {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let variance = values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance.sqrt().max(floor).min(f64::from(f32::MAX)) as f32)
}
