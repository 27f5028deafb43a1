//! What nobody can guess.

use std::io::{self, Read as _};

/// So many bytes from the system's source of chance.
pub(crate) fn bytes(count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
