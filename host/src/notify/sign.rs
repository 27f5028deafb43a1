//! HMAC-SHA256 (RFC 2104): who holds the secret, and nobody else, could have written this.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

fn mac(secret: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    mac.update(text);
    mac
}

/// 32 bytes.
pub fn bytes(secret: &[u8], text: &[u8]) -> Vec<u8> {
    mac(secret, text).finalize().into_bytes().to_vec()
}

/// The same as hexadecimal digits.
pub fn hex(secret: &[u8], text: &[u8]) -> String {
    bytes(secret, text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether it is signed so; takes the same time whatever is wrong.
pub fn is_signed(secret: &[u8], text: &[u8], signature: &[u8]) -> bool {
    mac(secret, text).verify_slice(signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_test_case_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(b"Jefe", b"what do ya want for nothing?"), expected);
        assert!(is_signed(b"Jefe", b"x", &bytes(b"Jefe", b"x")));
        assert!(!is_signed(b"Jefe", b"y", &bytes(b"Jefe", b"x")) && !is_signed(b"Jeff", b"x", &bytes(b"Jefe", b"x")));
    }
}
