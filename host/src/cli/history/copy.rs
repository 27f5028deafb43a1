//! `foghorn history copy`: what the embedded store holds, given to the servers that are configured. Broken off, it goes on
//! where it stood.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::run::servers::Servers;
use crate::settings::Settings;
use crate::spool::{Forwarder, Marks};
use crate::store::{Store, StoreError};

const BAR: &str = "{prefix:8} {wide_bar} {pos}/{len} lines, {per_sec}, {eta} left";

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let options = crate::cli::store_options(&settings);
    if !options.file().exists() {
        return Err(StoreError::Absent { dir: options.dir }.into());
    }
    let store = Store::open(&options).context("nothing was copied")?;
    let servers = Servers::named(&settings, store.store_id().await?)?;
    if servers.sinks().is_empty() {
        bail!("there is nowhere to copy to: name a server with --influx-url or --redis-url");
    }
    servers.check().await?;
    servers.introduce(&store).await?;
    for forwarder in servers.forwarders(&settings, &store, &Arc::new(Marks::default())) {
        copy(&store, forwarder).await?;
    }
    // From here on nothing that they lack is dropped.
    servers.register(&store).await?;
    Ok(ExitCode::SUCCESS)
}

async fn copy(store: &Store, forwarder: Forwarder) -> anyhow::Result<()> {
    let name = forwarder.name();
    let waiting = store.backlog(name).await?.lines;
    println!("copying {waiting} lines to {name}");
    let bar = ProgressBar::new(waiting).with_prefix(name);
    bar.set_style(ProgressStyle::with_template(BAR)?);
    let copied = Cell::new(0);
    let sent = forwarder.drain(|lines| {
        copied.set(copied.get() + lines);
        bar.inc(lines);
    });
    let sent = sent.await;
    bar.abandon();
    let copied = copied.get();
    sent.with_context(|| format!("{copied} of {waiting} lines were copied to {name}; run it again to go on"))?;
    match store.backlog(name).await?.lines {
        0 => println!("{name} has all that is kept here: {copied} lines were copied"),
        left => bail!("{copied} lines were copied to {name}, and {left} are left; run it again to go on"),
    }
    Ok(())
}
