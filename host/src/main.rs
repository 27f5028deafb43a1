//! The `foghorn` binary: reads the command line, starts tracing, calls the library, turns an error into an exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;
use foghorn::cli::{Cli, dispatch, error_text};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("FOGHORN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Telling of a failed write would write to standard error again, and panic where that is closed.
        .log_internal_errors(false)
        .with_target(false)
        .init();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("foghorn: {}", error_text(&error));
            ExitCode::FAILURE
        }
    }
}
