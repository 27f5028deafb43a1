//! Installing, against a real registry on loopback, against a stand-in that breaks every rule, and on disk.

mod address;
mod artifact;
mod real;
mod shelf;

use std::sync::LazyLock;
use std::time::Duration;

use foghorn_test_servers::artifacts::{Answer, Artifacts};
use serde_json::{Value, json};

use super::layout::{CONFIG, LAYER};
use super::{Bounds, Candidate, FetchError, Fetched, Fetcher, Logins, Wanted};
use crate::plugins::{Digest, Limits, Plugins, PluginsOptions};

/// `testplugins/frozen`, kept built.
const COMPONENT: &[u8] = include_bytes!("../../plugins/tests/data/frozen-0.1.0.wasm");

static HOST: LazyLock<Plugins> = LazyLock::new(|| {
    let limits = Limits { instances_max: 16, ..Limits::default() };
    Plugins::new(PluginsOptions { limits, ..PluginsOptions::default() }).unwrap()
});

/// The same plugin by name and version, with another digest: a custom section more.
fn rebuilt() -> Vec<u8> {
    [COMPONENT, &[0, 2, 1, b'x']].concat()
}

fn candidate(bytes: &[u8]) -> Candidate {
    let fetched = Fetched { bytes: bytes.to_vec(), digest: Digest::of(bytes), pinned: "somewhere".into() };
    Candidate::load(&HOST, fetched).unwrap()
}

/// Patient enough for a busy machine, and bounded so that nothing hangs.
fn fetcher() -> Fetcher {
    let bounds =
        Bounds { time_max: Duration::from_secs(60), silence_max: Duration::from_secs(60), ..Bounds::default() };
    Fetcher { bounds, ..Fetcher::default() }
}

fn with_login(registry: &str) -> Fetcher {
    Fetcher { logins: Logins::parse(&format!("{registry}=me:secret")).unwrap(), ..fetcher() }
}

async fn fetch(fetcher: &Fetcher, source: &str) -> Result<Fetched, FetchError> {
    fetcher.fetch(&Wanted::parse(source, None).unwrap()).await
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", Digest::of(bytes))
}

/// The manifest of a component, as tools write it.
fn manifest(bytes: &[u8]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": CONFIG, "digest": sha256(b"{}"), "size": 2 },
        "layers": [{ "mediaType": LAYER, "digest": sha256(bytes), "size": bytes.len() }],
    })
}

/// Puts a component and its manifest under `plugin:1.0.0`; gives the manifest's digest.
fn store(server: &Artifacts, manifest: &Value, bytes: &[u8]) -> String {
    let manifest = serde_json::to_vec(manifest).unwrap();
    let digest = sha256(&manifest);
    for name in ["1.0.0", &digest] {
        server.set(format!("/v2/plugin/manifests/{name}"), Answer::Bytes(manifest.clone()));
    }
    server.set(format!("/v2/plugin/blobs/{}", sha256(bytes)), Answer::Bytes(bytes.to_vec()));
    digest
}
