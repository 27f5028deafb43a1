//! Sparse rows as they cross the boundary, checked once, so that nothing behind this module checks again.

use crate::Error;

/// Widest matrix taken. Scoring keeps 8 dense rows: 2 MiB at this width.
pub(crate) const COLUMNS_MAX: usize = 65_536;

/// Compressed rows that keep the contract's promises.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    columns: usize,
    row_ptr: &'a [u32],
    idx: &'a [u32],
    val: &'a [f32],
}

impl<'a> Rows<'a> {
    /// Checks every length, pointer, index and value. O(values).
    ///
    /// # Errors
    /// Code 4 names the first row that breaks the contract, and how.
    pub fn check(
        columns: u32,
        row_ptr: &'a [u32],
        idx: &'a [u32],
        val: &'a [f32],
    ) -> Result<Self, Error> {
        let columns = columns as usize;
        if columns > COLUMNS_MAX {
            return Err(Error::input(format!(
                "rows have {columns} columns; allowed are at most {COLUMNS_MAX}"
            )));
        }
        if idx.len() != val.len() {
            return Err(Error::input(format!(
                "rows have {} indices but {} values",
                idx.len(),
                val.len()
            )));
        }
        check_pointers(row_ptr, idx.len())?;
        let rows = Self {
            columns,
            row_ptr,
            idx,
            val,
        };
        for i in 0..rows.len() {
            rows.check_row(i)?;
        }
        Ok(rows)
    }

    fn check_row(&self, i: usize) -> Result<(), Error> {
        let (idx, val) = self.row(i);
        let mut least = 0;
        for (&column, &value) in idx.iter().zip(val) {
            if column as usize >= self.columns {
                return Err(Error::input(format!(
                    "row {i} has column {column} of {}",
                    self.columns
                )));
            }
            if column < least {
                return Err(Error::input(format!(
                    "row {i} has column {column} out of order; columns rise inside a row"
                )));
            }
            if !value.is_finite() {
                return Err(Error::input(format!(
                    "row {i} has {value} in column {column}; values are finite"
                )));
            }
            least = column + 1;
        }
        Ok(())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.row_ptr.len() - 1
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Columns and values of row `i`.
    pub(crate) fn row(&self, i: usize) -> (&'a [u32], &'a [f32]) {
        let (a, b) = (self.row_ptr[i] as usize, self.row_ptr[i + 1] as usize);
        (&self.idx[a..b], &self.val[a..b])
    }

    /// All columns and values, row after row.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u32, f32)> + 'a {
        self.idx.iter().copied().zip(self.val.iter().copied())
    }
}

fn check_pointers(row_ptr: &[u32], values: usize) -> Result<(), Error> {
    match (row_ptr.first(), row_ptr.last()) {
        (Some(0), Some(&last)) if last as usize == values => {}
        (Some(0), Some(last)) => {
            return Err(Error::input(format!(
                "row pointers end at {last} but there are {values} values"
            )));
        }
        (Some(first), _) => {
            return Err(Error::input(format!(
                "row pointers start at {first}, not at 0"
            )));
        }
        (None, _) => {
            return Err(Error::input(
                "there are no row pointers; even no rows have one, 0",
            ));
        }
    }
    match row_ptr.windows(2).position(|w| w[0] > w[1]) {
        Some(i) => Err(Error::input(format!(
            "row pointers fall from {} to {} at row {i}",
            row_ptr[i],
            row_ptr[i + 1]
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_rows_are_refused_with_the_reason() {
        let nan = f32::NAN;
        type Case<'a> = (u32, &'a [u32], &'a [u32], &'a [f32], &'a str);
        let cases: [Case<'_>; 9] = [
            (3, &[], &[], &[], "no row pointers"),
            (3, &[1], &[0], &[1.0], "start at 1"),
            (3, &[0, 2], &[0], &[1.0], "end at 2"),
            (
                3,
                &[0, 2, 1, 2],
                &[0, 1],
                &[1.0, 1.0],
                "fall from 2 to 1 at row 1",
            ),
            (3, &[0, 1], &[0, 1], &[1.0], "2 indices but 1 values"),
            (3, &[0, 1], &[3], &[1.0], "column 3 of 3"),
            (3, &[0, 2], &[1, 1], &[1.0, 1.0], "out of order"),
            (3, &[0, 1], &[1], &[nan], "finite"),
            (70_000, &[0], &[], &[], "70000 columns"),
        ];
        for (columns, row_ptr, idx, val, reason) in cases {
            let error = Rows::check(columns, row_ptr, idx, val).unwrap_err();
            assert_eq!(error.code, 4);
            assert!(
                error.message.contains(reason),
                "{} should say {reason}",
                error.message
            );
        }
    }

    #[test]
    fn good_rows_are_read_back() {
        let rows = Rows::check(4, &[0, 0, 2], &[1, 3], &[0.5, 2.0]).unwrap();
        assert_eq!((rows.len(), rows.columns()), (2, 4));
        assert_eq!(rows.row(0), (&[][..], &[][..]));
        assert_eq!(rows.row(1), (&[1, 3][..], &[0.5, 2.0][..]));
    }
}
