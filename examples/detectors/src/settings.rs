//! What users may set for each member, with defaults and limits.

use foghorn_guest::settings::{number, whole};
use foghorn_guest::{Described, Error};

/// Most trees of half-spaces, and of a forest.
pub(crate) const TREES_MAX: u32 = 500;
/// How often a tree of half-spaces halves at most.
pub(crate) const DEPTH_MAX: u32 = 12;
/// Most rows that half-space trees count.
pub(crate) const COUNTED_MAX: usize = 4_096;
/// Most rows that a tree of the forest is grown from.
pub(crate) const GROWN_MAX: usize = 1_024;
/// Most rows that `knn` keeps, and the farthest neighbour that may count.
pub(crate) const KEPT_MAX: usize = 4_096;
pub(crate) const NEAREST_MAX: usize = 100;

/// Of [`Pca`](crate::Pca).
#[derive(Debug, Clone, PartialEq)]
pub struct PcaSettings {
    pub explained: f64,
    pub inside: f64,
}

impl Default for PcaSettings {
    fn default() -> Self {
        Self { explained: 0.9, inside: 0.0 }
    }
}

impl foghorn_guest::Settings for PcaSettings {
    const SCHEMA: &'static [Described] = &[
        Described {
            key: "explained",
            summary: "Which share of the variance the kept components explain: 0 (none is kept) to 1 (all)",
            default: "0.9",
        },
        Described {
            key: "inside",
            summary: "How much a row's place within the kept components counts: 0 (not at all: reconstruction error only) to 10",
            default: "0",
        },
    ];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "explained" => self.explained = number(key, value, 0.0, 1.0)?,
            "inside" => self.inside = number(key, value, 0.0, 10.0)?,
            _ => {}
        }
        Ok(())
    }
}

/// Of [`Knn`](crate::Knn).
#[derive(Debug, Clone, PartialEq)]
pub struct KnnSettings {
    pub nearest: usize,
    pub sample: usize,
}

impl Default for KnnSettings {
    fn default() -> Self {
        Self { nearest: 5, sample: 512 }
    }
}

impl foghorn_guest::Settings for KnnSettings {
    const SCHEMA: &'static [Described] = &[
        Described { key: "nearest", summary: "The distance to which neighbour counts: 1 to 100", default: "5" },
        Described { key: "sample", summary: "How many training rows are kept: 2 to 4096", default: "512" },
    ];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "nearest" => self.nearest = whole(key, value, 1, NEAREST_MAX)?,
            "sample" => self.sample = whole(key, value, 2, KEPT_MAX)?,
            _ => {}
        }
        Ok(())
    }
}

/// Of [`HalfSpace`](crate::HalfSpace).
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
            "sample" => self.sample = whole(key, value, 2, COUNTED_MAX)?,
            "outside" => self.outside = number(key, value, 0.0, 100.0)?,
            _ => {}
        }
        Ok(())
    }
}

/// Of [`Forest`](crate::Forest).
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
            "sample" => self.sample = whole(key, value, 2, GROWN_MAX)?,
            _ => {}
        }
        Ok(())
    }
}
