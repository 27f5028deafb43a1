//! Digests as text.

use sha2::{Digest, Sha256};

/// SHA-256 in lowercase hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
