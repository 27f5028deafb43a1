//! How a plugin is named in settings, labels and commands: by name, by name and version or the beginning of one, by digest.
//!
//! `iforest` and `iforest@latest` are the highest version there is, `iforest@1` and `iforest@1.2` the highest that begins so,
//! `iforest@1.2.3` that one alone; `sha256:3f9a12bc4d5e…` and `iforest@sha256:3f9a12bc4d5e…` are certain bytes.

use std::fmt;
use std::str::FromStr;

use super::digest::Digest;
use super::version::{PluginVersion, VersionLine};

/// Least digits of a digest that is not written in full.
const DIGITS_MIN: usize = 12;

/// Which plugin is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The highest version of a name.
    Latest {
        name: String,
    },
    /// The highest version that begins so.
    Line {
        name: String,
        line: VersionLine,
    },
    Version {
        name: String,
        plugin_version: PluginVersion,
    },
    /// By the first digits of its digest, or all; with a name, the plugin must have it.
    Digest {
        name: Option<String>,
        digits: String,
    },
}

impl Reference {
    pub(super) fn names(&self, name: &str, plugin_version: PluginVersion, digest: &Digest) -> bool {
        match self {
            Self::Latest { name: wanted } => name == wanted,
            Self::Line { name: wanted, line } => name == wanted && line.holds(plugin_version),
            Self::Version { name: wanted, plugin_version: version } => name == wanted && plugin_version == *version,
            Self::Digest { name: wanted, digits } => {
                wanted.as_ref().is_none_or(|wanted| name == wanted) && digest.to_string().starts_with(digits)
            }
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest { name } => f.write_str(name),
            Self::Line { name, line } => write!(f, "{name}@{line}"),
            Self::Version { name, plugin_version } => write!(f, "{name}@{plugin_version}"),
            Self::Digest { name: None, digits } => write!(f, "sha256:{digits}"),
            Self::Digest { name: Some(name), digits } => write!(f, "{name}@sha256:{digits}"),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let bad = || ReferenceError { found: super::text::safe(text, 100) };
        if let Some(digits) = text.strip_prefix("sha256:") {
            return Ok(Self::Digest { name: None, digits: lowercase_digits(digits).ok_or_else(bad)? });
        }
        let (name, which) = text.split_once('@').unwrap_or((text, "latest"));
        if !super::card::is_name(name) {
            return Err(bad());
        }
        let name = name.to_owned();
        if let Some(digits) = which.strip_prefix("sha256:") {
            return Ok(Self::Digest { name: Some(name), digits: lowercase_digits(digits).ok_or_else(bad)? });
        }
        if which == "latest" {
            return Ok(Self::Latest { name });
        }
        match (which.parse(), which.parse()) {
            (Ok(plugin_version), _) => Ok(Self::Version { name, plugin_version }),
            (_, Ok(line)) => Ok(Self::Line { name, line }),
            _ => Err(bad()),
        }
    }
}

fn lowercase_digits(digits: &str) -> Option<String> {
    let good = (DIGITS_MIN..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then(|| digits.to_ascii_lowercase())
}

/// The text names no plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{found}' names no plugin; write NAME, NAME@1, NAME@1.2, NAME@1.2.3, NAME@latest, or sha256: or NAME@sha256: with 12 or more digits"
)]
pub struct ReferenceError {
    found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_name_a_plugin_are_read() {
        for (text, shown) in [
            ("iforest", "iforest"),
            ("iforest@latest", "iforest"),
            ("iforest@1", "iforest@1"),
            ("iforest@0.1", "iforest@0.1"),
            ("iforest@0.1.0", "iforest@0.1.0"),
            ("sha256:3F9A12BC4D5E", "sha256:3f9a12bc4d5e"),
            ("iforest@sha256:3F9A12BC4D5E", "iforest@sha256:3f9a12bc4d5e"),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), shown);
            assert_eq!(shown.parse(), Ok(reference), "what is shown is read as the same");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "@1.0.0",
            "iforest@",
            "iforest@1.",
            "iforest@1.2.3.4",
            "iforest@v1",
            "iforest@1.x",
            "iForest",
            "../x",
            "sha256:3f9a",
            "sha256:xxxxxxxxxxxx",
            "iforest@sha256:3f9a",
            "@sha256:3f9a12bc4d5e",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
