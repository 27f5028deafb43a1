//! Plugins that people bring with a browser: checked and shown first, installed when they say so.
//!
//! Who may do so knows the admin token. What was brought waits in memory, for a few minutes, under a ticket that nobody can guess; it is
//! compiled by a plugin host of its own without a cache, so that nothing is kept of what nobody agreed to.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use foghorn_dashboard::view::KnownPlugin;
use foghorn_dashboard::{Refusal, Uploaded};

use super::plugins::known;
use crate::chance;
use crate::install::{Candidate, Fetched, Installed, Shelf};
use crate::plugins::{Digest, Limits, Plugins, PluginsOptions};

/// So many wait at once; the oldest goes first.
const WAITING_MAX: usize = 4;
const WAITING_FOR: Duration = Duration::from_secs(600);
const TICKET_BYTES: usize = 18;
/// Instances that the host which looks at a component makes at once.
const INSTANCES_MAX: u32 = 4;

/// What was brought and is not installed yet.
#[derive(Debug)]
pub(crate) struct Uploads {
    directory: Option<PathBuf>,
    token: Option<Digest>,
    waiting: Mutex<Vec<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    ticket: String,
    since: Instant,
    candidate: Candidate,
}

impl Uploads {
    pub(crate) fn new(directory: Option<PathBuf>, token: Option<Digest>) -> Self {
        Self { directory, token, waiting: Mutex::default() }
    }

    /// Why nothing can be brought; `None` where it can.
    pub(super) fn closed(&self) -> Option<String> {
        match (&self.directory, &self.token) {
            (None, _) => {
                Some("there is no directory to put them in; start Foghorn with --plugins-dir DIRECTORY".into())
            }
            (_, None) => Some("start Foghorn with --admin-token-file FILE, whose one line is asked for here".into()),
            (Some(_), Some(_)) => None,
        }
    }

    /// Whether this is the admin token.
    pub(super) fn admit(&self, token: &str) -> Result<(), Refusal> {
        if let Some(why) = self.closed() {
            return Err(Refusal::Refused(format!("nothing can be uploaded: {why}")));
        }
        // Digests are compared, so how long it takes tells nothing of the token.
        if self.token.as_ref() == Some(&Digest::of(token.as_bytes())) {
            return Ok(());
        }
        Err(Refusal::Refused(
            "this is not the admin token; it is the line of the file that --admin-token-file names".into(),
        ))
    }

    /// Looks at a component. Blocks: it is compiled.
    pub(super) fn inspect(&self, name: &str, bytes: Vec<u8>) -> Result<Uploaded, Refusal> {
        let directory =
            self.directory.clone().ok_or_else(|| Refusal::Refused("there is no plugins directory".into()))?;
        let host = looking_host()?;
        let fetched = Fetched { digest: Digest::of(&bytes), bytes, pinned: format!("uploaded as {name}") };
        let refused = |error: &dyn std::fmt::Display| Refusal::Refused(format!("it cannot be used: {error}"));
        let candidate = Candidate::load(&host, fetched).map_err(|error| refused(&error))?;
        let shelf = Shelf::new(directory);
        let already = shelf.find(&host, &candidate).map_err(|error| refused(&error))?;
        if let Some(path) = already {
            return Err(Refusal::Refused(format!("it is there already, as {}", path.display())));
        }
        let path = shelf.path_of(&candidate).display().to_string();
        let plugin = KnownPlugin { source: path, ..known(&candidate.plugin) };
        let chance = chance::bytes(TICKET_BYTES).map_err(|error| Refusal::Failed(error.to_string()))?;
        let ticket = URL_SAFE_NO_PAD.encode(chance);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|one| one.since.elapsed() < WAITING_FOR);
        let excess = (waiting.len() + 1).saturating_sub(WAITING_MAX);
        waiting.drain(..excess);
        waiting.push(Waiting { ticket: ticket.clone(), since: Instant::now(), candidate });
        Ok(Uploaded { ticket, plugin })
    }

    /// Installs what waits under this ticket, once. Blocks.
    pub(super) fn install(&self, ticket: &str) -> Result<String, Refusal> {
        let candidate = self.take(ticket)?;
        let directory =
            self.directory.clone().ok_or_else(|| Refusal::Refused("there is no plugins directory".into()))?;
        let now = jiff::Timestamp::now().to_string();
        let plugin = format!("{}@{}", candidate.plugin.name, candidate.plugin.plugin_version);
        match Shelf::new(directory).put(&looking_host()?, &candidate, &now) {
            Ok(Installed::New(path)) => Ok(format!(
                "{plugin} is installed as {}; it serves nobody until it is tried or pinned on a container's page",
                path.display()
            )),
            Ok(Installed::Already(path)) => Ok(format!("{plugin} was there already, as {}", path.display())),
            Err(error) => Err(Refusal::Refused(error.to_string())),
        }
    }

    fn take(&self, ticket: &str) -> Result<Candidate, Refusal> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|one| one.since.elapsed() < WAITING_FOR);
        let place = waiting.iter().position(|one| one.ticket == ticket);
        let place = place
            .ok_or_else(|| Refusal::NotFound("what was uploaded does not wait any more; upload it again".into()))?;
        Ok(waiting.remove(place).candidate)
    }
}

