//! A pipeline over the points of the bucket.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::expr::Expr;
use super::parser::Call;
use super::table::Table;
use crate::influx2::points::Points;
use crate::influx2::value::{Type, Value};

pub(in crate::influx2) fn run(pipeline: &[Call], points: &Points) -> Result<Vec<Table>, String> {
    let [_, range, rest @ ..] = pipeline else {
        return Err("cannot submit unbounded read; try bounding 'from' with a call to 'range'".into());
    };
    // Filters on what a whole series has are worked off before its points are read, as the storage engine does.
    let on_series =
        |call: &&Call| call.name == "filter" && !call.args.iter().any(|(_, fun)| fun.reads(&["_time", "_value"]));
    let filters = rest.iter().take_while(on_series).count();
    let mut tables = read(range, &rest[..filters], points)?;
    for call in &rest[filters..] {
        tables = step(call, tables)?;
    }
    Ok(tables)
}

/// One table for each series and field.
fn read(range: &Call, filters: &[Call], points: &Points) -> Result<Vec<Table>, String> {
    let args = Args::of(range, "range", &["start", "stop"])?;
    let (from, until) = (args.time("start")?, args.time("stop")?);
    if from >= until {
        return Err("cannot query an empty range".into());
    }
    let mut tables = Vec::new();
    for series in points.series() {
        for (field, of_type) in points.fields(&series.0) {
            let mut key: BTreeMap<_, _> =
                series.1.iter().map(|(name, value)| (name.clone(), Value::text(value))).collect();
            key.insert("_measurement".into(), Value::text(&series.0));
            key.insert("_field".into(), Value::text(field));
            key.insert("_start".into(), Value::Time(from));
            key.insert("_stop".into(), Value::Time(until));
            if !passes(filters, &|column| key.get(column).cloned())? {
                continue;
            }
            let values = points.values(series, field, from, until).into_iter();
            let rows: Vec<_> = values.map(|(time, value)| vec![Some(Value::Time(time)), Some(value)]).collect();
            if !rows.is_empty() {
                tables.push(Table {
                    key,
                    columns: vec![("_time".into(), Type::Time), ("_value".into(), of_type)],
                    rows,
                });
            }
        }
    }
    Ok(tables)
}

fn passes(filters: &[Call], row: &dyn Fn(&str) -> Option<Value>) -> Result<bool, String> {
    for filter in filters {
        let args = Args::of(filter, "filter", &["fn"])?;
        let Some(Expr::Function(body)) = args.get("fn") else {
            return Err("filter() takes fn: (r) => …".into());
        };
        match body.worth(row)? {
            Some(Value::Boolean(true)) => {}
            None | Some(Value::Boolean(false)) => return Ok(false),
            Some(other) => return Err(format!("type conflict: {} != bool", other.of_type().of_flux())),
        }
    }
    Ok(true)
}

fn step(call: &Call, tables: Vec<Table>) -> Result<Vec<Table>, String> {
    match call.name.as_str() {
        "filter" => filter(call, tables),
        "pivot" => pivot(call, tables),
        "group" => group(call, tables),
        "keep" => keep(call, tables),
        "sort" => sort(call, tables),
        "limit" | "tail" => cut(call, tables),
        other => Err(format!("undefined identifier {other}")),
    }
}

fn filter(call: &Call, tables: Vec<Table>) -> Result<Vec<Table>, String> {
    let mut kept = Vec::new();
    for mut table in tables {
        let rows = std::mem::take(&mut table.rows);
        for row in rows {
            if passes(std::slice::from_ref(call), &|column| table.cell(&row, column))? {
                table.rows.push(row);
            }
        }
        // The default of `onEmpty`.
        if !table.rows.is_empty() {
            kept.push(table);
        }
    }
    Ok(kept)
}

/// Values of tables that differ in the column key alone meet in one row where they have the same row key.
fn pivot(call: &Call, tables: Vec<Table>) -> Result<Vec<Table>, String> {
    let args = Args::of(call, "pivot", &["rowKey", "columnKey", "valueColumn"])?;
    let (row_key, column_key) = (args.names("rowKey")?, args.names("columnKey")?);
    let value_column = args.text("valueColumn")?;
    if row_key != ["_time"] || column_key.len() != 1 {
        return Err("pivot() is known here by _time and one column".into());
    }
    let mut pivoted: Vec<(Table, BTreeMap<i64, usize>)> = Vec::new();
    for mut table in tables {
        let Some(Value::Text(name)) = table.key.remove(&column_key[0]) else {
            return Err(format!("specified column does not exist in table: {}", column_key[0]));
        };
        let (Some(time_at), Some(value_at)) = (table.place("_time"), table.place(&value_column)) else {
            return Err("specified column does not exist in table".into());
        };
        let of_type = table.columns[value_at].1;
        let place = pivoted.iter().position(|(known, _)| known.key == table.key);
        let (target, by_time) = match place {
            Some(at) => &mut pivoted[at],
            None => {
                let columns = vec![("_time".to_owned(), Type::Time)];
                pivoted.push((Table { key: table.key, columns, rows: Vec::new() }, BTreeMap::new()));
                pivoted.last_mut().expect("it was just put there")
            }
        };
        let at = target.place_or_new(&name, of_type)?;
        for row in table.rows {
            let Some(Value::Time(time)) = row[time_at] else { continue };
            let in_target = *by_time.entry(time).or_insert_with(|| {
                let mut fresh = vec![None; target.columns.len()];
                fresh[0] = Some(Value::Time(time));
                target.rows.push(fresh);
                target.rows.len() - 1
            });
            target.rows[in_target][at] = row[value_at].clone();
        }
    }
    Ok(pivoted.into_iter().map(|(table, _)| table).collect())
}

