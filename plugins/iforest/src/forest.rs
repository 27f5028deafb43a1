//! Many trees in flat arrays, and how long a row's paths through them are.

use crate::rng::Rng;
use crate::sample::Sampler;
use crate::settings::Settings;
use crate::tree::{Node, depth_of, grow, nodes_of};
use crate::{Error, Rows};

/// Rows walked side by side: eight independent chains hide the wait for memory.
pub(crate) const LANES: usize = 8;

/// Trees of one depth: tree `t` is `nodes[t * nodes_of(depth) ..]` and `leaves[t << depth ..]`. A leaf holds the path
/// length of the rows that end there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forest {
    pub(crate) depth: usize,
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<f32>,
}

/// Dense values of `LANES` rows: lane `l` of column `c` is `values[c][l]`. All 0 between two uses.
#[derive(Debug)]
pub(crate) struct Lanes {
    values: Vec<[f32; LANES]>,
}

impl Lanes {
    pub(crate) fn new(columns: usize) -> Self {
        // Pads look at column 0, so there is one even where the matrix has none.
        Self { values: vec![[0.0; LANES]; columns.max(1)] }
    }

    pub(crate) fn set(&mut self, lane: usize, column: usize, value: f32) {
        self.values[column][lane] = value;
    }

    pub(crate) fn get(&self, lane: usize, column: usize) -> f32 {
        self.values[column][lane]
    }

    pub(crate) fn scatter(&mut self, lane: usize, idx: &[u32], val: &[f32]) {
        for (&c, &v) in idx.iter().zip(val) {
            self.set(lane, c as usize, v);
        }
    }

    pub(crate) fn clear(&mut self, lane: usize, idx: &[u32]) {
        for &c in idx {
            self.set(lane, c as usize, 0.0);
        }
    }
}

impl Forest {
    /// Grows the given trees. A tree's chance comes from `seed` and its own number alone.
    pub(crate) fn grow(
        rows: &Rows<'_>,
        settings: &Settings,
        seed: u64,
        trees: impl Iterator<Item = u32>,
    ) -> Result<Self, Error> {
        let size = rows.len().min(settings.sample as usize);
        let depth = depth_of(size);
        let mut forest = Self { depth, nodes: Vec::new(), leaves: Vec::new() };
        let mut sampler = Sampler::new(rows);
        for tree in trees {
            let mut rng = Rng::for_tree(seed, tree);
            let sample = sampler.draw(size, &mut rng)?;
            let (node, leaf) = (forest.nodes.len(), forest.leaves.len());
            forest.nodes.resize(node + nodes_of(depth), Node::PAD);
            forest.leaves.resize(leaf + (1 << depth), 0.0);
            grow(&sample, settings, depth, &mut rng, &mut forest.nodes[node..], &mut forest.leaves[leaf..]);
        }
        Ok(forest)
    }

    pub(crate) fn trees(&self) -> usize {
        self.leaves.len() >> self.depth
    }

    /// Nodes and leaves, tree by tree.
    pub(crate) fn each_tree(&self) -> impl Iterator<Item = (&[Node], &[f32])> {
        self.nodes.chunks_exact(nodes_of(self.depth)).zip(self.leaves.chunks_exact(1 << self.depth))
    }

    /// Mean path length of each lane. 0 without trees.
    pub(crate) fn mean_paths(&self, lanes: &Lanes) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for (nodes, leaves) in self.each_tree() {
            let ends = walk(nodes, self.depth, &lanes.values);
            for (sum, end) in sums.iter_mut().zip(ends) {
                *sum += f64::from(leaves[end]);
            }
        }
        sums.map(|sum| sum / self.trees().max(1) as f64)
    }
}

/// The leaf in which each lane ends.
fn walk(nodes: &[Node], depth: usize, values: &[[f32; LANES]]) -> [usize; LANES] {
    let mut at = [0; LANES];
    for _ in 0..depth {
        for (lane, k) in at.iter_mut().enumerate() {
            let node = nodes[*k];
            let right = values[node.column as usize][lane] > node.threshold;
            *k = 2 * *k + 1 + usize::from(right);
        }
    }
    at.map(|k| k - nodes.len())
}
