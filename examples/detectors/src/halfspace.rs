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

use foghorn_guest::{Error, Format, Reader, Writer};

use crate::chance::Chance;
use crate::halving::Halving;
use crate::member::read_positive;
use crate::quantile::quantile;
use crate::ranges::Ranges;
use crate::settings::{COUNTED_MAX, DEPTH_MAX, HalfSpaceSettings, TREES_MAX};
use crate::{Member, Scaled};

/// A node of no more than this share of the sample ends the way.
const SIZE_LIMIT: f64 = 0.1;

/// Learned trees.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfSpace {
    depth: u32,
    sample: u32,
    outside: f64,
    usual: f64,
    ranges: Ranges,
    trees: Vec<Halving>,
}

impl HalfSpace {
    fn mean_mass(&self, row: &[f32]) -> f64 {
        let limit = (SIZE_LIMIT * f64::from(self.sample)) as u32;
        self.trees.iter().map(|tree| tree.score(row, limit)).sum::<f64>() / self.trees.len() as f64
    }
}

impl Member for HalfSpace {
    type Settings = HalfSpaceSettings;

    const FORMAT: Format =
        Format { magic: *b"FGHHSTS\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &HalfSpaceSettings, rows: &Scaled, seed: u64) -> Self {
        let ranges = Ranges::learn(rows);
        let sample = Chance::new(seed, 0x6857).sample(rows.len(), settings.sample);
        let grow = |tree: u32| {
            let mut tree = Halving::grow(&ranges, settings.depth, &mut Chance::new(seed, u64::from(tree)));
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
        self.trees.iter().for_each(|tree| tree.write(out));
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let (depth, sample) = (bytes.count(DEPTH_MAX as usize)? as u32, bytes.count(COUNTED_MAX)? as u32);
        let (outside, usual) = (bytes.f64(100.0)?, read_positive(bytes)?);
        if outside < 0.0 || depth == 0 {
            return Err(bytes.damaged(format!("it weighs what is outside by {outside} at depth {depth}")));
        }
        let ranges = Ranges::read(bytes, columns)?;
        let count = bytes.count(TREES_MAX as usize)?.max(1);
        let trees = (0..count).map(|_| Halving::read(bytes, depth, sample, columns)).collect::<Result<_, _>>()?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
