//! Points that a server will never take: kept in a file with the reason, and counted.
//!
//! One JSON object a line in `influxdb-rejected.jsonl`. At 64 MiB it becomes `influxdb-rejected.jsonl.1` in the place of the
//! one before, so there is room for the newest 64 MiB at least. Left out: writing them again; once the cause is gone,
//! `jq -r .point` gives what to post.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

const FILE: &str = "influxdb-rejected.jsonl";
const FILE_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct Rejected {
    path: PathBuf,
    file_bytes_max: u64,
    points: AtomicU64,
    /// Held while the file is written.
    writing: Mutex<()>,
}

#[derive(serde::Serialize)]
struct Entry<'a> {
    /// When it was refused.
    time: String,
    reason: &'a str,
    /// In line protocol.
    point: &'a str,
}

impl Rejected {
    pub(super) fn new(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        Self { path, file_bytes_max: FILE_BYTES_MAX, points: AtomicU64::new(0), writing: Mutex::new(()) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many since the start.
    pub(super) fn points(&self) -> u64 {
        self.points.load(Ordering::Relaxed)
    }

    /// Appends points. Blocks shortly.
    pub(super) fn set_aside<'a>(&self, points: impl Iterator<Item = &'a [u8]>, reason: &str) -> io::Result<()> {
        let time = jiff::Timestamp::now().to_string();
        let mut text = Vec::new();
        let mut count = 0;
        for point in points {
            let point = String::from_utf8_lossy(point);
            serde_json::to_writer(&mut text, &Entry { time: time.clone(), reason, point: point.trim_end() })?;
            text.push(b'\n');
            count += 1;
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.file()?.write_all(&text)?;
        self.points.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    /// Log text is nobody else's business.
    fn file(&self) -> io::Result<File> {
        let open = || OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path);
        let file = open()?;
        if file.metadata()?.len() < self.file_bytes_max {
            return Ok(file);
        }
        fs::rename(&self.path, self.path.with_extension("jsonl.1"))?;
        open()
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn points_are_kept_with_their_reason_and_counted() {
        let dir = TempDir::new().unwrap();
        let rejected = Rejected::new(dir.path());
        rejected.set_aside([b"m text=\"a\nb\" 1\n".as_slice(), b"m v=1i 2\n"].into_iter(), "it says \"no\"").unwrap();
        let text = fs::read_to_string(rejected.path()).unwrap();
        let entries: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(entries[0]["point"], "m text=\"a\nb\" 1");
        assert_eq!(entries[1]["reason"], "it says \"no\"");
        assert_eq!((entries.len(), rejected.points()), (2, 2));
    }

    #[test]
    fn one_older_file_is_kept() {
        let dir = TempDir::new().unwrap();
        let rejected = Rejected { file_bytes_max: 100, ..Rejected::new(dir.path()) };
        for number in 0..5 {
            rejected.set_aside([format!("m v={number}i {}\n", "x".repeat(100)).as_bytes()].into_iter(), "no").unwrap();
        }
        let kept = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
        assert!(kept("influxdb-rejected.jsonl").contains("v=4i"));
        assert!(kept("influxdb-rejected.jsonl.1").contains("v=3i"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        assert_eq!(rejected.points(), 5);
    }
}
