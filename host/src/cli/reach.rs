//! The way to the host that runs: its control socket, and what went wrong on it in words.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use foghorn_dashboard::Action;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::cli::Common;
use crate::run::socket;
use crate::settings::Layer;

/// A candidate may have to be compiled before the host answers.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How the running host is found.
#[derive(Debug, Clone, Args)]
pub(super) struct Reach {
    /// Settings file of the Foghorn that runs [default: foghorn.toml in the current directory, if there is one]
    #[arg(long, env = "FOGHORN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory of the Foghorn that runs [default: /var/lib/foghorn, or ~/.local/share/foghorn for other users than root]
    #[arg(long, env = "FOGHORN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Reach {
    /// The host, once it is known that something listens.
    pub(super) async fn host(self) -> anyhow::Result<Host> {
        let layer = Layer { data_dir: self.data_dir, ..Layer::default() };
        let data_dir = Common { config: self.config, layer }.settings()?.data_dir;
        let path = socket::path_in(&data_dir)?;
        if let Err(error) = UnixStream::connect(&path).await {
            let dir = data_dir.display();
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => bail!(
                    "no Foghorn that can be talked to runs on the data directory {dir}; start one with `foghorn run` (one that is older than this command must be replaced), or name the directory of the one that runs with --data-dir"
                ),
                io::ErrorKind::PermissionDenied => bail!(
                    "permission denied on {}; run this as the user that Foghorn runs as, or name another data directory with --data-dir",
                    path.display()
                ),
                _ => bail!("cannot reach the Foghorn on {}: {error}", path.display()),
            }
        }
        // Fails where another part was first, which is as good. TLS is not used here, but a client is not made without.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().unix_socket(path).tls_certs_only([]).timeout(TIMEOUT);
        Ok(Host { client: builder.build().context("cannot make a client")? })
    }
}

/// A host that runs.
#[derive(Debug)]
pub(super) struct Host {
    client: Client,
}

impl Host {
    /// Reads what is at the path: its parts below `/api/v1`.
    pub(super) async fn get<T: DeserializeOwned>(&self, parts: &[&str]) -> anyhow::Result<T> {
        let (status, text) = answer(self.client.get(address(parts))).await?;
        if status != StatusCode::OK {
            return Err(refusal(status, &text));
        }
        serde_json::from_str(&text).context(
            "the Foghorn that runs answers otherwise than this command understands; run the same version of both",
        )
    }

    /// Has it done; gives the sentence that says what was.
    pub(super) async fn act(&self, action: &Action) -> anyhow::Result<String> {
        self.post(&["plugins", action.verb()], &beside_the_verb(action)?).await
    }

    /// The same for a path below `/api/v1` and what is said to it.
    pub(super) async fn post(&self, parts: &[&str], body: &Value) -> anyhow::Result<String> {
        let request =
            self.client.post(address(parts)).header("content-type", "application/json").body(body.to_string());
        done(request).await
    }

    /// Has what is at the path removed.
    pub(super) async fn delete(&self, parts: &[&str]) -> anyhow::Result<String> {
        done(self.client.delete(address(parts))).await
    }
}

/// What an action says beside its verb, which the path says.
pub(super) fn beside_the_verb(action: &impl Serialize) -> anyhow::Result<Value> {
    let mut body = serde_json::to_value(action)?;
    if let Some(said) = body.as_object_mut() {
        said.remove("action");
    }
    Ok(body)
}

/// The sentence that says what was done.
async fn done(request: reqwest::RequestBuilder) -> anyhow::Result<String> {
    let (status, text) = answer(request).await?;
    let said: Value = serde_json::from_str(&text).unwrap_or_default();
    match said["done"].as_str() {
        Some(done) if status == StatusCode::OK => Ok(done.into()),
        _ => Err(refusal(status, &text)),
    }
}

/// The name of the host in it is looked at by nobody.
fn address(parts: &[&str]) -> Url {
    let mut url = Url::parse("http://localhost/api/v1").expect("a constant that parses");
    url.path_segments_mut().expect("http has a path").extend(parts.iter().flat_map(|part| part.split('/')));
    url
}

