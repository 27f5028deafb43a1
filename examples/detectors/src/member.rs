//! What a detector is to the shell and to an ensemble.

use foghorn_guest::{Error, Format, Reader, Writer};

/// Training rows as members see them: dense, one after the other, scaled by [`Columns`](crate::Columns).
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    columns: usize,
    values: Vec<f32>,
}

impl Scaled {
    /// No row of `columns` values.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { columns, values: Vec::new() }
    }

    /// Appends a row of `columns` values.
    pub fn push(&mut self, row: &[f32]) {
        debug_assert_eq!(row.len(), self.columns);
        self.values.extend_from_slice(row);
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row `number`, which is below `len`.
    #[must_use]
    pub fn row(&self, number: usize) -> &[f32] {
        &self.values[number * self.columns..(number + 1) * self.columns]
    }

    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        (0..self.len()).map(|number| self.row(number))
    }

    /// The values of one column.
    pub fn column(&self, column: usize) -> impl ExactSizeIterator<Item = f32> {
        self.rows().map(move |row| row[column])
    }

    /// Every second row, beginning with `first`.
    #[must_use]
    pub fn every_second(&self, first: usize) -> Self {
        let mut some = Self::new(self.columns);
        (first..self.len()).step_by(2).for_each(|number| some.push(self.row(number)));
        some
    }
}

/// A detector.
pub trait Member: Sized {
    type Settings: foghorn_guest::Settings;

    /// What a model of this member alone is saved as.
    const FORMAT: Format;

    /// Learns from at least two rows of at least one column.
    fn learn(settings: &Self::Settings, rows: &Scaled, seed: u64) -> Self;

    /// How many times stranger than usual a row is: finite, above 0, about 1 for usual ones. `row` is as wide as those learned.
    fn strangeness(&self, row: &[f32]) -> f64;

    /// Appends what `read` needs.
    fn write(&self, out: &mut Writer);

    /// # Errors
    /// Code 2 for bytes that `write` does not write for rows of so many columns.
    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error>;

    /// Figures for people.
    fn stats(&self) -> Vec<(String, f64)>;
}

/// A state's numbers that count as a factor: above 0 and finite.
///
/// # Errors
/// Code 2 for others.
pub(crate) fn read_positive(bytes: &mut Reader<'_>) -> Result<f64, Error> {
    let number = bytes.f64(1e30)?;
    if number > 0.0 {
        Ok(number)
    } else {
        Err(bytes.damaged(format!("it has {number} where only more than 0 is allowed")))
    }
}
