//! Tables: rows with the same group key.

use std::collections::BTreeMap;

use crate::influx2::value::{Type, Value};

#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::influx2) struct Table {
    /// The columns that are the same in all rows because the table was grouped by them.
    pub(in crate::influx2) key: BTreeMap<String, Value>,
    pub(in crate::influx2) columns: Vec<(String, Type)>,
    /// A value, or null, for each of `columns`.
    pub(in crate::influx2) rows: Vec<Vec<Option<Value>>>,
}

impl Table {
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| name == column)
    }

    pub(super) fn cell(&self, row: &[Option<Value>], column: &str) -> Option<Value> {
        self.key.get(column).cloned().or_else(|| row[self.place(column)?].clone())
    }

    /// The place of a column, which is made when it is not there.
    pub(super) fn place_or_new(&mut self, column: &str, of_type: Type) -> Result<usize, String> {
        match self.place(column) {
            Some(at) if self.columns[at].1 == of_type => Ok(at),
            Some(at) => Err(format!(
                "schema collision detected: column {column:?} is both of type {} and {}",
                self.columns[at].1.of_flux(),
                of_type.of_flux()
            )),
            None => {
                self.columns.push((column.to_owned(), of_type));
                self.rows.iter_mut().for_each(|row| row.push(None));
                Ok(self.columns.len() - 1)
            }
        }
    }

    /// Without the columns and parts of the key that are not in `kept`.
    pub(super) fn keep(mut self, kept: &[String]) -> Self {
        self.key.retain(|name, _| kept.contains(name));
        let stays: Vec<bool> = self.columns.iter().map(|(name, _)| kept.contains(name)).collect();
        let mut at = stays.iter().cycle();
        let mut stays_next = || *at.next().expect("a cycle has no end");
        for row in &mut self.rows {
            row.retain(|_| stays_next());
        }
        self.columns.retain(|(name, _)| kept.contains(name));
        self
    }

    /// Takes the rows of `other`, its key as columns like the others.
    pub(super) fn append_ungrouped(&mut self, other: Self) -> Result<(), String> {
        let mut places = Vec::new();
        for (name, value) in &other.key {
            places.push(self.place_or_new(name, value.of_type())?);
        }
        for (name, of_type) in &other.columns {
            places.push(self.place_or_new(name, *of_type)?);
        }
        let key: Vec<_> = other.key.into_values().map(Some).collect();
        for row in other.rows {
            let mut joined = vec![None; self.columns.len()];
            for (&place, value) in places.iter().zip(key.iter().cloned().chain(row)) {
                joined[place] = value;
            }
            self.rows.push(joined);
        }
        Ok(())
    }
}
