//! Annotated CSV, as documented, and how the question may ask for it (`dialect`).
//!
//! From the public source of the encoder: rows end in CR LF, and the CSV writer then also writes a line break inside a
//! value as CR LF and leaves out a lone CR; times have as many digits as they need; an empty line ends a result.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::flux::Table;
use super::value::{Type, Value};

#[derive(Debug)]
pub(super) struct Dialect {
    annotations: Vec<String>,
    header: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { annotations: Vec::new(), header: true }
    }
}

impl Dialect {
    /// The query and its dialect out of the JSON of a question.
    pub(super) fn of_question(json: &Json) -> Result<(String, Self), String> {
        let question = json.as_object().ok_or("no object")?;
        if let Some(unknown) = question.keys().find(|key| !["query", "type", "dialect"].contains(&key.as_str())) {
            return Err(format!("unknown field {unknown:?}"));
        }
        if question.get("type").is_some_and(|kind| kind != "flux") {
            return Err("type must be flux".into());
        }
        let query = question.get("query").and_then(Json::as_str).filter(|query| !query.is_empty());
        let query = query.ok_or("request body requires either query or AST")?;
        let dialect = question.get("dialect").map_or_else(|| Ok(Self::default()), Self::of_json)?;
        Ok((query.to_owned(), dialect))
    }

    fn of_json(json: &Json) -> Result<Self, String> {
        let mut dialect = Self::default();
        for (key, value) in json.as_object().ok_or("dialect is no object")? {
            match (key.as_str(), value) {
                ("header", Json::Bool(header)) => dialect.header = *header,
                ("delimiter", Json::String(delimiter)) if delimiter == "," => {}
                ("commentPrefix", Json::String(prefix)) if prefix == "#" => {}
                ("dateTimeFormat", Json::String(format)) if ["RFC3339", "RFC3339Nano"].contains(&format.as_str()) => {}
                ("annotations", Json::Array(all)) => {
                    let names =
                        all.iter().map(|name| name.as_str().filter(|name| is_annotation(name)).map(str::to_owned));
                    dialect.annotations = names.collect::<Option<_>>().ok_or("unknown annotation")?;
                }
                _ => return Err(format!("dialect with {key} {value} is not known here")),
            }
        }
        Ok(dialect)
    }

    fn annotates(&self, name: &str) -> bool {
        self.annotations.iter().any(|annotation| annotation == name)
    }
}

fn is_annotation(name: &str) -> bool {
    ["datatype", "group", "default"].contains(&name)
}

/// Tables with the same columns as the one before need no head of their own.
pub(super) fn encode(tables: &[Table], dialect: &Dialect) -> String {
    let mut csv = String::new();
    let mut last: Option<Vec<(String, Type, bool)>> = None;
    for (number, table) in tables.iter().enumerate() {
        let head = head_of(table);
        if last.as_ref() != Some(&head) {
            if last.is_some() {
                csv.push_str("\r\n");
            }
            encode_head(&mut csv, &head, dialect);
            last = Some(head);
        }
        // With a default the name of the result stands in the head alone.
        let result = if dialect.annotates("default") { "" } else { "_result" };
        for row in &table.rows {
            let values = table.key.values().cloned().map(Some).chain(row.iter().cloned());
            let cells = values.map(|value| value.map(|value| text_of(&value)).unwrap_or_default());
            encode_row(&mut csv, ["".into(), result.into(), number.to_string()].into_iter().chain(cells));
        }
    }
    csv.push_str("\r\n");
    csv
}

/// Name, type and whether it is of the group key.
fn head_of(table: &Table) -> Vec<(String, Type, bool)> {
    let key = table.key.iter().map(|(name, value)| (name.clone(), value.of_type(), true));
    key.chain(table.columns.iter().map(|(name, of_type)| (name.clone(), *of_type, false))).collect()
}

fn encode_head(csv: &mut String, head: &[(String, Type, bool)], dialect: &Dialect) {
    let rows: BTreeMap<_, [&str; 3]> = BTreeMap::from([
        ("datatype", ["#datatype", "string", "long"]),
        ("group", ["#group", "false", "false"]),
        ("default", ["#default", "_result", ""]),
    ]);
    for name in &dialect.annotations {
        let cells = head.iter().map(|(_, of_type, in_key)| match name.as_str() {
            "datatype" => of_type.of_column().to_owned(),
            "group" => in_key.to_string(),
            _ => String::new(),
        });
        encode_row(csv, rows[name.as_str()].map(str::to_owned).into_iter().chain(cells));
    }
    if dialect.header {
        let names = head.iter().map(|(name, _, _)| name.clone());
        encode_row(csv, ["", "result", "table"].map(str::to_owned).into_iter().chain(names));
    }
}

fn encode_row(csv: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            csv.push(',');
        }
        if cell.starts_with([' ', '\t']) || cell.contains([',', '"', '\r', '\n']) {
            let _ = write!(csv, "\"{}\"", cell.replace('"', "\"\"").replace('\r', "").replace('\n', "\r\n"));
        } else {
            csv.push_str(&cell);
        }
    }
    csv.push_str("\r\n");
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Time(ns) => Timestamp::from_nanosecond(i128::from(*ns))
            .expect("64 bits of nanoseconds are within its range")
            .to_string(),
    }
}
