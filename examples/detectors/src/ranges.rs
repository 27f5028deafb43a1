//! Smallest and largest learned values, and how far outside of them a row is.

use foghorn_guest::{Error, Reader, Writer};

use crate::Scaled;

/// Smallest and largest learned value of each column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    low: Vec<f32>,
    high: Vec<f32>,
}

impl Ranges {
    pub(crate) fn learn(rows: &Scaled) -> Self {
        let (mut low, mut high) = (vec![f32::MAX; rows.columns()], vec![f32::MIN; rows.columns()]);
        for row in rows.rows() {
            low.iter_mut().zip(row).for_each(|(low, value)| *low = low.min(*value));
            high.iter_mut().zip(row).for_each(|(high, value)| *high = high.max(*value));
        }
        Self { low, high }
    }

    pub(crate) fn columns(&self) -> usize {
        self.low.len()
    }

    /// Width of a column's range, at least one unit of spread.
    fn width(&self, column: usize) -> f64 {
        (f64::from(self.high[column]) - f64::from(self.low[column])).max(1.0)
    }

    /// The value at `share` of a column's range: 0 its lower end, 1 its upper end.
    pub(crate) fn place(&self, column: usize, share: f64) -> f64 {
        f64::from(self.low[column]) + share * self.width(column)
    }

    /// How far a row is outside, in units of the columns' widths, summed.
    pub(crate) fn outside(&self, row: &[f32]) -> f64 {
        let one = |(column, value): (usize, &f32)| {
            let (low, high) = (self.low[column], self.high[column]);
            if (low..=high).contains(value) {
                return 0.0;
            }
            f64::from((low - value).max(value - high)) / self.width(column)
        };
        row.iter().enumerate().map(one).sum()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.f32s(self.low.iter().chain(&self.high).copied());
    }

    pub(crate) fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let (low, high) = (bytes.f32s(columns)?, bytes.f32s(columns)?);
        let is_good = |(low, high): (&f32, &f32)| *low >= -1e9 && low <= high && *high <= 1e9;
        if low.iter().zip(&high).all(is_good) {
            Ok(Self { low, high })
        } else {
            Err(bytes.damaged("a range ends before it begins"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_is_measured_in_widths_of_at_least_one_unit() {
        let mut rows = Scaled::new(2);
        for row in [[0.0, 0.5], [4.0, 0.5]] {
            rows.push(&row);
        }
        let ranges = Ranges::learn(&rows);
        assert_eq!(ranges.outside(&[4.0, 0.5]), 0.0);
        assert_eq!(ranges.outside(&[6.0, 0.5]), 0.5);
        assert_eq!(ranges.outside(&[-4.0, 2.5]), 3.0);
        assert_eq!((ranges.place(0, 1.5), ranges.place(1, 1.0)), (6.0, 1.5));
    }
}
