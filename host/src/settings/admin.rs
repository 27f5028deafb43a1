//! The secret of who may bring new code to the host: its SHA-256, never itself.

use std::path::Path;

use super::{SettingsError, only_line};
use crate::plugins::Digest;

/// Shorter secrets can be guessed.
const LENGTH_MIN: usize = 16;

/// Reads the secret of the file.
pub(super) fn token(file: &Path) -> Result<Digest, SettingsError> {
    let text = std::fs::read_to_string(file).map_err(|source| SettingsError::Read { path: file.into(), source })?;
    match only_line(&text) {
        Some(secret) if secret.len() >= LENGTH_MIN => Ok(Digest::of(secret.as_bytes())),
        found => Err(SettingsError::Value {
            key: "admin-token-file",
            found: match found {
                Some(secret) => format!("a secret of {} characters in {}", secret.len(), file.display()),
                None => format!("no single line in {}", file.display()),
            },
            allowed: "a file with one line of at least 16 characters, such as `openssl rand -hex 16` writes",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_that_cannot_be_guessed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |text: &str| {
            std::fs::write(file.path(), text).unwrap();
            token(file.path()).map_err(|error| error.to_string())
        };
        assert_eq!(read("0123456789abcdef\n").unwrap(), Digest::of(b"0123456789abcdef"));
        assert!(read("short\n").unwrap_err().contains("a secret of 5 characters"));
        assert!(read("").unwrap_err().contains("no single line"));
        assert!(read("0123456789abcdef\n0123456789abcdef\n").unwrap_err().contains("no single line"));
    }
}