/// All in one table.
fn group(call: &Call, tables: Vec<Table>) -> Result<Vec<Table>, String> {
    let args = Args::of(call, "group", &["columns"])?;
    if args.get("columns").is_some_and(|columns| *columns != Expr::Array(Vec::new())) {
        return Err("group() is known here without columns alone".into());
    }
    let mut one = Table::default();
    for table in tables {
        one.append_ungrouped(table)?;
    }
    Ok(if one.rows.is_empty() { Vec::new() } else { vec![one] })
}

fn keep(call: &Call, tables: Vec<Table>) -> Result<Vec<Table>, String> {
    let names = Args::of(call, "keep", &["columns"])?.names("columns")?;
    let kept: Vec<_> = tables.into_iter().map(|table| table.keep(&names)).collect();
    let doubled = kept.iter().enumerate().any(|(at, table)| kept[..at].iter().any(|other| other.key == table.key));
    if doubled { Err("keep() that joins tables is not known here: group() first".into()) } else { Ok(kept) }
}

fn sort(call: &Call, mut tables: Vec<Table>) -> Result<Vec<Table>, String> {
    let args = Args::of(call, "sort", &["columns", "desc"])?;
    let names = args.names("columns")?;
    let desc = match args.get("desc") {
        None | Some(Expr::Boolean(false)) => false,
        Some(Expr::Boolean(true)) => true,
        Some(other) => return Err(format!("desc: {other:?} is no bool")),
    };
    for table in &mut tables {
        let places: Vec<_> = names.iter().filter_map(|name| table.place(name)).collect();
        table.rows.sort_by(|one, other| {
            let order = by_columns(&places, one, other);
            if desc { order.reverse() } else { order }
        });
    }
    Ok(tables)
}

fn by_columns(places: &[usize], one: &[Option<Value>], other: &[Option<Value>]) -> Ordering {
    let orders = places.iter().map(|&at| match (&one[at], &other[at]) {
        (Some(one), Some(other)) => one.compare(other).unwrap_or(Ordering::Equal),
        (one, other) => one.is_some().cmp(&other.is_some()),
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

fn cut(call: &Call, mut tables: Vec<Table>) -> Result<Vec<Table>, String> {
    let Some(Value::Integer(n)) =
        Args::of(call, &call.name, &["n"])?.get("n").map_or(Ok(None), |n| n.worth(&|_| None))?
    else {
        return Err(format!("{}() takes n: int", call.name));
    };
    let n = usize::try_from(n).ok().filter(|&n| n > 0).ok_or("n must be greater than 0")?;
    for table in &mut tables {
        let over = table.rows.len().saturating_sub(n);
        if call.name == "limit" {
            table.rows.truncate(n);
        } else {
            table.rows.drain(..over);
        }
    }
    Ok(tables)
}

/// The arguments of a call.
struct Args<'a>(&'a Call);

impl<'a> Args<'a> {
    fn of(call: &'a Call, name: &str, known: &[&str]) -> Result<Self, String> {
        if call.name != name {
            return Err(format!("{}() where {name}() is due", call.name));
        }
        match call.args.iter().find(|(arg, _)| !known.contains(&arg.as_str())) {
            Some((arg, _)) => Err(format!("found unexpected argument {arg} of {name}()")),
            None => Ok(Self(call)),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Expr> {
        self.0.args.iter().find(|(arg, _)| arg == name).map(|(_, value)| value)
    }

    fn time(&self, name: &str) -> Result<i64, String> {
        match self.get(name) {
            Some(Expr::Time(ns)) => Ok(*ns),
            other => Err(format!("{name}: {other:?} is no time")),
        }
    }

    fn text(&self, name: &str) -> Result<String, String> {
        match self.get(name) {
            Some(Expr::Text(text)) => Ok(text.to_string()),
            other => Err(format!("{name}: {other:?} is no string")),
        }
    }

    fn names(&self, name: &str) -> Result<Vec<String>, String> {
        let Some(Expr::Array(items)) = self.get(name) else {
            return Err(format!("missing required argument {name}"));
        };
        let texts = items.iter().map(|item| match item {
            Expr::Text(text) => Ok(text.to_string()),
            other => Err(format!("{name}: {other:?} is no string")),
        });
        texts.collect()
    }
}
