//! The shell around one member: rows of the contract in, scores and reasons out, bytes both ways.

use foghorn_guest::{COLUMNS_MAX, CheckedRows, Error, Rows};

use crate::{Columns, Member, Scaled};

/// Values that are kept dense while learning: 64 MiB. Of longer trainings rows are taken evenly.
const VALUES_MAX: usize = 1 << 24;
/// Columns that are taken out one by one to explain a row: those farthest from the median.
const EXPLAINED_MAX: usize = 64;
/// A score beyond is this; far within what `f32` holds.
const SCORE_MAX: f64 = 1e12;

/// One trained model. Never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Model<M> {
    rows: u32,
    columns: Columns,
    member: M,
}

impl<M: Member> Model<M> {
    /// # Errors
    /// Code 3 with fewer than two rows; code 4 for rows that break the contract or have no column.
    pub fn train(settings: &M::Settings, rows: &Rows, seed: u64) -> Result<Self, Error> {
        let rows = rows.check()?;
        if rows.len() < 2 {
            let found = rows.len();
            return Err(Error::too_little(format!("there are {found} rows; training needs at least 2, wait for more")));
        }
        if rows.columns() == 0 {
            return Err(Error::input("rows have no columns; at least one is needed"));
        }
        let columns = Columns::learn(rows);
        let member = M::learn(settings, &scaled(rows, &columns), seed);
        Ok(Self { rows: rows.len() as u32, columns, member })
    }

    /// One score a row: how many times stranger than usual it is.
    ///
    /// # Errors
    /// Code 4 for rows of another width, and for those that break the contract.
    pub fn score(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let rows = self.checked(rows)?;
        let score = |row: usize| self.strangeness(&self.columns.scale(&rows.dense(row))) as f32;
        Ok((0..rows.len()).map(score).collect())
    }

    /// One number a column for the one row: by how much (as a logarithm) the score falls when the column alone is what it
    /// usually is, its median. 0 for columns that make no difference or make the row more usual. Only the 64 columns
    /// farthest from their median are tried.
    ///
    /// # Errors
    /// As for `score`, and for more or fewer rows than one.
    pub fn explain(&self, rows: &Rows) -> Result<Vec<f32>, Error> {
        let mut row = self.columns.scale(&self.checked(rows)?.only()?);
        let whole = self.strangeness(&row);
        let mut weights = vec![0.0; row.len()];
        for column in farthest(&row) {
            let value = std::mem::replace(&mut row[column], 0.0);
            let without = self.strangeness(&row);
            row[column] = value;
            weights[column] = (whole / without).ln().max(0.0) as f32;
        }
        Ok(weights)
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        self.member.strangeness(row).clamp(1.0 / SCORE_MAX, SCORE_MAX)
    }

    fn checked<'a>(&self, rows: &'a Rows) -> Result<CheckedRows<'a>, Error> {
        let rows = rows.check()?;
        rows.expect_columns(self.columns.len())?;
        Ok(rows)
    }

    /// Figures for people.
    #[must_use]
    pub fn stats(&self) -> Vec<(String, f64)> {
        let own = [("rows", f64::from(self.rows)), ("columns", self.columns.len() as f64)];
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(self.member.stats()).collect()
    }

    /// The model as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = M::FORMAT.write();
        out.u32(self.rows);
        self.columns.write(&mut out);
        self.member.write(&mut out);
        out.finish()
    }

    /// A model from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 for bytes that cannot be a model.
    pub fn load(format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = M::FORMAT.read(format, state)?;
        let rows = bytes.u32()?;
        let columns = Columns::read(&mut bytes, COLUMNS_MAX as usize)?;
        if columns.is_empty() {
            return Err(bytes.damaged("it has no columns"));
        }
        let member = M::read(&mut bytes, columns.len())?;
        bytes.end()?;
        Ok(Self { rows, columns, member })
    }
}

/// All rows scaled, or as many, evenly, as there is room for; at least two.
fn scaled(rows: CheckedRows<'_>, columns: &Columns) -> Scaled {
    let kept = (VALUES_MAX / columns.len()).clamp(2, rows.len());
    let mut scaled = Scaled::new(columns.len());
    (0..kept).for_each(|number| scaled.push(&columns.scale(&rows.dense(number * rows.len() / kept))));
    scaled
}

fn farthest(row: &[f32]) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..row.len()).filter(|column| row[*column] != 0.0).collect();
    columns.sort_by(|a, b| row[*b].abs().total_cmp(&row[*a].abs()));
    columns.truncate(EXPLAINED_MAX);
    columns
}
