//! The commands that ask or change the host that runs: `pin`, `unpin`, `shadow`, `promote`, `rollback`, `release`, `status`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use foghorn_dashboard::Action;
use foghorn_dashboard::view::{ContainerPlugins, Plugins, slot_of};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::container::resolve;
use super::status;
use crate::cli::reach::{Host, Reach};
use crate::cli::text::{print, safe};
use crate::cli::{Format, block_on};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LiveCommand {
    /// Have a container use this plugin from now on, whatever label and settings say
    Pin(PinArgs),
    /// Let label and settings decide again
    Unpin(UnpinArgs),
    /// Try a plugin beside what serves, without alerts; or show how it compares, or stop it
    Shadow(ShadowArgs),
    /// Let the plugin that is tried serve from the next window on
    Promote(OneArgs),
    /// Return to the generation before, at once
    Rollback(OneArgs),
    /// Allow a plugin again that is in quarantine
    Release(ReleaseArgs),
    /// Show which plugins serve where, who chose them, and what they cost
    Status(StatusArgs),
}

/// Which container, of which host, and how to print.
#[derive(Debug, Args)]
pub(in crate::cli) struct OneArgs {
    /// The container: its identity, or the last parts of it where they are enough
    #[arg(long, value_name = "CONTAINER")]
    container: String,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Args)]
struct Asking {
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PinArgs {
    /// NAME, NAME@VERSION, NAME@latest or sha256:DIGEST
    plugin: String,
    /// A setting of the plugin, KEY=VALUE such as trees=200; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    one: OneArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UnpinArgs {
    /// vectorizer, detector or thresholds
    slot: String,
    #[command(flatten)]
    one: OneArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShadowArgs {
    /// What to try: NAME, NAME@VERSION, NAME@latest or sha256:DIGEST; without it, how what is tried compares
    plugin: Option<String>,
    /// Stop trying it
    #[arg(long, conflicts_with = "plugin")]
    stop: bool,
    /// A setting of the plugin, KEY=VALUE such as trees=200; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting, requires = "plugin")]
    set: Vec<(String, String)>,
    #[command(flatten)]
    one: OneArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleaseArgs {
    /// The plugin's digest, with or without sha256: before it
    digest: String,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StatusArgs {
    /// Only this container: its identity, or the last parts of it where they are enough
    #[arg(long, value_name = "CONTAINER")]
    container: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a setting is written as KEY=VALUE, such as trees=200")?;
    Ok((key.into(), value.into()))
}

pub(super) fn run(command: LiveCommand) -> anyhow::Result<ExitCode> {
    block_on(async {
        match command {
            LiveCommand::Pin(PinArgs { plugin, set, one }) => {
                act_on(one, |container| Action::Pin { container, plugin, settings: set }).await
            }
            LiveCommand::Unpin(UnpinArgs { slot, one }) => {
                let Some(slot) = slot_of(&slot) else {
                    bail!("{slot:?} is no slot; there are vectorizer, detector and thresholds");
                };
                act_on(one, |container| Action::Unpin { container, slot }).await
            }
            LiveCommand::Shadow(args) => shadow(args).await,
            LiveCommand::Promote(one) => act_on(one, |container| Action::Promote { container }).await,
            LiveCommand::Rollback(one) => act_on(one, |container| Action::Rollback { container }).await,
            LiveCommand::Release(ReleaseArgs { digest, asking }) => {
                let digest = digest.strip_prefix("sha256:").unwrap_or(&digest).into();
                let done = asking.reach.host().await?.act(&Action::Release { digest }).await?;
                tell(asking.output, &done)
            }
            LiveCommand::Status(args) => all(args).await,
        }
    })
}

async fn act_on(one: OneArgs, action: impl FnOnce(String) -> Action) -> anyhow::Result<ExitCode> {
    let host = one.asking.reach.host().await?;
    let done = host.act(&action(resolve(&host, &one.container).await?)).await?;
    tell(one.asking.output, &done)
}

fn tell(output: Format, done: &str) -> anyhow::Result<ExitCode> {
    print(|out| match output {
        Format::Text => writeln!(out, "{}", safe(done)),
        Format::Json | Format::Jsonl => writeln!(out, "{}", json!({ "done": done })),
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn shadow(ShadowArgs { plugin, stop, set, one }: ShadowArgs) -> anyhow::Result<ExitCode> {
    match plugin {
        Some(plugin) => act_on(one, |container| Action::Shadow { container, plugin, settings: set }).await,
        None if stop => act_on(one, |container| Action::StopShadow { container }).await,
        None => compare(one).await,
    }
}

async fn compare(one: OneArgs) -> anyhow::Result<ExitCode> {
    let chosen = of_container(&one.asking.reach.host().await?, &one.container).await?;
    let Some(shadow) = &chosen.shadow else {
        bail!(
            "nothing is tried in {}; `foghorn plugin shadow NAME@VERSION --container {}` tries a plugin",
            safe(&chosen.identity),
            safe(&one.container)
        );
    };
    print(|out| match one.asking.output {
        Format::Text => status::write_shadow(out, shadow),
        output => write_json(out, output, shadow),
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn all(args: StatusArgs) -> anyhow::Result<ExitCode> {
    let host = args.asking.reach.host().await?;
    let (rows, hidden) = match &args.container {
        Some(container) => (vec![of_container(&host, container).await?], 0),
        None => {
            let choices = host.get::<Plugins>(&["plugins"]).await?.choices;
            let hidden = choices.hidden();
            (choices.rows, hidden)
        }
    };
    print(|out| match args.asking.output {
        Format::Text => status::write_all(out, &rows, hidden),
        Format::Json => write_json(out, Format::Json, &rows),
        Format::Jsonl => rows.iter().try_for_each(|row| write_json(out, Format::Jsonl, row)),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What is needed of a container's answer.
#[derive(Deserialize)]
struct Answer {
    pipeline: Piped,
}

#[derive(Deserialize)]
struct Piped {
    plugins: ContainerPlugins,
}

async fn of_container(host: &Host, wanted: &str) -> anyhow::Result<ContainerPlugins> {
    let identity = resolve(host, wanted).await?;
    let answer: Answer = host.get(&["containers", &identity]).await.context("cannot read the container")?;
    Ok(answer.pipeline.plugins)
}

fn write_json(out: &mut dyn std::io::Write, output: Format, value: &impl Serialize) -> std::io::Result<()> {
    match output {
        Format::Jsonl => writeln!(out, "{}", serde_json::to_string(value)?),
        Format::Text | Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(value)?),
    }
}
