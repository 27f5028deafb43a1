//! Files that were written after the one that is read, held open: the engine may remove them before their turn comes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::chain::{Kept, Seen};

/// The newer files of one log, the oldest first.
#[derive(Debug)]
pub(super) struct Ahead {
    held: Mutex<Held>,
    /// What is held open takes space on the disk though nobody sees it there.
    files_max: usize,
}

#[derive(Debug, Default)]
struct Held {
    files: VecDeque<Kept>,
    /// One had to be left out: what comes after it would be out of order.
    is_broken: bool,
}

impl Ahead {
    pub(super) fn new(files_max: usize) -> Self {
        Self { held: Mutex::default(), files_max }
    }

    /// A file has just been made.
    pub(super) fn push(&self, file: Kept) {
        let mut held = self.held();
        if held.files.back().is_some_and(|last| last.inode == file.inode) {
            return;
        }
        held.is_broken |= held.files.len() >= self.files_max;
        if !held.is_broken {
            held.files.push_back(file);
        }
    }

    /// The one after that which is read.
    pub(super) fn pop(&self) -> Option<Kept> {
        let mut held = self.held();
        let next = held.files.pop_front();
        held.is_broken &= next.is_some();
        next
    }

    /// `files` are those after that which is read, as they were found a moment ago; `seen` all that were found. Only what was made
    /// since then is kept behind them.
    pub(super) fn replace(&self, files: impl Iterator<Item = Kept>, seen: &Seen) {
        let mut held = self.held();
        let newer = std::mem::take(&mut held.files).into_iter().filter(|file| !seen.has(file));
        held.files = files.chain(newer).take(self.files_max).collect();
        held.is_broken = false;
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(inode: u64) -> Kept {
        Kept { inode, is_packed: false, file: tempfile::tempfile().unwrap() }
    }

    fn all(ahead: &Ahead) -> Vec<u64> {
        std::iter::from_fn(|| ahead.pop()).map(|file| file.inode).collect()
    }

    #[test]
    fn files_come_in_order_and_each_once() {
        let ahead = Ahead::new(8);
        for inode in [1, 2, 2, 3] {
            ahead.push(file(inode));
        }
        assert_eq!(all(&ahead), [1, 2, 3]);
    }

    #[test]
    fn behind_one_that_was_left_out_none_is_taken_until_all_were_read() {
        let ahead = Ahead::new(2);
        for inode in 1..=3 {
            ahead.push(file(inode));
        }
        assert_eq!(ahead.pop().map(|file| file.inode), Some(1));
        ahead.push(file(4));
        assert_eq!(all(&ahead), [2]);
        ahead.push(file(5));
        assert_eq!(all(&ahead), [5]);
    }

    #[test]
    fn what_was_found_replaces_what_was_held_and_newer_ones_stay() {
        let ahead = Ahead::new(8);
        for inode in [2, 4, 5] {
            ahead.push(file(inode));
        }
        ahead.replace([file(3), file(4)].into_iter(), &Seen::of(&[file(1), file(2), file(3), file(4)]));
        assert_eq!(all(&ahead), [3, 4, 5]);
    }
}
