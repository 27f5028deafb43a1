//! `foghorn alert test` and `alert deliveries`: does a notice get through, and did those of alerts?

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use crate::alert::Kind;
use crate::cli::Common;
use crate::cli::text::{print, safe, time};
use crate::clock::now_ns;
use crate::history::Severity;
use crate::notify::notice::{Notice, Say};
use crate::notify::sinks::{Outcome, Sink};
use crate::settings::Settings;

#[derive(Debug, Args)]
pub(in crate::cli) struct TestArgs {
    /// Name of the sink; without it, the sinks are listed
    sink: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DeliveriesArgs {
    /// Only notices of this alert
    id: Option<u64>,
    /// At most this many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    #[command(flatten)]
    common: Common,
}

/// Sends one notice at once, beside the queue, from this process.
pub(super) async fn test(args: TestArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.settings()?;
    let sinks = &settings.notifications.sinks;
    let Some(name) = args.sink else {
        let names = sinks.iter().map(|sink| sink.name.as_str()).collect::<Vec<_>>();
        print(|out| match names.as_slice() {
            [] => writeln!(
                out,
                "no sink is set; say where notices go with --notify URL, or [[sink]] in the settings file"
            ),
            names => names.iter().try_for_each(|name| writeln!(out, "{name}")),
        })?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(found) = sinks.iter().find(|sink| sink.name == name) else {
        let known: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        bail!(
            "there is no sink {name:?}; there are: {}",
            if known.is_empty() { "none".into() } else { known.join(", ") }
        );
    };
    let outcome = Sink::new(found.clone())?.send(&notice(&settings), now_ns() / 1_000_000_000).await;
    match outcome {
        Outcome::Delivered(said) => {
            print(|out| writeln!(out, "{name} took it: {}", safe(&said)))?;
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Later { why, .. } => {
            bail!("{name} did not take it now (a notice of an alert would be tried again): {}", safe(&why))
        }
        Outcome::Refused(why) => bail!("{name} refuses it: {}", safe(&why)),
    }
}

fn notice(settings: &Settings) -> Notice {
    let now = now_ns();
    Notice {
        key: format!("test-{now}"),
        say: Say::Test,
        alert: 0,
        fingerprint: "test".into(),
        kind: Kind::Signal,
        severity: Severity::Info,
        container: format!("{}/test", settings.host_name.as_deref().unwrap_or("foghorn")),
        labels: Default::default(),
        reason: "somebody tries whether notices arrive here".into(),
        lines: Vec::new(),
        windows: 0,
        episodes: 1,
        peak: 0.0,
        opened_ns: now,
        last_ns: now,
        resolved_ns: None,
        suppressed: 0,
        url: settings.notifications.public_url.as_ref().map(ToString::to_string),
        links: Vec::new(),
    }
}

pub(super) async fn deliveries(args: DeliveriesArgs) -> anyhow::Result<ExitCode> {
    let store = args.common.store()?;
    let found = store.deliveries(args.id, args.limit).await?;
    let suppressed = match args.id {
        Some(id) => store.suppressions(id).await?,
        None => Vec::new(),
    };
    print(|out| {
        if found.is_empty() {
            writeln!(out, "no notices")?;
        } else {
            writeln!(
                out,
                "{:<20}  {:>6}  {:<10}  {:<12}  {:<9}  {:>5}  ANSWER",
                "MADE", "ALERT", "SAYS", "SINK", "STATE", "TRIES"
            )?;
        }
        for one in &found {
            let say = one.notice["say"].as_str().unwrap_or_default();
            let (made, state) = (time(one.made_ns), one.state.as_str());
            let (sink, answer) = (safe(&one.sink), safe(&one.answer));
            writeln!(
                out,
                "{made:<20}  {:>6}  {say:<10}  {sink:<12}  {state:<9}  {:>5}  {answer}",
                one.alert, one.attempts
            )?;
        }
        for held in &suppressed {
            let (times, first, last) = (held.times, time(held.first_ns), time(held.last_ns));
            writeln!(out, "not told {times} times, {first} to {last}: {}", safe(&held.reason))?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
