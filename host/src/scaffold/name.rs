//! A new plugin's name: the contract's rule, and a letter first, because package managers want one.

use std::fmt;
use std::str::FromStr;

/// Bytes of a name, as the contract has it.
const BYTES_MAX: usize = 64;

/// A name that the contract, cargo and npm take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(String);

impl ProjectName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ProjectName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        if !begins || text.len() > BYTES_MAX || !text.bytes().all(plain) {
            return Err(NameError::Spelling);
        }
        // The helper crate lies beside the plugin's own: two packages of one name cannot be told apart.
        if text == "foghorn-guest" {
            return Err(NameError::Taken);
        }
        Ok(Self(text.to_owned()))
    }
}

/// The text is no name for a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name is 1 to {BYTES_MAX} lowercase letters, digits and '-', a letter first, such as slow-queries")]
    Spelling,
    #[error("the helper crate of plugins in Rust is called so; take another name")]
    Taken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_package_manager_would_refuse_are_refused_at_once() {
        for good in ["a", "slow-queries", "half-space-trees2"] {
            assert_eq!(good.parse::<ProjectName>().unwrap().as_str(), good);
        }
        for bad in ["", "2fast", "-a", "Upper", "a_b", "a/b", "../a", "ä", &"a".repeat(65)] {
            assert_eq!(bad.parse::<ProjectName>(), Err(NameError::Spelling), "{bad}");
        }
        assert_eq!("foghorn-guest".parse::<ProjectName>(), Err(NameError::Taken));
    }
}
