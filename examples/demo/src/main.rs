//! Writes the logs of a small made-up shop: a web server, an api and a worker, each with words of its own.
//!
//! It is what `cargo xtask demo` and the end-to-end tests run in containers, so it uses the standard library only and is
//! linked into one static file. The same seed gives the same lines, but for the clock in them. Troubles come from outside:
//! `foghorn-demo-logs trouble KIND SECONDS`, run inside the container, makes its lines go wrong for that long.

mod api;
mod args;
mod attack;
mod chance;
mod clock;
mod line;
mod trouble;
mod web;
mod worker;
mod writer;

use std::process::ExitCode;

use args::Task;

fn main() -> ExitCode {
    let done = match Task::from_args(std::env::args().skip(1)) {
        Ok(Task::Write(options)) => writer::write(&options).map_err(|e| e.to_string()),
        Ok(Task::Trouble { kind, seconds }) => trouble::begin(kind, seconds).map_err(|e| e.to_string()),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("foghorn-demo-logs: {error}");
            ExitCode::FAILURE
        }
    }
}
