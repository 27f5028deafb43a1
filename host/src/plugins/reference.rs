//! How a plugin is named in settings: `iforest`, `iforest@0.1.0`, `iforest@latest` or `sha256:3f9a12bc4d5e…`.

use std::fmt;
use std::str::FromStr;

use super::plugin::Plugin;
use super::version::PluginVersion;

/// Least digits of a digest that is not written in full.
const DIGITS_MIN: usize = 12;

/// Which plugin is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The highest version of a name.
    Latest {
        name: String,
    },
    Version {
        name: String,
        plugin_version: PluginVersion,
    },
    /// By the first digits of its digest, or all.
    Digest {
        digits: String,
    },
}

impl Reference {
    pub(super) fn names(&self, plugin: &Plugin) -> bool {
        match self {
            Self::Latest { name } => plugin.name == *name,
            Self::Version { name, plugin_version } => plugin.name == *name && plugin.version == *plugin_version,
            Self::Digest { digits } => plugin.digest.to_string().starts_with(digits),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest { name } => f.write_str(name),
            Self::Version { name, plugin_version } => write!(f, "{name}@{plugin_version}"),
            Self::Digest { digits } => write!(f, "sha256:{digits}"),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let bad = || ReferenceError { found: super::text::safe(text, 100) };
        if let Some(digits) = text.strip_prefix("sha256:") {
            let good = (DIGITS_MIN..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            return if good { Ok(Self::Digest { digits: digits.to_ascii_lowercase() }) } else { Err(bad()) };
        }
        let (name, version) = text.split_once('@').unwrap_or((text, "latest"));
        if !super::card::is_name(name) {
            return Err(bad());
        }
        let name = name.to_owned();
        match version {
            "latest" => Ok(Self::Latest { name }),
            version => Ok(Self::Version { name, plugin_version: version.parse().map_err(|_| bad())? }),
        }
    }
}

/// The text names no plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' names no plugin; write NAME, NAME@1.2.3, NAME@latest or sha256: with 12 or more digits")]
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
            ("iforest@0.1.0", "iforest@0.1.0"),
            ("sha256:3F9A12BC4D5E", "sha256:3f9a12bc4d5e"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "@1.0.0", "iforest@", "iforest@1", "iForest", "../x", "sha256:3f9a", "sha256:xxxxxxxxxxxx"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