fn looking_host() -> Result<Plugins, Refusal> {
    let limits = Limits { instances_max: INSTANCES_MAX, ..Limits::default() };
    Plugins::new(PluginsOptions { limits, ..PluginsOptions::default() })
        .map_err(|error| Refusal::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPONENT: &[u8] = include_bytes!("../plugins/tests/data/frozen-0.1.0.wasm");
    const TOKEN: &str = "a token that nobody guesses";

    fn uploads() -> (tempfile::TempDir, Uploads) {
        let directory = tempfile::tempdir().unwrap();
        let uploads = Uploads::new(Some(directory.path().into()), Some(Digest::of(TOKEN.as_bytes())));
        (directory, uploads)
    }

    fn files(directory: &tempfile::TempDir) -> usize {
        std::fs::read_dir(directory.path()).unwrap().count()
    }

    #[test]
    fn a_component_is_shown_then_installed_once() {
        let (directory, uploads) = uploads();
        let shown = uploads.inspect("mine.wasm", COMPONENT.to_vec()).unwrap();
        assert_eq!(shown.plugin.plugin.digest, Digest::of(COMPONENT).to_string());
        assert_eq!(files(&directory), 0, "nothing is written before somebody agreed");
        assert!(uploads.install("another ticket").is_err());
        let told = uploads.install(&shown.ticket).unwrap();
        assert!(told.contains("is installed as") && files(&directory) == 2, "{told}");
        assert!(matches!(uploads.install(&shown.ticket), Err(Refusal::NotFound(_))), "a ticket works once");
        let again = uploads.inspect("mine.wasm", COMPONENT.to_vec()).unwrap_err().to_string();
        assert!(again.contains("there already"), "{again}");
    }

    #[test]
    fn what_is_no_component_is_refused_and_nothing_waits() {
        let (_directory, uploads) = uploads();
        let error = uploads.inspect("x.wasm", b"no component".to_vec()).unwrap_err().to_string();
        assert!(error.starts_with("it cannot be used: "), "{error}");
        assert!(uploads.waiting.lock().unwrap().is_empty());
    }

    #[test]
    fn only_the_token_admits_and_without_one_nothing_does() {
        let (_directory, uploads) = uploads();
        assert_eq!(uploads.admit(TOKEN), Ok(()));
        assert!(uploads.admit("another").unwrap_err().to_string().contains("not the admin token"));
        let closed = Uploads::new(Some("/tmp".into()), None);
        assert!(closed.admit("").unwrap_err().to_string().contains("--admin-token-file"));
        assert!(Uploads::new(None, None).closed().unwrap().contains("--plugins-dir"));
    }

    #[test]
    fn only_the_newest_few_wait() {
        let (_directory, uploads) = uploads();
        let tickets: Vec<_> =
            (0..=WAITING_MAX).map(|_| uploads.inspect("a", COMPONENT.to_vec()).unwrap().ticket).collect();
        assert!(uploads.take(&tickets[0]).is_err() && uploads.take(&tickets[1]).is_ok());
    }
}
