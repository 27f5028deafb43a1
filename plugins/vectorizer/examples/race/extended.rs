//! The extended isolation forest, to compare with: splits that are oblique.
//!
//! S. Hariri, M. Carrasco Kind, R. J. Brunner: *Extended Isolation Forest* (arXiv 1811.02141, 2018; IEEE TKDE 2021). A node has a normal
//! vector of normally distributed numbers and a point drawn from the box of its rows; what lies on one side goes left. At extension
//! level `l` all but `l + 1` entries of the vector are 0: level 0 is the plain forest, the highest level uses all columns.
//! Differs from the paper in one thing that favours it here: the `l + 1` columns are drawn from those in which the node's rows
//! differ, because most columns of a sample of log windows are constant. Empty sides stay, as in the paper.

use foghorn_guest::Rows;
use foghorn_iforest::average_path_length;

use crate::made::Chance;

/// Columns that a split looks at.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    /// Two: extension level 1.
    One,
    /// All of them, constant ones too.
    Full,
}

enum Node {
    Leaf(f64),
    /// Column, entry of the normal vector and of the point; then left and right.
    Split(Vec<(usize, f32, f32)>, Box<[Node; 2]>),
}

pub(crate) struct Extended {
    usual: f64,
    trees: Vec<Node>,
}

impl Extended {
    /// Grows `trees` from `sample` rows each.
    pub(crate) fn learn(rows: &Rows, level: Level, (trees, sample): (usize, usize), seed: u64) -> Self {
        let rows = dense(rows);
        // The streams of neighbouring seeds are one, moved by a step: far apart they do not meet.
        let mut chance = Chance::new((seed << 40) + 1);
        let size = sample.min(rows.len());
        let depth = size.max(2).next_power_of_two().ilog2() as usize;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let grow = |_| {
            (0..size).for_each(|i| order.swap(i, i + chance.below(rows.len() - i)));
            let chosen: Vec<&[f32]> = order[..size].iter().map(|&i| rows[i].as_slice()).collect();
            grow(&chosen, level, 0, depth, &mut chance)
        };
        Self { usual: average_path_length(size), trees: (0..trees).map(grow).collect() }
    }

    /// `c / E(h)` for each row, as the built-in forest tells it.
    pub(crate) fn strangeness(&self, rows: &Rows) -> Vec<f32> {
        let one = |row: &Vec<f32>| {
            let mean = self.trees.iter().map(|tree| path(tree, row)).sum::<f64>() / self.trees.len() as f64;
            (self.usual / mean.max(self.usual / 1e4)) as f32
        };
        dense(rows).iter().map(one).collect()
    }
}

fn dense(rows: &Rows) -> Vec<Vec<f32>> {
    let checked = rows.check().expect("good rows");
    (0..checked.len()).map(|i| checked.dense(i)).collect()
}

fn grow(rows: &[&[f32]], level: Level, depth: usize, most: usize, chance: &mut Chance) -> Node {
    let ended = Node::Leaf(depth as f64 + average_path_length(rows.len()));
    if depth == most || rows.len() < 2 {
        return ended;
    }
    let span = |c: usize| rows.iter().fold((f32::MAX, f32::MIN), |(l, h), row| (l.min(row[c]), h.max(row[c])));
    let spans: Vec<(f32, f32)> = (0..rows[0].len()).map(span).collect();
    let mut open: Vec<usize> = (0..spans.len()).filter(|&c| spans[c].0 < spans[c].1).collect();
    if open.is_empty() {
        return ended;
    }
    match level {
        Level::Full => open = (0..spans.len()).collect(),
        Level::One => {
            let (all, two) = (open.len(), open.len().min(2));
            (0..two).for_each(|i| open.swap(i, i + chance.below(all - i)));
            open.truncate(two);
        }
    }
    let entry = |c: &usize| {
        let (low, high) = spans[*c];
        (*c, normal(chance), low + (high - low) * chance.share() as f32)
    };
    let plane: Vec<_> = open.iter().map(entry).collect();
    let (left, right): (Vec<&[f32]>, Vec<&[f32]>) = rows.iter().partition(|row| !is_right(&plane, row));
    let sides = [left, right].map(|side| grow(&side, level, depth + 1, most, chance));
    Node::Split(plane, Box::new(sides))
}

fn is_right(plane: &[(usize, f32, f32)], row: &[f32]) -> bool {
    plane.iter().map(|(c, n, p)| (row[*c] - p) * n).sum::<f32>() > 0.0
}

fn path(tree: &Node, row: &[f32]) -> f64 {
    match tree {
        Node::Leaf(depth) => *depth,
        Node::Split(plane, sides) => path(&sides[usize::from(is_right(plane, row))], row),
    }
}

/// A normally distributed number (Box and Muller 1958).
fn normal(chance: &mut Chance) -> f32 {
    let (a, b) = (1.0 - chance.share(), chance.share());
    ((-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()) as f32
}
