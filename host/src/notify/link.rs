//! Links in notices that do one thing, once: signed, so that nobody can make one, and with a number, so that none works twice.
//!
//! A token is the deed, the alert, the time until which it holds and a random number, and their HMAC-SHA256, as base64url. What opens it first, a
//! browser that looks ahead for one, only sees what it would do; doing it takes a POST.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::sign;
use crate::alert::Label;
use crate::alert::attend::Deed;
use crate::chance;

/// In the data directory.
const KEY_FILE: &str = "link.key";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// How long a link holds: a week, in nanoseconds.
const HOLDS_NS: u64 = 7 * 86_400_000_000_000;

/// What a button snoozes for, minutes.
const SNOOZE_MINUTES: u32 = 8 * 60;

/// The buttons of a notice.
pub const BUTTONS: [(&str, Deed); 3] = [
    ("real", Deed::Label(Label::Real)),
    ("normal", Deed::Label(Label::Normal)),
    ("snooze", Deed::Snooze { minutes: SNOOZE_MINUTES }),
];

/// The secret by which links are signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// What a link would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub alert: u64,
    pub verb: &'static str,
    pub deed: Deed,
    pub expires_ns: u64,
    pub nonce: String,
}

/// Why a token does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("this link is none of this Foghorn's, or was cut")]
    Forged,
    #[error("this link was good for a week, which is over; open the alert itself")]
    Expired,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[error("cannot read or make {}: {source}", path.display())]
pub struct KeyError {
    path: PathBuf,
    source: io::Error,
}

impl Key {
    /// The key of a data directory, made where there is none; nobody but its user can read it.
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        let path = dir.join(KEY_FILE);
        let key = read(&path).and_then(|found| match found {
            Some(key) => Ok(key),
            None => make(&path),
        });
        key.map(Self).map_err(|source| KeyError { path, source })
    }

    /// A token for one button of one alert.
    pub fn token(&self, alert: u64, verb: &str, now_ns: u64) -> io::Result<String> {
        let nonce = URL_SAFE_NO_PAD.encode(chance::bytes(NONCE_BYTES)?);
        let text = format!("{verb}.{alert}.{}.{nonce}", now_ns.saturating_add(HOLDS_NS));
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(sign::bytes(&self.0, text.as_bytes()))))
    }

    /// What a token would do, if it is one.
    pub fn open_token(&self, token: &str, now_ns: u64) -> Result<Link, LinkError> {
        let (text, signature) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| LinkError::Forged)?;
        if !sign::is_signed(&self.0, text.as_bytes(), &signature) {
            return Err(LinkError::Forged);
        }
        let link = parts(text).ok_or(LinkError::Forged)?;
        if link.expires_ns <= now_ns { Err(LinkError::Expired) } else { Ok(link) }
    }
}

fn parts(text: &str) -> Option<Link> {
    let mut parts = text.split('.');
    let (verb, deed) = BUTTONS.into_iter().find(|(verb, _)| Some(*verb) == text.split('.').next())?;
    let (alert, expires_ns, nonce) = (parts.nth(1)?, parts.next()?, parts.next()?);
    Some(Link { alert: alert.parse().ok()?, verb, deed, expires_ns: expires_ns.parse().ok()?, nonce: nonce.into() })
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(key) if key.len() == KEY_BYTES => Ok(Some(key)),
        Ok(_) => {
            Err(io::Error::other("it does not hold 32 bytes; remove it, then links that are out do nothing any more"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> io::Result<Vec<u8>> {
    let key = chance::bytes(KEY_BYTES)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&key).and_then(|()| file.sync_all())?;
    Ok(key)
}
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_token_says_what_it_does_for_a_week_and_with_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::open(dir.path()).unwrap();
        let mode = std::fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Key::open(dir.path()).unwrap(), key, "it stays the same");
        let token = key.token(7, "normal", 5).unwrap();
        let link = key.open_token(&token, 6).unwrap();
        assert_eq!((link.alert, link.deed), (7, Deed::Label(Label::Normal)));
        assert_ne!(key.token(7, "normal", 5).unwrap(), token, "each has a number of its own");
        assert_eq!(key.open_token(&token, 5 + HOLDS_NS), Err(LinkError::Expired));
        let other = Key::open(tempfile::tempdir().unwrap().path()).unwrap();
        assert_eq!(other.open_token(&token, 6), Err(LinkError::Forged));
    }

    #[test]
    fn what_is_changed_in_a_token_makes_it_worthless() {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::open(dir.path()).unwrap();
        let token = key.token(7, "real", 5).unwrap();
        for forged in [
            token.replace("real", "normal"),
            token.replace(".7.", ".8."),
            token[1..].into(),
            "..".into(),
            String::new(),
        ] {
            assert_eq!(key.open_token(&forged, 6), Err(LinkError::Forged), "{forged}");
        }
    }
}
