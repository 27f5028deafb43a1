//! A trained model: forest and ranges together, and the score they give.

use crate::forest::{Forest, LANES, Lanes};
use crate::path::average_path_length;
use crate::ranges::Ranges;
use crate::tree::Node;
use crate::{Error, Rows, Settings, state};

/// A path ten thousand times shorter than usual is as strange as it gets.
pub(crate) const STRANGENESS_MAX: f64 = 10_000.0;

/// One trained model, or one part of a training. Never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) forest: Forest,
    pub(crate) ranges: Ranges,
    pub(crate) head: Head,
}

/// What a model is besides its arrays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Head {
    /// Which part of how many this is; 0 of 1 is a whole model.
    pub(crate) part: u32,
    pub(crate) parts: u32,
    /// Trees of the whole model.
    pub(crate) trees: u32,
    /// Rows each tree was grown from.
    pub(crate) sample: u32,
    /// Weight of values outside the learned ranges.
    pub(crate) outside: f32,
    pub(crate) rows: u64,
    pub(crate) seed: u64,
}

impl Model {
    /// Grows the trees `part`, `part + parts`, … of a forest.
    ///
    /// # Errors
    /// Code 3 with fewer than two rows; code 4 for a part that does not exist or rows too wide.
    pub fn train(settings: &Settings, rows: &Rows<'_>, seed: u64, part: u32, parts: u32) -> Result<Self, Error> {
        if part >= parts || parts > state::PARTS_MAX {
            let most = state::PARTS_MAX;
            return Err(Error::input(format!(
                "part {part} of {parts} is asked for; parts are at most {most}, counted from 0"
            )));
        }
        if rows.len() < 2 {
            return Err(Error::too_little(format!(
                "there are {} rows; training needs at least 2, wait for more",
                rows.len()
            )));
        }
        let trees = (part..settings.trees).step_by(parts as usize);
        let forest = Forest::grow(rows, settings, seed, trees)?;
        let head = Head {
            part,
            parts,
            trees: settings.trees,
            sample: settings.sample.min(u32::try_from(rows.len()).unwrap_or(u32::MAX)),
            outside: settings.outside,
            rows: rows.len() as u64,
            seed,
        };
        Ok(Self { forest, ranges: Ranges::learn(rows, settings.trim), head })
    }

    /// The paper's score `2^(-E(h) / c)` for each row, in `[0, 1]`; higher is stranger.
    ///
    /// # Errors
    /// Code 4 if the rows have another number of columns than those of the training.
    pub fn score(&self, rows: &Rows<'_>) -> Result<Vec<f32>, Error> {
        self.for_each_path(rows, |path, usual| (-path / usual).exp2() as f32)
    }

    /// How many times shorter than usual each row's path is, `c / E(h)`: 1 is usual, 2 is half the path, at most
    /// 10,000. The same order as the paper's score, which crowds far rows together below 1: a multiple
    /// of a threshold means something here.
    ///
    /// # Errors
    /// As for `score`.
    pub fn strangeness(&self, rows: &Rows<'_>) -> Result<Vec<f32>, Error> {
        self.for_each_path(rows, |path, usual| (usual / path.max(usual / STRANGENESS_MAX)) as f32)
    }

    /// `each` is given a row's mean path and the usual one, `c`.
    fn for_each_path(&self, rows: &Rows<'_>, each: impl Fn(f64, f64) -> f32) -> Result<Vec<f32>, Error> {
        self.check_columns(rows)?;
        let usual = average_path_length(self.head.sample as usize);
        let mut lanes = Lanes::new(self.ranges.columns());
        let mut scores = Vec::with_capacity(rows.len());
        for first in (0..rows.len()).step_by(LANES) {
            let group = first..rows.len().min(first + LANES);
            for (lane, i) in group.clone().enumerate() {
                let (idx, val) = rows.row(i);
                lanes.scatter(lane, idx, val);
            }
            let paths = self.forest.mean_paths(&lanes);
            for (lane, i) in group.enumerate() {
                let (idx, val) = rows.row(i);
                let exceedance = self.ranges.exceedances(idx, val, |c| lanes.get(lane, c));
                scores.push(each(self.shortened(paths[lane], exceedance), usual));
                lanes.clear(lane, idx);
            }
        }
        Ok(scores)
    }

    /// A path as it is with values outside the learned ranges.
    pub(crate) fn shortened(&self, path: f64, exceedance: f64) -> f64 {
        path / (1.0 + f64::from(self.head.outside) * exceedance)
    }

    pub(crate) fn check_columns(&self, rows: &Rows<'_>) -> Result<(), Error> {
        let (have, want) = (rows.columns(), self.ranges.columns());
        if have == want {
            return Ok(());
        }
        Err(Error::input(format!("rows have {have} columns; the model was trained on {want}, train again")))
    }

    /// Figures for people.
    #[must_use]
    pub fn stats(&self) -> Vec<(String, f64)> {
        let mut used = vec![false; self.ranges.columns()];
        let mut splits = 0;
        for node in self.forest.nodes.iter().filter(|n| **n != Node::PAD) {
            used[node.column as usize] = true;
            splits += 1;
        }
        let reached: Vec<f64> = self.forest.leaves.iter().filter(|l| **l > 0.0).map(|l| f64::from(*l)).collect();
        let trees = self.forest.trees().max(1) as f64;
        let figures = [
            ("trees", self.forest.trees() as f64),
            ("sample", f64::from(self.head.sample)),
            ("rows", self.head.rows as f64),
            ("depth_max", self.forest.depth as f64),
            ("depth_mean", reached.iter().sum::<f64>() / reached.len().max(1) as f64),
            ("splits_mean", f64::from(splits) / trees),
            ("columns", self.ranges.columns() as f64),
            ("columns_split", used.iter().filter(|u| **u).count() as f64),
            ("columns_constant", self.ranges.constant() as f64),
        ];
        figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
