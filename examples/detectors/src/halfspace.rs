//! Half-space trees.
//!
//! S. C. Tan, K. M. Ting, T. F. Liu: *Fast Anomaly Detection for Streaming Data*, IJCAI 2011. Each tree halves a random work
//! range of a random column at each node, down to a fixed depth, without looking at data; then a sample of rows is
//! counted through it, which is the node's mass. A row's score in a tree is `mass × 2^depth` of the first node on its way that
//! is at the bottom or holds no more than a tenth of the sample. Few rows in a large space is strange.
//!
//! What is different from the paper: it is trained once on a window of training rows, not updated while rows stream, because a
//! model of the contract never changes; the score is turned into how many times less mass than the median training row a
//! row has; and as in the built-in forest, being outside the range that was learned counts for its distance (`outside`, 0 for
//! the paper's score).
//!
//! Cost: O(trees × depth) for each row, to learn and to score; 2^depth nodes a tree.

use foghorn_guest::settings::{number, whole};
use foghorn_guest::{Described, Error, Format, Reader, Writer};

use crate::chance::Chance;
use crate::forest::Ranges;
use crate::member::read_positive;
use crate::quantile::quantile;
use crate::{Member, Scaled};

const TREES_MAX: u32 = 500;
const DEPTH_MAX: u32 = 12;
const SAMPLE_MAX: usize = 4_096;
/// A node of no more than this share of the sample ends the way.
const SIZE_LIMIT: f64 = 0.1;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfSpaceSettings {
    pub trees: u32,
    pub depth: u32,
    pub sample: usize,
    pub outside: f64,
}

impl Default for HalfSpaceSettings {
    fn default() -> Self {
        Self { trees: 100, depth: 8, sample: 512, outside: 1.0 }
    }
}

impl foghorn_guest::Settings for HalfSpaceSettings {
    const SCHEMA: &'static [Described] = &[
        Described { key: "trees", summary: "How many trees: 1 to 500; more are steadier and slower", default: "100" },
        Described { key: "depth", summary: "How often a tree halves the space: 1 to 12", default: "8" },
        Described { key: "sample", summary: "How many training rows are counted: 2 to 4096", default: "512" },
        Described {
            key: "outside",
            summary: "How much a value outside the learned range adds for its distance: 0 (nothing, as in the paper) to 100",
            default: "1",
        },
    ];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "trees" => self.trees = whole(key, value, 1, TREES_MAX)?,
            "depth" => self.depth = whole(key, value, 1, DEPTH_MAX)?,
            "sample" => self.sample = whole(key, value, 2, SAMPLE_MAX)?,
            "outside" => self.outside = number(key, value, 0.0, 100.0)?,
            _ => {}
        }
        Ok(())
    }
}

/// One tree, as a heap: node `i` has the children `2i + 1` and `2i + 2`.
#[derive(Debug, Clone, PartialEq)]
struct Tree {
    /// Column and middle of each inner node.
    halves: Vec<(u32, f32)>,
    /// Rows of the sample in each node, inner ones first.
    mass: Vec<u32>,
}

/// Learned trees.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfSpace {
    depth: u32,
    sample: u32,
    outside: f64,
    usual: f64,
    ranges: Ranges,
    trees: Vec<Tree>,
}

impl Tree {
    fn grow(ranges: &Ranges, depth: u32, chance: &mut Chance) -> Self {
        // The work range of a column reaches at least as far beyond its values as they are apart (the paper's formula).
        let work: Vec<(f64, f64)> = (0..ranges.columns())
            .map(|column| {
                let (middle, far) = (chance.unit(), 2.0);
                let half = far * middle.max(1.0 - middle);
                (ranges.place(column, middle - half), ranges.place(column, middle + half))
            })
            .collect();
        let inner = (1usize << depth) - 1;
        let mut tree = Self { halves: vec![(0, 0.0); inner], mass: vec![0; 2 * inner + 1] };
        tree.halve(0, &mut work.clone(), chance);
        tree
    }

    fn halve(&mut self, node: usize, work: &mut [(f64, f64)], chance: &mut Chance) {
        if node >= self.halves.len() {
            return;
        }
        let column = chance.below(work.len());
        let (low, high) = work[column];
        let middle = f64::midpoint(low, high);
        self.halves[node] = (column as u32, middle as f32);
        work[column] = (low, middle);
        self.halve(2 * node + 1, work, chance);
        work[column] = (middle, high);
        self.halve(2 * node + 2, work, chance);
        work[column] = (low, high);
    }

    fn next(&self, node: usize, row: &[f32]) -> usize {
        let (column, middle) = self.halves[node];
        2 * node + if row[column as usize] < middle { 1 } else { 2 }
    }

    fn count(&mut self, row: &[f32]) {
        let mut node = 0;
        self.mass[0] += 1;
        while node < self.halves.len() {
            node = self.next(node, row);
            self.mass[node] += 1;
        }
    }

    /// `mass × 2^depth` where the way ends.
    fn score(&self, row: &[f32], limit: u32) -> f64 {
        let (mut node, mut depth) = (0, 0);
        while node < self.halves.len() && self.mass[node] > limit {
            node = self.next(node, row);
            depth += 1;
        }
        f64::from(self.mass[node]) * f64::from(1u32 << depth)
    }
}

