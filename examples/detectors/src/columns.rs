//! Columns centred on their median and measured in units of their spread, so that one far value in the training moves neither.
//!
//! The spread of a column is the distance from its 2 % to its 98 % quantile. A column that hardly varies would make much of
//! nothing: its unit is at least the upper quartile of all columns' ranges that are not 0, or 1. So the built-in
//! vectorizer's columns, which are all surprises of about the same size, keep their proportions.
//!
//! Then values are bent: `asinh(3 z) / 3` is about `z` up to a third of a unit and grows as a logarithm far out, so that one column
//! that is very far out does not drown what several others say. Without it distances failed on HDFS, where usual blocks
//! are far out in one column and faults a little in many.

use foghorn_guest::{CheckedRows, Error, Reader, Writer};

use crate::quantile::quantile;

/// Share of values left out at each end of a spread.
const TRIM: f64 = 0.02;
/// How soon values are bent.
const BEND: f64 = 3.0;

/// Middles and units of all columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    middle: Vec<f32>,
    /// Above 0.
    unit: Vec<f64>,
}

impl Columns {
    /// Learns from at least one row. O(rows × columns); 4 bytes of memory for each.
    #[must_use]
    pub fn learn(rows: CheckedRows<'_>) -> Self {
        let (mut middle, mut spreads, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
        let mut list = Vec::with_capacity(rows.len());
        for column in rows.by_column() {
            list.clear();
            list.extend(column.into_iter().map(f64::from));
            middle.push(quantile(&mut list, 0.5) as f32);
            spreads.push(quantile(&mut list, 1.0 - TRIM) - quantile(&mut list, TRIM));
            let range = quantile(&mut list, 1.0) - quantile(&mut list, 0.0);
            ranges.extend((range > 0.0).then_some(range));
        }
        let floor = if ranges.is_empty() { 1.0 } else { quantile(&mut ranges, 0.75) };
        Self { middle, unit: spreads.into_iter().map(|spread| spread.max(floor)).collect() }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.middle.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.middle.is_empty()
    }

    /// A dense row in units of spread from the median, bent.
    #[must_use]
    pub fn scale(&self, row: &[f32]) -> Vec<f32> {
        let parts = row.iter().zip(&self.middle).zip(&self.unit);
        parts.map(|((v, m), u)| bent((f64::from(*v) - f64::from(*m)) / u) as f32).collect()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.list(self.middle.iter().copied());
        self.unit.iter().for_each(|unit| out.f64(*unit));
    }

    pub(crate) fn read(bytes: &mut Reader<'_>, columns_max: usize) -> Result<Self, Error> {
        let middle = bytes.list(columns_max, f32::MAX)?;
        let unit = (0..middle.len()).map(|_| bytes.f64(f64::MAX)).collect::<Result<Vec<_>, _>>()?;
        match unit.iter().find(|unit| **unit <= 0.0) {
            Some(unit) => Err(bytes.damaged(format!("a column is measured in units of {unit}"))),
            None => Ok(Self { middle, unit }),
        }
    }
}

/// Odd and rising; no `f64` becomes farther than 240 from 0, so sums of squares stay finite.
fn bent(value: f64) -> f64 {
    (BEND * value.clamp(-1e300, 1e300)).asinh() / BEND
}

#[cfg(test)]
mod tests {
    use foghorn_guest::Rows;

    use super::*;

    #[test]
    fn rows_are_told_in_units_of_spread_from_the_median() {
        // Column 0: 0 2 4 6 8 · column 1: always 0 · column 2: 1 1 1 1 2.
        let mut rows = Rows::new(3);
        for i in 0..5 {
            rows.push_dense(&[2.0 * i as f32, 0.0, if i == 4 { 2.0 } else { 1.0 }]).unwrap();
        }
        let columns = Columns::learn(rows.check().unwrap());
        assert_eq!(columns.middle, [4.0, 0.0, 1.0]);
        // Ranges 8 and 1: their upper quartile, the value at round(0.75), is 8.
        assert_eq!(columns.unit, [8.0, 8.0, 8.0]);
        // asinh(1.5) = ln(1.5 + √3.25).
        let half = ((1.5 + 3.25_f64.sqrt()).ln() / 3.0) as f32;
        assert_eq!(columns.scale(&[8.0, 0.0, -3.0]), [half, 0.0, -half]);
        assert!(columns.scale(&[f32::MAX, 0.0, 1.0])[0] < 40.0);
    }
}
