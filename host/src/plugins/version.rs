//! A plugin's version: three numbers with an order.

use std::fmt;
use std::str::FromStr;

/// `MAJOR.MINOR.PATCH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PluginVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

impl fmt::Display for PluginVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for PluginVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut parts = text.split('.').map(number);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => Ok(Self { major, minor, patch }),
            _ => Err(VersionError),
        }
    }
}

/// All versions that begin alike: `1` or `1.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionLine {
    major: u32,
    minor: Option<u32>,
}

impl VersionLine {
    pub(super) fn holds(self, version: PluginVersion) -> bool {
        self.major == version.major && self.minor.is_none_or(|minor| minor == version.minor)
    }
}

impl fmt::Display for VersionLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major)?;
        self.minor.map_or(Ok(()), |minor| write!(f, ".{minor}"))
    }
}

impl FromStr for VersionLine {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut parts = text.split('.').map(number);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), None, None) => Ok(Self { major, minor: None }),
            (Some(Some(major)), Some(Some(minor)), None) => Ok(Self { major, minor: Some(minor) }),
            _ => Err(VersionError),
        }
    }
}

/// Digits alone, without leading zeros: a version has one way to be written.
fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (text == "0" || !text.starts_with('0')) { text.parse().ok() } else { None }
}

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is MAJOR.MINOR.PATCH, such as 0.2.0")]
pub struct VersionError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_the_order_of_their_numbers() {
        let version = |text: &str| text.parse::<PluginVersion>().unwrap();
        assert!(version("0.10.0") > version("0.9.9"));
        assert_eq!(version("1.2.3").to_string(), "1.2.3");
    }

    #[test]
    fn a_line_holds_the_versions_that_begin_as_it_does() {
        let holds = |line: &str, version: &str| {
            let line: VersionLine = line.parse().unwrap();
            line.holds(version.parse().unwrap())
        };
        assert!(holds("1", "1.0.0") && holds("1", "1.12.3") && holds("1.2", "1.2.9"));
        assert!(!holds("1", "10.0.0") && !holds("1.2", "1.20.0") && !holds("1.2", "2.2.0"));
        for text in ["", "1.", "1.2.3", "01", "x", "1.x"] {
            assert!(text.parse::<VersionLine>().is_err(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_version() {
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.-3", "1.2.+3", "01.2.3", "1.2.3-rc1", "1..3", "1.2.4294967296"] {
            assert!(text.parse::<PluginVersion>().is_err(), "{text}");
        }
    }
}
