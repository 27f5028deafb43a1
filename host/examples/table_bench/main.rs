//! Measures Foghorn beside what others do with the same work, side by side in one run: most of `cargo xtask bench [--write]`.
//!
//! Both sides of a row take turns, another one first in each round; a ratio is the median of the ratios of the rounds, so what else the machine
//! does moves it little. Above 1 Foghorn is the quicker one. A row that misses its aim says so.

mod collect;
mod kernels;
#[path = "../sandbox_bench/lines.rs"]
mod lines;
mod peer;
mod race;
mod replay;
mod table;
mod text;
mod whole;

use std::env;
use std::error::Error;
use std::path::PathBuf;

use peer::Python;
use table::Table;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: table_bench --python PROGRAM --work DIRECTORY --rows FILE [--host BINARY --log FILE] [--container NAME LINES], or
       table_bench --learned DIRECTORY --host BINARY --container NAME LINES --work DIRECTORY --rows FILE";

/// What is measured with what.
#[derive(Debug, Default)]
struct Options {
    python: PathBuf,
    work: PathBuf,
    /// The built host, and a labelled log that it replays.
    host: Option<PathBuf>,
    log: Option<PathBuf>,
    /// A container that has written so many lines and is labelled for us.
    container: Option<(String, usize)>,
    /// Data of a host that has learned it, under the same name: then that host alone is measured.
    learned: Option<PathBuf>,
    /// Where the rows go.
    rows: PathBuf,
}

fn main() -> Outcome<()> {
    let options = options()?;
    let mut table = Table::default();
    if let Some((name, lines)) = &options.container {
        match (&options.host, &options.learned) {
            (Some(host), Some(learned)) => whole::measure(host, learned, name, *lines, &options.work, &mut table)?,
            _ => collect::measure(name, *lines, &options.work, &mut table)?,
        }
    }
    if options.learned.is_none() {
        beside_python(&options, &mut table)?;
    }
    Ok(std::fs::write(&options.rows, table.to_string())?)
}

fn beside_python(options: &Options, table: &mut Table) -> Outcome<()> {
    let python = Python::new(&options.python, &options.work);
    // With one thread each side is alone on its core.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()?;
    alone.install(|| kernels::measure(&python, &options.work, table))?;
    match (&options.host, &options.log) {
        (Some(host), Some(log)) => replay::measure(host, log, &python, &options.work, table),
        _ => Ok(()),
    }
}

fn options() -> Outcome<Options> {
    let (mut options, mut args) = (Options::default(), env::args().skip(1));
    while let Some(flag) = args.next() {
        let mut value = || args.next().ok_or(USAGE);
        match flag.as_str() {
            "--python" => options.python = value()?.into(),
            "--work" => options.work = value()?.into(),
            "--host" => options.host = Some(value()?.into()),
            "--log" => options.log = Some(value()?.into()),
            "--container" => options.container = Some((value()?, value()?.parse()?)),
            "--learned" => options.learned = Some(value()?.into()),
            "--rows" => options.rows = value()?.into(),
            _ => return Err(USAGE.into()),
        }
    }
    let is_missing = |path: &PathBuf| path.as_os_str().is_empty();
    if [&options.work, &options.rows].into_iter().any(is_missing)
        || options.learned.is_none() && is_missing(&options.python)
    {
        return Err(USAGE.into());
    }
    Ok(options)
}
