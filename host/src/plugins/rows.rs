//! Rows: a sparse matrix in compressed rows, one row a window, one column a feature.

use ndarray::Array2;

/// The host's twin of `rows` in `wit/types.wit`. Row i is `idx` and `val` at `row_ptr[i] .. row_ptr[i + 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    pub columns: u32,
    /// One entry more than there are rows.
    pub row_ptr: Vec<u32>,
    pub idx: Vec<u32>,
    pub val: Vec<f32>,
}

impl Default for Rows {
    /// No row and no column; takes the columns of the first rows that extend it.
    fn default() -> Self {
        Self { columns: 0, row_ptr: vec![0], idx: Vec::new(), val: Vec::new() }
    }
}

/// Most columns of a matrix.
const COLUMNS_MAX: u32 = 1 << 16;

impl Rows {
    pub fn len(&self) -> usize {
        self.row_ptr.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the columns take.
    pub fn bytes(&self) -> usize {
        4 * (self.row_ptr.len() + self.idx.len() + self.val.len())
    }

    /// Columns and values of row `index`.
    ///
    /// # Panics
    /// When `index` is not below `len`.
    pub fn row(&self, index: usize) -> (&[u32], &[f32]) {
        let range = self.row_ptr[index] as usize..self.row_ptr[index + 1] as usize;
        (&self.idx[range.clone()], &self.val[range])
    }

    /// Whether both are the same matrix, bit for bit.
    pub fn same_bits(&self, other: &Self) -> bool {
        let bits = |rows: &Self| -> Vec<u32> { rows.val.iter().map(|value| value.to_bits()).collect() };
        (self.columns, &self.row_ptr, &self.idx) == (other.columns, &other.row_ptr, &other.idx)
            && bits(self) == bits(other)
    }

    /// Whether this is a matrix of `rows` rows as the contract wants it.
    pub fn check(&self, rows: usize) -> Result<(), RowsError> {
        if self.row_ptr.len() != rows + 1 {
            return Err(RowsError::Rows { found: self.row_ptr.len().saturating_sub(1), wanted: rows });
        }
        if self.columns == 0 || self.columns > COLUMNS_MAX {
            return Err(RowsError::Columns { found: self.columns });
        }
        let end = self.row_ptr.last().map_or(0, |&end| end as usize);
        let rises = self.row_ptr[0] == 0 && self.row_ptr.windows(2).all(|pair| pair[0] <= pair[1]);
        if !rises || end != self.idx.len() || end != self.val.len() {
            return Err(RowsError::Ends);
        }
        for row in 0..rows {
            self.check_row(row)?;
        }
        Ok(())
    }

    fn check_row(&self, row: usize) -> Result<(), RowsError> {
        let (idx, val) = self.row(row);
        if let Some(&found) = idx.iter().find(|&&column| column >= self.columns) {
            return Err(RowsError::Column { row, found, columns: self.columns });
        }
        if !idx.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(RowsError::Order { row });
        }
        match val.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(RowsError::Value { row, column: idx[at], found: val[at] }),
            None => Ok(()),
        }
    }

    /// Appends the rows of `other`.
    ///
    /// # Panics
    /// When both have columns and not the same number, or when there would be more than 4 G values. Rows of one vectorizer
    /// have one number of columns, which is checked where they come in.
    pub fn extend(&mut self, other: &Rows) {
        if self.is_empty() {
            self.columns = other.columns;
        }
        assert_eq!(self.columns, other.columns, "rows of one vectorizer have the same columns");
        let base = self.idx.len();
        self.idx.extend_from_slice(&other.idx);
        self.val.extend_from_slice(&other.val);
        u32::try_from(self.idx.len()).expect("a matrix is far below 4 G values");
        self.row_ptr.extend(other.row_ptr[1..].iter().map(|&end| base as u32 + end));
    }

    /// Appends row `index` of `rows` with the columns of `taken` as they are in `other`'s row 0.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn push_as(&mut self, rows: &Rows, index: usize, other: &Rows, taken: &[u32]) {
        let kept = |rows: &Rows, index: usize, is_taken: bool| -> Vec<(u32, f32)> {
            let (idx, val) = rows.row(index);
            let pairs = idx.iter().copied().zip(val.iter().copied());
            pairs.filter(|(column, _)| taken.contains(column) == is_taken).collect()
        };
        let mut row = kept(rows, index, false);
        row.extend(kept(other, 0, true));
        row.sort_unstable_by_key(|&(column, _)| column);
        self.columns = rows.columns;
        let (idx, val): (Vec<u32>, Vec<f32>) = row.into_iter().unzip();
        self.idx.extend(idx);
        self.val.extend(val);
        self.row_ptr.push(u32::try_from(self.idx.len()).expect("a matrix is far below 4 G values"));
    }

    /// The rows at `indices`, in that order.
    ///
    /// # Panics
    /// When an index is not below `len`.
    pub fn select(&self, indices: impl IntoIterator<Item = usize>) -> Self {
        let mut selected = Self { columns: self.columns, ..Self::default() };
        for index in indices {
            let (idx, val) = self.row(index);
            selected.idx.extend_from_slice(idx);
            selected.val.extend_from_slice(val);
            selected.row_ptr.push(u32::try_from(selected.idx.len()).expect("a matrix is far below 4 G values"));
        }
        selected
    }

    /// The rows in pieces of at most `bytes_max` each, but of one row at least.
    pub fn pieces(&self, bytes_max: usize) -> impl Iterator<Item = Rows> + '_ {
        let mut next = 0;
        std::iter::from_fn(move || {
            let first = next;
            let fits =
                |end: usize| 8 * (self.row_ptr[end] - self.row_ptr[first]) as usize + 4 * (end - first) < bytes_max;
            while next < self.len() && (next == first || fits(next + 1)) {
                next += 1;
            }
            (next > first).then(|| self.select(first..next))
        })
    }

    /// All values, rows × columns, with the zeros. Takes `4 * len * columns` bytes.
    pub fn to_dense(&self) -> Array2<f32> {
        let mut dense = Array2::zeros((self.len(), self.columns as usize));
        for (index, mut row) in dense.rows_mut().into_iter().enumerate() {
            let (idx, val) = self.row(index);
            for (&column, &value) in idx.iter().zip(val) {
                row[column as usize] = value;
            }
        }
        dense
    }

    /// The values that are not 0 of a matrix, rows × columns.
    ///
    /// # Panics
    /// When there are more than 4 G columns or values.
    pub fn from_dense(dense: &Array2<f32>) -> Self {
        let columns = u32::try_from(dense.ncols()).expect("a matrix is far below 4 G columns");
        let mut rows = Self { columns, ..Self::default() };
        for row in dense.rows() {
            for (column, &value) in (0..).zip(row).filter(|(_, value)| **value != 0.0) {
                rows.idx.push(column);
                rows.val.push(value);
            }
            rows.row_ptr.push(u32::try_from(rows.idx.len()).expect("a matrix is far below 4 G values"));
        }
        rows
    }
}

