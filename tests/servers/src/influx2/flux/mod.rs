//! Flux, as much of it as Foghorn asks: a pipeline that begins with `from |> range`, with filters, `pivot`, `group`, `keep`,
//! `sort`, `limit` and `tail`.
//!
//! Promises: a text that is no Flux is refused, and so is Flux beyond this, an argument that a function has not, a
//! comparison of different types. Left out: variables, `map`, aggregates, regular expressions, durations, `now()`.

mod expr;
mod lexer;
mod parser;
mod run;
mod table;

pub(super) use self::parser::{Call, parse};
pub(super) use self::run::run;
pub(super) use self::table::Table;

use self::expr::Expr;

/// The bucket that is read.
pub(super) fn bucket(pipeline: &[Call]) -> Result<String, String> {
    let from = pipeline.first().filter(|call| call.name == "from").ok_or("a query begins with from()")?;
    match from.args.as_slice() {
        [(name, Expr::Text(bucket))] if name == "bucket" => Ok(bucket.to_string()),
        _ => Err("from() takes bucket: \"name\"".into()),
    }
}
