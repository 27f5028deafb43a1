//! `plugin.toml`: what a project is, for `foghorn plugin build`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

use super::Language;
use crate::plugins::Slot;

/// The name of the file.
pub const MANIFEST: &str = "plugin.toml";

/// A project's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest {
    pub language: Language,
    pub slot: Slot,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    language: Language,
    slot: String,
}

impl Manifest {
    /// Reads that of the project in `folder`.
    pub fn read(folder: &Path) -> Result<Self, ManifestError> {
        let path = folder.join(MANIFEST);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|why| ManifestError::Bad { path, why }),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Err(ManifestError::None { path }),
            Err(source) => Err(ManifestError::Unreadable { path, source }),
        }
    }

    /// The text that `parse` reads.
    pub fn text(self) -> String {
        let Self { language, slot } = self;
        format!("# Tells `foghorn plugin build` what this is.\nlanguage = \"{language}\"\nslot = \"{slot}\"\n")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let Written { language, slot } = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        Ok(Self { language, slot: parse_slot(&slot)? })
    }
}

/// The slot of this name.
pub fn parse_slot(text: &str) -> Result<Slot, String> {
    let slot = Slot::ALL.into_iter().find(|slot| slot.as_str() == text);
    slot.ok_or_else(|| format!("slot '{text}'; slots are vectorizer, detector and thresholds"))
}

/// Why a folder is no project.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("there is no {}; `foghorn plugin new` writes a project that has one", path.display())]
    None { path: PathBuf },
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: {why}", path.display())]
    Bad { path: PathBuf, why: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_for_every_language_and_slot() {
        for language in Language::ALL {
            for slot in Slot::ALL {
                let manifest = Manifest { language, slot };
                assert_eq!(Manifest::parse(&manifest.text()), Ok(manifest));
            }
        }
    }

    #[test]
    fn other_words_are_refused_with_those_allowed() {
        let error = |text: &str| Manifest::parse(text).unwrap_err();
        assert!(
            error("language = \"rust\"\nslot = \"alert\"").ends_with("slots are vectorizer, detector and thresholds")
        );
        assert!(error("language = \"cobol\"\nslot = \"detector\"").contains("javascript"));
        assert!(error("language = \"rust\"\nslot = \"detector\"\nmore = 1").contains("more"));
    }
}
