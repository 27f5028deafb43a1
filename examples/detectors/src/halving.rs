//! One tree of half-spaces: where it halves which column, and how many rows came through each node.

use foghorn_guest::{Error, Reader, Writer};

use crate::chance::Chance;
use crate::ranges::Ranges;

/// One tree, as a heap: node `i` has the children `2i + 1` and `2i + 2`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Halving {
    /// Column and middle of each inner node.
    pub(crate) halves: Vec<(u32, f32)>,
    /// Rows of the sample in each node, inner ones first.
    pub(crate) mass: Vec<u32>,
}

impl Halving {
    pub(crate) fn grow(ranges: &Ranges, depth: u32, chance: &mut Chance) -> Self {
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

    pub(crate) fn count(&mut self, row: &[f32]) {
        let mut node = 0;
        self.mass[0] += 1;
        while node < self.halves.len() {
            node = self.next(node, row);
            self.mass[node] += 1;
        }
    }

    /// `mass × 2^depth` where the way ends.
    pub(crate) fn score(&self, row: &[f32], limit: u32) -> f64 {
        let (mut node, mut depth) = (0, 0);
        while node < self.halves.len() && self.mass[node] > limit {
            node = self.next(node, row);
            depth += 1;
        }
        f64::from(self.mass[node]) * f64::from(1u32 << depth)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        for (column, middle) in &self.halves {
            out.u32(*column);
            out.f32(*middle);
        }
        self.mass.iter().for_each(|mass| out.u32(*mass));
    }

    pub(crate) fn read(bytes: &mut Reader<'_>, depth: u32, sample: u32, columns: usize) -> Result<Self, Error> {
        let inner = (1usize << depth) - 1;
        let half = |bytes: &mut Reader<'_>| {
            let (column, middle) = (bytes.u32()?, bytes.f32()?);
            if column as usize >= columns || !middle.is_finite() {
                return Err(bytes.damaged(format!("a node halves column {column} at {middle}")));
            }
            Ok((column, middle))
        };
        let halves = (0..inner).map(|_| half(bytes)).collect::<Result<_, _>>()?;
        let mass =
            (0..2 * inner + 1).map(|_| bytes.count(sample as usize).map(|m| m as u32)).collect::<Result<_, _>>()?;
        Ok(Self { halves, mass })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mass_and_score_of_a_small_tree_are_those_worked_out_by_hand() {
        // One column, halved at 0, then at -1 and 1.
        let mut tree = Halving { halves: vec![(0, 0.0), (0, -1.0), (0, 1.0)], mass: vec![0; 7] };
        for value in [0.5, 0.5, 0.5, 1.0, -0.5] {
            tree.count(&[value]);
        }
        assert_eq!(tree.mass, [5, 1, 4, 0, 1, 3, 1]);
        assert_eq!(tree.score(&[0.7], 0), 12.0, "3 rows at depth 2");
        assert_eq!(tree.score(&[9.0], 0), 4.0);
        assert_eq!(tree.score(&[-9.0], 0), 0.0);
        assert_eq!(tree.score(&[-9.0], 1), 2.0, "the node with one row ends the way");
    }
}
