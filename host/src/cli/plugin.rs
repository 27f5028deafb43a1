//! `foghorn plugin`: `list` here, the others in a file each.

mod build;
mod check;
mod container;
mod install;
mod live;
mod new;
mod remove;
mod replay;
mod status;

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
    /// Check a component: does it keep the contract, whatever comes in?
    Check(check::CheckArgs),
    /// Install a component from a file, an HTTPS address or a registry into the plugins directory
    Install(install::InstallArgs),
    /// Remove a component from the plugins directory
    Remove(remove::RemoveArgs),
    /// Write a small plugin project that builds, scores, explains and has a test
    New(new::NewArgs),
    /// Build a plugin project to a component in its dist folder
    Build(build::BuildArgs),
    /// Compare a plugin with what serves a container, over what is stored of it
    Replay(Box<replay::ReplayArgs>),
    #[command(flatten)]
    Live(live::LiveCommand),
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
        PluginCommand::Check(args) => check::run(&args),
        PluginCommand::Install(args) => install::run(args),
        PluginCommand::Remove(args) => remove::run(args),
        PluginCommand::New(args) => new::run(&args),
        PluginCommand::Build(args) => build::run(&args),
        PluginCommand::Replay(args) => replay::run(*args),
        PluginCommand::Live(command) => live::run(command),
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
        "bytes": plugin.bytes.len(),
        "contract": plugin.contract,
        "imports": plugin.imports,
        "source": plugin.source,
        "summary": plugin.summary,
    })
}

fn write_list(out: &mut dyn Write, plugins: &[Arc<Plugin>]) -> io::Result<()> {
    let line = |out: &mut dyn Write, [slot, name, version, digest, kib, contract, imports, from]: [&str; 8]| {
        writeln!(out, "{slot:<12}{name:<20}{version:<10}{digest:<14}{kib:>8}  {contract:<10}{imports:<12}{from}")
    };
    line(out, ["SLOT", "NAME", "VERSION", "DIGEST", "KIB", "CONTRACT", "IMPORTS", "FROM"])?;
    for plugin in plugins {
        let (slot, version, digest) = (plugin.slot.as_str(), &plugin.plugin_version, plugin.digest.short());
        let (kib, imports) = ((plugin.bytes.len() / 1024).to_string(), imports(&plugin.imports));
        line(out, [slot, &plugin.name, version, &digest, &kib, &plugin.contract, &imports, &plugin.source])?;
    }
    Ok(())
}

/// What a plugin asks of the host, short: interfaces of the contract without their package and version, others by package.
fn imports(imports: &[String]) -> String {
    let mut short: Vec<&str> = imports
        .iter()
        .map(|name| {
            let (package, interface) = name.split_once('/').unwrap_or((name, name));
            if package == "foghorn:plugin" { interface.split('@').next().unwrap_or(interface) } else { package }
        })
        .collect();
    short.dedup();
    if short.is_empty() { "none".into() } else { short.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_shown_short() {
        let shown = |names: &[&str]| imports(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(shown(&[]), "none");
        assert_eq!(shown(&["foghorn:plugin/host@0.1.0"]), "host");
        assert_eq!(
            shown(&["foghorn:plugin/host@0.1.0", "wasi:io/poll@0.2.0", "wasi:io/streams@0.2.0"]),
            "host,wasi:io"
        );
    }
}
