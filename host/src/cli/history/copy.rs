//! `foghorn history copy`: what the embedded store holds, given to the servers that are configured. Broken off, it goes on
//! where it stood.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::run::servers::Servers;
use crate::settings::Settings;
use crate::spool::Marks;
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
    servers.register(&store).await?;
    for forwarder in servers.forwarders(&settings, &store, &Arc::new(Marks::default())) {
        let name = forwarder.name();
        let waiting = store.backlog(name).await?.lines;
        let bar = ProgressBar::new(waiting).with_prefix(name);
        bar.set_style(ProgressStyle::with_template(BAR)?);
        let sent = forwarder.drain(|lines| bar.inc(lines)).await;
        bar.finish();
        sent.with_context(|| format!("copied {} of {waiting} lines to {name}; run it again to go on", bar.position()))?;
        println!("{name} has all that is kept here: {} lines were copied", bar.position());
    }
    Ok(ExitCode::SUCCESS)
}
