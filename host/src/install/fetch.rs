//! From a source to bytes whose digest holds.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::follow::Follow;
use super::http::{Http, HttpError, Question};
use super::layout::LayoutError;
use super::login::Logins;
use super::registry::Registry;
use super::source::{Source, Wanted, is_loopback};
use crate::plugins::Digest;

/// What a transfer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of a component. `plugins::Limits` has the same by default: 64 MiB.
    pub bytes_max: usize,
    /// One question and its whole answer. Default: 5 min, for the largest component over a slow line.
    pub time_max: Duration,
    /// Time without a byte. Default: 20 s.
    pub silence_max: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes_max: 64 << 20, time_max: Duration::from_secs(300), silence_max: Duration::from_secs(20) }
    }
}

/// A component's bytes, as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: Vec<u8>,
    /// Of the bytes.
    pub digest: Digest,
    /// A source that gives the same bytes again or nothing: a tag became a digest, a URL carries its own. A file's path, in
    /// full, is no more than where it was.
    pub pinned: String,
}

/// Fetches from files, addresses and registries.
#[derive(Debug, Default)]
pub struct Fetcher {
    pub bounds: Bounds,
    pub logins: Logins,
    /// Certificates that are trusted beside the system's. With them a registry on this machine is asked over TLS too.
    pub ca_pem: Option<Vec<u8>>,
}

impl Fetcher {
    pub async fn fetch(&self, wanted: &Wanted) -> Result<Fetched, FetchError> {
        let (bytes, pinned) = match &wanted.source {
            Source::File(path) => (read(path, self.bounds.bytes_max)?, absolute(path).display().to_string()),
            Source::Url(url) => (self.download(url).await?, url.to_string()),
            Source::Registry(reference) => Registry::open(self, reference)?.pull().await?,
        };
        let digest = Digest::of(&bytes);
        if let Some(expected) = wanted.digest.filter(|expected| *expected != digest) {
            return Err(FetchError::Digest { pinned, expected, found: digest });
        }
        let pinned = match wanted.source {
            Source::Url(_) => format!("{pinned}#sha256:{digest}"),
            Source::File(_) | Source::Registry(_) => pinned,
        };
        Ok(Fetched { bytes, digest, pinned })
    }

    async fn download(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let http = Http::new(&self.bounds, self.ca_pem.as_deref(), is_loopback(url))?;
        let question = Question {
            url: url.clone(),
            accept: "application/wasm, application/octet-stream;q=0.9, */*;q=0.5",
            pass: None,
            follow: Follow::SameHost,
            bytes_max: self.bounds.bytes_max,
        };
        Ok(http.get(question).await?.bytes)
    }
}

/// A relative path says nothing to who reads it elsewhere.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The size is asked for first, and not trusted: a device says 0 and never ends.
fn read(path: &Path, most: usize) -> Result<Vec<u8>, FetchError> {
    let failed = |source| FetchError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    if file.metadata().map_err(failed)?.len() <= most as u64 {
        file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() <= most {
            return Ok(bytes);
        }
    }
    Err(FetchError::FileSize { path: path.to_owned(), most })
}

/// Why there are no bytes.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{} cannot be read: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is larger than the {most} bytes allowed", path.display())]
    FileSize { path: PathBuf, most: usize },
    #[error("{pinned} holds sha256:{found}, not sha256:{expected} as asked for; nothing was installed")]
    Digest { pinned: String, expected: Digest, found: Digest },
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("{reference} is no plugin: {fault}")]
    Layout { reference: String, fault: LayoutError },
    #[error("{reference} has a component of {found} bytes; at most {most} are allowed")]
    LayerSize { reference: String, found: u64, most: usize },
    /// The registry gave other bytes than those it was asked for.
    #[error("the registry gave a {what} with sha256:{found} for {reference}, not sha256:{expected}; do not use it")]
    Forged { reference: String, what: &'static str, expected: Digest, found: Digest },
    #[error("{reference} is not there, or only for those who log in: {fault}; {cure}")]
    Refused { reference: String, fault: HttpError, cure: &'static str },
    #[error(
        "{registry} does not let us in: {why}; check the login of {registry} in FOGHORN_REGISTRY_LOGIN or its file"
    )]
    Login { registry: String, why: String },
}
