//! Expressions of Flux: what they are, and what they are worth for a row.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::influx2::value::Value;

#[derive(Debug, Clone, PartialEq)]
pub(in crate::influx2) enum Expr {
    Text(Arc<str>),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Time(i64),
    Array(Vec<Expr>),
    /// `(r) => body`.
    Function(Box<Expr>),
    /// `r.name` or `r["name"]`.
    Column(String),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Exists(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Whether its worth depends on one of `columns`.
    pub(super) fn reads(&self, columns: &[&str]) -> bool {
        match self {
            Self::Column(name) => columns.contains(&name.as_str()),
            Self::Not(inner) | Self::Negative(inner) | Self::Exists(inner) | Self::Function(inner) => {
                inner.reads(columns)
            }
            Self::Binary(_, left, right) => left.reads(columns) || right.reads(columns),
            _ => false,
        }
    }

    /// `None` is null: what a row lacks, and what is made of it.
    pub(super) fn worth(&self, row: &dyn Fn(&str) -> Option<Value>) -> Result<Option<Value>, String> {
        match self {
            Self::Text(text) => Ok(Some(Value::Text(Arc::clone(text)))),
            Self::Integer(number) => Ok(Some(Value::Integer(*number))),
            Self::Float(number) => Ok(Some(Value::Float(*number))),
            Self::Boolean(value) => Ok(Some(Value::Boolean(*value))),
            Self::Time(ns) => Ok(Some(Value::Time(*ns))),
            Self::Column(name) => Ok(row(name)),
            Self::Exists(inner) => Ok(Some(Value::Boolean(inner.worth(row)?.is_some()))),
            Self::Not(inner) => Ok(truth(inner.worth(row)?)?.map(|truth| Value::Boolean(!truth))),
            Self::Negative(inner) => match inner.worth(row)? {
                Some(Value::Integer(number)) => {
                    number.checked_neg().map(Value::Integer).ok_or("overflow".into()).map(Some)
                }
                Some(Value::Float(number)) => Ok(Some(Value::Float(-number))),
                other => Err(format!("no negative of {other:?}")),
            },
            Self::Binary(operator, left, right) => binary(operator, left, right, row),
            Self::Array(_) | Self::Function(_) => Err("no value of a row".into()),
        }
    }
}

fn binary(
    operator: &str,
    left: &Expr,
    right: &Expr,
    row: &dyn Fn(&str) -> Option<Value>,
) -> Result<Option<Value>, String> {
    if matches!(operator, "and" | "or") {
        let decided = operator == "or";
        if truth(left.worth(row)?)? == Some(decided) {
            return Ok(Some(Value::Boolean(decided)));
        }
        return Ok(truth(right.worth(row)?)?.map(Value::Boolean));
    }
    let (Some(left), Some(right)) = (left.worth(row)?, right.worth(row)?) else {
        return Ok(None);
    };
    if left.of_type() != right.of_type() {
        return Err(format!("type conflict: {} != {}", left.of_type().of_flux(), right.of_type().of_flux()));
    }
    if matches!(operator, "+" | "-") {
        return sum(operator, &left, &right).map(Some);
    }
    let order = left.compare(&right);
    let holds = match operator {
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        other => return Err(format!("operator {other} is not known here")),
    };
    Ok(Some(Value::Boolean(holds)))
}

fn sum(operator: &str, left: &Value, right: &Value) -> Result<Value, String> {
    let (&Value::Integer(left), &Value::Integer(right)) = (left, right) else {
        return Err(format!("no sum of {left:?} and {right:?} is known here"));
    };
    let sum = if operator == "+" { left.checked_add(right) } else { left.checked_sub(right) };
    sum.map(Value::Integer).ok_or_else(|| "integer overflow".into())
}

fn truth(value: Option<Value>) -> Result<Option<bool>, String> {
    match value {
        None => Ok(None),
        Some(Value::Boolean(truth)) => Ok(Some(truth)),
        Some(other) => Err(format!("type conflict: {} != bool", other.of_type().of_flux())),
    }
}
