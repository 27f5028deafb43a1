//! Says when the registry has to look at its directory: the system's events say so at once, and a slow poll says so where
//! there are none (network file systems, some mounts). A directory that is removed and made again is watched again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use super::registry::Registry;
use super::unrest::Unrest;

/// How often the directory is looked at whatever happens: with events, and without.
const POLL: Duration = Duration::from_secs(10);
const POLL_BLIND: Duration = Duration::from_secs(1);

impl Registry {
    /// Keeps the registry up with its directory until `shutdown`.
    pub async fn watch(self: Arc<Self>, shutdown: CancellationToken) {
        let Some(directory) = self.directory().map(Path::to_owned) else { return };
        let signals = Arc::new(Signals::default());
        let mut eye = Eye::new(&directory, &signals);
        // What changed since the registry was opened is seen by the first look.
        let mut unsettled = BTreeSet::new();
        loop {
            let registry = Arc::clone(&self);
            let look = spawn_blocking(move || {
                let poll = eye.renew();
                registry.rescan_settled(&unsettled);
                (eye, poll)
            });
            let Some(looked) = shutdown.run_until_cancelled(look).await else { return };
            let poll;
            (eye, poll) = looked.unwrap_or_else(|error| {
                tracing::error!(%error, "a look at the plugins directory failed; it is tried again");
                (Eye::new(&directory, &signals), POLL_BLIND)
            });
            unsettled = match shutdown.run_until_cancelled(signals.next(poll)).await {
                Some(unsettled) => unsettled,
                None => return,
            };
        }
    }
}

/// What the thread of the events tells the registry.
#[derive(Debug, Default)]
struct Signals {
    state: Mutex<State>,
    came: Notify,
}

#[derive(Debug, Default)]
struct State {
    unrest: Unrest,
    /// The directory itself went away, and with it its events.
    lost: bool,
}

impl Signals {
    fn note(&self, directory: &Path, event: Option<&Event>) {
        let mut state = self.state();
        state.unrest.note(event, Instant::now());
        state.lost |= event.is_some_and(|event| {
            matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)))
                && event.paths.iter().any(|path| path == directory)
        });
        self.came.notify_one();
    }

    /// Waits until it is time to look. Returns the files that are being written.
    async fn next(&self, poll: Duration) -> BTreeSet<PathBuf> {
        let latest = Instant::now() + poll;
        loop {
            let due = self.state().unrest.due().map_or(latest, |due| due.min(latest));
            tokio::select! {
                () = sleep_until(due.into()) => return self.state().unrest.take(Instant::now()),
                () = self.came.notified() => {}
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's watch on a directory, as far as there is one.
struct Eye {
    directory: PathBuf,
    signals: Arc<Signals>,
    /// The watch ends with the watcher.
    watched: Option<(Identity, RecommendedWatcher)>,
    /// So that it is told once.
    is_blind: bool,
}

/// What tells a directory from another of its path. The inode alone may be used again.
type Identity = (u64, u64, Option<SystemTime>);

impl Eye {
    fn new(directory: &Path, signals: &Arc<Signals>) -> Self {
        Self { directory: directory.to_owned(), signals: Arc::clone(signals), watched: None, is_blind: false }
    }

    /// Watches the directory that is there now. Returns how soon to look again without an event.
    fn renew(&mut self) -> Duration {
        let identity = identity(&self.directory).ok();
        let lost = std::mem::take(&mut self.signals.state().lost);
        if lost || self.watched.as_ref().map(|(watched, _)| *watched) != identity {
            self.watched = None;
            self.watched = identity.and_then(|identity| Some((identity, self.watcher()?)));
        }
        if self.watched.is_some() { POLL } else { POLL_BLIND }
    }

    fn watcher(&mut self) -> Option<RecommendedWatcher> {
        let (directory, signals) = (self.directory.clone(), Arc::clone(&self.signals));
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            signals.note(&directory, event.as_ref().ok().filter(|event| !event.need_rescan()));
        });
        let watching = watcher.and_then(|mut watcher| {
            watcher.watch(&self.directory, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        match watching {
            Ok(watcher) => {
                self.is_blind = false;
                Some(watcher)
            }
            Err(error) => {
                if !self.is_blind {
                    tracing::warn!(directory = %self.directory.display(), %error, "no events from the plugins directory; it is looked at each second");
                }
                self.is_blind = true;
                None
            }
        }
    }
}

fn identity(directory: &Path) -> io::Result<Identity> {
    let found = fs::metadata(directory)?;
    Ok((found.dev(), found.ino(), found.created().ok()))
}
