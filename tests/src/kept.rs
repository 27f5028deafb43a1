//! What a host has kept, as its own commands print it. They may run beside it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use xtask::process;

use crate::host;

/// A line of history. `seq` counts the lines of one container.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub seq: u64,
    pub line: String,
}

/// A window of history: the lines from `first_seq` on. Its score is missing while the container was being learned.
#[derive(Debug, Clone, Deserialize)]
pub struct Window {
    pub first_seq: u64,
    pub lines: u64,
    pub score: Option<f64>,
}

/// All lines of a container, in order, as a host with these settings has them.
pub fn lines(data: &Path, settings: &[&str], identity: &str) -> Result<Vec<Line>> {
    listing(data, settings, "export", identity)
}

/// All windows of a container, in order, as a host with these settings has them.
pub fn windows(data: &Path, settings: &[&str], identity: &str) -> Result<Vec<Window>> {
    listing(data, settings, "windows", identity)
}

fn listing<T: DeserializeOwned>(data: &Path, settings: &[&str], what: &str, identity: &str) -> Result<Vec<T>> {
    let mut command = Command::new(host::binary()?);
    command.args(["history", what, "--container", identity, "--data-dir"]).arg(data).args(settings);
    let text = process::text(&mut command)?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("history {what} printed {line}")))
        .collect()
}
