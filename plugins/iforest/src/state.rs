//! A model as bytes, and models from bytes that nobody vouches for.
//!
//! All numbers little-endian. 64 bytes of head, then plain arrays, so that loading is copying:
//!
//! ```text
//!  0  magic "FGHIFRST"      8  format u32        12  columns u32      16  depth u32        20  trees here u32
//! 24  part u32             28  parts u32         32  trees u32        36  sample u32       40  outside f32
//! 44  zero u32             48  rows u64          56  seed u64
//! 64  low f32 × columns, high f32 × columns, median f32 × columns
//!     (column u32, threshold f32) × trees here × (2^depth - 1), leaf f32 × trees here × 2^depth
//! ```

use crate::forest::Forest;
use crate::model::Head;
use crate::ranges::Ranges;
use crate::rows::COLUMNS_MAX;
use crate::settings::{SAMPLE_MAX, TREES_MAX};
use crate::tree::{Node, depth_of, nodes_of};
use crate::{Error, Model};
use foghorn_guest::{Format, Reader};

/// Format number of the bytes written here; the only one read.
pub const FORMAT: u32 = 1;
/// Most parts one training is split into.
pub const PARTS_MAX: u32 = 64;

const STATE: Format =
    Format { magic: *b"FGHIFRST", number: FORMAT, reader: "this forest reads", remedy: "train again" };
const HEAD_BYTES: usize = 64;

impl Model {
    /// The model as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let Self { forest, ranges, head } = self;
        let mut out = STATE.write_sized(bytes_of(ranges.columns(), forest.depth, forest.trees()));
        let words = [ranges.columns() as u32, forest.depth as u32, forest.trees() as u32];
        let more = [head.part, head.parts, head.trees, head.sample, head.outside.to_bits(), 0];
        words.into_iter().chain(more).for_each(|word| out.u32(word));
        [head.rows, head.seed].into_iter().for_each(|long| out.u64(long));
        for list in [&ranges.low, &ranges.high, &ranges.median] {
            out.f32s(list.iter().copied());
        }
        for node in &forest.nodes {
            out.u32(node.column);
            out.f32(node.threshold);
        }
        out.f32s(forest.leaves.iter().copied());
        out.finish()
    }

    /// A model from what `save` wrote. The length is checked before anything is allocated.
    ///
    /// # Errors
    /// Code 2 with the first thing that is wrong.
    pub fn load(format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = STATE.read(format, state)?;
        let mut size = || bytes.u32().map(|word| word as usize);
        let (columns, depth, here) = (size()?, size()?, size()?);
        let mut head = Head {
            part: bytes.u32()?,
            parts: bytes.u32()?,
            trees: bytes.u32()?,
            sample: bytes.u32()?,
            outside: bytes.f32()?,
            rows: 0,
            seed: 0,
        };
        let zero = bytes.u32()?;
        (head.rows, head.seed) = (bytes.u64()?, bytes.u64()?);
        check_head(&head, columns, depth, here)?;
        if zero != 0 || state.len() != bytes_of(columns, depth, here) {
            return Err(damaged(format!("it has {} bytes for {here} trees and {columns} columns", state.len())));
        }
        let ranges = read_ranges(&mut bytes, columns)?;
        let nodes = read_nodes(bytes.take(here * nodes_of(depth) * 8)?, columns)?;
        let forest = Forest { depth, nodes, leaves: read_leaves(bytes.f32s(here << depth)?)? };
        bytes.end()?;
        Ok(Self { forest, ranges, head })
    }

    /// Joins the parts of one training, given in their order.
    ///
    /// # Errors
    /// Code 2 if a part cannot be read, or the parts are not all those of one training.
    pub fn merge(format: u32, states: &[Vec<u8>]) -> Result<Self, Error> {
        let parts = states.iter().map(|state| Self::load(format, state)).collect::<Result<Vec<_>, _>>()?;
        let first = parts.first().ok_or_else(|| Error::state("there are no parts to merge"))?;
        for (i, part) in parts.iter().enumerate() {
            let expected = Head { part: i as u32, parts: parts.len() as u32, ..first.head };
            if part.head != expected || part.ranges != first.ranges || part.forest.depth != first.forest.depth {
                return Err(Error::state(format!(
                    "part {i} of {} is part {} of {} of this or another training; merge all parts of one, in order",
                    parts.len(),
                    part.head.part,
                    part.head.parts
                )));
            }
        }
        let mut trees: Vec<_> = parts.iter().map(|part| part.forest.each_tree()).collect();
        let mut forest = Forest { depth: first.forest.depth, nodes: Vec::new(), leaves: Vec::new() };
        for tree in 0..first.head.trees as usize {
            let of = tree % parts.len();
            let (nodes, leaves) = trees[of].next().ok_or_else(|| damaged(format!("part {of} lacks tree {tree}")))?;
            forest.nodes.extend_from_slice(nodes);
            forest.leaves.extend_from_slice(leaves);
        }
        Ok(Self { forest, ranges: first.ranges.clone(), head: Head { part: 0, parts: 1, ..first.head } })
    }
}

