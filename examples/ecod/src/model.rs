//! All columns' distributions together, and the score they give.

use foghorn_guest::{COLUMNS_MAX, CheckedRows, Error, Format, Reader, Rows, Writer};

use crate::Settings;
use crate::column::{Column, KNOTS_MAX, Tails};

/// Format number of the bytes that `save` writes.
pub const FORMAT: u32 = 1;

const STATE: Format =
    Format { magic: *b"FGHECODS", number: FORMAT, reader: "this detector reads", remedy: "train again" };

/// Most training rows; far beyond what a host trains on.
const ROWS_MAX: usize = 1 << 20;

/// One trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    outside: f32,
    tolerance: f32,
    rows: u32,
    columns: Vec<Column>,
}

impl Model {
    /// # Errors
    /// Code 3 with fewer than two rows, code 4 for rows that break the contract or are too many.
    pub fn train(settings: &Settings, rows: &Rows) -> Result<Self, Error> {
        let rows = rows.check()?;
        if rows.len() < 2 {
            let found = rows.len();
            return Err(Error::too_little(format!("there are {found} rows; training needs at least 2, wait for more")));
        }
        if rows.len() > ROWS_MAX {
            return Err(Error::input(format!("there are {} rows; allowed are {ROWS_MAX}", rows.len())));
        }
        let columns = rows.by_column().into_iter().map(Column::learn).collect();
        let Settings { outside, tolerance } = *settings;
        Ok(Self { outside, tolerance, rows: rows.len() as u32, columns })
    }

    /// One score a row: the largest of the left, the right and the skewed sum.
    ///
    /// # Errors
    /// Code 4 for rows of another width, and for those that break the contract.
    pub fn score(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let rows = self.checked(rows)?;
        let score = |row: usize| {
            let tails = self.tails(&rows.dense(row));
            (self.heaviest(&tails).1 + self.beyond(&tails)) as f32
        };
        Ok((0..rows.len()).map(score).collect())
    }

    /// One number a column for the one row: its part of the sum that made the score.
    ///
    /// # Errors
    /// As for `score`, and for more or fewer rows than one.
    pub fn explain(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let tails = self.tails(&self.checked(rows)?.only()?);
        let part = self.heaviest(&tails).0;
        Ok(tails.iter().map(|tails| (part(tails) + f64::from(self.outside) * tails.beyond) as f32).collect())
    }

    /// Figures for people.
    #[must_use]
    pub fn stats(&self) -> Vec<(String, f64)> {
        let constant = self.columns.iter().filter(|column| column.values.len() == 1).count();
        let knots: usize = self.columns.iter().map(|column| column.values.len()).sum();
        let figures = [
            ("rows", f64::from(self.rows)),
            ("columns", self.columns.len() as f64),
            ("columns_constant", constant as f64),
            ("knots", knots as f64),
        ];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn checked<'a>(&self, rows: &'a Rows) -> Result<CheckedRows<'a>, Error> {
        let rows = rows.check()?;
        rows.expect_columns(self.columns.len())?;
        Ok(rows)
    }

    fn tails(&self, row: &[f32]) -> Vec<Tails> {
        self.columns.iter().zip(row).map(|(column, value)| column.tails(*value, self.tolerance)).collect()
    }

    /// Which side makes the largest sum, and that sum.
    fn heaviest(&self, tails: &[Tails]) -> (fn(&Tails) -> f64, f64) {
        let sides: [fn(&Tails) -> f64; 3] = [|tails| tails.skewed, |tails| tails.left, |tails| tails.right];
        let summed = sides.map(|side| (side, tails.iter().map(side).sum::<f64>()));
        summed.into_iter().fold(summed[0], |best, next| if next.1 > best.1 { next } else { best })
    }

    fn beyond(&self, tails: &[Tails]) -> f64 {
        f64::from(self.outside) * tails.iter().map(|tails| tails.beyond).sum::<f64>()
    }

    /// The model as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.f32(self.outside);
        out.f32(self.tolerance);
        out.u32(self.rows);
        out.u32(self.columns.len() as u32);
        self.columns.iter().for_each(|column| write_column(&mut out, column));
        out.finish()
    }

    /// A model from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 for bytes that cannot be a model.
    pub fn load(format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = STATE.read(format, state)?;
        let (outside, tolerance) = (bytes.f32()?, bytes.f32()?);
        let rows = bytes.count(ROWS_MAX)? as u32;
        if !(0.0..=100.0).contains(&outside) || !(0.0..=1_000.0).contains(&tolerance) {
            return Err(bytes.damaged(format!("it weighs what is outside by {outside}, with tolerance {tolerance}")));
        }
        let count = bytes.count(COLUMNS_MAX as usize)?;
        let columns = (0..count).map(|_| read_column(&mut bytes, rows)).collect::<Result<_, _>>()?;
        bytes.end()?;
        Ok(Self { outside, tolerance, rows, columns })
    }
}

fn write_column(out: &mut Writer, column: &Column) {
    out.flag(column.left_tailed);
    out.list(column.values.iter().copied());
    column.below.iter().chain(&column.up_to).for_each(|count| out.u32(*count));
}

fn read_column(bytes: &mut Reader<'_>, rows: u32) -> Result<Column, Error> {
    let left_tailed = bytes.flag()?;
    let values = bytes.list(KNOTS_MAX, f32::MAX)?;
    let mut counts = || (0..values.len()).map(|_| bytes.u32()).collect::<Result<Vec<_>, _>>();
    let (below, up_to) = (counts()?, counts()?);
    let rise = |counts: &[u32]| counts.windows(2).all(|pair| pair[0] < pair[1]);
    let fit = below.iter().zip(&up_to).all(|(below, up_to)| below < up_to);
    if !values.windows(2).all(|pair| pair[0] < pair[1]) || !rise(&below) || !rise(&up_to) || !fit {
        return Err(bytes.damaged("a column's values or counts do not rise"));
    }
    if up_to.last() != Some(&rows) {
        return Err(bytes.damaged(format!("a column does not count {rows} rows")));
    }
    Ok(Column { values, below, up_to, left_tailed })
}
