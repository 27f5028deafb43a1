//! `foghorn doctor`: what is reachable, what is not, what to do about it.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;

use futures_util::future::join_all;
use tokio::net::TcpListener;

use crate::clock::now_ns;
use crate::collect::Engine;
use crate::pipeline::Pipeline;
use crate::run::servers::{Servers, ask};
use crate::settings::Settings;
use crate::spool::{Sink, words};
use crate::store::{Store, StoreOptions};

/// One thing that was looked at.
type Finding = (&'static str, Result<String, String>);

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let mut findings = vec![("engine", engine(&settings).await), ("data directory", store(&settings).await)];
    findings.extend(servers(&settings).await);
    findings.push(("plugins", plugins(&settings)));
    findings.push(("dashboard", dashboard(&settings).await));
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
    writable(&settings.data_dir)
        .map_err(|error| format!("cannot write to {dir}: {error}; choose a directory with --data-dir"))?;
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

/// Redis and InfluxDB, where they are configured, and what waits for them.
async fn servers(settings: &Settings) -> Vec<Finding> {
    let stored = match settings.data_dir.join("foghorn.db").exists() {
        true => Store::open(&StoreOptions { read_only: true, ..super::store_options(settings) }).ok(),
        false => None,
    };
    // A server need not know whose data it would get to say whether it can be used.
    let opened = match &stored {
        Some(store) => store.store_id().await.map_err(|error| error.to_string()),
        None => Ok(0),
    };
    let servers = opened.and_then(|id| Servers::named(settings, id).map_err(|error| error.to_string()));
    let sinks = match servers {
        Ok(servers) => servers.sinks(),
        Err(error) => return vec![("servers", Err(error))],
    };
    let found = join_all(sinks.iter().map(|sink| server(&**sink, stored.as_ref()))).await;
    sinks.iter().map(|sink| sink.name()).zip(found).collect()
}

async fn server(sink: &dyn Sink, stored: Option<&Store>) -> Result<String, String> {
    let answer = ask(sink).await.map_err(|error| error.to_string());
    let Some(store) = stored else {
        return answer;
    };
    let backlog = store.backlog(sink.name()).await.map_err(|error| error.to_string())?;
    let waiting = words::of_backlog(&backlog, now_ns());
    match answer {
        Ok(detail) => Ok(format!("{detail}; {waiting}")),
        Err(detail) => Err(format!("{detail}; {waiting}")),
    }
}

/// Makes the directory and a file in it as `foghorn run` would, and removes what it made.
fn writable(dir: &Path) -> io::Result<()> {
    let dir = std::path::absolute(dir)?;
    let missing: Vec<&Path> = dir.ancestors().take_while(|dir| dir.symlink_metadata().is_err()).collect();
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir).and_then(|()| probe(&dir));
    // The innermost first. One that was not made, or that another program has used meanwhile, stays as it is.
    for dir in missing {
        let _ = std::fs::remove_dir(dir);
    }
    made
}

fn probe(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".doctor-{}", std::process::id()));
    let written = File::create_new(&path)?.write_all(b"x");
    std::fs::remove_file(&path)?;
    written
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
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_at_the_data_directory_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        writable(&dir.path().join("a/b")).unwrap();
        writable(dir.path()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_data_directory_that_cannot_be_made_is_told() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "x").unwrap();
        assert!(writable(&dir.path().join("file/data")).is_err());
        assert!(writable(&dir.path().join("file")).is_err());
    }
}
