//! A table of annotated CSV: which column is what, and how a cell becomes a value.
//!
//! Promises: a value has the type that the server said; a cell that does not fit it is an error. Left out: columns that
//! nobody asked for, whatever they hold.

use jiff::Timestamp;

use super::csv::{CsvError, short};
use crate::influx::dialect::{Row, Value};

/// What `#datatype` says of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Datatype {
    Text,
    Long,
    UnsignedLong,
    Double,
    Boolean,
    Time,
    /// Of no field of ours.
    Other(String),
}

impl Datatype {
    pub(super) fn of_annotation(text: &str) -> Self {
        match text {
            "string" => Self::Text,
            "long" => Self::Long,
            "unsignedLong" => Self::UnsignedLong,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "dateTime:RFC3339" | "dateTime:RFC3339Nano" => Self::Time,
            other => Self::Other(short(other)),
        }
    }

    /// The value of a cell; `None` when it does not fit.
    fn value(&self, cell: &str) -> Option<Value> {
        if cell.is_empty() {
            return Some(Value::Absent);
        }
        match self {
            Self::Text => Some(Value::Text(cell.replace("\r\n", "\n"))),
            Self::Long => cell.parse().ok().map(Value::Integer),
            Self::UnsignedLong => cell.parse::<u64>().ok().and_then(|n| n.try_into().ok()).map(Value::Integer),
            Self::Double => cell.parse().ok().map(Value::Float),
            Self::Boolean => cell.parse().ok().map(Value::Boolean),
            Self::Time | Self::Other(_) => None,
        }
    }
}

/// The head of a table.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    time: usize,
    /// Where the fields stand that were asked for; `None` when no point of the answer has one.
    fields: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    datatype: Datatype,
    /// What an empty cell stands for.
    default: String,
}

impl Table {
    pub(super) fn new(
        header: &[String],
        datatypes: Option<Vec<Datatype>>,
        defaults: Option<Vec<String>>,
        fields: &[&str],
    ) -> Result<Self, CsvError> {
        let datatypes = datatypes.ok_or_else(|| CsvError::Strange("a table has no #datatype".into()))?;
        let defaults = defaults.unwrap_or_else(|| vec![String::new(); header.len()]);
        if datatypes.len() != header.len() || defaults.len() != header.len() {
            return Err(CsvError::Strange("annotations and header have different widths".into()));
        }
        let columns: Vec<_> = header
            .iter()
            .zip(datatypes)
            .zip(defaults)
            .map(|((name, datatype), default)| Column { name: name.clone(), datatype, default })
            .collect();
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let time = place("_time").filter(|&at| columns[at].datatype == Datatype::Time);
        let time = time.ok_or_else(|| CsvError::Strange("a table has no _time".into()))?;
        let fields = fields.iter().map(|field| place(field)).collect();
        Ok(Self { columns, time, fields })
    }

    pub(super) fn row(&self, cells: &[String]) -> Result<Row, CsvError> {
        if cells.len() != self.columns.len() {
            let (found, due) = (cells.len(), self.columns.len());
            return Err(CsvError::Strange(format!("a row has {found} cells where the header has {due}")));
        }
        let time_ns = time_ns(self.cell(cells, self.time))
            .ok_or_else(|| CsvError::Strange(format!("no time: {:?}", short(&cells[self.time]))))?;
        let values = self.fields.iter().map(|place| place.map_or(Ok(Value::Absent), |at| self.value(cells, at)));
        Ok(Row { time_ns, values: values.collect::<Result<_, _>>()? })
    }

    fn cell<'a>(&'a self, cells: &'a [String], at: usize) -> &'a str {
        if cells[at].is_empty() { &self.columns[at].default } else { &cells[at] }
    }

    fn value(&self, cells: &[String], at: usize) -> Result<Value, CsvError> {
        let (cell, column) = (self.cell(cells, at), &self.columns[at]);
        column.datatype.value(cell).ok_or_else(|| {
            let (cell, name) = (short(cell), short(&column.name));
            CsvError::Strange(format!("{cell:?} in column {name:?} is no {:?}", column.datatype))
        })
    }
}

fn time_ns(cell: &str) -> Option<i64> {
    let timestamp: Timestamp = cell.parse().ok()?;
    timestamp.as_nanosecond().try_into().ok()
}
