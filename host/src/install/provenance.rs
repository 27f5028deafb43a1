//! Where an installed component came from: `NAME-VERSION.toml` beside `NAME-VERSION.wasm`.
//!
//! For people who ask later, and so that the next installation knows what a file is without compiling it. The host itself
//! never reads one; without it a component works as well.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::source::digest_of;
use crate::plugins::Digest;

/// Bytes of a provenance file that are read.
const BYTES_MAX: u64 = 64 << 10;

/// What is remembered of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    pub name: String,
    pub plugin_version: String,
    /// `sha256:…` of the component.
    pub digest: String,
    /// Gives the same bytes again or nothing.
    pub source: String,
    /// RFC 3339.
    pub installed: String,
}

impl Provenance {
    /// The provenance of the component in `wasm`, if there is a sound one and it is about `digest`: a file that was exchanged
    /// since is not what the provenance tells of.
    pub(super) fn beside(wasm: &Path, digest: &Digest) -> Option<Self> {
        let path = wasm.with_extension("toml");
        if fs::metadata(&path).ok()?.len() > BYTES_MAX {
            return None;
        }
        let provenance: Self = toml::from_str(&fs::read_to_string(path).ok()?).ok()?;
        (digest_of(&provenance.digest).ok()? == *digest).then_some(provenance)
    }

    pub(super) fn to_toml(&self) -> String {
        // Five strings: nothing that TOML could not hold.
        toml::to_string(self).expect("a provenance file is a table of strings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provenance_is_read_only_for_the_bytes_it_tells_of() {
        let directory = tempfile::tempdir().unwrap();
        let wasm = directory.path().join("a-1.0.0.wasm");
        let digest = Digest::of(b"a");
        let provenance = Provenance {
            name: "a".into(),
            plugin_version: "1.0.0".into(),
            digest: format!("sha256:{digest}"),
            source: "quoted \"path\"\n/a.wasm".into(),
            installed: "2026-01-01T00:00:00Z".into(),
        };
        assert_eq!(Provenance::beside(&wasm, &digest), None);
        fs::write(wasm.with_extension("toml"), provenance.to_toml()).unwrap();
        assert_eq!(Provenance::beside(&wasm, &digest), Some(provenance));
        assert_eq!(Provenance::beside(&wasm, &Digest::of(b"b")), None);
        fs::write(wasm.with_extension("toml"), "name = ").unwrap();
        assert_eq!(Provenance::beside(&wasm, &digest), None);
    }
}
