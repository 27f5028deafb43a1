//! `foghorn doctor`: what is reachable, what is not, what to do about it.

use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::collect::Engine;
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::store::{Store, StoreOptions};

/// One thing that was looked at.
type Finding = (&'static str, Result<String, String>);

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let findings = [
        ("engine", engine(&settings).await),
        ("data directory", store(&settings).await),
        ("plugins", plugins(&settings)),
        ("dashboard", dashboard(&settings).await),
    ];
    for (name, found) in &findings {
        match found {
            Ok(detail) => println!("ok    {name}: {detail}"),
            Err(detail) => println!("FAIL  {name}: {detail}"),
        }
    }
    Ok(if findings.iter().all(is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_good((_, found): &Finding) -> bool {
    found.is_ok()
}

async fn engine(settings: &Settings) -> Result<String, String> {
    let engine = Engine::new(settings.engine.as_deref()).map_err(|error| error.to_string())?;
    let info = engine.info().await.map_err(|error| error.to_string())?;
    Ok(format!(
        "{} answers as {}: engine {}, API {}, {} containers running",
        info.endpoint, info.host, info.engine_version, info.api_version, info.containers_running
    ))
}

/// Reads beside a host that may be running.
async fn store(settings: &Settings) -> Result<String, String> {
    let dir = settings.data_dir.display();
    if !settings.data_dir.join("foghorn.db").exists() {
        return Ok(format!("{dir} holds nothing yet; `foghorn run` makes it"));
    }
    let options = StoreOptions { read_only: true, ..super::store_options(settings) };
    let store = Store::open(&options).map_err(|error| error.to_string())?;
    let sizes = store.sizes().await.map_err(|error| error.to_string())?;
    let dropped = match sizes.lines_dropped {
        0 => String::new(),
        lines => format!("; {lines} lines had to go before they were scored: give it more room with --retention-size"),
    };
    Ok(format!(
        "{dir} holds {} lines of {} containers in {} MiB, {} alerts open{dropped}",
        sizes.lines,
        sizes.containers,
        sizes.file_bytes >> 20,
        sizes.alerts_open,
    ))
}

fn plugins(settings: &Settings) -> Result<String, String> {
    let catalogue = crate::run::plugins(settings).map_err(|error| format!("{error:#}"))?;
    let skipped: Vec<String> =
        catalogue.refused().iter().map(|(path, fault)| format!("{}: {fault}", path.display())).collect();
    if !skipped.is_empty() {
        return Err(skipped.join("; "));
    }
    let pipeline = Pipeline::resolve(&catalogue, &settings.pipeline).map_err(|error| error.to_string())?;
    Ok(pipeline.labels().join(", "))
}

/// A port that is taken is fine where Foghorn itself took it.
async fn dashboard(settings: &Settings) -> Result<String, String> {
    match TcpListener::bind(settings.listen).await {
        Ok(_) => Ok(format!("{} is free", settings.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            match super::healthcheck::is_foghorn(settings.listen).await {
                true => Ok(format!("a running Foghorn answers at http://{}/", settings.listen)),
                false => {
                    Err(format!("{} is taken by another program; choose an address with --listen", settings.listen))
                }
            }
        }
        Err(error) => Err(format!("cannot listen on {}: {error}; choose an address with --listen", settings.listen)),
    }
}
