//! Says when a log file was written, and opens each new one when the engine makes it: the kernel tells (`inotify(7)`).
//!
//! One queue for all logs, with a watch on the directory of each. It is looked at a few hundred times a second at most: what a busy log adds
//! in between is one event. Where the kernel gives no watch (its limit, or a file system that tells nothing), who waits looks by itself.

use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::sync::Notify;

use super::ahead::Ahead;
use super::chain::Kept;

/// Between two looks at the queue.
const PACE: Duration = Duration::from_millis(4);
/// Who waits looks by itself after this long, whatever the kernel says …
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// … and where it says nothing.
const POLL_EVERY: Duration = Duration::from_millis(100);
const EVENTS_BYTES: usize = 32 * 1024;

/// The queue. A thread of its own waits for the kernel, and ends with this.
#[derive(Debug)]
pub(in crate::collect) struct Wakes {
    /// `None` where the kernel gives none.
    queue: Option<Arc<Queue>>,
}

#[derive(Debug)]
struct Queue {
    fd: OwnedFd,
    /// By watch; logs may share a directory.
    logs: Mutex<HashMap<i32, Vec<Arc<Log>>>>,
    is_over: AtomicBool,
}

#[derive(Debug)]
struct Log {
    current: PathBuf,
    ahead: Arc<Ahead>,
    written: Notify,
}

/// One log's part in it.
#[derive(Debug)]
pub(in crate::collect) struct Wake {
    log: Arc<Log>,
    watch: Option<(Arc<Queue>, i32)>,
}

impl Wakes {
    pub(in crate::collect) fn start() -> Self {
        let begun = inotify::init(CreateFlags::CLOEXEC).map_err(std::io::Error::from).and_then(|fd| {
            let queue = Arc::new(Queue { fd, logs: Mutex::default(), is_over: AtomicBool::new(false) });
            let own = Arc::clone(&queue);
            thread::Builder::new().name("log-files".into()).spawn(move || own.run())?;
            Ok(queue)
        });
        let tell = |error: &std::io::Error| {
            tracing::warn!(%error, "the kernel does not tell of files; they are looked at instead");
        };
        Self { queue: begun.inspect_err(tell).ok() }
    }

    /// From now on new files of this log are pushed to `ahead`.
    pub(super) fn of(&self, current: &Path, ahead: Arc<Ahead>) -> Wake {
        let log = Arc::new(Log { current: current.to_owned(), ahead, written: Notify::new() });
        let watch = self.queue.as_ref().and_then(|queue| {
            let number = queue
                .watch(&log)
                .inspect_err(|error| {
                    tracing::info!(path = %current.display(), %error, "no watch on the log file; it is looked at instead");
                })
                .ok()?;
            Some((Arc::clone(queue), number))
        });
        Wake { log, watch }
    }
}

impl Wake {
    /// Until something was written since the last call, as far as is known.
    pub(in crate::collect) async fn written(&self) {
        let limit = if self.watch.is_some() { LOOK_EVERY } else { POLL_EVERY };
        // Whether it was written or not: who waits looks.
        let _ = tokio::time::timeout(limit, self.log.written.notified()).await;
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        let Some(queue) = &self.queue else { return };
        queue.is_over.store(true, Ordering::Relaxed);
        // A watch that goes is an event: the thread wakes up and sees that it is over.
        let woken = inotify::add_watch(&queue.fd, "/", WatchFlags::DELETE_SELF)
            .and_then(|number| inotify::remove_watch(&queue.fd, number));
        if let Err(error) = woken {
            tracing::debug!(%error, "the thread that listens to files is left behind");
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        let Some((queue, number)) = &self.watch else { return };
        let mut logs = queue.logs();
        let Some(of_watch) = logs.get_mut(number) else { return };
        of_watch.retain(|log| !Arc::ptr_eq(log, &self.log));
        if of_watch.is_empty() {
            logs.remove(number);
            // The directory may be gone, and the watch with it.
            let _ = inotify::remove_watch(&queue.fd, *number);
        }
    }
}

impl Queue {
    fn watch(&self, log: &Arc<Log>) -> Result<i32, Errno> {
        let directory = log.current.parent().unwrap_or(Path::new("/"));
        let mut logs = self.logs();
        let flags = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
        let number = inotify::add_watch(&self.fd, directory, flags)?;
        logs.entry(number).or_default().push(Arc::clone(log));
        Ok(number)
    }

    fn run(&self) {
        let mut room = vec![MaybeUninit::uninit(); EVENTS_BYTES];
        let mut events = inotify::Reader::new(&self.fd, &mut room);
        loop {
            match events.next() {
                Ok(event) => self.take(&event),
                Err(Errno::INTR) => {}
                Err(error) => return tracing::warn!(%error, "the kernel tells no more of files"),
            }
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            if events.is_buffer_empty() {
                thread::sleep(PACE);
            }
        }
    }

    fn take(&self, event: &inotify::Event<'_>) {
        let logs = self.logs();
        if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
            return logs.values().flatten().for_each(|log| log.written.notify_one());
        }
        let is_new = event.events().intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
        for log in logs.get(&event.wd()).into_iter().flatten() {
            if is_new && event.file_name().is_some_and(|name| log.is_called(name.to_bytes())) {
                log.open_ahead();
            }
            log.written.notify_one();
        }
    }

    fn logs(&self) -> std::sync::MutexGuard<'_, HashMap<i32, Vec<Arc<Log>>>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn is_called(&self, name: &[u8]) -> bool {
        self.current.file_name().is_some_and(|own| own.as_encoded_bytes() == name)
    }

    fn open_ahead(&self) {
        // It may have been renamed again: then the trail finds it among the others.
        if let Ok(file) = Kept::open(&self.current) {
            self.ahead.push(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn who_waits_is_woken_by_a_write_and_new_files_are_held_open() {
        let dir = tempfile::tempdir().unwrap();
        let current = dir.path().join("a-json.log");
        fs::write(&current, "one\n").unwrap();
        let (wakes, ahead) = (Wakes::start(), Arc::new(Ahead::new(8)));
        let wake = wakes.of(&current, Arc::clone(&ahead));
        let begun = Instant::now();
        let (path, writer) = (
            current.clone(),
            tokio::task::spawn_blocking(move || {
                thread::sleep(Duration::from_millis(50));
                fs::write(current, "two\n").unwrap();
            }),
        );
        wake.written().await;
        assert!(begun.elapsed() < LOOK_EVERY, "woken, not by the clock");
        writer.await.unwrap();
        fs::rename(&path, dir.path().join("a-json.log.1")).unwrap();
        fs::write(&path, "three\n").unwrap();
        let held = async {
            loop {
                if let Some(file) = ahead.pop() {
                    return file;
                }
                wake.written().await;
            }
        };
        let held = tokio::time::timeout(Duration::from_secs(20), held).await.unwrap();
        fs::remove_file(&path).unwrap();
        assert!(held.head().unwrap().is_some(), "it can be read though it is removed");
    }

    #[tokio::test]
    async fn where_the_kernel_tells_nothing_the_clock_does() {
        let wakes = Wakes { queue: None };
        let wake = wakes.of(Path::new("/no/such/place/a-json.log"), Arc::new(Ahead::new(8)));
        tokio::time::timeout(Duration::from_secs(5), wake.written()).await.unwrap();
    }
}
