//! `foghorn history export|windows|copy`: what is stored of a container, for people and for other programs.

mod copy;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Common;
use super::text::{print_on, safe, time};
use crate::history::{History, Patience, WindowRecord};
use crate::identity::Identity;
use crate::run::servers::Servers;
use crate::stream::Batch;

/// Lines read at once.
const LINES_MAX: usize = 8_192;

#[derive(Debug, Subcommand)]
pub(super) enum HistoryCommand {
    /// Print the stored lines of a container, one JSON object a line
    Export(HistoryArgs),
    /// Print the stored windows of a container, one JSON object a line
    Windows(HistoryArgs),
    /// Copy what is stored here to the servers that are configured; Foghorn must not run meanwhile
    Copy(Common),
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Identity of the container, as the dashboard and `foghorn alert list` show it
    #[arg(long, value_name = "IDENTITY")]
    container: String,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(command: HistoryCommand) -> anyhow::Result<ExitCode> {
    let (args, windows) = match command {
        HistoryCommand::Export(args) => (args, false),
        HistoryCommand::Windows(args) => (args, true),
        HistoryCommand::Copy(common) => return copy::run(common.settings()?).await,
    };
    let identity = Identity::from_text(&args.container);
    let settings = args.common.settings()?;
    let store = super::open_to_read(&settings)?;
    if store.container(&identity).await?.is_none() {
        let containers = store.containers().await?;
        let known: Vec<&str> = containers.iter().map(|known| known.info.identity.as_str()).collect();
        anyhow::bail!(unknown(identity.as_str(), &known));
    }
    let history = Servers::named(&settings, store.store_id().await?)?.history(&store, Patience::Strict);
    if windows {
        print_windows(&*history, &identity).await?;
    } else {
        print_lines(&*history, &identity).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(identity: &str, known: &[&str]) -> String {
    let known = match known {
        [] => "none is known yet; `foghorn run` learns of them".into(),
        known => format!("known are {}", safe(&known.join(", "))),
    };
    format!("no container {} is known; {known}", safe(identity))
}

/// Ends early where nobody reads any more, as after `head`.
async fn print_lines(history: &dyn History, identity: &Identity) -> anyhow::Result<()> {
    let mut from_seq = 1;
    while let Some(batch) = history.lines(identity, from_seq, u64::MAX, LINES_MAX).await? {
        from_seq = batch.end_seq();
        let mut lines = (0..batch.lines.len()).map(|at| line_json(&batch, at));
        if !print_on(|out| lines.try_for_each(|line| writeln!(out, "{line}")))? {
            break;
        }
    }
    Ok(())
}

fn line_json(batch: &Batch, at: usize) -> serde_json::Value {
    let line = batch.lines.get(at);
    json!({
        "seq": batch.first_seq + at as u64,
        "time_ns": line.time_ns,
        "output": line.output.as_str(),
        "line": String::from_utf8_lossy(line.text),
    })
}

async fn print_windows(history: &dyn History, identity: &Identity) -> anyhow::Result<()> {
    let mut from_seq = 1;
    loop {
        let windows = history.windows_from(identity, from_seq, LINES_MAX).await?;
        let Some(last) = windows.last() else {
            return Ok(());
        };
        from_seq = last.end_seq;
        if !print_on(|out| windows.iter().try_for_each(|window| writeln!(out, "{}", window_json(window))))? {
            return Ok(());
        }
    }
}

fn window_json(window: &WindowRecord) -> serde_json::Value {
    json!({
        "first_seq": window.first_seq,
        "lines": window.end_seq - window.first_seq,
        "start": time(window.begin_ns),
        "end": time(window.end_ns),
        "score": window.verdict.map(|verdict| verdict.scaled()),
        "severity": window.verdict.map(|verdict| verdict.severity.as_str()),
        "generation": window.verdict.map(|verdict| verdict.generation),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_container_is_told_with_those_that_are_known() {
        assert_eq!(unknown("h/a", &["h/b", "h/c\u{1b}"]), "no container h/a is known; known are h/b, h/c\\u{1b}");
        assert!(unknown("h/a", &[]).contains("none is known yet"));
    }
}
