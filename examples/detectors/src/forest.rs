//! The paper's isolation forest, small, and the learned ranges that half-space trees use too.
//!
//! F. T. Liu, K. M. Ting, Z.-H. Zhou: *Isolation Forest*, ICDM 2008: uniform thresholds on uniform columns, `c / E(h)` as the
//! strangeness, and as in the built-in forest a path that is shorter by the distance outside the learned ranges. The built-in
//! forest (`plugins/iforest`) is the better one alone; this one is a member for an ensemble, which cannot depend on a
//! component.
//!
//! Cost: O(trees × sample × depth) to learn, O(trees × depth) a row.

use foghorn_guest::settings::whole;
use foghorn_guest::{Described, Error, Format, Reader, Writer};

use crate::chance::Chance;
use crate::{Member, Scaled};

const TREES_MAX: u32 = 500;
const SAMPLE_MAX: usize = 1_024;
/// Nodes of a tree of `SAMPLE_MAX` rows.
const NODES_MAX: usize = 2 * SAMPLE_MAX;
/// A path so many times shorter than usual is as strange as it gets.
const STRANGENESS_MAX: f64 = 10_000.0;
const EULER: f64 = 0.577_215_664_901_532_9;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestSettings {
    pub trees: u32,
    pub sample: usize,
}

impl Default for ForestSettings {
    fn default() -> Self {
        Self { trees: 100, sample: 128 }
    }
}

impl foghorn_guest::Settings for ForestSettings {
    const SCHEMA: &'static [Described] = &[
        Described { key: "trees", summary: "How many trees: 1 to 500", default: "100" },
        Described { key: "sample", summary: "How many rows each tree is grown from: 2 to 1024", default: "128" },
    ];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "trees" => self.trees = whole(key, value, 1, TREES_MAX)?,
            "sample" => self.sample = whole(key, value, 2, SAMPLE_MAX)?,
            _ => {}
        }
        Ok(())
    }
}

/// Smallest and largest learned value of each column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    low: Vec<f32>,
    high: Vec<f32>,
}

impl Ranges {
    pub(crate) fn learn(rows: &Scaled) -> Self {
        let (mut low, mut high) = (vec![f32::MAX; rows.columns()], vec![f32::MIN; rows.columns()]);
        for row in rows.rows() {
            low.iter_mut().zip(row).for_each(|(low, value)| *low = low.min(*value));
            high.iter_mut().zip(row).for_each(|(high, value)| *high = high.max(*value));
        }
        Self { low, high }
    }

    pub(crate) fn columns(&self) -> usize {
        self.low.len()
    }

    /// Width of a column's range, at least one unit of spread.
    fn width(&self, column: usize) -> f64 {
        (f64::from(self.high[column]) - f64::from(self.low[column])).max(1.0)
    }

    /// The value at `share` of a column's range: 0 its lower end, 1 its upper end.
    pub(crate) fn place(&self, column: usize, share: f64) -> f64 {
        f64::from(self.low[column]) + share * self.width(column)
    }

    /// How far a row is outside, in units of the columns' widths, summed.
    pub(crate) fn outside(&self, row: &[f32]) -> f64 {
        let one = |(column, value): (usize, &f32)| {
            let (low, high) = (self.low[column], self.high[column]);
            if (low..=high).contains(value) {
                return 0.0;
            }
            f64::from((low - value).max(value - high)) / self.width(column)
        };
        row.iter().enumerate().map(one).sum()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.f32s(self.low.iter().chain(&self.high).copied());
    }

    pub(crate) fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let (low, high) = (bytes.f32s(columns)?, bytes.f32s(columns)?);
        let is_good = |(low, high): (&f32, &f32)| *low >= -1e9 && low <= high && *high <= 1e9;
        if low.iter().zip(&high).all(is_good) { Ok(Self { low, high }) } else { Err(bytes.damaged("a range ends before it begins")) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    /// Below `at` to the next node, else to node `other`.
    Split { column: u32, at: f32, other: u32 },
    /// Expected path length to here, with what is left of so many rows.
    Leaf { path: f32 },
}

/// A learned forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    usual: f64,
    ranges: Ranges,
    trees: Vec<Vec<Node>>,
}

