//! `foghorn alert replay` and `alert export`: the verdict of an alert computed again, from the store or from a file.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::alert::Alert;
use crate::cli::Common;
use crate::cli::text::{print, safe};
use crate::history::Severity;
use crate::plugins::{Plugins, PluginsOptions};
use crate::receipt::case::{Bits, Case};
use crate::receipt::export::Export;
use crate::receipt::replay::{Replayed, replay};
use crate::run::saved::alert_from_store;
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
        (None, Some(id)) => (gather(&args.common.store()?, id).await?, format!("alert {id}")),
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
    let export = gather(&args.common.store()?, args.id).await?;
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

/// The alert with what is kept of its evidence: what went is told when it is asked for.
async fn gather(store: &Store, id: u64) -> anyhow::Result<Export> {
    let Some(stored) = store.alert(id).await? else {
        bail!("there is no alert {id}; `foghorn alert list` shows those that are kept");
    };
    let container = stored.identity.to_string();
    let alert: Alert = alert_from_store(stored)?;
    let Some(case) = alert.receipt.case.clone() else {
        let why = if alert.receipt.plugins.is_empty() {
            "no window made it"
        } else {
            "an older Foghorn made it, or a plugin failed over its window and others judged"
        };
        bail!("alert {id} has no score that can be computed again: {why}");
    };
    let mut evidence = Vec::new();
    if let Some(bytes) = store.evidence(&case).await? {
        evidence.push((case.clone(), bytes.clone()));
        // A case that cannot be read names nothing: that is told when it is asked for.
        let named = serde_json::from_slice::<Case>(&bytes).ok();
        for digest in named.iter().flat_map(Case::needs) {
            evidence.extend(store.evidence(digest).await?.map(|bytes| (digest.to_owned(), bytes)));
        }
    }
    Ok(Export::new(container, alert, case, evidence))
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
