//! Measures Foghorn beside what others do with the same work, side by side in one run: `cargo xtask bench table [--write]`.
//!
//! Both sides of a row take turns, another one first in each round; a ratio is the median of the ratios of the rounds, so what else the machine
//! does moves it little. Above 1 Foghorn is the quicker one. A row that misses its aim says so.

mod collect;
#[path = "../sandbox_bench/document.rs"]
mod document;
mod kernels;
#[path = "../sandbox_bench/lines.rs"]
mod lines;
mod peer;
mod race;
mod replay;
mod table;
mod text;

use std::env;
use std::error::Error;
use std::path::PathBuf;

use peer::Python;
use table::Table;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: table_bench --python PROGRAM --work DIRECTORY [--host BINARY --log FILE] [--container NAME LINES] [--write FILE]";

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
    write: Option<PathBuf>,
}

fn main() -> Outcome<()> {
    let options = options()?;
    let mut table = Table::default();
    if let Some((name, lines)) = &options.container {
        collect::measure(name, *lines, &options.work, &mut table)?;
    }
    let python = Python::new(&options.python, &options.work);
    // With one thread each side is alone on its core.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()?;
    alone.install(|| kernels::measure(&python, &options.work, &mut table))?;
    if let (Some(host), Some(log)) = (&options.host, &options.log) {
        replay::measure(host, log, &python, &options.work, &mut table)?;
    }
    print!("{table}");
    options.write.map_or(Ok(()), |page| document::replace(&page, "table", &table.to_string()))
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
            "--write" => options.write = Some(value()?.into()),
            _ => return Err(USAGE.into()),
        }
    }
    if options.python.as_os_str().is_empty() || options.work.as_os_str().is_empty() {
        return Err(USAGE.into());
    }
    Ok(options)
}
