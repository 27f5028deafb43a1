//! Measures what the sandbox costs: the plugins' code run natively against the same code as components in the plugin host.
//! `cargo xtask bench sandbox [--write]`, or, with the components built,
//! `cargo run --profile bench -p foghorn --example sandbox_bench [-- [--write FILE] [--rows FILE]]`.
//!
//! Three sides take turns in slices of a few milliseconds on one thread: native; components as the host runs them, with
//! epochs; components on an engine without epochs. A slice's time is the thread's processor time: what else the machine does
//! moves wall time by a factor of two, and this by little. A figure is the median of all rounds, a ratio the median of ratios within
//! a round. Batches rotate through text that never repeats inside a round, or the branch predictor learns it by heart.
//! All sides must give the same bits; otherwise nothing is printed.

mod clock;
mod document;
mod hosted;
mod kernels;
mod lines;
mod native;
mod side;
mod table;

use std::env;
use std::error::Error;
use std::path::PathBuf;

use hosted::Hosted;
use kernels::Bench;
use native::Native;
use side::Side;
use table::Table;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Lines of one batch, and of one window in it.
#[derive(Debug, Clone, Copy)]
struct Shape {
    lines: usize,
    window: usize,
}

const SHAPES: [Shape; 3] =
    [Shape { lines: 512, window: 8 }, Shape { lines: 512, window: 64 }, Shape { lines: 4_096, window: 64 }];

fn main() -> Outcome<()> {
    let (write, rows) = (file_after("--write"), file_after("--rows"));
    // Training asks rayon for threads; with this one alone, all its work is on the clock that is read.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()?;
    let table = alone.install(measure)?;
    print!("{table}");
    if let Some(path) = write {
        document::replace(&path, "sandbox", &table.to_string())?;
    }
    if let Some(path) = rows {
        std::fs::write(path, table.beside_others.join("\n") + "\n")?;
    }
    Ok(())
}

fn file_after(flag: &str) -> Option<PathBuf> {
    env::args_os().skip_while(|word| word != flag).nth(1).map(PathBuf::from)
}

fn measure() -> Outcome<Table> {
    let mut table = Table::default();
    for shape in SHAPES {
        let mut bench = Bench::new(shape)?;
        let learned = bench.learned();
        let mut sides: [Box<dyn Side>; 3] = [
            Box::new(Native::new(learned)?),
            Box::new(Hosted::new(hosted::with_epochs()?, learned)?),
            Box::new(Hosted::new(hosted::without_epochs()?, learned)?),
        ];
        bench.check_equal(&mut sides)?;
        bench.measure(&mut sides, &mut table)?;
    }
    Ok(table)
}
