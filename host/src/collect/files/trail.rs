//! Reads the files of one log in the order in which they were written, across rotations. Calls block, for as long as a disk does.
//!
//! At the end of a file that is written no more, the next newer one is opened: looked up among the files that are there, or taken from
//! those that were opened when they were made (`ahead`). So nothing is missed unless files are removed faster than they are read
//! and more of them than are held open; then the trail goes on with the oldest that is left, and says so. Proven on rotation at full rate in
//! `tests/collect_engine`.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::ahead::Ahead;
use super::chain::{Kept, Seen, list};

/// Read at once, where there is as much.
const CHUNK_BYTES: u64 = 256 * 1024;
/// So much at the end of a file that was read before counts as written a moment ago.
const PROMPT_BYTES: u64 = 64 * 1024;
/// Memory that is kept for the next read while there is nothing to read.
const IDLE_BYTES: usize = 4 * 1024;
/// A record is 16 KiB of text at most, which may be written six times as long.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// A place behind a whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::collect) struct Spot {
    pub inode: u64,
    /// Length and checksum of the first record of the file.
    pub head: u64,
    pub offset: u64,
}

/// How the engine keeps a log small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotation {
    /// A file that is as large is rotated before the next record; `None`: never.
    pub bytes_max: Option<u64>,
    pub files_max: u32,
}

impl Rotation {
    /// The one file is cut to nothing.
    fn truncates(self) -> bool {
        self.bytes_max.is_some() && self.files_max < 2
    }
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::collect) enum Found {
    Records,
    /// The end of what is written so far.
    Nothing,
}

#[derive(Debug)]
pub(in crate::collect) struct Trail {
    current: PathBuf,
    rotation: Rotation,
    ahead: Arc<Ahead>,
    open: Open,
    gaps: Vec<String>,
}

impl Trail {
    /// Begins at `spot`; where that is not there any more, or is not known, at the oldest record that is left.
    pub(super) fn open(current: &Path, rotation: Rotation, spot: Option<Spot>, ahead: Arc<Ahead>) -> io::Result<Self> {
        let mut files = list(current, rotation.files_max)?;
        let found = spot.map(|spot| find(&files, spot)).transpose()?.flatten();
        let seen = Seen::of(&files);
        let index = found.unwrap_or(0);
        if files.is_empty() {
            return Err(io::Error::new(ErrorKind::NotFound, format!("there is no {}", current.display())));
        }
        let newer = files.split_off(index + 1);
        let own = files.pop().expect("the file at the index");
        ahead.replace(newer.into_iter(), &seen);
        let offset = spot.filter(|_| found.is_some()).map_or(0, |spot| spot.offset);
        let mut gaps = Vec::new();
        if spot.is_some() && found.is_none() {
            gaps.push("the log file that was read last is gone: what was written between it and the oldest that is left is missing".into());
        }
        Ok(Self { current: current.to_owned(), rotation, ahead, open: Open::at(own, offset)?, gaps })
    }

    /// Whether reading goes on at the spot that was asked for.
    pub(in crate::collect) fn is_at(&self, spot: Option<Spot>) -> bool {
        spot.is_some_and(|spot| self.open.head == Some(spot.head) && self.open.offset == spot.offset)
    }

    /// Whether a read will not wait for a disk: what is left of the file is little, so it was written a moment ago.
    pub(in crate::collect) fn is_prompt(&self) -> bool {
        let Open { kept, .. } = &self.open;
        let length = kept.file.metadata().map_or(u64::MAX, |metadata| metadata.len());
        !kept.is_packed && self.open.offset > 0 && length.saturating_sub(self.open.end()) <= PROMPT_BYTES
    }

    /// Replaces `chunk` by the next whole records, each with its newline.
    pub(in crate::collect) fn read(&mut self, chunk: &mut Vec<u8>) -> io::Result<Found> {
        let found = self.next(chunk)?;
        if found == Found::Nothing {
            // Most logs are quiet most of the time.
            chunk.shrink_to(IDLE_BYTES);
            self.open.waiting.shrink_to(IDLE_BYTES);
        }
        Ok(found)
    }

