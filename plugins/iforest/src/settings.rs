//! What a user may set, with defaults and limits.
//!
//! Defaults: 200 trees of 96 rows; the paper has 100 of 256. Smaller samples lose fewer windows that are rare and usual,
//! and more trees make up for their noise. Guided splits (`pooled`) and the range check (`outside`) are on, because rows
//! of logs are sparse and a failure shows in a few columns. They suit the built-in vectorizer, whose columns are surprises
//! that a training row was itself left out of; they were picked by comparison on labelled logs, so figures for those same
//! logs are no independent test of them.
//!
//! For another vectorizer whose rows are plain TF-IDF, `candidates` 16, `weigh` kurtosis and `trim` 0.005 are the better
//! choice when incidents were learned. AUC on made-up TF-IDF windows of which 1, 5 and 10 % held rare terms
//! (`tests/forest/quality.rs`):
//!
//! ```text
//! uniform, one column                          0.31  0.14  0.14
//! pooled, 4 candidates (the defaults)          0.39  0.54  0.56
//! pooled, 16 candidates, kurtosis              0.93  1.00  1.00
//! pooled, 16 candidates, kurtosis, trim 0.005  1.00  1.00  1.00
//! ```

use crate::Error;
use foghorn_guest::settings::{number, whole, word};

pub use foghorn_guest::Described;

/// Most trees a forest may have.
pub const TREES_MAX: u32 = 1_000;
/// Most rows a tree may be grown from. Its height limit is 10.
pub const SAMPLE_MAX: u32 = 1_024;
/// Most columns tried for one guided split.
pub const CANDIDATES_MAX: u32 = 64;

/// How a node's threshold is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Anywhere between the smallest and the largest value, as in the paper.
    Uniform,
    /// Where the spread falls most, each side weighted by its rows (Cortes 2021, arXiv 2110.13402). Finds clustered outliers.
    Pooled,
    /// Where the spread falls most, both sides alike (SCiForest: Liu, Ting and Zhou, ECML 2010). Cuts off few rows at a time.
    Averaged,
}

/// How likely a column is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weigh {
    /// All the same, as in the paper.
    Uniform,
    /// By the variance of its values: columns that say much.
    Variance,
    /// By their kurtosis: columns with few far values.
    Kurtosis,
}

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub trees: u32,
    pub sample: u32,
    pub split: Split,
    pub candidates: u32,
    pub weigh: Weigh,
    pub outside: f32,
    pub trim: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 200,
            sample: 96,
            split: Split::Pooled,
            candidates: 4,
            weigh: Weigh::Uniform,
            outside: 1.0,
            trim: 0.0,
        }
    }
}

/// Every setting, in the order shown.
pub const SCHEMA: [Described; 7] = [
    Described {
        key: "trees",
        summary: "How many trees are grown: 1 to 1000; more are steadier and slower",
        default: "200",
    },
    Described { key: "sample", summary: "How many rows each tree is grown from: 2 to 1024", default: "96" },
    Described {
        key: "split",
        summary: "How a threshold is chosen: uniform (anywhere in the range), pooled or averaged (where the spread falls most)",
        default: "pooled",
    },
    Described {
        key: "candidates",
        summary: "How many columns are tried for a pooled or averaged split: 1 to 64; uniform tries one",
        default: "4",
    },
    Described {
        key: "weigh",
        summary: "Which columns are looked at more often: uniform (none), variance or kurtosis (those with more of it)",
        default: "uniform",
    },
    Described {
        key: "outside",
        summary: "How much a value outside the learned range adds to strangeness: 0 (nothing) to 100, 1 is one range",
        default: "1",
    },
    Described {
        key: "trim",
        summary: "Share of rows left out at each end of a column when its learned range is taken: 0 to 0.1",
        default: "0",
    },
];

impl Settings {
    /// Reads settings; keys that are not known are passed over, as the contract says.
    ///
    /// # Errors
    /// The first bad value, code 1.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Error> {
        <Self as foghorn_guest::Settings>::parse(pairs)
    }

    /// One error for each unknown key, repeated key and bad value.
    #[must_use]
    pub fn validate(pairs: &[(String, String)]) -> Vec<Error> {
        <Self as foghorn_guest::Settings>::validate(pairs)
    }
}

impl foghorn_guest::Settings for Settings {
    const SCHEMA: &'static [Described] = &SCHEMA;

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "trees" => self.trees = whole(key, value, 1, TREES_MAX)?,
            "sample" => self.sample = whole(key, value, 2, SAMPLE_MAX)?,
            "candidates" => self.candidates = whole(key, value, 1, CANDIDATES_MAX)?,
            "outside" => self.outside = number(key, value, 0.0, 100.0)?,
            "trim" => self.trim = number(key, value, 0.0, 0.1)?,
            "split" => {
                let words = [("uniform", Split::Uniform), ("pooled", Split::Pooled), ("averaged", Split::Averaged)];
                self.split = word(key, value, &words)?;
            }
            "weigh" => {
                let words = [("uniform", Weigh::Uniform), ("variance", Weigh::Variance), ("kurtosis", Weigh::Kurtosis)];
                self.weigh = word(key, value, &words)?;
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_schema_states_the_defaults_in_use() {
        let stated: Vec<_> = SCHEMA.iter().map(|s| (s.key, s.default)).collect();
        assert_eq!(Settings::parse(&pairs(&stated)).unwrap(), Settings::default());
        assert!(Settings::validate(&pairs(&stated)).is_empty());
    }

    #[test]
    fn each_bad_setting_gets_its_own_error() {
        let bad = [
            ("trees", "abc", "setting trees is \"abc\"; allowed are whole numbers from 1 to 1000"),
            ("sample", "1", "setting sample is \"1\"; allowed are whole numbers from 2 to 1024"),
            ("split", "best", "setting split is \"best\"; allowed are uniform, pooled, averaged"),
            ("weigh", "", "setting weigh is \"\"; allowed are uniform, variance, kurtosis"),
            ("candidates", "65", "setting candidates is \"65\"; allowed are whole numbers from 1 to 64"),
            ("outside", "NaN", "setting outside is \"NaN\"; allowed are numbers from 0 to 100"),
            ("trim", "0.2", "setting trim is \"0.2\"; allowed are numbers from 0 to 0.1"),
        ];
        let list: Vec<_> = bad.iter().map(|(k, v, _)| (*k, *v)).collect();
        let errors = Settings::validate(&pairs(&list));
        assert_eq!(errors.len(), bad.len());
        for (error, (_, _, message)) in errors.iter().zip(bad) {
            assert_eq!((error.code, error.message.as_str()), (1, message));
        }
    }

    #[test]
    fn unknown_and_repeated_keys_are_errors_only_when_validating() {
        let list = pairs(&[("tree", "5"), ("trees", "5"), ("trees", "6")]);
        let errors = Settings::validate(&list);
        assert_eq!(errors.len(), 2);
        assert!(errors[0].message.starts_with("setting \"tree\" is not known; known are trees, sample"));
        assert_eq!(errors[1].message, "setting trees is given twice; give it once");
        assert_eq!(Settings::parse(&pairs(&[("tree", "5")])).unwrap(), Settings::default());
    }
}