async fn answer(request: reqwest::RequestBuilder) -> anyhow::Result<(StatusCode, String)> {
    let lost = |error: reqwest::Error| match error.is_timeout() {
        true => anyhow!("the Foghorn that runs did not answer within {} s", TIMEOUT.as_secs()),
        false => anyhow::Error::new(error).context("the Foghorn that runs broke off"),
    };
    let response = request.send().await.map_err(lost)?;
    Ok((response.status(), response.text().await.map_err(lost)?))
}

/// What the host said instead of doing it.
fn refusal(status: StatusCode, text: &str) -> anyhow::Error {
    let said: Value = serde_json::from_str(text).unwrap_or_default();
    match (said["error"].as_str(), said["detail"].as_str()) {
        // What the dashboard says of a path that it does not have.
        (Some("Nothing here"), _) => {
            anyhow!("the Foghorn that runs does not know this command, so it is older; replace it with this version")
        }
        (_, Some(detail)) => anyhow!("{}", crate::cli::text::safe(detail)),
        _ => anyhow!(
            "the Foghorn that runs answers {status}, which this command does not understand; run the same version of both"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_parts_of_a_path_whatever_they_hold() {
        let url = address(&["containers", "h/a b?c#d%25/é"]);
        assert_eq!(url.as_str(), "http://localhost/api/v1/containers/h/a%20b%3Fc%23d%2525/%C3%A9");
    }

    #[test]
    fn a_refusal_is_told_in_the_hosts_words_and_made_harmless() {
        let text = |status, body: &str| refusal(status, body).to_string();
        let said = r#"{"error":"Refused","detail":"no candidate is tried\u001b[2J"}"#;
        assert_eq!(text(StatusCode::CONFLICT, said), "no candidate is tried\\u{1b}[2J");
        assert!(text(StatusCode::NOT_FOUND, r#"{"error":"Nothing here","detail":"x"}"#).contains("older"));
        assert!(text(StatusCode::BAD_GATEWAY, "<html>").contains("502"));
    }

    #[tokio::test]
    async fn a_host_that_does_not_run_is_told_with_the_directory_and_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let reach = Reach { config: None, data_dir: Some(dir.path().into()) };
        let error = reach.clone().host().await.unwrap_err().to_string();
        assert!(error.contains(&dir.path().display().to_string()) && error.contains("--data-dir"), "{error}");
        drop(std::os::unix::net::UnixListener::bind(socket::path_in(dir.path()).unwrap()).unwrap());
        let error = reach.host().await.unwrap_err().to_string();
        assert!(error.contains("foghorn run"), "one that died left its socket: {error}");
    }

    #[tokio::test]
    async fn what_is_asked_and_done_goes_over_the_socket() {
        let dir = tempfile::tempdir().unwrap();
        let said = |text: &'static str| async move || text;
        let router = axum::Router::new().route("/api/v1/containers", axum::routing::get(said("[7]"))).route(
            "/api/v1/plugins/promote",
            axum::routing::post(async |body: String| format!(r#"{{"done":{body:?}}}"#)),
        );
        let shutdown = tokio_util::sync::CancellationToken::new();
        let path = socket::path_in(dir.path()).unwrap();
        let served = tokio::spawn(socket::serve(path.clone(), router, shutdown.clone()));
        while UnixStream::connect(&path).await.is_err() {
            tokio::task::yield_now().await;
        }
        let host = Reach { config: None, data_dir: Some(dir.path().into()) }.host().await.unwrap();
        assert_eq!(host.get::<Vec<u32>>(&["containers"]).await.unwrap(), [7]);
        let error = host.get::<String>(&["containers"]).await.unwrap_err().to_string();
        assert!(error.contains("the same version of both"), "{error}");
        let done = host.act(&Action::Promote { container: "h/a".into() }).await.unwrap();
        assert_eq!(done, r#"{"container":"h/a"}"#, "the body says all but the verb");
        shutdown.cancel();
        served.await.unwrap().unwrap();
    }
}