impl HalfSpace {
    fn mean_mass(&self, row: &[f32]) -> f64 {
        let limit = (SIZE_LIMIT * f64::from(self.sample)) as u32;
        self.trees.iter().map(|tree| tree.score(row, limit)).sum::<f64>() / self.trees.len() as f64
    }
}

impl Member for HalfSpace {
    type Settings = HalfSpaceSettings;

    const FORMAT: Format = Format { magic: *b"FGHHSTS\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &HalfSpaceSettings, rows: &Scaled, seed: u64) -> Self {
        let ranges = Ranges::learn(rows);
        let sample = Chance::new(seed, 0x6857).sample(rows.len(), settings.sample);
        let grow = |tree: u32| {
            let mut tree = Tree::grow(&ranges, settings.depth, &mut Chance::new(seed, u64::from(tree)));
            sample.iter().for_each(|number| tree.count(rows.row(*number)));
            tree
        };
        let trees = (0..settings.trees).map(grow).collect();
        let mut model = Self {
            depth: settings.depth,
            sample: sample.len() as u32,
            outside: settings.outside,
            usual: 1.0,
            ranges: ranges.clone(),
            trees,
        };
        let mut masses: Vec<f64> = sample.iter().map(|number| model.mean_mass(rows.row(*number))).collect();
        model.usual = quantile(&mut masses, 0.5).max(1.0);
        model
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        let fewer = (1.0 + self.usual) / (1.0 + self.mean_mass(row));
        fewer * (1.0 + self.outside * self.ranges.outside(row))
    }

    fn write(&self, out: &mut Writer) {
        out.u32(self.depth);
        out.u32(self.sample);
        out.f64(self.outside);
        out.f64(self.usual);
        self.ranges.write(out);
        out.u32(self.trees.len() as u32);
        for tree in &self.trees {
            for (column, middle) in &tree.halves {
                out.u32(*column);
                out.f32(*middle);
            }
            tree.mass.iter().for_each(|mass| out.u32(*mass));
        }
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let (depth, sample) = (bytes.count(DEPTH_MAX as usize)? as u32, bytes.count(SAMPLE_MAX)? as u32);
        let (outside, usual) = (bytes.f64(100.0)?, read_positive(bytes)?);
        if outside < 0.0 || depth == 0 {
            return Err(bytes.damaged(format!("it weighs what is outside by {outside} at depth {depth}")));
        }
        let ranges = Ranges::read(bytes, columns)?;
        let count = bytes.count(TREES_MAX as usize)?.max(1);
        let trees = (0..count).map(|_| read_tree(bytes, depth, sample, columns)).collect::<Result<_, _>>()?;
        Ok(Self { depth, sample, outside, usual, ranges, trees })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        let figures = [
            ("trees", self.trees.len() as f64),
            ("depth", f64::from(self.depth)),
            ("sample", f64::from(self.sample)),
            ("mass_median", self.usual),
        ];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn read_tree(bytes: &mut Reader<'_>, depth: u32, sample: u32, columns: usize) -> Result<Tree, Error> {
    let inner = (1usize << depth) - 1;
    let half = |bytes: &mut Reader<'_>| {
        let (column, middle) = (bytes.u32()?, bytes.f32()?);
        if column as usize >= columns || !middle.is_finite() {
            return Err(bytes.damaged(format!("a node halves column {column} at {middle}")));
        }
        Ok((column, middle))
    };
    let halves = (0..inner).map(|_| half(bytes)).collect::<Result<_, _>>()?;
    let mass = (0..2 * inner + 1).map(|_| bytes.count(sample as usize).map(|m| m as u32)).collect::<Result<_, _>>()?;
    Ok(Tree { halves, mass })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mass_and_score_of_a_small_tree_are_those_worked_out_by_hand() {
        // One column, halved at 0, then at -1 and 1.
        let mut tree = Tree { halves: vec![(0, 0.0), (0, -1.0), (0, 1.0)], mass: vec![0; 7] };
        [0.5, 0.5, 0.5, 1.0, -0.5].map(|value| tree.count(&[value]));
        assert_eq!(tree.mass, [5, 1, 4, 0, 1, 3, 1]);
        assert_eq!(tree.score(&[0.7], 0), 12.0, "3 rows at depth 2");
        assert_eq!(tree.score(&[9.0], 0), 4.0);
        assert_eq!(tree.score(&[-9.0], 0), 0.0);
        assert_eq!(tree.score(&[-9.0], 1), 2.0, "the node with one row ends the way");
    }

    #[test]
    fn each_row_of_the_sample_is_counted_once_at_each_depth() {
        let mut rows = Scaled::new(2);
        (0..40).for_each(|i| rows.push(&[(i % 7) as f32 * 0.1, (i % 5) as f32 * 0.1]));
        let model = HalfSpace::learn(&HalfSpaceSettings { trees: 9, ..HalfSpaceSettings::default() }, &rows, 3);
        for tree in &model.trees {
            assert_eq!((tree.mass[0], tree.mass[1] + tree.mass[2]), (40, 40));
            assert_eq!(tree.mass[tree.halves.len()..].iter().sum::<u32>(), 40);
        }
        assert!(model.strangeness(&[5.0, 5.0]) > 4.0 * model.strangeness(rows.row(3)));
    }
}