/// How rows break the contract.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowsError {
    #[error("{found} rows for {wanted} windows")]
    Rows { found: usize, wanted: usize },
    #[error("rows of {found} columns; 1 to {COLUMNS_MAX} are allowed")]
    Columns { found: u32 },
    #[error("rows whose ends fall or do not fit the number of values")]
    Ends,
    #[error("column {found} in row {row}; there are {columns}")]
    Column { row: usize, found: u32, columns: u32 },
    #[error("columns of row {row} that do not rise")]
    Order { row: usize },
    #[error("{found} in row {row}, column {column}; values are finite")]
    Value { row: usize, column: u32, found: f32 },
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn rows() -> Rows {
        Rows { columns: 3, row_ptr: vec![0, 2, 2, 3], idx: vec![0, 2, 1], val: vec![1.0, 2.0, 3.0] }
    }

    #[test]
    fn dense_and_sparse_are_the_same_matrix() {
        let dense = array![[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [0.0, 3.0, 0.0]];
        assert_eq!(rows().to_dense(), dense);
        assert_eq!(Rows::from_dense(&dense), rows());
    }

    #[test]
    fn rows_that_break_the_contract_are_told_apart() {
        let broken = |change: fn(&mut Rows)| {
            let mut rows = rows();
            change(&mut rows);
            rows.check(3).unwrap_err()
        };
        assert_eq!(rows().check(3), Ok(()));
        assert_eq!(rows().check(4), Err(RowsError::Rows { found: 3, wanted: 4 }));
        assert_eq!(broken(|rows| rows.row_ptr.clear()), RowsError::Rows { found: 0, wanted: 3 });
        assert_eq!(broken(|rows| rows.columns = 0), RowsError::Columns { found: 0 });
        assert_eq!(broken(|rows| rows.columns = COLUMNS_MAX + 1), RowsError::Columns { found: COLUMNS_MAX + 1 });
        assert_eq!(broken(|rows| rows.row_ptr[0] = 1), RowsError::Ends);
        assert_eq!(broken(|rows| rows.row_ptr[1] = 3), RowsError::Ends);
        assert_eq!(broken(|rows| rows.row_ptr[3] = 4), RowsError::Ends);
        assert_eq!(broken(|rows| rows.val.truncate(2)), RowsError::Ends);
        assert_eq!(broken(|rows| rows.idx[1] = 3), RowsError::Column { row: 0, found: 3, columns: 3 });
        assert_eq!(broken(|rows| rows.idx[1] = 0), RowsError::Order { row: 0 });
        assert!(matches!(broken(|rows| rows.val[2] = f32::NAN), RowsError::Value { row: 2, column: 1, .. }));
        assert!(matches!(broken(|rows| rows.val[2] = f32::INFINITY), RowsError::Value { .. }));
    }

    #[test]
    fn pieces_put_together_again_are_the_whole() {
        for bytes_max in [0, 12, 25, 1_000] {
            let mut whole = Rows::default();
            rows().pieces(bytes_max).for_each(|piece| {
                assert_eq!(piece.check(piece.len()), Ok(()));
                whole.extend(&piece);
            });
            assert_eq!(whole, rows(), "{bytes_max}");
        }
        assert_eq!(rows().pieces(0).count(), 3);
        assert_eq!(rows().pieces(1_000).count(), 1);
    }

    #[test]
    fn columns_are_taken_over_from_another_row() {
        let other = Rows::from_dense(&array![[7.0, 8.0, 0.0]]);
        let mut mixed = Rows::default();
        mixed.push_as(&rows(), 0, &other, &[1, 2]);
        mixed.push_as(&rows(), 2, &other, &[]);
        assert_eq!(mixed.check(2), Ok(()));
        assert_eq!(mixed.to_dense(), array![[1.0, 8.0, 0.0], [0.0, 3.0, 0.0]]);
    }

    #[test]
    fn rows_are_selected_in_the_order_asked() {
        assert_eq!(rows().select([2, 0]).to_dense(), array![[0.0, 3.0, 0.0], [1.0, 0.0, 2.0]]);
    }
}
