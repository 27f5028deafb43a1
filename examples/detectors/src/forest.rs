//! The paper's isolation forest, small.
//!
//! F. T. Liu, K. M. Ting, Z.-H. Zhou: *Isolation Forest*, ICDM 2008: uniform thresholds on uniform columns, `c / E(h)` as the
//! strangeness, and as in the built-in forest a path that is shorter by the distance outside the learned ranges. The built-in
//! forest (`plugins/iforest`) is the better one alone; this one is a member for an ensemble, which cannot depend on a
//! component.
//!
//! Cost: O(trees × sample × depth) to learn, O(trees × depth) a row.

use foghorn_guest::{Error, Format, Reader, Writer};

use crate::chance::Chance;
use crate::member::read_positive;
use crate::ranges::Ranges;
use crate::settings::{ForestSettings, TREES_MAX};
use crate::tree::{Tree, average_path};
use crate::{Member, Scaled};

/// A path so many times shorter than usual is as strange as it gets.
const STRANGENESS_MAX: f64 = 10_000.0;

/// A learned forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    usual: f64,
    ranges: Ranges,
    trees: Vec<Tree>,
}

impl Member for Forest {
    type Settings = ForestSettings;

    const FORMAT: Format =
        Format { magic: *b"FGHTREE\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &ForestSettings, rows: &Scaled, seed: u64) -> Self {
        let size = settings.sample.min(rows.len());
        let grow = |tree: u32| Tree::grow(rows, size, Chance::new(seed, u64::from(tree)));
        Self { usual: average_path(size), ranges: Ranges::learn(rows), trees: (0..settings.trees).map(grow).collect() }
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        let mean = self.trees.iter().map(|tree| tree.path(row)).sum::<f64>() / self.trees.len() as f64;
        let path = mean / (1.0 + self.ranges.outside(row));
        self.usual / path.max(self.usual / STRANGENESS_MAX)
    }

    fn write(&self, out: &mut Writer) {
        out.f64(self.usual);
        self.ranges.write(out);
        out.u32(self.trees.len() as u32);
        self.trees.iter().for_each(|tree| tree.write(out));
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let usual = read_positive(bytes)?;
        let ranges = Ranges::read(bytes, columns)?;
        let count = bytes.count(TREES_MAX as usize)?.max(1);
        let trees = (0..count).map(|_| Tree::read(bytes, columns)).collect::<Result<_, _>>()?;
        Ok(Self { usual, ranges, trees })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        vec![("trees".to_owned(), self.trees.len() as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_are_parted_at_once() {
        let mut rows = Scaled::new(1);
        for row in [[0.0], [1.0]] {
            rows.push(&row);
        }
        let forest = Forest::learn(&ForestSettings { trees: 5, sample: 2 }, &rows, 1);
        assert!(forest.trees.iter().all(|tree| tree.nodes.len() == 3));
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
