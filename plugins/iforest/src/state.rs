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

/// Format number of the bytes written here; the only one read.
pub const FORMAT: u32 = 1;
/// Most parts one training is split into.
pub const PARTS_MAX: u32 = 64;

const MAGIC: [u8; 8] = *b"FGHIFRST";
const HEAD_BYTES: usize = 64;

impl Model {
    /// The model as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let Self { forest, ranges, head } = self;
        let mut out = Vec::with_capacity(bytes_of(ranges.columns(), forest.depth, forest.trees()));
        out.extend_from_slice(&MAGIC);
        let words = [FORMAT, ranges.columns() as u32, forest.depth as u32, forest.trees() as u32];
        let more = [head.part, head.parts, head.trees, head.sample, head.outside.to_bits(), 0];
        out.extend(words.into_iter().chain(more).flat_map(u32::to_le_bytes));
        out.extend([head.rows, head.seed].into_iter().flat_map(u64::to_le_bytes));
        for list in [&ranges.low, &ranges.high, &ranges.median] {
            out.extend(list.iter().flat_map(|v| v.to_le_bytes()));
        }
        for node in &forest.nodes {
            out.extend_from_slice(&node.column.to_le_bytes());
            out.extend_from_slice(&node.threshold.to_le_bytes());
        }
        out.extend(forest.leaves.iter().flat_map(|v| v.to_le_bytes()));
        out
    }

    /// A model from what `save` wrote. The length is checked before anything is allocated.
    ///
    /// # Errors
    /// Code 2 with the first thing that is wrong.
    pub fn load(format: u32, state: &[u8]) -> Result<Self, Error> {
        if format != FORMAT {
            return Err(Error::state(format!(
                "the state has format {format}; this forest reads {FORMAT}, train again"
            )));
        }
        let (head, body) = state.split_at_checked(HEAD_BYTES).ok_or_else(|| damaged("its head is cut off"))?;
        if head[..8] != MAGIC || word(head, 8) != FORMAT {
            return Err(damaged("it does not start as a forest does"));
        }
        let [columns, depth, here] = [12, 16, 20].map(|at| word(head, at) as usize);
        let known = Head {
            part: word(head, 24),
            parts: word(head, 28),
            trees: word(head, 32),
            sample: word(head, 36),
            outside: f32::from_bits(word(head, 40)),
            rows: long(head, 48),
            seed: long(head, 56),
        };
        check_head(&known, columns, depth, here)?;
        if word(head, 44) != 0 || state.len() != bytes_of(columns, depth, here) {
            return Err(damaged(format!("it has {} bytes for {here} trees and {columns} columns", state.len())));
        }
        let (ranges, trees) = body.split_at(columns * 12);
        let (nodes, leaves) = trees.split_at(here * nodes_of(depth) * 8);
        let forest = Forest { depth, nodes: read_nodes(nodes, columns)?, leaves: read_leaves(leaves)? };
        Ok(Self { forest, ranges: read_ranges(ranges, columns)?, head: known })
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

fn read_ranges(bytes: &[u8], columns: usize) -> Result<Ranges, Error> {
    let values = read_floats(bytes);
    let (low, rest) = values.split_at(columns);
    let (high, median) = rest.split_at(columns);
    for c in 0..columns {
        if !(low[c].is_finite() && high[c].is_finite() && low[c] <= high[c] && median[c].is_finite()) {
            return Err(damaged(format!("the range of column {c} is {} to {} around {}", low[c], high[c], median[c])));
        }
    }
    Ok(Ranges::new(low.to_vec(), high.to_vec(), median.to_vec()))
}

fn read_nodes(bytes: &[u8], columns: usize) -> Result<Vec<Node>, Error> {
    let nodes: Vec<Node> =
        bytes.chunks_exact(8).map(|b| Node { column: word(b, 0), threshold: f32::from_bits(word(b, 4)) }).collect();
    let bad =
        |n: &Node| n.column as usize >= columns.max(1) || n.threshold.is_nan() || n.threshold == f32::NEG_INFINITY;
    match nodes.iter().find(|n| bad(n)) {
        Some(node) => Err(damaged(format!("a tree splits column {} at {}", node.column, node.threshold))),
        None => Ok(nodes),
    }
}

fn read_leaves(bytes: &[u8]) -> Result<Vec<f32>, Error> {
    let leaves = read_floats(bytes);
    match leaves.iter().find(|l| !(0.0..=f32::from(u16::MAX)).contains(*l)) {
        Some(leaf) => Err(damaged(format!("a leaf is {leaf} deep"))),
        None => Ok(leaves),
    }
}

fn read_floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_bits(word(b, 0))).collect()
}

/// The four bytes at `at`, which the caller knows to be there.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::state(format!("the state is damaged: {what}; train again"))
}
