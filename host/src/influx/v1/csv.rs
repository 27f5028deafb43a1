//! Answers of `/query` as CSV: a header (`name,tags,time,` and the fields), then rows. An error is a row `error` and a row
//! with its text, at the beginning or, where it comes up on the way, after rows.

use csv_core::{ReadRecordResult, Reader};

use crate::influx::dialect::{ANSWER_BYTES_MAX, Row, Value};
use crate::influx::schema::{Kind, kind};

/// Takes an answer piece by piece.
#[derive(Debug)]
pub(super) struct Csv<'a> {
    fields: &'a [&'static str],
    reader: Reader,
    /// The record being read: its text, and where its fields end. Grows to the longest record.
    record: Vec<u8>,
    record_len: usize,
    ends: Vec<usize>,
    ends_len: usize,
    columns: Columns,
    rows: Vec<Row>,
    failed: Option<Failed>,
}

#[derive(Debug)]
enum Failed {
    /// The next record says why.
    Announced,
    Said(String),
    Strange(String),
}

/// Where the header has the time and each field that was asked for.
#[derive(Debug, Default)]
struct Columns {
    time: Option<usize>,
    fields: Vec<Option<usize>>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Rows(Vec<Row>),
    /// What the server says went wrong.
    Error(String),
    /// It is not what was asked for.
    Strange(String),
}

impl<'a> Csv<'a> {
    pub(super) fn new(fields: &'a [&'static str]) -> Self {
        Self {
            fields,
            reader: Reader::new(),
            record: vec![0; 4096],
            record_len: 0,
            ends: vec![0; 16],
            ends_len: 0,
            columns: Columns::default(),
            rows: Vec::new(),
            failed: None,
        }
    }

    pub(super) fn take(&mut self, mut input: &[u8]) {
        while !input.is_empty() {
            input = &input[self.step(input)..];
        }
    }

    /// The last record may lack its line break.
    pub(super) fn end(mut self) -> Answer {
        while self.step(b"") > 0 || self.record_len > 0 {}
        match self.failed {
            None => Answer::Rows(self.rows),
            Some(Failed::Said(said)) => Answer::Error(said),
            Some(Failed::Announced) => Answer::Error("it does not say why".into()),
            Some(Failed::Strange(what)) => Answer::Strange(what),
        }
    }

    /// Reads up to the end of a record, or of the input. The number of bytes it took.
    fn step(&mut self, input: &[u8]) -> usize {
        let (result, read, written, ended) =
            self.reader.read_record(input, &mut self.record[self.record_len..], &mut self.ends[self.ends_len..]);
        self.record_len += written;
        self.ends_len += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull => self.record.resize(self.record.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            ReadRecordResult::Record => {
                self.end_record();
                (self.record_len, self.ends_len) = (0, 0);
            }
        }
        debug_assert!(self.record.len() <= 4 * ANSWER_BYTES_MAX, "an answer is bounded, and so is a record of it");
        read
    }

    fn field(&self, index: usize) -> &[u8] {
        let begin = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.record[begin..self.ends[index]]
    }

    fn end_record(&mut self) {
        match &self.failed {
            None => {}
            Some(Failed::Announced) => {
                self.failed = Some(Failed::Said(String::from_utf8_lossy(self.field(0)).into()));
                return;
            }
            Some(_) => return,
        }
        if self.ends_len == 1 && self.field(0) == b"error" {
            self.failed = Some(Failed::Announced);
        } else if self.columns.time.is_none_or(|time| time < self.ends_len && self.field(time) == b"time") {
            self.begin_table();
        } else {
            match self.row() {
                Ok(row) => self.rows.push(row),
                Err(what) => self.failed = Some(Failed::Strange(what)),
            }
        }
    }

    fn begin_table(&mut self) {
        let column = |name: &str| (0..self.ends_len).find(|&index| self.field(index) == name.as_bytes());
        let columns = Columns { time: column("time"), fields: self.fields.iter().map(|name| column(name)).collect() };
        if columns.time.is_none() {
            self.failed = Some(Failed::Strange("a table without times".into()));
        }
        self.columns = columns;
    }

    fn row(&self) -> Result<Row, String> {
        let text = |index: Option<usize>| match index {
            Some(index) if index < self.ends_len => std::str::from_utf8(self.field(index)).map_err(|_| "bytes"),
            _ => Ok(""),
        };
        let time_ns = text(self.columns.time)?.parse().map_err(|_| "a time that is no number".to_owned())?;
        let value = |(name, &index): (&&'static str, &Option<usize>)| {
            let text = text(index)?;
            value(name, text).ok_or_else(|| format!("a field {name} that is not {:?}", kind(name)).to_lowercase())
        };
        let values = self.fields.iter().zip(&self.columns.fields).map(value).collect::<Result<_, _>>()?;
        Ok(Row { time_ns, values })
    }
}

