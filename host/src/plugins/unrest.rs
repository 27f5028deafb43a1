//! What a directory's events say: when to look at it, and which of its files are being written. Pure: it is given the time.
//!
//! A file is taken as soon as it is closed or renamed into place. While it is written it stays what it was; one that was never
//! closed (a link, or another system than Linux) is taken when it has been still for a while. A removal waits a little,
//! because a file that is replaced is often removed first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind};

use super::shelf::is_component;

/// After a file is whole; others may come at once.
const WHOLE_WAIT: Duration = Duration::from_millis(3);

/// After a removal, or anything else.
const OTHER_WAIT: Duration = Duration::from_millis(25);

/// After the last change of a file that is not closed.
const STILL_WAIT: Duration = Duration::from_millis(500);

/// Files in writing that are told apart; those beyond them are taken as they come.
const WRITING_MAX: usize = 1_024;

/// The events since the last look.
#[derive(Debug, Default)]
pub(super) struct Unrest {
    /// When to look.
    due: Option<Instant>,
    /// Files in writing, and their last change.
    writing: BTreeMap<PathBuf, Instant>,
}

impl Unrest {
    /// Takes in one event; without one, events were lost.
    pub(super) fn note(&mut self, event: Option<&Event>, now: Instant) {
        let kind = event.map_or(EventKind::Any, |event| event.kind);
        let components = event.into_iter().flat_map(|event| &event.paths).filter(|path| is_component(path));
        match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Modify(ModifyKind::Name(_)) => {
                let arrived = !matches!(kind, EventKind::Modify(ModifyKind::Name(RenameMode::From)));
                let named = components.map(|path| self.writing.remove(path)).count() > 0;
                self.look(now + if arrived && named { WHOLE_WAIT } else { OTHER_WAIT });
            }
            // This very process opens and reads the files.
            EventKind::Access(_) => {}
            EventKind::Create(CreateKind::File | CreateKind::Any) | EventKind::Modify(ModifyKind::Data(_)) => {
                components.for_each(|path| self.write(path, now));
            }
            _ => self.look(now + OTHER_WAIT),
        }
    }

    /// When to look, or to wait on.
    pub(super) fn due(&self) -> Option<Instant> {
        let still = self.writing.values().min().map(|last| *last + STILL_WAIT);
        self.due.into_iter().chain(still).min()
    }

    /// The files to leave as they were, once it is time to look.
    pub(super) fn take(&mut self, now: Instant) -> BTreeSet<PathBuf> {
        self.due = None;
        self.writing.retain(|_, last| *last + STILL_WAIT > now);
        self.writing.keys().cloned().collect()
    }

    fn write(&mut self, path: &Path, now: Instant) {
        if self.writing.len() < WRITING_MAX || self.writing.contains_key(path) {
            self.writing.insert(path.to_owned(), now);
        } else {
            self.look(now + STILL_WAIT);
        }
    }

    fn look(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, RemoveKind};

    const WROTE: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CREATED: EventKind = EventKind::Create(CreateKind::File);
    const CLOSED: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
    const REMOVED: EventKind = EventKind::Remove(RemoveKind::File);

    fn moved(mode: RenameMode) -> EventKind {
        EventKind::Modify(ModifyKind::Name(mode))
    }

    /// Takes in events that all come at once, and tells how long after them it is time to look, ms, and what is then left.
    fn after(events: &[(EventKind, &str)]) -> (Option<u128>, Vec<PathBuf>) {
        let (mut unrest, now) = (Unrest::default(), Instant::now());
        for (kind, path) in events {
            unrest.note(Some(&Event::new(*kind).add_path(path.into())), now);
        }
        let due = unrest.due();
        let left = due.map(|due| unrest.take(due).into_iter().collect()).unwrap_or_default();
        (due.map(|due| (due - now).as_millis()), left)
    }

    #[test]
    fn a_file_is_taken_when_it_is_whole() {
        assert_eq!(after(&[(CREATED, "a.wasm"), (WROTE, "a.wasm"), (CLOSED, "a.wasm")]), (Some(3), vec![]));
        assert_eq!(after(&[(moved(RenameMode::To), "a.wasm")]), (Some(3), vec![]));
        assert_eq!(after(&[(CREATED, "a.wasm"), (CLOSED, "b.wasm")]), (Some(3), vec!["a.wasm".into()]));
    }

    #[test]
    fn a_file_that_is_never_closed_is_taken_when_it_is_still() {
        assert_eq!(after(&[(CREATED, "a.wasm"), (WROTE, "a.wasm")]), (Some(500), vec![]));
    }

    #[test]
    fn a_removal_waits_for_what_may_come_in_its_place() {
        assert_eq!(after(&[(REMOVED, "a.wasm")]), (Some(25), vec![]));
        assert_eq!(after(&[(moved(RenameMode::From), "a.wasm")]), (Some(25), vec![]));
        assert_eq!(after(&[(REMOVED, "a.wasm"), (CREATED, "a.wasm")]), (Some(25), vec!["a.wasm".into()]));
        assert_eq!(after(&[(REMOVED, "a.wasm"), (CREATED, "a.wasm"), (CLOSED, "a.wasm")]), (Some(3), vec![]));
    }

    #[test]
    fn reading_is_no_reason_to_look() {
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert_eq!(after(&[(opened, "a.wasm")]), (None, vec![]));
    }

    #[test]
    fn lost_events_are_a_reason_to_look() {
        let (mut unrest, now) = (Unrest::default(), Instant::now());
        unrest.note(None, now);
        assert_eq!(unrest.due(), Some(now + OTHER_WAIT));
    }

    #[test]
    fn endless_events_do_not_put_off_a_look() {
        let (mut unrest, now) = (Unrest::default(), Instant::now());
        for number in 0..100 {
            let event = Event::new(CLOSED).add_path("a.wasm".into());
            unrest.note(Some(&event), now + Duration::from_millis(number));
        }
        assert_eq!(unrest.due(), Some(now + WHOLE_WAIT));
    }
}
