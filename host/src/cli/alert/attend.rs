//! What people do with alerts, asked of the host that runs: `ack`, `snooze`, `archive`, `hear`, `label`, `mute`, `mutes`, `unmute`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use foghorn_dashboard::view::Mute;
use foghorn_dashboard::{AlertAction, MuteAction};

use crate::cli::reach::{Host, Reach, beside_the_verb};
use crate::cli::text::{print, safe, time};
use crate::settings::units::Span;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AttendCommand {
    /// Say that somebody takes care of an alert: no reminders, until it is worse or over
    Ack(OneArgs),
    /// Hear nothing of an alert for a while
    Snooze(SnoozeArgs),
    /// Hear nothing of an alert until it is worse
    Archive(OneArgs),
    /// Hear of an alert again: takes back ack, snooze and archive
    Hear(OneArgs),
    /// Say what an alert was: real (its windows never train), normal (the same is not alerted again, and is learned), none
    Label(LabelArgs),
    /// Hear nothing of all containers, or of some, for a while
    Mute(MuteArgs),
    /// List the silence that people asked for
    Mutes(MutesArgs),
    /// End such a silence
    Unmute(UnmuteArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OneArgs {
    /// The alert's number, as the list shows it
    id: u64,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SnoozeArgs {
    /// The alert's number, as the list shows it
    id: u64,
    /// How long, at most 30d
    #[arg(long = "for", value_name = "TIME", default_value = "8h")]
    length: Span,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Said {
    Real,
    Normal,
    None,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct LabelArgs {
    /// The alert's number, as the list shows it
    id: u64,
    /// What it was
    label: Said,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MuteArgs {
    /// Identity of the containers, where * stands for any text
    #[arg(long, value_name = "IDENTITY", default_value = "*")]
    container: String,
    /// How long, at most 30d
    #[arg(long = "for", value_name = "TIME")]
    length: Span,
    /// Why, for those who see it
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MutesArgs {
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UnmuteArgs {
    /// Its number, as `foghorn alert mutes` shows it
    id: u64,
    #[command(flatten)]
    reach: Reach,
}

pub(super) async fn run(command: AttendCommand) -> anyhow::Result<ExitCode> {
    let done = match command {
        AttendCommand::Ack(args) => attend(args.reach, args.id, AlertAction::Acknowledge).await?,
        AttendCommand::Archive(args) => attend(args.reach, args.id, AlertAction::Archive).await?,
        AttendCommand::Hear(args) => attend(args.reach, args.id, AlertAction::Hear).await?,
        AttendCommand::Snooze(args) => {
            attend(args.reach, args.id, AlertAction::Snooze { minutes: minutes(args.length)? }).await?
        }
        AttendCommand::Label(args) => {
            let action = match args.label {
                Said::Real => AlertAction::Real,
                Said::Normal => AlertAction::Normal,
                Said::None => AlertAction::Unlabel,
            };
            attend(args.reach, args.id, action).await?
        }
        AttendCommand::Mute(args) => {
            let MuteArgs { container, length, reason, reach } = args;
            let mute = MuteAction { container, minutes: minutes(length)?, reason };
            reach.host().await?.post(&["mutes"], &serde_json::to_value(mute)?).await?
        }
        AttendCommand::Unmute(args) => args.reach.host().await?.delete(&["mutes", &args.id.to_string()]).await?,
        AttendCommand::Mutes(args) => return mutes(&args.reach.host().await?).await,
    };
    print(|out| writeln!(out, "{}", safe(&done)))?;
    Ok(ExitCode::SUCCESS)
}

async fn attend(reach: Reach, id: u64, action: AlertAction) -> anyhow::Result<String> {
    let body = beside_the_verb(&action)?;
    reach.host().await?.post(&["alerts", &id.to_string(), action.verb()], &body).await
}

/// Whole minutes, at least one.
fn minutes(length: Span) -> anyhow::Result<u32> {
    let minutes = length.as_ms().div_ceil(60_000);
    u32::try_from(minutes).map_err(|_| anyhow::anyhow!("--for {length}; allowed is at most 30d"))
}

async fn mutes(host: &Host) -> anyhow::Result<ExitCode> {
    let muted: Vec<Mute> = host.get(&["mutes"]).await?;
    print(|out| {
        if muted.is_empty() {
            return writeln!(out, "nobody asked for silence");
        }
        writeln!(out, "{:>5}  {:<20}  {:<24}  WHY", "ID", "UNTIL", "CONTAINER")?;
        muted.iter().try_for_each(|mute| {
            let until = time(mute.until.0);
            writeln!(out, "{:>5}  {until:<20}  {:<24}  {}", mute.id, safe(&mute.container), safe(&mute.reason))
        })
    })?;
    Ok(ExitCode::SUCCESS)
}
