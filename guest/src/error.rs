//! Why a call failed, in the contract's terms: a code to decide on and a sentence for people.

use std::fmt;

/// One failure. The message is lowercase without a full stop: what was found, what is allowed, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub code: u32,
    pub message: String,
}

impl Error {
    /// A bad setting, code 1.
    pub fn setting(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// A state that cannot be read, code 2.
    pub fn state(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// Too little data, code 3.
    pub fn too_little(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }

    /// Bad input, code 4.
    pub fn input(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }

    /// Anything else, code 5.
    pub fn other(message: impl Into<String>) -> Self {
        Self { code: 5, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
