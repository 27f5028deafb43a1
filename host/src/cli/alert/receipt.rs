//! `foghorn alert replay` and `alert export`: the verdict of an alert computed again, from the store or from a file.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::Common;
use crate::cli::text::{print, safe};
use crate::history::Severity;
use crate::plugins::{Plugins, PluginsOptions};
use crate::receipt::case::Bits;
use crate::receipt::export::Export;
use crate::receipt::gather::{GatherError, gather};
use crate::receipt::replay::{Replayed, replay};
use crate::store::Store;

/// The exit code where another verdict came of it.
const DIFFERENT: u8 = 1;

#[derive(Debug, Args)]
pub(in crate::cli) struct ReplayArgs {
    /// The alert's number, as the list shows it
    #[arg(required_unless_present = "file")]
    id: Option<u64>,
    /// A file that `foghorn alert export` wrote, in place of an alert that is kept here
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    file: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// The alert's number, as the list shows it
    id: u64,
    /// Where it is written [default: alert-ID.foghorn.gz in the current directory]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn replay_alert(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let (export, name) = match (args.file, args.id) {
        (Some(path), _) => {
            let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let export =
                Export::read(BufReader::new(file)).with_context(|| format!("cannot use {}", path.display()))?;
            (export, path.display().to_string())
        }
        (None, Some(id)) => (gathered(&args.common.store()?, id).await?, format!("alert {id}")),
        (None, None) => bail!("name an alert, or a file with --file"),
    };
    let done = tokio::task::spawn_blocking(move || -> anyhow::Result<Replayed> {
        // Components of evidence may import what plugins may: they get an empty world.
        let plugins = Plugins::new(PluginsOptions { wasi: true, ..PluginsOptions::default() })?;
        Ok(replay(&plugins, &export.case, &|digest| export.bytes(digest))?)
    });
    let done = done.await?.with_context(|| format!("{name} cannot be computed again"))?;
    print(|out| write_replayed(out, &name, &done))?;
    Ok(if done.is_same() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

pub(super) async fn export_alert(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let export = gathered(&args.common.store()?, args.id).await?;
    let path = args.output.unwrap_or_else(|| PathBuf::from(format!("alert-{}.foghorn.gz", args.id)));
    let failed = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create_new(&path).with_context(failed)?);
    export.write(&mut file).and_then(|()| file.flush()).with_context(failed)?;
    print(|out| {
        writeln!(
            out,
            "alert {} is in {}, with the lines of its window; compute its score again anywhere with",
            args.id,
            path.display()
        )?;
        writeln!(out, "  foghorn alert replay --file {}", path.display())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// As `gather`, with a word on where the numbers are.
async fn gathered(store: &Store, id: u64) -> anyhow::Result<Export> {
    match gather(store, id).await {
        Err(GatherError::NotFound(id)) => {
            bail!("there is no alert {id}; `foghorn alert list` shows those that are kept")
        }
        found => Ok(found?),
    }
}

fn write_replayed(out: &mut dyn std::io::Write, name: &str, done: &Replayed) -> std::io::Result<()> {
    let Replayed { case, again } = done;
    writeln!(out, "{name} of {}", safe(&case.container))?;
    for part in [&case.vectorizer, &case.detector, &case.thresholds] {
        writeln!(out, "  {} sha256:{}", safe(&part.name), part.component)?;
    }
    writeln!(out, "{:<10}  {:>14}  {:>14}", "", "recorded", "computed again")?;
    let row = |name: &str, of: fn(&Bits) -> String| format!("{name:<10}  {:>14}  {:>14}", of(&case.verdict), of(again));
    writeln!(out, "{}", row("score", |bits| f32::from_bits(bits.score).to_string()))?;
    writeln!(out, "{}", row("threshold", |bits| f32::from_bits(bits.threshold).to_string()))?;
    writeln!(
        out,
        "{}",
        row("severity", |bits| Severity::from_code(bits.severity).map_or("?", Severity::as_str).into())
    )?;
    writeln!(out, "{}", if done.is_same() { "the same, bit for bit" } else { "DIFFERENT" })
}
