//! An alert with its evidence as one file: JSON, packed with gzip. What is read is hostile: its size is bounded, and nothing in it is used before
//! its digest was checked (`replay`).

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::alert::Alert;

/// The format of the file.
const FORMAT: u32 = 1;

/// Most bytes of a file when it is unpacked: three components and six states at their bounds are less.
const UNPACKED_BYTES_MAX: u64 = 512 << 20;

/// An alert and all by which its score can be computed again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Export {
    pub foghorn_receipt: u32,
    pub container: String,
    pub alert: Alert,
    /// Digest of the case.
    pub case: String,
    /// Base64 by digest.
    evidence: BTreeMap<String, String>,
}

/// Why a file is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("it cannot be unpacked: {0}")]
    Packed(io::Error),
    #[error("unpacked it has more than {UNPACKED_BYTES_MAX} bytes")]
    TooLarge,
    #[error("it is no receipt: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it has format {0}; this Foghorn reads {FORMAT}")]
    Format(u32),
}

impl Export {
    pub fn new(container: String, alert: Alert, case: String, evidence: Vec<(String, Vec<u8>)>) -> Self {
        let evidence = evidence.into_iter().map(|(digest, bytes)| (digest, STANDARD.encode(bytes))).collect();
        Self { foghorn_receipt: FORMAT, container, alert, case, evidence }
    }

    /// A piece of evidence.
    pub fn bytes(&self, digest: &str) -> Option<Vec<u8>> {
        STANDARD.decode(self.evidence.get(digest)?).ok()
    }

    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut packer = GzEncoder::new(to, Compression::default());
        serde_json::to_writer(&mut packer, self)?;
        packer.finish()?.flush()
    }

    pub fn read(from: impl Read) -> Result<Self, ExportError> {
        let mut text = Vec::new();
        let unpacked = GzDecoder::new(from).take(UNPACKED_BYTES_MAX + 1).read_to_end(&mut text);
        if unpacked.map_err(ExportError::Packed)? as u64 > UNPACKED_BYTES_MAX {
            return Err(ExportError::TooLarge);
        }
        let read: Self = serde_json::from_slice(&text)?;
        if read.foghorn_receipt == FORMAT { Ok(read) } else { Err(ExportError::Format(read.foghorn_receipt)) }
    }
}
