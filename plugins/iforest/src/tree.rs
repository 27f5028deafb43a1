//! Grows one tree into flat arrays.
//!
//! A tree is a complete heap of fixed depth: the children of node `k` are `2k + 1` and `2k + 2`. Where a branch ends
//! early, the rest of the way down is padded with nodes that send every row left, so that all rows take the same number of
//! steps and scoring has no branch to guess.

use crate::path::average_path_length;
use crate::rng::Rng;
use crate::sample::Sample;
use crate::settings::Settings;
use crate::split::Splitter;

/// Rows whose value in `column` is above `threshold` go right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    pub(crate) column: u32,
    pub(crate) threshold: f32,
}

impl Node {
    /// Sends every row left.
    pub(crate) const PAD: Self = Self { column: 0, threshold: f32::INFINITY };
}

/// Nodes of a tree of depth `depth`.
pub(crate) fn nodes_of(depth: usize) -> usize {
    (1 << depth) - 1
}

/// Height limit of a tree grown from `rows` rows: `ceil(log2(rows))`.
pub(crate) fn depth_of(rows: usize) -> usize {
    rows.max(2).next_power_of_two().ilog2() as usize
}

/// Grows a tree from `sample`. `nodes` come as pads and `leaves` as 0, both of the size that `depth` needs.
pub(crate) fn grow(
    sample: &Sample,
    settings: &Settings,
    depth: usize,
    rng: &mut Rng,
    nodes: &mut [Node],
    leaves: &mut [f32],
) {
    let mut rows: Vec<u32> = (0..sample.rows as u32).collect();
    let mut grower = Grower { sample, splitter: Splitter::new(sample, settings), depth, rng, nodes, leaves };
    grower.grow(0, 0, &mut rows);
}

struct Grower<'a> {
    sample: &'a Sample,
    splitter: Splitter<'a>,
    depth: usize,
    rng: &'a mut Rng,
    nodes: &'a mut [Node],
    leaves: &'a mut [f32],
}

impl Grower<'_> {
    /// Grows below node `k` at `level`. Recursion is at most `depth` deep.
    fn grow(&mut self, k: usize, level: usize, rows: &mut [u32]) {
        let may_split = level < self.depth && rows.len() > 1;
        let Some(cut) = may_split.then(|| self.splitter.choose(rows, self.rng)).flatten() else {
            return self.end(k, level, rows.len());
        };
        self.nodes[k] = Node { column: self.sample.columns[cut.column], threshold: cut.threshold };
        let column = self.sample.column(cut.column);
        let middle = partition(rows, |r| column[r as usize] <= cut.threshold);
        let (left, right) = rows.split_at_mut(middle);
        self.grow(2 * k + 1, level + 1, left);
        self.grow(2 * k + 2, level + 1, right);
    }

    /// The branch ends with `rows` rows: pads lead from here to the leftmost leaf below.
    fn end(&mut self, k: usize, level: usize, rows: usize) {
        let place = k - nodes_of(level);
        self.leaves[place << (self.depth - level)] = (level as f64 + average_path_length(rows)) as f32;
    }
}

/// Moves the rows that `goes_left` to the front and says how many they are.
fn partition(rows: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let mut left = 0;
    for i in 0..rows.len() {
        if goes_left(rows[i]) {
            rows.swap(i, left);
            left += 1;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rows;
    use crate::sample::Sampler;

    #[test]
    fn height_limit_is_the_rounded_up_logarithm() {
        let cases = [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (255, 8), (256, 8), (257, 9), (1_024, 10)];
        for (rows, depth) in cases {
            assert_eq!(depth_of(rows), depth, "{rows} rows");
        }
    }

    #[test]
    fn three_equal_rows_and_a_far_one_make_the_tree_drawn_by_hand() {
        // Whatever the chance, the only possible cut parts the far row from the three.
        let rows = Rows::check(1, &[0, 1, 2, 3, 4], &[0, 0, 0, 0], &[1.0, 1.0, 1.0, 9.0]).unwrap();
        let mut rng = Rng::for_tree(1, 0);
        let sample = Sampler::new(&rows).draw(4, &mut rng).unwrap();
        let (mut nodes, mut leaves) = (vec![Node::PAD; 3], vec![0.0; 4]);
        grow(&sample, &Settings::default(), 2, &mut rng, &mut nodes, &mut leaves);
        assert_eq!(nodes, [Node { column: 0, threshold: 5.0 }, Node::PAD, Node::PAD]);
        // Three rows stay together one step down: 1 + c(3). The far row is alone after one step.
        let together = (1.0 + average_path_length(3)) as f32;
        assert_eq!(leaves, [together, 0.0, 1.0, 0.0]);
    }
}
