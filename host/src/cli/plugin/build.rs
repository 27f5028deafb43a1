//! `foghorn plugin build`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::text::print;
use crate::scaffold::build::{Built, build};

#[derive(Debug, Args)]
pub(in crate::cli) struct BuildArgs {
    /// The project's folder, which holds plugin.toml
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &BuildArgs) -> anyhow::Result<ExitCode> {
    let Built { path, plugin } = build(&args.dir)?;
    let path = path.strip_prefix(".").unwrap_or(&path).display();
    let imports = if plugin.imports.is_empty() { "none".to_owned() } else { plugin.imports.join(", ") };
    print(|out| {
        writeln!(out, "{path}")?;
        writeln!(out, "  plugin   {} {}, {}", plugin.name, plugin.plugin_version, plugin.slot)?;
        writeln!(out, "  digest   sha256:{}", plugin.digest)?;
        writeln!(out, "  size     {} KiB", plugin.bytes.len() / 1024)?;
        writeln!(out, "  imports  {imports}")?;
        writeln!(out, "next:")?;
        writeln!(out, "  foghorn plugin check {path}")?;
        writeln!(out, "  cp {path} DIR   # the folder that --plugins-dir names; then --{} {}", plugin.slot, plugin.name)
    })?;
    Ok(ExitCode::SUCCESS)
}
