//! `foghorn run`. The first signal asks it to stop; a second one ends it at once.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::settings::Settings;

/// Exit code after a second signal, as shells report an interrupt.
const IMPATIENT: i32 = 130;

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        either(&mut interrupt, &mut terminate).await;
        // First of all: whatever happens to the log, the signal has its effect.
        stop.cancel();
        tracing::info!("stopping; a second signal ends at once");
        either(&mut interrupt, &mut terminate).await;
        std::process::exit(IMPATIENT);
    });
    crate::run::run(settings, shutdown, |address| {
        println!("Foghorn listens to this host; dashboard: http://{address}/");
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
