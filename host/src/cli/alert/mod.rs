//! `foghorn alert`: list and show here; what people do with alerts in `attend`, where notices go in `sinks`.

mod attend;
mod receipt;
mod sinks;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use self::attend::AttendCommand;
use self::receipt::{ExportArgs, ReplayArgs};
use self::sinks::{DeliveriesArgs, TestArgs};
use super::text::{print, safe, time};
use super::{Common, Format};
use crate::alert::{Alert, Attention, Label, NormalWindow, Term};
use crate::identity::Identity;
use crate::run::saved::alert_from_store;
use crate::store::{AlertFilter, AlertRecord, AlertStatus};

#[derive(Debug, Subcommand)]
pub(super) enum AlertCommand {
    /// List alerts, the newest first
    List(ListArgs),
    /// Show one alert with its reason
    Show(ShowArgs),
    #[command(flatten)]
    Attend(AttendCommand),
    /// Compute the score of an alert again, bit for bit; exit code 1 where it comes out otherwise
    Replay(ReplayArgs),
    /// Write an alert and all by which its score can be computed again into one file
    Export(ExportArgs),
    /// Send a notice to a sink, to see whether it arrives
    Test(TestArgs),
    /// List what was told to whom, and whether it arrived
    Deliveries(DeliveriesArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only alerts that still last
    #[arg(long)]
    open: bool,
    /// Only alerts of this container (identity, as the list shows it)
    #[arg(long, value_name = "IDENTITY")]
    container: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The alert's number, as the list shows it
    id: u64,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(command: AlertCommand) -> anyhow::Result<ExitCode> {
    match command {
        AlertCommand::List(args) => list(args).await,
        AlertCommand::Show(args) => show(args).await,
        AlertCommand::Attend(command) => attend::run(command).await,
        AlertCommand::Replay(args) => receipt::replay_alert(args).await,
        AlertCommand::Export(args) => receipt::export_alert(args).await,
        AlertCommand::Test(args) => sinks::test(args).await,
        AlertCommand::Deliveries(args) => sinks::deliveries(args).await,
    }
}

/// An alert with the container it belongs to.
#[derive(serde::Serialize)]
struct Listed {
    container: Identity,
    #[serde(flatten)]
    alert: Alert,
}

fn listed(record: AlertRecord) -> anyhow::Result<Listed> {
    Ok(Listed { container: record.identity.clone(), alert: alert_from_store(record)? })
}

async fn list(args: ListArgs) -> anyhow::Result<ExitCode> {
    let store = args.common.store()?;
    let filter = AlertFilter {
        identity: args.container.as_deref().map(Identity::from_text),
        status: args.open.then_some(AlertStatus::Open),
        limit: args.limit,
        ..AlertFilter::default()
    };
    let alerts: Vec<Listed> = store.alerts(filter).await?.into_iter().map(listed).collect::<Result<_, _>>()?;
    print(|out| match args.output {
        Format::Text => write_list(out, &alerts),
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&alerts)?),
        Format::Jsonl => alerts.iter().try_for_each(|alert| writeln!(out, "{}", serde_json::to_string(alert)?)),
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn show(args: ShowArgs) -> anyhow::Result<ExitCode> {
    let store = args.common.store()?;
    let Some(record) = store.alert(args.id).await? else {
        anyhow::bail!("there is no alert {}; `foghorn alert list` shows those that are kept", args.id);
    };
    let alert = listed(record)?;
    print(|out| match args.output {
        Format::Text => write_one(out, &alert),
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&alert)?),
        Format::Jsonl => writeln!(out, "{}", serde_json::to_string(&alert)?),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn write_list(out: &mut dyn Write, alerts: &[Listed]) -> io::Result<()> {
    if alerts.is_empty() {
        return writeln!(out, "no alerts");
    }
    writeln!(out, "{:>5}  {:<10}  {:<8}  {:<20}  {:>7}  CONTAINER", "ID", "PHASE", "SEVERITY", "OPENED", "WINDOWS")?;
    for Listed { container, alert } in alerts {
        writeln!(
            out,
            "{:>5}  {:<10}  {:<8}  {:<20}  {:>7}  {}",
            alert.id,
            alert.phase().as_str(),
            alert.severity.as_str(),
            time(alert.opened_ns),
            alert.windows,
            safe(container.as_str()),
        )?;
        writeln!(out, "       {}", safe(&alert.reason.sentence))?;
    }
    Ok(())
}

fn write_one(out: &mut dyn Write, Listed { container, alert }: &Listed) -> io::Result<()> {
    writeln!(out, "alert {} · {} · {}", alert.id, alert.phase().as_str(), alert.severity.as_str())?;
    writeln!(out, "container    {}", safe(container.as_str()))?;
    writeln!(out, "since        {}", time(alert.opened_ns))?;
    writeln!(out, "last seen    {} ({} windows)", time(alert.last_ns), alert.windows)?;
    if let Some(resolved_ns) = alert.resolved_ns {
        writeln!(out, "resolved     {}", time(resolved_ns))?;
    }
    write_life(out, alert)?;
    if alert.windows > 0 {
        writeln!(out, "score        {:.2} of the threshold at most", alert.peak)?;
    }
    writeln!(out, "why          {}", safe(&alert.reason.sentence))?;
    if !alert.signs.is_empty() {
        writeln!(out, "\nsigns")?;
    }
    for sign in &alert.signs {
        writeln!(out, "  {}  {}", time(sign.time_ns), safe(&sign.text))?;
    }
    if alert.receipt.plugins.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nlines")?;
    for line in &alert.reason.lines {
        writeln!(out, "  {}", safe(&line.text))?;
    }
    writeln!(out, "\nwhat stands out")?;
    for term in &alert.reason.terms {
        write_term(out, term)?;
    }
    if let Some(normal) = &alert.reason.normal {
        write_normal(out, normal)?;
    }
    writeln!(out, "\nreceipt")?;
    writeln!(out, "  generation {}", alert.receipt.generation)?;
    writeln!(out, "  lines {} to {} of the stream", alert.receipt.first_seq, alert.receipt.end_seq - 1)?;
    alert.receipt.plugins.iter().try_for_each(|plugin| writeln!(out, "  {plugin}"))
}

/// How often it was there, and what people said.
fn write_life(out: &mut dyn Write, alert: &Alert) -> io::Result<()> {
    if alert.episodes > 1 {
        let (first, ever) = (time(alert.first_ns), alert.windows_before + alert.windows);
        writeln!(out, "first seen   {first}, {} times, {ever} windows in all", alert.episodes)?;
    }
    if let Some(label) = alert.label {
        writeln!(out, "label        {}", if label == Label::Real { "real" } else { "normal" })?;
    }
    match alert.attention {
        Attention::Wanted => Ok(()),
        Attention::Acknowledged { since_ns } => writeln!(out, "acknowledged {}", time(since_ns)),
        Attention::Snoozed { until_ns } => writeln!(out, "snoozed      until {}", time(until_ns)),
        Attention::Archived { .. } => writeln!(out, "archived     until it is worse"),
    }
}

fn write_normal(out: &mut dyn Write, normal: &NormalWindow) -> io::Result<()> {
    let (begin, score) = (time(normal.begin_ns), normal.score);
    writeln!(out, "\nnearest normal window, {begin}, {} lines, {score:.2} of the threshold", normal.lines_total)?;
    normal.lines.iter().try_for_each(|line| writeln!(out, "  {}", safe(&line.text)))
}

fn write_term(out: &mut dyn Write, term: &Term) -> io::Result<()> {
    let seen = if !matches!(term.kind.as_str(), "column" | "order") {
        format!(", seen in {} of {} windows", term.seen, term.of)
    } else {
        String::new()
    };
    let change = term.change.map(|change| change.to_string()).unwrap_or_else(|| "without it".into());
    let rest = term.without.map(|rest| format!(", {change} {rest:.2} of the threshold")).unwrap_or_default();
    writeln!(out, "  {} ({}{seen}{rest})", safe(&term.text), safe(&term.kind))
}
