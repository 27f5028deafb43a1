//! Sparse rows: as they cross the boundary, checked for reading, and built for the answer.

use crate::Error;

/// Widest matrix that the host takes.
pub const COLUMNS_MAX: u32 = 65_536;

/// The contract's `rows`: row i is the pairs `(idx[k], val[k])` for k in `row_ptr[i] .. row_ptr[i + 1]`; the rest is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    pub columns: u32,
    /// One entry more than there are rows.
    pub row_ptr: Vec<u32>,
    pub idx: Vec<u32>,
    pub val: Vec<f32>,
}

impl Rows {
    /// No row yet.
    #[must_use]
    pub fn new(columns: u32) -> Self {
        Self { columns, row_ptr: vec![0], idx: Vec::new(), val: Vec::new() }
    }

    /// Appends a row of `(column, value)`, columns rising. Zeros may be left out.
    ///
    /// # Errors
    /// Code 5 when the row breaks the contract; nothing is appended then.
    pub fn push(&mut self, row: &[(u32, f32)]) -> Result<(), Error> {
        let number = self.row_ptr.len() - 1;
        check_row(number, self.columns, row.iter().copied()).map_err(Error::other)?;
        self.idx.extend(row.iter().map(|(column, _)| column));
        self.val.extend(row.iter().map(|(_, value)| value));
        let end = u32::try_from(self.idx.len()).map_err(|_| Error::other("rows hold more than 4 G values"))?;
        self.row_ptr.push(end);
        Ok(())
    }

    /// Appends a row of one value a column; zeros are left out.
    ///
    /// # Errors
    /// As for `push`, and for another number of values than there are columns.
    pub fn push_dense(&mut self, row: &[f32]) -> Result<(), Error> {
        if row.len() != self.columns as usize {
            return Err(Error::other(format!("a row has {} values for {} columns", row.len(), self.columns)));
        }
        let sparse: Vec<(u32, f32)> = (0..).zip(row.iter().copied()).filter(|(_, value)| *value != 0.0).collect();
        self.push(&sparse)
    }

    /// Checks every length, pointer, index and value. O(values).
    ///
    /// # Errors
    /// Code 4 names the first thing that breaks the contract, and how.
    pub fn check(&self) -> Result<CheckedRows<'_>, Error> {
        if self.columns > COLUMNS_MAX {
            return Err(Error::input(format!("rows have {} columns; allowed are at most {COLUMNS_MAX}", self.columns)));
        }
        if self.idx.len() != self.val.len() {
            return Err(Error::input(format!("rows have {} indices but {} values", self.idx.len(), self.val.len())));
        }
        check_pointers(&self.row_ptr, self.idx.len())?;
        let rows = CheckedRows(self);
        for (number, (idx, val)) in rows.iter().enumerate() {
            let row = idx.iter().copied().zip(val.iter().copied());
            check_row(number, self.columns, row).map_err(Error::input)?;
        }
        Ok(rows)
    }
}

/// Rows that keep the contract's promises.
#[derive(Debug, Clone, Copy)]
pub struct CheckedRows<'a>(&'a Rows);

