//! One isolation tree, its nodes in the order in which they were grown.

use foghorn_guest::{Error, Reader, Writer};

use crate::Scaled;
use crate::chance::Chance;
use crate::settings::GROWN_MAX;

/// Nodes of the largest tree.
const NODES_MAX: usize = 2 * GROWN_MAX;
const EULER: f64 = 0.577_215_664_901_532_9;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Node {
    /// Below `at` to the next node, else to node `other`.
    Split { column: u32, at: f32, other: u32 },
    /// Expected path length to here, with what is left of so many rows.
    Leaf { path: f32 },
}

/// A grown tree. Every split's left child is the next node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

/// Mean path length of an unsuccessful search among `n` rows: the paper's `c(n)`.
pub(crate) fn average_path(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => 2.0 * (((n - 1) as f64).ln() + EULER) - 2.0 * (n - 1) as f64 / n as f64,
    }
}

struct Grower<'a> {
    rows: &'a Scaled,
    chance: Chance,
    height: u32,
    nodes: Vec<Node>,
}

impl Grower<'_> {
    fn grow(&mut self, sample: &mut [usize], depth: u32) {
        let split = if depth < self.height { self.split(sample) } else { None };
        let Some((column, at)) = split else {
            self.nodes.push(Node::Leaf { path: (f64::from(depth) + average_path(sample.len())) as f32 });
            return;
        };
        sample.sort_unstable_by(|a, b| self.rows.row(*a)[column].total_cmp(&self.rows.row(*b)[column]));
        let below = sample.partition_point(|row| self.rows.row(*row)[column] < at);
        let node = self.nodes.len();
        self.nodes.push(Node::Leaf { path: 0.0 });
        let (left, right) = sample.split_at_mut(below);
        self.grow(left, depth + 1);
        let other = self.nodes.len() as u32;
        self.nodes[node] = Node::Split { column: column as u32, at, other };
        self.grow(right, depth + 1);
    }

    /// A column that varies in the sample and a threshold above its smallest and not above its largest value.
    fn split(&mut self, sample: &[usize]) -> Option<(usize, f32)> {
        for _ in 0..32 {
            let column = self.chance.below(self.rows.columns());
            let values = || sample.iter().map(|row| self.rows.row(*row)[column]);
            let (low, high) = values().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
            if low < high {
                let at = f64::from(low) + self.chance.unit() * (f64::from(high) - f64::from(low));
                return Some((column, (at as f32).clamp(low.next_up(), high)));
            }
        }
        None
    }
}

impl Tree {
    /// Grown from `size` rows drawn by chance, as deep as a balanced tree of these would be.
    pub(crate) fn grow(rows: &Scaled, size: usize, mut chance: Chance) -> Self {
        let mut sample = chance.sample(rows.len(), size);
        let height = size.next_power_of_two().ilog2().max(1);
        let mut grower = Grower { rows, chance, height, nodes: Vec::new() };
        grower.grow(&mut sample, 0);
        Self { nodes: grower.nodes }
    }

    /// How many steps a row takes, and those that chance would take to tell it from the rows in its leaf.
    pub(crate) fn path(&self, row: &[f32]) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf { path } => return f64::from(path),
                Node::Split { column, at: threshold, other } => {
                    at = if row[column as usize] < threshold { at + 1 } else { other as usize };
                }
            }
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u32(self.nodes.len() as u32);
        for node in &self.nodes {
            let (other, column, number) = match *node {
                Node::Leaf { path } => (0, 0, path),
                Node::Split { column, at, other } => (other, column, at),
            };
            out.u32(other);
            out.u32(column);
            out.f32(number);
        }
    }

    /// Each node leads to later ones only, and the last is a leaf: every way ends.
    pub(crate) fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let count = bytes.count(NODES_MAX)?;
        let mut nodes = Vec::new();
        for number in 0..count {
            let (other, column, at) = (bytes.u32()?, bytes.u32()?, bytes.f32()?);
            let is_split = other as usize > number + 1 && (other as usize) < count && (column as usize) < columns;
            nodes.push(match (other, is_split) {
                (0, _) if (0.0..=1e4).contains(&at) => Node::Leaf { path: at },
                (_, true) if at.is_finite() => Node::Split { column, at, other },
                _ => return Err(bytes.damaged(format!("node {number} of {count} leads to {other}"))),
            });
        }
        match nodes.last() {
            Some(Node::Leaf { .. }) => Ok(Self { nodes }),
            _ => Err(bytes.damaged("a tree does not end in a leaf")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_paths_are_the_papers() {
        assert_eq!([0, 1, 2].map(average_path), [0.0, 0.0, 1.0]);
        assert!((average_path(256) - 10.244_770_920_116_851).abs() < 1e-9);
    }
}
