//! Median and deviation of each column, and how far a row lies from them.

use foghorn_guest::{COLUMNS_MAX, CheckedRows, Error, Format, Rows};

use crate::Settings;

/// Format number of the bytes that `save` writes.
pub const FORMAT: u32 = 1;

const STATE: Format = Format { magic: *b"FGHRATES", number: FORMAT, reader: "these rates read", remedy: "train again" };

/// The deviation of a normal distribution in median absolute ones.
const DEVIATION_OF_MAD: f64 = 1.4826;
/// Farther is as strange as it gets: scores stay exact in 32 bits.
const DISTANCE_MAX: f64 = 1e6;

/// One trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    rows: u64,
    medians: Vec<f32>,
    deviations: Vec<f32>,
}

impl Model {
    /// # Errors
    /// Code 3 with fewer than two rows, code 4 for rows that break the contract.
    pub fn train(settings: &Settings, rows: &Rows) -> Result<Self, Error> {
        let rows = rows.check()?;
        if rows.len() < 2 {
            let found = rows.len();
            return Err(Error::too_little(format!("there are {found} rows; training needs at least 2, wait for more")));
        }
        let measured = rows.by_column().into_iter().map(|rates| measure(rates, settings.minutes));
        let (medians, deviations) = measured.unzip();
        Ok(Self { rows: rows.len() as u64, medians, deviations })
    }

    /// One score a row: the root of 1 and the square of its farthest column's distance.
    ///
    /// # Errors
    /// Code 4 for rows of another width, and for those that break the contract.
    pub fn score(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let rows = self.checked(rows)?;
        let score = |row: usize| self.distances(&rows.dense(row)).fold(0.0, f64::max).hypot(1.0) as f32;
        Ok((0..rows.len()).map(score).collect())
    }

    /// One number a column for the one row: the square of its distance, so that the farthest stands out.
    ///
    /// # Errors
    /// As for `score`, and for more or fewer rows than one.
    pub fn explain(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let row = self.checked(rows)?.only()?;
        Ok(self.distances(&row).map(|distance| (distance * distance) as f32).collect())
    }

    /// Figures for people.
    #[must_use]
    pub fn stats(&self) -> Vec<(String, f64)> {
        let silent = self.medians.iter().filter(|median| **median == 0.0).count();
        let figures = [
            ("rows", self.rows as f64),
            ("columns", self.medians.len() as f64),
            ("columns_usually_zero", silent as f64),
        ];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The model as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.u64(self.rows);
        out.list(self.medians.iter().copied());
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
        let [medians, deviations] =
            [bytes.list(COLUMNS_MAX as usize, f32::MAX)?, bytes.list(COLUMNS_MAX as usize, f32::MAX)?];
        if medians.len() != deviations.len() || deviations.iter().any(|deviation| *deviation <= 0.0) {
            return Err(bytes.damaged("its deviations cannot be"));
        }
        bytes.end()?;
        Ok(Self { rows, medians, deviations })
    }

    fn checked<'a>(&self, rows: &'a Rows) -> Result<CheckedRows<'a>, Error> {
        let rows = rows.check()?;
        rows.expect_columns(self.medians.len())?;
        Ok(rows)
    }

    /// How many deviations each rate lies from its column's median.
    fn distances(&self, row: &[f32]) -> impl Iterator<Item = f64> {
        row.iter().zip(&self.medians).zip(&self.deviations).map(|((rate, median), deviation)| {
            ((f64::from(*rate) - f64::from(*median)).abs() / f64::from(*deviation)).min(DISTANCE_MAX)
        })
    }
}

/// Median and deviation of a column that is not empty.
fn measure(mut rates: Vec<f32>, minutes: f64) -> (f32, f32) {
    let median = median(&mut rates);
    let mut away: Vec<f32> = rates.iter().map(|rate| (f64::from(*rate) - f64::from(median)).abs() as f32).collect();
    let robust = DEVIATION_OF_MAD * f64::from(self::median(&mut away));
    // One event in a window is a rate of `1 / minutes`; less than its root is never known of a rate.
    let by_chance = (f64::from(median).max(1.0 / minutes) / minutes).sqrt();
    (median, robust.max(by_chance).min(f64::from(f32::MAX)) as f32)
}

/// The middle value, or the lower of the two in the middle.
fn median(values: &mut [f32]) -> f32 {
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_small_column_are_those_worked_out_by_hand() {
        // Median 20, absolute deviations 10 10 0 10 480, their median 10.
        assert_eq!(measure(vec![10.0, 30.0, 20.0, 10.0, 500.0], 1.0), (20.0, 14.826));
        // No scatter at all: the root of 16 a minute, counted over a quarter of a minute, is 8.
        assert_eq!(measure(vec![16.0; 9], 0.25), (16.0, 8.0));
        // Never seen: one event in half a minute is a rate of 2, which scatters by 2.
        assert_eq!(measure(vec![0.0; 9], 0.5), (0.0, 2.0));
    }
}