impl<'a> CheckedRows<'a> {
    #[must_use]
    pub fn len(self) -> usize {
        self.0.row_ptr.len() - 1
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[must_use]
    pub fn columns(self) -> usize {
        self.0.columns as usize
    }

    /// Columns and values of row `number`, which is below `len`.
    #[must_use]
    pub fn row(self, number: usize) -> (&'a [u32], &'a [f32]) {
        let (from, to) = (self.0.row_ptr[number] as usize, self.0.row_ptr[number + 1] as usize);
        (&self.0.idx[from..to], &self.0.val[from..to])
    }

    /// Columns and values, row after row.
    pub fn iter(self) -> impl ExactSizeIterator<Item = (&'a [u32], &'a [f32])> {
        (0..self.len()).map(move |number| self.row(number))
    }

    /// Row `number` with its zeros.
    #[must_use]
    pub fn dense(self, number: usize) -> Vec<f32> {
        let mut row = vec![0.0; self.columns()];
        let (idx, val) = self.row(number);
        for (&column, &value) in idx.iter().zip(val) {
            row[column as usize] = value;
        }
        row
    }

    /// All rows with their zeros, column by column: `columns` lists of one value a row. 4 × rows × columns bytes.
    #[must_use]
    pub fn by_column(self) -> Vec<Vec<f32>> {
        let mut columns = vec![vec![0.0; self.len()]; self.columns()];
        for (number, (idx, val)) in self.iter().enumerate() {
            for (&column, &value) in idx.iter().zip(val) {
                columns[column as usize][number] = value;
            }
        }
        columns
    }

    /// Refuses rows of another width than the model's.
    ///
    /// # Errors
    /// Code 4 with both widths.
    pub fn expect_columns(self, trained: usize) -> Result<(), Error> {
        if self.columns() == trained {
            return Ok(());
        }
        let found = self.columns();
        Err(Error::input(format!("rows have {found} columns; the model was trained on {trained}, train again")))
    }

    /// The only row, with its zeros.
    ///
    /// # Errors
    /// Code 4 for none and for several.
    pub fn only(self) -> Result<Vec<f32>, Error> {
        match self.len() {
            1 => Ok(self.dense(0)),
            found => Err(Error::input(format!("there are {found} rows to explain; allowed is one"))),
        }
    }
}

fn check_pointers(row_ptr: &[u32], values: usize) -> Result<(), Error> {
    let (Some(first), Some(last)) = (row_ptr.first(), row_ptr.last()) else {
        return Err(Error::input("there are no row pointers; even no rows have one, 0"));
    };
    if *first != 0 {
        return Err(Error::input(format!("row pointers start at {first}, not at 0")));
    }
    if *last as usize != values {
        return Err(Error::input(format!("row pointers end at {last} but there are {values} values")));
    }
    match row_ptr.windows(2).position(|pair| pair[0] > pair[1]) {
        Some(i) => Err(Error::input(format!("row pointers fall from {} to {} at row {i}", row_ptr[i], row_ptr[i + 1]))),
        None => Ok(()),
    }
}

fn check_row(number: usize, columns: u32, row: impl Iterator<Item = (u32, f32)>) -> Result<(), String> {
    let mut least = 0;
    for (column, value) in row {
        if column >= columns {
            return Err(format!("row {number} has column {column} of {columns}"));
        }
        if column < least {
            return Err(format!("row {number} has column {column} out of order; columns rise inside a row"));
        }
        if !value.is_finite() {
            return Err(format!("row {number} has {value} in column {column}; values are finite"));
        }
        least = column + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: u32, row_ptr: &[u32], idx: &[u32], val: &[f32]) -> Rows {
        Rows { columns, row_ptr: row_ptr.to_vec(), idx: idx.to_vec(), val: val.to_vec() }
    }

    #[test]
    fn broken_rows_are_refused_with_the_reason() {
        let cases = [
            (rows(3, &[], &[], &[]), "no row pointers"),
            (rows(3, &[1], &[0], &[1.0]), "start at 1"),
            (rows(3, &[0, 2], &[0], &[1.0]), "end at 2"),
            (rows(3, &[0, 2, 1, 2], &[0, 1], &[1.0, 1.0]), "fall from 2 to 1 at row 1"),
            (rows(3, &[0, 1], &[0, 1], &[1.0]), "2 indices but 1 values"),
            (rows(3, &[0, 1], &[3], &[1.0]), "column 3 of 3"),
            (rows(3, &[0, 2], &[1, 1], &[1.0, 1.0]), "out of order"),
            (rows(3, &[0, 1], &[1], &[f32::NAN]), "finite"),
            (rows(70_000, &[0], &[], &[]), "70000 columns"),
        ];
        for (rows, reason) in cases {
            let error = rows.check().unwrap_err();
            assert_eq!(error.code, 4);
            assert!(error.message.contains(reason), "{} should say {reason}", error.message);
        }
    }

    #[test]
    fn what_was_pushed_is_read_back() {
        let mut rows = Rows::new(4);
        rows.push_dense(&[0.0; 4]).unwrap();
        rows.push(&[(1, 0.5), (3, 2.0)]).unwrap();
        let checked = rows.check().unwrap();
        assert_eq!((checked.len(), checked.columns()), (2, 4));
        assert_eq!(checked.row(0), (&[][..], &[][..]));
        assert_eq!(checked.row(1), (&[1, 3][..], &[0.5, 2.0][..]));
        assert_eq!(checked.dense(1), [0.0, 0.5, 0.0, 2.0]);
        assert_eq!(checked.by_column()[3], [0.0, 2.0]);
    }

    #[test]
    fn a_row_that_breaks_the_contract_is_not_appended() {
        let mut rows = Rows::new(2);
        for row in [&[(2, 1.0)][..], &[(1, 1.0), (0, 1.0)], &[(0, f32::INFINITY)]] {
            assert_eq!(rows.push(row).unwrap_err().code, 5);
        }
        assert_eq!(rows.push_dense(&[1.0]).unwrap_err().message, "a row has 1 values for 2 columns");
        assert_eq!(rows, Rows::new(2));
    }

    #[test]
    fn rows_of_another_width_and_more_than_one_to_explain_are_refused() {
        let mut rows = Rows::new(2);
        assert_eq!(rows.check().unwrap().only().unwrap_err().code, 4);
        rows.push(&[(0, 1.0)]).unwrap();
        let checked = rows.check().unwrap();
        assert_eq!(checked.only().unwrap(), [1.0, 0.0]);
        assert!(checked.expect_columns(2).is_ok());
        assert!(checked.expect_columns(3).unwrap_err().message.contains("trained on 3"));
    }
}
