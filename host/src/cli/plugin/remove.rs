//! `foghorn plugin remove`: one component less in the plugins directory.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::install::{host, shelf};
use crate::cli::Common;
use crate::cli::text::print;

#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArgs {
    /// Which one, in full
    #[arg(value_name = "NAME@VERSION")]
    plugin: String,
    #[command(flatten)]
    common: Common,
}

pub(in crate::cli) fn run(args: RemoveArgs) -> anyhow::Result<ExitCode> {
    let (name, version) = args.plugin.split_once('@').with_context(|| {
        format!("'{}' names no version; write NAME@1.2.3, as foghorn plugin list shows it", args.plugin)
    })?;
    let gone = shelf(&args.common.settings()?)?.remove(&host()?, name, version)?;
    print(|out| writeln!(out, "removed {}", gone.display()))?;
    Ok(ExitCode::SUCCESS)
}
