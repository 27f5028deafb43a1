//! `foghorn plugin list`, and writing one: `new`, `build`.

mod build;
mod new;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::text::print;
use super::{Common, Format};
use crate::plugins::Plugin;

#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// List the plugins that can be used, built-in ones and those of the plugins directory
    List(Box<ListArgs>),
    /// Write a small plugin project that builds, scores, explains and has a test
    New(new::NewArgs),
    /// Build a plugin project to a component in its dist folder
    Build(build::BuildArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: PluginCommand) -> anyhow::Result<ExitCode> {
    match command {
        PluginCommand::List(args) => list(*args),
        PluginCommand::New(args) => new::run(&args),
        PluginCommand::Build(args) => build::run(&args),
    }
}

fn list(args: ListArgs) -> anyhow::Result<ExitCode> {
    let catalogue = crate::run::plugins(&args.common.settings()?)?;
    let plugins = catalogue.list();
    let cards: Vec<_> = plugins.iter().map(|plugin| card(plugin)).collect();
    print(|out| match args.output {
        Format::Text => write_list(out, plugins),
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&cards)?),
        Format::Jsonl => cards.iter().try_for_each(|card| writeln!(out, "{card}")),
    })?;
    for (path, fault) in catalogue.refused() {
        eprintln!("foghorn: {} cannot be used: {fault}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn card(plugin: &Plugin) -> serde_json::Value {
    json!({
        "name": plugin.name,
        "version": plugin.plugin_version,
        "slot": plugin.slot.to_string(),
        "digest": format!("sha256:{}", plugin.digest),
        "bytes": plugin.size,
        "imports": plugin.imports,
        "source": plugin.source,
        "summary": plugin.summary,
    })
}

fn write_list(out: &mut dyn Write, plugins: &[Arc<Plugin>]) -> io::Result<()> {
    writeln!(out, "{:<12}{:<20}{:<10}{:<14}{:>8}  FROM", "SLOT", "NAME", "VERSION", "DIGEST", "KIB")?;
    for plugin in plugins {
        let digest = plugin.digest.to_string();
        writeln!(
            out,
            "{:<12}{:<20}{:<10}{:<14}{:>8}  {}",
            plugin.slot.to_string(),
            plugin.name,
            plugin.plugin_version,
            &digest[..12],
            plugin.size / 1024,
            plugin.source,
        )?;
    }
    Ok(())
}
