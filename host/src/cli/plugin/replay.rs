//! `foghorn plugin replay`: a candidate beside what serves, over what is stored of a container.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use foghorn_dashboard::view;

use super::container::choose;
use super::status::write_comparison;
use crate::cli::text::{print, safe};
use crate::cli::{Common, Format, open_to_read};
use crate::clock::now_ns;
use crate::history::Patience;
use crate::identity::Identity;
use crate::pipeline::resolve::Resolver;
use crate::pipeline::{Pinned, Pipeline};
use crate::replay::compare::{Sides, compare};
use crate::run::servers::Servers;
use crate::run::watch::own_of;
use crate::settings::Settings;
use crate::settings::units::Span;
use crate::store::Store;
use crate::train::material;
use crate::web::plugins::comparison;
use crate::window::Windows;

/// A cycle learns from two windows at least.
const CYCLE_WINDOWS_MIN: usize = 2;

#[derive(Debug, Args)]
pub(in crate::cli) struct ReplayArgs {
    /// The candidate: NAME, NAME@1.2, NAME@latest or sha256:DIGEST
    plugin: String,
    /// Identity of the container, or its last part where that is unambiguous
    #[arg(long, value_name = "CONTAINER")]
    container: String,
    /// Windows of this last time are judged; what is stored from before is learned
    #[arg(long, value_name = "TIME", default_value = "6h")]
    since: Span,
    /// A setting of the candidate, KEY=VALUE; may be repeated
    #[arg(long = "plugin-set", value_name = "KEY=VALUE", value_parser = pair)]
    plugin_set: Vec<(String, String)>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    common: Common,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').ok_or_else(|| format!("found \"{text}\"; allowed is KEY=VALUE"))?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}

pub(super) fn run(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.settings()?;
    let catalogue = crate::run::plugins(&settings)?;
    let resolver = Resolver::new(settings.pipeline.clone());
    let store = open_to_read(&settings)?;
    let read = crate::cli::block_on(read(&settings, &store, &args.container, args.since))?;
    let none = BTreeSet::new();
    let choice = resolver.resolve(&catalogue, &none, &read.own, None)?;
    let serving = choice.pipeline();
    let (slot, pinned) = resolver.named(&catalogue, &none, &args.plugin, &args.plugin_set)?;
    let candidate = serving.with(slot, pinned);
    let needed = CYCLE_WINDOWS_MIN * settings.train.cycles as usize;
    if read.train_len < needed || read.windows.len() == read.train_len {
        bail!(
            "{} windows are stored from before the last {} and {} of it; {needed} to learn and 1 to judge are needed: change --since",
            read.train_len,
            args.since,
            read.windows.len() - read.train_len,
        );
    }
    let sides = Sides { serving: &serving, candidate: &candidate };
    let found = compare(&read.identity, &read.windows, read.train_len, sides, &settings.train)
        .with_context(|| format!("the comparison with {} broke off", args.plugin))?;
    let found = comparison(&found);
    print(|out| match args.output {
        Format::Text => write_text(out, &read, &serving, &candidate, &found),
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&found)?),
        Format::Jsonl => writeln!(out, "{}", serde_json::to_string(&found)?),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What is stored of a container.
struct Read {
    identity: Identity,
    own: crate::pipeline::choice::Own,
    windows: Windows,
    /// The first windows are learned.
    train_len: usize,
}

async fn read(settings: &Settings, store: &Store, container: &str, since: Span) -> anyhow::Result<Read> {
    let known: Vec<String> = store.containers().await?.iter().map(|known| known.info.identity.to_string()).collect();
    let identity = Identity::from_text(&choose(container, &known, true)?);
    let history = Servers::named(settings, store.store_id().await?)?.history(store, Patience::Strict);
    let begin_ns = now_ns().saturating_sub(since.as_ns());
    let room = settings.train.windows_max as usize;
    let before = history.windows(&identity, 0, begin_ns, room).await?;
    let before: Vec<_> = before.into_iter().filter(|window| !window.in_alert).collect();
    let after = history.windows(&identity, begin_ns, u64::MAX, usize::MAX >> 1).await?;
    let mut windows = material::read_windows(&*history, &identity, &before, material::TEXT_BYTES_MAX).await?;
    let train_len = windows.len();
    windows.extend(&material::read_windows(&*history, &identity, &after, material::TEXT_BYTES_MAX).await?);
    Ok(Read { own: own_of(store, &identity).await?, identity, windows, train_len })
}

fn write_text(
    out: &mut dyn Write,
    read: &Read,
    serving: &Pipeline,
    candidate: &Pipeline,
    found: &view::Comparison,
) -> io::Result<()> {
    let name = |pipeline: &Pipeline| {
        let slots = [&pipeline.vectorizer, &pipeline.detector, &pipeline.thresholds];
        slots.map(Pinned::name).join(", ")
    };
    writeln!(out, "container   {}", safe(read.identity.as_str()))?;
    writeln!(out, "serves      {}", name(serving))?;
    writeln!(out, "candidate   {}", name(candidate))?;
    writeln!(out, "learned     {} windows", read.train_len)?;
    write_comparison(out, found, "candidate")
}