    fn next(&mut self, chunk: &mut Vec<u8>) -> io::Result<Found> {
        chunk.clear();
        let mut is_drained = false;
        loop {
            if self.rotation.truncates() && self.open.is_another()? {
                self.begin_anew()?;
            }
            let count = match self.open.fill() {
                Err(error) if self.open.kept.is_packed => {
                    tracing::warn!(path = %self.current.display(), %error, "a packed log file");
                    self.gaps.push("a packed log file is damaged: lines are missing".into());
                    0
                }
                count => count?,
            };
            if self.open.take(chunk) {
                return Ok(Found::Records);
            }
            if count > 0 {
                continue;
            }
            if !self.open.kept.is_packed {
                match fs::metadata(&self.current) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    Ok(now) if now.ino() == self.open.kept.inode && now.len() >= self.open.end() => {
                        return Ok(Found::Nothing);
                    }
                    Ok(now) if now.ino() == self.open.kept.inode => {
                        self.begin_anew()?;
                        continue;
                    }
                    // It was rotated, or the container was removed; something may have been written before that.
                    _ if !is_drained => {
                        is_drained = true;
                        continue;
                    }
                    _ => {}
                }
            }
            if !self.step()? {
                return Ok(Found::Nothing);
            }
            is_drained = false;
        }
    }

    /// Behind what was handed out; `None` before the first record.
    pub(in crate::collect) fn spot(&self) -> Option<Spot> {
        let Open { kept, head, offset, .. } = &self.open;
        head.filter(|_| *offset > 0).map(|head| Spot { inode: kept.inode, head, offset: *offset })
    }

    /// What could not be read because it was gone, each one sentence in lowercase.
    pub(in crate::collect) fn take_gaps(&mut self) -> Vec<String> {
        std::mem::take(&mut self.gaps)
    }

    /// Goes on with the next newer file; `false` where there is none yet.
    fn step(&mut self) -> io::Result<bool> {
        let mut files = list(&self.current, self.rotation.files_max)?;
        let seen = Seen::of(&files);
        let next = if let Some(own) = self.place_among(&files)? {
            let mut newer = files.split_off(own + 1).into_iter();
            let next = newer.next();
            self.ahead.replace(newer, &seen);
            next
        } else if let Some(next) = self.ahead.pop() {
            Some(next)
        } else if files.is_empty() {
            None
        } else {
            self.gaps.push("log files were rotated away faster than they could be read: lines are missing".into());
            let newer = files.split_off(1);
            self.ahead.replace(newer.into_iter(), &seen);
            files.pop()
        };
        let Some(next) = next else { return Ok(false) };
        self.open = Open::at(next, 0)?;
        Ok(true)
    }

    /// Which of the files is the one that is read: it may have been packed meanwhile.
    fn place_among(&self, files: &[Kept]) -> io::Result<Option<usize>> {
        let own = &self.open.kept;
        if let Some(place) = files.iter().position(|file| file.inode == own.inode && file.is_packed == own.is_packed) {
            return Ok(Some(place));
        }
        let Some(head) = self.open.head else { return Ok(None) };
        for (place, file) in files.iter().enumerate().filter(|(_, file)| file.is_packed) {
            if file.head()? == Some(head) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// The file was cut to nothing and is written anew.
    fn begin_anew(&mut self) -> io::Result<()> {
        // It is cut before the first record that would come behind the limit.
        if self.rotation.bytes_max.is_none_or(|bytes_max| self.open.end() < bytes_max) {
            self.gaps.push("the log file was cut before it was read to its end: lines are missing".into());
        }
        self.open.rewind()
    }
}

/// Where the file of a spot is.
fn find(files: &[Kept], spot: Spot) -> io::Result<Option<usize>> {
    let mut found = None;
    for (place, file) in files.iter().enumerate() {
        let is_long_enough = file.is_packed || file.file.metadata()?.len() >= spot.offset;
        if is_long_enough && file.head()? == Some(spot.head) {
            found = Some(place);
            if file.inode == spot.inode {
                break;
            }
        }
    }
    Ok(found)
}

/// The file that is read.
#[derive(Debug)]
struct Open {
    kept: Kept,
    unpacked: Option<MultiGzDecoder<File>>,
    head: Option<u64>,
    /// Behind what was handed out; of a packed file in what was packed.
    offset: u64,
    /// Read from there on, and not handed out.
    waiting: Vec<u8>,
}

impl Open {
    fn at(kept: Kept, offset: u64) -> io::Result<Self> {
        let head = kept.head()?;
        let mut unpacked = kept.is_packed.then(|| kept.file.try_clone().map(MultiGzDecoder::new)).transpose()?;
        if let Some(unpacked) = &mut unpacked {
            io::copy(&mut unpacked.take(offset), &mut io::sink())?;
        }
        Ok(Self { kept, unpacked, head, offset, waiting: Vec::new() })
    }

    /// Behind what was read.
    fn end(&self) -> u64 {
        self.offset + self.waiting.len() as u64
    }

    /// Reads some more; 0 at the end.
    fn fill(&mut self) -> io::Result<usize> {
        let (end, from) = (self.end(), self.waiting.len());
        // Of what is packed nobody knows how much there is; of the other there may be nothing, which is the usual case.
        let left = match self.unpacked {
            Some(_) => CHUNK_BYTES,
            None => self.kept.file.metadata()?.len().saturating_sub(end).min(CHUNK_BYTES),
        };
        if left == 0 {
            return Ok(0);
        }
        self.waiting.resize(from + left as usize, 0);
        let count = match &mut self.unpacked {
            Some(unpacked) => unpacked.read(&mut self.waiting[from..]),
            None => self.kept.file.read_at(&mut self.waiting[from..], end),
        };
        self.waiting.truncate(from + count.as_ref().copied().unwrap_or(0));
        if self.head.is_none() {
            self.head = self.kept.head()?;
        }
        count
    }

    /// Hands out the whole records; one without an end as it is, so that it is skipped as damaged.
    fn take(&mut self, chunk: &mut Vec<u8>) -> bool {
        let end = match memchr::memrchr(b'\n', &self.waiting) {
            Some(end) => end + 1,
            None if self.waiting.len() > RECORD_BYTES_MAX => self.waiting.len(),
            None => return false,
        };
        std::mem::swap(chunk, &mut self.waiting);
        self.waiting.clear();
        self.waiting.extend_from_slice(&chunk[end..]);
        chunk.truncate(end);
        self.offset += end as u64;
        true
    }

    /// Whether something else stands here than what was read.
    fn is_another(&self) -> io::Result<bool> {
        Ok(match self.head {
            Some(head) => self.kept.head()? != Some(head),
            None => false,
        })
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.waiting.clear();
        (self.offset, self.head) = (0, self.kept.head()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