/// Mean path length of an unsuccessful search among `n` rows: the paper's `c(n)`.
fn average_path(n: usize) -> f64 {
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

fn path(tree: &[Node], row: &[f32]) -> f64 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf { path } => return f64::from(path),
            Node::Split { column, at: threshold, other } => {
                at = if row[column as usize] < threshold { at + 1 } else { other as usize };
            }
        }
    }
}

impl Member for Forest {
    type Settings = ForestSettings;

    const FORMAT: Format = Format { magic: *b"FGHTREE\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &ForestSettings, rows: &Scaled, seed: u64) -> Self {
        let size = settings.sample.min(rows.len());
        let height = size.next_power_of_two().ilog2().max(1);
        let grow = |tree: u32| {
            let mut chance = Chance::new(seed, u64::from(tree));
            let mut sample = chance.sample(rows.len(), size);
            let mut grower = Grower { rows, chance, height, nodes: Vec::new() };
            grower.grow(&mut sample, 0);
            grower.nodes
        };
        Self { usual: average_path(size), ranges: Ranges::learn(rows), trees: (0..settings.trees).map(grow).collect() }
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        let mean = self.trees.iter().map(|tree| path(tree, row)).sum::<f64>() / self.trees.len() as f64;
        let path = mean / (1.0 + self.ranges.outside(row));
        self.usual / path.max(self.usual / STRANGENESS_MAX)
    }

    fn write(&self, out: &mut Writer) {
        out.f64(self.usual);
        self.ranges.write(out);
        out.u32(self.trees.len() as u32);
        for tree in &self.trees {
            out.u32(tree.len() as u32);
            for node in tree {
                let (other, column, number) = match *node {
                    Node::Leaf { path } => (0, 0, path),
                    Node::Split { column, at, other } => (other, column, at),
                };
                out.u32(other);
                out.u32(column);
                out.f32(number);
            }
        }
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let usual = crate::member::read_positive(bytes)?;
        let ranges = Ranges::read(bytes, columns)?;
        let count = bytes.count(TREES_MAX as usize)?.max(1);
        let trees = (0..count).map(|_| read_tree(bytes, columns)).collect::<Result<_, _>>()?;
        Ok(Self { usual, ranges, trees })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        vec![("trees".to_owned(), self.trees.len() as f64)]
    }
}

/// Each node leads to later ones only, and the last is a leaf: every way ends.
fn read_tree(bytes: &mut Reader<'_>, columns: usize) -> Result<Vec<Node>, Error> {
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
        Some(Node::Leaf { .. }) => Ok(nodes),
        _ => Err(bytes.damaged("a tree does not end in a leaf")),
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

    #[test]
    fn two_rows_are_parted_at_once() {
        let mut rows = Scaled::new(1);
        [[0.0], [1.0]].map(|row| rows.push(&row));
        let forest = Forest::learn(&ForestSettings { trees: 5, sample: 2 }, &rows, 1);
        assert!(forest.trees.iter().all(|tree| tree.len() == 3));
        assert_eq!(forest.strangeness(&[0.0]), 1.0, "one step, as usual for two rows");
        assert_eq!(forest.strangeness(&[3.0]), 3.0, "two ranges outside");
    }

    #[test]
    fn a_row_alone_has_a_shorter_path() {
        let mut rows = Scaled::new(2);
        (0..200).for_each(|i| rows.push(&[(i % 10) as f32 * 0.1, (i % 7) as f32 * 0.1]));
        rows.push(&[5.0, 5.0]);
        let forest = Forest::learn(&ForestSettings { trees: 200, sample: 201 }, &rows, 1);
        assert!(forest.strangeness(&[5.0, 5.0]) > 1.5 * forest.strangeness(&[0.5, 0.3]));
    }
}
