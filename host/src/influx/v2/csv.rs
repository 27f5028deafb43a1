//! Annotated CSV, as `/api/v2/query` answers: read as it comes in, piece by piece, into rows.
//!
//! Promises: bounded memory (`RECORD_BYTES_MAX` for a row that is being read, `rows_max` rows, `COLUMNS_MAX` columns); no
//! answer makes it panic; what is no annotated CSV, does not fit its own annotations or ends in the middle of a row is an
//! error and never a shorter result. Left out: what the server cannot say in CSV. An empty text and a missing one look
//! the same (`Absent`), and the server writes each line break inside a text as CR LF, so that CR LF is read as LF.

use csv_core::ReadRecordResult;

use super::table::{Datatype, Table};
use crate::influx::dialect::Row;

/// More than the longest line with all its neighbours (64 KiB) and the longest alert.
const RECORD_BYTES_MAX: usize = 4 << 20;
const COLUMNS_MAX: usize = 256;

/// Why an answer gives no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CsvError {
    /// It ends in the middle of a row or of a table's head.
    #[error("the answer was cut off")]
    Cut,
    /// The query failed after the answer had begun.
    #[error("the query failed: {0}")]
    Failed(String),
    #[error("the answer is no annotated CSV of this query: {0}")]
    Strange(String),
}

/// Where in the answer we are.
#[derive(Debug)]
enum State {
    /// Nothing yet.
    Begin,
    /// After lines that begin with `#`: the header is next.
    Annotated { datatypes: Option<Vec<Datatype>>, defaults: Option<Vec<String>> },
    /// After a header.
    Rows(Table),
    /// After the header `error`: its text is next.
    Error,
}

/// Reads the rows of one answer.
#[derive(Debug)]
pub(super) struct CsvReader<'a> {
    fields: &'a [&'static str],
    rows_max: usize,
    rows: Vec<Row>,
    state: State,
    csv: csv_core::Reader,
    record: Record,
}

impl<'a> CsvReader<'a> {
    /// # Arguments
    /// `fields` are the columns to give, in this order, beside `_time`; more than `rows_max` rows are an error.
    pub(super) fn new(fields: &'a [&'static str], rows_max: usize) -> Self {
        let (csv, record) = (csv_core::Reader::new(), Record::default());
        Self { fields, rows_max, rows: Vec::new(), state: State::Begin, csv, record }
    }

    /// Takes the next piece of the answer.
    pub(super) fn feed(&mut self, mut piece: &[u8]) -> Result<(), CsvError> {
        // An empty input would mean the end to `csv_core`.
        while !piece.is_empty() {
            let taken = self.step(piece)?;
            piece = &piece[taken..];
        }
        Ok(())
    }

    /// The rows, when the answer ended where a row ended.
    pub(super) fn finish(mut self) -> Result<Vec<Row>, CsvError> {
        let at_end = self.csv.read_record(&[], &mut self.record.cells, &mut self.record.ends).0;
        match (at_end, self.record.is_begun(), &self.state) {
            (ReadRecordResult::End, false, State::Begin | State::Rows(_)) => Ok(self.rows),
            _ => Err(CsvError::Cut),
        }
    }

    /// The rows so far, of an answer that is not read to its end.
    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Reads up to the end of a row, or of the piece. Answers how many bytes were taken.
    fn step(&mut self, piece: &[u8]) -> Result<usize, CsvError> {
        let record = &mut self.record;
        let (cells, ends) = (&mut record.cells[record.filled..], &mut record.ends[record.ended..]);
        let (result, taken, filled, ended) = self.csv.read_record(piece, cells, ends);
        record.filled += filled;
        record.ended += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull => record.grow_cells()?,
            ReadRecordResult::OutputEndsFull => record.grow_ends()?,
            ReadRecordResult::Record => {
                let cells = record.take();
                self.take_record(&cells)?;
            }
        }
        Ok(taken)
    }

    fn take_record(&mut self, cells: &[String]) -> Result<(), CsvError> {
        let mark = cells.first().map(String::as_str).unwrap_or_default();
        if mark.starts_with('#') {
            return self.take_annotation(mark, &cells[1..]);
        }
        if !mark.is_empty() || cells.len() < 2 {
            return Err(CsvError::Strange(format!("a row begins with {:?}", short(mark))));
        }
        self.take_row(&cells[1..])
    }

    fn take_annotation(&mut self, mark: &str, cells: &[String]) -> Result<(), CsvError> {
        if !matches!(self.state, State::Annotated { .. }) {
            self.state = State::Annotated { datatypes: None, defaults: None };
        }
        let State::Annotated { datatypes, defaults } = &mut self.state else {
            unreachable!("it was set above");
        };
        match mark {
            "#datatype" => *datatypes = Some(cells.iter().map(|cell| Datatype::of_annotation(cell)).collect()),
            "#default" => *defaults = Some(cells.to_vec()),
            "#group" => {}
            _ => return Err(CsvError::Strange(format!("unknown annotation {:?}", short(mark)))),
        }
        Ok(())
    }

    fn take_row(&mut self, cells: &[String]) -> Result<(), CsvError> {
        match &mut self.state {
            State::Begin | State::Annotated { .. } if cells[0] == "error" => self.state = State::Error,
            State::Begin => return Err(CsvError::Strange("it has no annotations".into())),
            State::Annotated { datatypes, defaults } => {
                let table = Table::new(cells, datatypes.take(), defaults.take(), self.fields)?;
                self.state = State::Rows(table);
            }
            State::Error => return Err(CsvError::Failed(short(&cells[0]))),
            State::Rows(_) if self.rows.len() == self.rows_max => {
                return Err(CsvError::Strange(format!("it has more than the {} rows asked for", self.rows_max)));
            }
            State::Rows(table) => self.rows.push(table.row(cells)?),
        }
        Ok(())
    }
}

/// The row that is being read.
#[derive(Debug)]
struct Record {
    cells: Vec<u8>,
    filled: usize,
    /// Where cells end in `cells`.
    ends: Vec<usize>,
    ended: usize,
}

impl Default for Record {
    fn default() -> Self {
        Self { cells: vec![0; 4096], filled: 0, ends: vec![0; 16], ended: 0 }
    }
}

impl Record {
    fn is_begun(&self) -> bool {
        self.filled > 0 || self.ended > 0
    }

    fn grow_cells(&mut self) -> Result<(), CsvError> {
        if self.cells.len() >= RECORD_BYTES_MAX {
            return Err(CsvError::Strange(format!("a row has more than {RECORD_BYTES_MAX} bytes")));
        }
        self.cells.resize(self.cells.len() * 2, 0);
        Ok(())
    }

    fn grow_ends(&mut self) -> Result<(), CsvError> {
        if self.ends.len() >= COLUMNS_MAX {
            return Err(CsvError::Strange(format!("a row has more than {COLUMNS_MAX} columns")));
        }
        self.ends.resize(self.ends.len() * 2, 0);
        Ok(())
    }

    fn take(&mut self) -> Vec<String> {
        let mut begin = 0;
        let mut cell = |end: &usize| {
            let bytes = &self.cells[begin..*end];
            begin = *end;
            String::from_utf8_lossy(bytes).into_owned()
        };
        let cells = self.ends[..self.ended].iter().map(&mut cell).collect();
        (self.filled, self.ended) = (0, 0);
        cells
    }
}

/// As much of a server's text as an error may show.
pub(super) fn short(text: &str) -> String {
    let shown = text.chars().take(300).map(|char| if char.is_control() { ' ' } else { char });
    shown.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests;