/// `None` where the text is not of the field's kind.
fn value(name: &str, text: &str) -> Option<Value> {
    if text.is_empty() {
        return Some(Value::Absent);
    }
    match kind(name) {
        Kind::Integer => text.parse().ok().map(Value::Integer),
        Kind::Float => text.parse().ok().map(Value::Float),
        Kind::Boolean => text.parse().ok().map(Value::Boolean),
        Kind::Text => Some(Value::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[&str] = &["seq", "text", "score", "ok"];
    const ANSWER: &str = "name,tags,time,seq,text,score,ok\nm,,5,1,\"a \"\"b\"\"\r\nc, d\",0.5,true\nm,,6,2,,,\n";

    fn rows() -> Answer {
        let first =
            vec![Value::Integer(1), Value::Text("a \"b\"\r\nc, d".into()), Value::Float(0.5), Value::Boolean(true)];
        let second = vec![Value::Integer(2), Value::Absent, Value::Absent, Value::Absent];
        Answer::Rows(vec![Row { time_ns: 5, values: first }, Row { time_ns: 6, values: second }])
    }

    fn answer(text: &str, piece: usize) -> Answer {
        let mut csv = Csv::new(FIELDS);
        for piece in text.as_bytes().chunks(piece) {
            csv.take(piece);
        }
        csv.end()
    }

    #[test]
    fn rows_are_the_same_however_the_answer_is_cut() {
        for piece in 1..=ANSWER.len() {
            assert_eq!(answer(ANSWER, piece), rows(), "pieces of {piece}");
        }
        assert_eq!(answer(ANSWER.trim_end(), 7), rows(), "without the last line break");
    }

    #[test]
    fn columns_are_found_by_name_and_headers_may_be_repeated() {
        let header = "iox::measurement,time,ok,score,text,seq\n";
        let text = format!("{header}m,5,true,0.5,\"a \"\"b\"\"\r\nc, d\",1\n{header}m,6,,,,2\n");
        assert_eq!(answer(&text, 11), rows());
    }

    #[test]
    fn an_answer_of_nothing_has_no_rows() {
        assert_eq!(answer("", 1), Answer::Rows(Vec::new()));
        assert_eq!(answer("\n", 1), Answer::Rows(Vec::new()));
    }

    #[test]
    fn an_error_is_told_also_after_rows() {
        let error = Answer::Error("it \"broke\"".into());
        assert_eq!(answer("error\n\"it \"\"broke\"\"\"\n", 3), error);
        assert_eq!(answer(&format!("{ANSWER}\nerror\n\"it \"\"broke\"\"\"\n"), 3), error);
    }

    #[test]
    fn what_is_not_of_its_kind_is_strange() {
        let Answer::Strange(what) = answer("name,tags,time,seq\nm,,5,1.5\n", 9) else { panic!("it was taken") };
        assert_eq!(what, "a field seq that is not integer");
        assert!(matches!(answer("<html>\n<body>\n", 9), Answer::Strange(_)));
    }

    #[test]
    fn long_fields_and_many_columns_find_room() {
        let long = "x".repeat(100_000);
        let columns: String = (0..40).map(|number| format!("c{number},")).collect();
        let text = format!("{columns}time,text\n{}5,{long}\n", ",".repeat(40));
        let Answer::Rows(rows) = answer(&text, 1_000) else { panic!("it was refused") };
        assert_eq!(rows[0].values[1], Value::Text(long));
    }
}