fn bytes_of(columns: usize, depth: usize, trees: usize) -> usize {
    HEAD_BYTES + columns * 12 + trees * (nodes_of(depth) * 8 + (4 << depth))
}

fn check_head(head: &Head, columns: usize, depth: usize, here: usize) -> Result<(), Error> {
    let sample = head.sample as usize;
    if columns > COLUMNS_MAX || head.trees == 0 || head.trees > TREES_MAX {
        return Err(damaged(format!("it claims {columns} columns and {} trees", head.trees)));
    }
    if sample < 2 || head.sample > SAMPLE_MAX || depth != depth_of(sample) || head.rows < u64::from(head.sample) {
        return Err(damaged(format!("it claims samples of {sample} of {} rows and depth {depth}", head.rows)));
    }
    if head.part >= head.parts || head.parts > PARTS_MAX {
        return Err(damaged(format!("it claims to be part {} of {}", head.part, head.parts)));
    }
    let expected = (head.part..head.trees).step_by(head.parts as usize).len();
    if here != expected {
        return Err(damaged(format!("it holds {here} trees where its part has {expected}")));
    }
    if !(0.0..=100.0).contains(&head.outside) {
        return Err(damaged(format!("it weighs what is outside by {}", head.outside)));
    }
    Ok(())
}

fn read_ranges(bytes: &mut Reader<'_>, columns: usize) -> Result<Ranges, Error> {
    let [low, high, median] = [bytes.f32s(columns)?, bytes.f32s(columns)?, bytes.f32s(columns)?];
    for c in 0..columns {
        if !(low[c].is_finite() && high[c].is_finite() && low[c] <= high[c] && median[c].is_finite()) {
            return Err(damaged(format!("the range of column {c} is {} to {} around {}", low[c], high[c], median[c])));
        }
    }
    Ok(Ranges::new(low, high, median))
}

fn read_nodes(bytes: &[u8], columns: usize) -> Result<Vec<Node>, Error> {
    let node = |[a, b, c, d, e, f, g, h]: &[u8; 8]| Node {
        column: u32::from_le_bytes([*a, *b, *c, *d]),
        threshold: f32::from_le_bytes([*e, *f, *g, *h]),
    };
    let nodes: Vec<Node> = bytes.as_chunks().0.iter().map(node).collect();
    let bad =
        |n: &Node| n.column as usize >= columns.max(1) || n.threshold.is_nan() || n.threshold == f32::NEG_INFINITY;
    match nodes.iter().find(|n| bad(n)) {
        Some(node) => Err(damaged(format!("a tree splits column {} at {}", node.column, node.threshold))),
        None => Ok(nodes),
    }
}

fn read_leaves(leaves: Vec<f32>) -> Result<Vec<f32>, Error> {
    match leaves.iter().find(|l| !(0.0..=f32::from(u16::MAX)).contains(*l)) {
        Some(leaf) => Err(damaged(format!("a leaf is {leaf} deep"))),
        None => Ok(leaves),
    }
}

fn damaged(what: impl std::fmt::Display) -> Error {
    STATE.damaged(what)
}
