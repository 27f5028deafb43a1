//! Blocks: how lines lie on disk.
//!
//! ```text
//! payload = kind u8 (0 plain, 1 lz4) · length of the body u32 · body, packed or not
//! body    = n lengths of text (varint) · n times (difference to the line before, zigzag varint)
//!         · n outputs (one bit each, 1 is stderr) · text of all lines
//! ```
//! Numbers are little-endian. The checksum (CRC-32) covers the payload and the place of the block, so that neither
//! flipped bits nor a block in another's place pass for lines.

use std::ops::Range;

use crate::line::{Lines, Output};

/// A block holds at most this much text (or one line that is longer) …
pub(super) const TEXT_BYTES_MAX: usize = 128 << 10;
/// … and at most this many lines.
pub(super) const LINES_MAX: usize = 4096;

const PLAIN: u8 = 0;
const LZ4: u8 = 1;

/// Lines ready to be stored, wherever they will be placed.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) lines: usize,
    pub(super) time_min_ns: u64,
    pub(super) time_max_ns: u64,
    pub(super) text_bytes: usize,
    pub(super) payload: Vec<u8>,
    payload_crc: u32,
}

impl Block {
    /// The checksum of the block at its place.
    pub(super) fn crc(&self, container: i64, first_seq: u64) -> u32 {
        placed_crc(self.payload_crc, container, first_seq, self.lines)
    }
}

/// Packs lines into as many blocks as they need.
pub(super) fn encode(lines: &Lines) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let text_start = lines.offsets()[start] as usize;
        let mut end = start + 1;
        while end < lines.len()
            && end - start < LINES_MAX
            && lines.offsets()[end + 1] as usize - text_start <= TEXT_BYTES_MAX
        {
            end += 1;
        }
        blocks.push(encode_one(lines, start..end));
        start = end;
    }
    blocks
}

fn encode_one(lines: &Lines, range: Range<usize>) -> Block {
    let times = &lines.times()[range.clone()];
    let text = lines.offsets()[range.start] as usize..lines.offsets()[range.end] as usize;
    let mut body = Vec::with_capacity(text.len() + range.len() * 8);
    for pair in lines.offsets()[range.start..=range.end].windows(2) {
        put_varint(&mut body, u64::from(pair[1] - pair[0]));
    }
    let mut before = 0;
    for &time in times {
        put_varint(&mut body, zigzag(time.wrapping_sub(before)));
        before = time;
    }
    for outputs in lines.outputs()[range.clone()].chunks(8) {
        body.push(outputs.iter().rev().fold(0, |bits, &code| bits << 1 | code));
    }
    body.extend_from_slice(&lines.data()[text.clone()]);
    let payload = pack(&body);
    Block {
        lines: range.len(),
        time_min_ns: times.iter().copied().min().unwrap_or_default(),
        time_max_ns: times.iter().copied().max().unwrap_or_default(),
        text_bytes: text.len(),
        payload_crc: crc32fast::hash(&payload),
        payload,
    }
}

/// The lines of a payload; `Err` says what does not fit.
pub(super) fn decode(
    payload: &[u8],
    crc: u32,
    container: i64,
    first_seq: u64,
    lines: usize,
) -> Result<Lines, &'static str> {
    if placed_crc(crc32fast::hash(payload), container, first_seq, lines) != crc {
        return Err("the checksum does not match");
    }
    // Beyond this point only a bug of ours can make it fail; it must not take the host down either.
    let body = unpack(payload).ok_or("the packed bytes are not whole")?;
    columns(&body, lines).ok_or("the columns do not fit together")
}

fn columns(body: &[u8], lines: usize) -> Option<Lines> {
    let mut rest = body;
    let mut offsets = Vec::with_capacity(lines + 1);
    offsets.push(0u32);
    let mut end = 0u64;
    for _ in 0..lines {
        end = end.checked_add(take_varint(&mut rest)?)?;
        offsets.push(u32::try_from(end).ok()?);
    }
    let mut times = Vec::with_capacity(lines);
    let mut time = 0u64;
    for _ in 0..lines {
        time = time.wrapping_add(unzigzag(take_varint(&mut rest)?));
        times.push(time);
    }
    let (bits, text) = rest.split_at_checked(lines.div_ceil(8))?;
    let outputs =
        (0..lines).map(|at| if bits[at / 8] >> (at % 8) & 1 == 1 { Output::Stderr } else { Output::Stdout } as u8);
    Lines::from_columns(text.to_vec(), offsets, times, outputs.collect())
}

fn pack(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a block is far below 4 GiB");
    let mut payload = vec![LZ4];
    payload.extend_from_slice(&length.to_le_bytes());
    payload.resize(5 + lz4_flex::block::get_maximum_output_size(body.len()), 0);
    match lz4_flex::block::compress_into(body, &mut payload[5..]) {
        Ok(packed) if packed < body.len() => payload.truncate(5 + packed),
        _ => {
            payload[0] = PLAIN;
            payload.truncate(5);
            payload.extend_from_slice(body);
        }
    }
    payload.shrink_to_fit();
    payload
}

fn unpack(payload: &[u8]) -> Option<Vec<u8>> {
    let (&kind, rest) = payload.split_first()?;
    let (length, packed) = rest.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let body = match kind {
        PLAIN => packed.to_vec(),
        LZ4 => lz4_flex::block::decompress(packed, length).ok()?,
        _ => return None,
    };
    (body.len() == length).then_some(body)
}

fn placed_crc(payload_crc: u32, container: i64, first_seq: u64, lines: usize) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(payload_crc);
    hasher.update(&container.to_le_bytes());
    hasher.update(&first_seq.to_le_bytes());
    hasher.update(&(lines as u64).to_le_bytes());
    hasher.finalize()
}

/// A difference as a number that is small when the difference is, whichever its sign.
fn zigzag(difference: u64) -> u64 {
    let signed = difference.cast_signed();
    (signed << 1 ^ signed >> 63).cast_unsigned()
}

fn unzigzag(code: u64) -> u64 {
    code >> 1 ^ (code & 1).wrapping_neg()
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
