//! Writes a project's files.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{Language, MANIFEST, Manifest, ProjectName};
use crate::plugins::Slot;

include!(concat!(env!("OUT_DIR"), "/scaffold.rs"));

/// Stands for the plugin's name in templates.
const PLACEHOLDER: &str = "plugin-name";

/// Writes a new project to `folder`, which must be empty or not there yet; gives the paths of its files, relative and sorted.
pub fn write(folder: &Path, name: &ProjectName, manifest: Manifest) -> Result<Vec<String>, ScaffoldError> {
    let files = files(name, manifest)?;
    if !is_free(folder).map_err(|source| ScaffoldError::unwritten(folder, source))? {
        return Err(ScaffoldError::Taken { folder: folder.to_owned() });
    }
    for (path, text) in &files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|source| ScaffoldError::unwritten(parent, source))?;
        fs::write(&path, text).map_err(|source| ScaffoldError::unwritten(&path, source))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Path and text of each file. What `common` and the slot's folder hold lies in the project's own folder.
fn files(name: &ProjectName, manifest: Manifest) -> Result<Vec<(String, String)>, ScaffoldError> {
    let Manifest { language, slot } = manifest;
    if !has_template(language, slot) {
        return Err(ScaffoldError::NoTemplate { language, slot, there: templates() });
    }
    let below = |folder: String| {
        FILES.iter().filter_map(move |(path, text)| Some((path.strip_prefix(folder.as_str())?, *text)))
    };
    let named = |(path, text): (&str, &str)| {
        (path.replace("gitignore", ".gitignore"), text.replace(PLACEHOLDER, name.as_str()))
    };
    let own = [format!("templates/{language}/common/"), format!("templates/{language}/{slot}/")];
    let mut files: Vec<(String, String)> = own.into_iter().flat_map(below).map(named).collect();
    let copied = |to: &'static str| move |(path, text): (&str, &str)| (format!("{to}/{path}"), text.to_owned());
    files.extend(below("wit/".to_owned()).map(copied("wit")));
    if language == Language::Rust {
        files.extend(below("guest/".to_owned()).map(copied("foghorn-guest/src")));
        files.extend(below("templates/rust/guest/".to_owned()).map(copied("foghorn-guest")));
    }
    files.push((MANIFEST.to_owned(), manifest.text()));
    files.sort();
    Ok(files)
}

fn has_template(language: Language, slot: Slot) -> bool {
    let folder = format!("templates/{language}/{slot}/");
    FILES.iter().any(|(path, _)| path.starts_with(&folder))
}

/// What there is a template for, for people.
fn templates() -> String {
    let of = |language: Language| {
        let slots: Vec<_> =
            Slot::ALL.into_iter().filter(|slot| has_template(language, *slot)).map(Slot::as_str).collect();
        format!("{language}: {}", slots.join(", "))
    };
    Language::ALL.map(of).join("; ")
}

fn is_free(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    #[error("{} is not empty; name another folder with --dir", folder.display())]
    Taken { folder: PathBuf },
    #[error("there is no template for a {slot} in {language}; there are {there}")]
    NoTemplate { language: Language, slot: Slot, there: String },
    #[error("cannot write {}: {source}", path.display())]
    Unwritten { path: PathBuf, source: io::Error },
}

impl ScaffoldError {
    fn unwritten(path: &Path, source: io::Error) -> Self {
        Self::Unwritten { path: path.to_owned(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> ProjectName {
        "slow-queries".parse().unwrap()
    }

    #[test]
    fn every_template_makes_a_project_that_names_itself_and_brings_the_contract() {
        for language in Language::ALL {
            for slot in Slot::ALL.into_iter().filter(|slot| has_template(language, *slot)) {
                let files = files(&name(), Manifest { language, slot }).unwrap();
                assert!(files.iter().all(|(_, text)| !text.contains(PLACEHOLDER)), "{language} {slot}");
                let has = |path: &str| files.iter().any(|(other, _)| other == path);
                assert!(has("README.md") && has(".gitignore") && has(MANIFEST), "{language} {slot}");
                assert!(has("wit/worlds.wit") && has("wit/types.wit"), "{language} {slot}");
                assert_eq!(has("foghorn-guest/src/lib.rs"), language == Language::Rust);
            }
        }
    }

    #[test]
    fn every_language_has_a_detector_and_rust_has_every_slot() {
        assert!(Language::ALL.into_iter().all(|language| has_template(language, Slot::Detector)));
        assert!(Slot::ALL.into_iter().all(|slot| has_template(Language::Rust, slot)));
        assert!(templates().starts_with("rust: vectorizer, detector, thresholds; python: "), "{}", templates());
    }

    #[test]
    fn a_folder_that_holds_something_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = Manifest { language: Language::JavaScript, slot: Slot::Detector };
        let folder = dir.path().join("new");
        let files = write(&folder, &name(), manifest).unwrap();
        assert!(files.contains(&"plugin.js".to_owned()));
        assert_eq!(Manifest::read(&folder).unwrap(), manifest);
        fs::write(folder.join("plugin.js"), "mine").unwrap();
        let error = write(&folder, &name(), manifest).unwrap_err().to_string();
        assert!(error.ends_with("new is not empty; name another folder with --dir"), "{error}");
        assert_eq!(fs::read_to_string(folder.join("plugin.js")).unwrap(), "mine");
    }
}
