//! Troubles, and the file by which one process of a container tells another of them.
//!
//! The image holds nothing but this program, so there is no shell to send signals with: the engine's `exec` runs the program
//! a second time, which writes the file and ends.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use crate::clock;

const FILE: &str = "/trouble";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What the container needs does not answer.
    Database,
    /// The disk is full.
    Disk,
    /// Somebody makes it log lines that attack who reads them.
    Attack,
}

impl Kind {
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        match text {
            "database" => Some(Self::Database),
            "disk" => Some(Self::Disk),
            "attack" => Some(Self::Attack),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Disk => "disk",
            Self::Attack => "attack",
        }
    }
}

/// Begins a trouble that ends by itself.
pub(crate) fn begin(kind: Kind, seconds: u64) -> io::Result<()> {
    write(Path::new(FILE), kind, clock::now() + Duration::from_secs(seconds))
}

/// The trouble that holds now.
pub(crate) fn current(now: Duration) -> Option<Kind> {
    read(Path::new(FILE), now)
}

/// Renamed into place, so that no half of it is ever read.
fn write(path: &Path, kind: Kind, until: Duration) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, format!("{} {}", kind.as_str(), until.as_millis()))?;
    fs::rename(fresh, path)
}

fn read(path: &Path, now: Duration) -> Option<Kind> {
    let text = fs::read_to_string(path).ok()?;
    let (kind, until) = text.split_once(' ')?;
    let until = Duration::from_millis(until.parse().ok()?);
    Kind::from_text(kind).filter(|_| now < until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_ends_by_itself() {
        let path = std::env::temp_dir().join(format!("foghorn-demo-trouble-{}", std::process::id()));
        let end = Duration::from_secs(100);
        assert_eq!(read(&path, Duration::ZERO), None);
        write(&path, Kind::Disk, end).unwrap();
        assert_eq!(read(&path, Duration::from_secs(99)), Some(Kind::Disk));
        assert_eq!(read(&path, end), None);
        fs::remove_file(path).unwrap();
    }
}
