//! Reads logs out of the engine's own files (driver `json-file`), where they can be read: exact while they rotate, many times faster than the
//! engine's API, and without work for the engine.
//!
//! What rotates how is the engine's affair; what was measured of it is in ARCHITECTURE.md. `record` reads a record, `chain` finds the files,
//! `trail` reads them in order, `wake` says when there is more.

mod ahead;
mod chain;
pub mod record;
mod trail;
mod wake;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::{fmt, io};

use super::facts::Facts;
use ahead::Ahead;
pub(super) use trail::{Found, Rotation, Spot, Trail};
pub(super) use wake::{Wake, Wakes};

/// Files that were removed before they were read are held open up to so many bytes …
const HELD_BYTES_MAX: u64 = 256 << 20;
/// … and so many of them.
const HELD_FILES: std::ops::RangeInclusive<u64> = 2..=64;

/// Where log files are looked for: as text `auto`, `never`, or a directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum LogFiles {
    /// Where the engine says that they are.
    #[default]
    Auto,
    /// Nowhere: all is asked of the engine.
    Never,
    /// The directory that holds one directory for each container, as it is seen from here.
    In(PathBuf),
}

impl FromStr for LogFiles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "never" => Ok(Self::Never),
            path if Path::new(path).is_absolute() => Ok(Self::In(path.into())),
            _ => Err(format!(
                "{text:?} is neither auto nor never nor the full path of a directory, such as /var/lib/docker/containers"
            )),
        }
    }
}

impl TryFrom<String> for LogFiles {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for LogFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Never => f.write_str("never"),
            Self::In(directory) => directory.display().fmt(f),
        }
    }
}

impl LogFiles {
    /// The file that a container's log is written to, whether it can be read or not.
    fn path_of(&self, facts: &Facts) -> Option<PathBuf> {
        let told = facts.log_path.as_deref().filter(|path| !path.is_empty() && facts.driver == "json-file")?;
        match self {
            Self::Auto => Some(PathBuf::from(told)),
            Self::Never => None,
            Self::In(directory) => Some(directory.join(&facts.id).join(Path::new(told).file_name()?)),
        }
    }
}

/// How a container's log is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Files,
    /// Through the engine, and why not out of the files: completes "because".
    Engine {
        because: String,
    },
}

/// A log file that can be read.
#[derive(Debug, Clone)]
pub(super) struct LogFile {
    path: PathBuf,
    rotation: Rotation,
}

impl LogFile {
    /// The file, or why the engine has to be asked instead. Blocks.
    pub(super) fn find(files: &LogFiles, facts: &Facts) -> Result<Self, String> {
        if facts.driver != "json-file" {
            return Err(format!("its log driver is {}, whose files only the engine can read", facts.driver));
        }
        let Some(path) = files.path_of(facts) else {
            return Err(match files {
                LogFiles::Never => "log files are switched off".to_owned(),
                _ => "the engine does not say where its log file is".to_owned(),
            });
        };
        match std::fs::File::open(&path) {
            Ok(_) => Ok(Self { path, rotation: facts.rotation }),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    /// Begins to read at `spot`, else at the oldest record that is left. Blocks.
    pub(super) fn read(&self, spot: Option<Spot>, wakes: &Wakes) -> io::Result<(Trail, Wake)> {
        let each = self.rotation.bytes_max.unwrap_or(HELD_BYTES_MAX).max(1);
        let held_max = (HELD_BYTES_MAX / each).clamp(*HELD_FILES.start(), *HELD_FILES.end());
        let ahead = Arc::new(Ahead::new(held_max as usize));
        // Listened to first: what is made in between is found twice rather than not at all.
        let wake = wakes.of(&self.path, Arc::clone(&ahead));
        Ok((Trail::open(&self.path, self.rotation, spot, ahead)?, wake))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(driver: &str) -> Facts {
        let log_path = Some("/var/lib/docker/containers/c0ffee/c0ffee-json.log".into());
        Facts { id: "c0ffee".into(), driver: driver.into(), log_path, ..Facts::default() }
    }

    #[test]
    fn files_are_looked_for_where_the_engine_or_a_setting_says() {
        let path = |files: &str| files.parse::<LogFiles>().unwrap().path_of(&facts("json-file"));
        assert_eq!(path("auto"), Some("/var/lib/docker/containers/c0ffee/c0ffee-json.log".into()));
        assert_eq!(path("/logs"), Some("/logs/c0ffee/c0ffee-json.log".into()));
        assert_eq!(path("never"), None);
        assert!("logs".parse::<LogFiles>().unwrap_err().contains("auto nor never"));
        for text in ["auto", "never", "/logs"] {
            assert_eq!(text.parse::<LogFiles>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn why_the_engine_is_asked_instead_is_told() {
        let why = |files: LogFiles, facts: Facts| LogFile::find(&files, &facts).unwrap_err();
        assert!(why(LogFiles::Auto, facts("local")).contains("log driver is local"));
        assert_eq!(why(LogFiles::Never, facts("json-file")), "log files are switched off");
        assert!(why(LogFiles::In("/no/such".into()), facts("json-file")).contains("cannot be read: No such file"));
        assert!(why(LogFiles::Auto, Facts { log_path: None, ..facts("json-file") }).contains("does not say where"));
    }
}
