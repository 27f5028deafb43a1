//! Several members' opinions as one.
//!
//! C. C. Aggarwal, S. Sathe: *Theoretical Foundations and Algorithms for Outlier Ensembles*, SIGKDD Explorations 2015: an average of
//! standardised scores errs less than one of its members, as far as these err on different rows. Here each member's
//! strangeness is taken as a logarithm and standardised on what it says of training rows that it did not learn: learned from
//! every second row, it scores the others, and the other way round. Then it learns from all of them.
//!
//! The score is `(1 + exp(m)) / 2`, `m` the mean over the members of `(level - median) / spread`, times the mean spread: a
//! geometric mean of "how many times more than usual", with all members on the same footing. 1 is usual.
//!
//! Cost: that of all members, to learn twice.

use foghorn_guest::{Described, Error, Format, Reader, Writer};

use crate::any::{Any, KINDS, Kind};
use crate::member::read_positive;
use crate::quantile::quantile;
use crate::{Member, Scaled};

/// Training rows whose levels are looked at, of each half.
const LEVELS_MAX: usize = 512;
/// A member whose levels hardly differ would shout at every difference: its spread is at least this.
const SPREAD_MIN: f64 = 0.05;
/// Beyond this factor, a row is as strange as it gets.
const LEVEL_MAX: f64 = 25.0;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleSettings {
    members: Vec<Kind>,
}

impl Default for EnsembleSettings {
    fn default() -> Self {
        Self { members: vec![Kind::Forest, Kind::Pca] }
    }
}

impl foghorn_guest::Settings for EnsembleSettings {
    const SCHEMA: &'static [Described] = &[Described {
        key: "members",
        summary: "Who has a say, with + between them: forest, halfspace, tails, knn, pca, each at most once",
        default: "forest+pca",
    }];

    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if key == "members" {
            self.members = members(value).ok_or_else(|| {
                let names = KINDS.map(|(name, _)| name).join(", ");
                Error::setting(format!(
                    "setting members is {value:?}; allowed are {names}, each at most once, with + between them"
                ))
            })?;
        }
        Ok(())
    }
}

fn members(value: &str) -> Option<Vec<Kind>> {
    let mut members = Vec::new();
    for word in value.split('+') {
        let (_, kind) = KINDS.iter().find(|(name, _)| *name == word.trim())?;
        if members.contains(kind) {
            return None;
        }
        members.push(*kind);
    }
    Some(members)
}

/// A member with what its levels usually are.
#[derive(Debug, Clone, PartialEq)]
struct Voice {
    member: Any,
    median: f64,
    spread: f64,
}

/// Learned members.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    voices: Vec<Voice>,
}

impl Voice {
    fn learn(kind: Kind, rows: &Scaled, halves: &[Scaled; 2], seed: u64) -> Self {
        let mut levels = Vec::new();
        for (learned, asked) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
            let member = Any::learn(kind, learned, seed);
            let step = asked.len().div_ceil(LEVELS_MAX);
            levels.extend(asked.rows().step_by(step).map(|row| member.level(row)));
        }
        let median = quantile(&mut levels, 0.5);
        let spread = (quantile(&mut levels, 0.9) - median).max(SPREAD_MIN);
        Self { member: Any::learn(kind, rows, seed), median, spread }
    }

    fn says(&self, row: &[f32]) -> f64 {
        (self.member.level(row) - self.median) / self.spread
    }
}

impl Member for Ensemble {
    type Settings = EnsembleSettings;

    const FORMAT: Format =
        Format { magic: *b"FGHENSE\0", number: 1, reader: "this detector reads", remedy: "train again" };

    fn learn(settings: &EnsembleSettings, rows: &Scaled, seed: u64) -> Self {
        // Two halves of two rows or more; of fewer rows, both are all.
        let halves =
            if rows.len() < 4 { [rows.clone(), rows.clone()] } else { [0, 1].map(|first| rows.every_second(first)) };
        let voice = |kind: &Kind| Voice::learn(*kind, rows, &halves, seed);
        Self { voices: settings.members.iter().map(voice).collect() }
    }

    fn strangeness(&self, row: &[f32]) -> f64 {
        let count = self.voices.len() as f64;
        let mean = self.voices.iter().map(|voice| voice.says(row)).sum::<f64>() / count;
        let spread = self.voices.iter().map(|voice| voice.spread).sum::<f64>() / count;
        f64::midpoint(1.0, (mean * spread).clamp(-LEVEL_MAX, LEVEL_MAX).exp())
    }

    fn write(&self, out: &mut Writer) {
        out.u32(self.voices.len() as u32);
        for voice in &self.voices {
            out.f64(voice.median);
            out.f64(voice.spread);
            voice.member.write(out);
        }
    }

    fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        let count = bytes.count(KINDS.len())?.max(1);
        let mut voices = Vec::new();
        for _ in 0..count {
            let (median, spread) = (bytes.f64(1e3)?, read_positive(bytes)?);
            voices.push(Voice { member: Any::read(bytes, columns)?, median, spread: spread.max(SPREAD_MIN) });
        }
        Ok(Self { voices })
    }

    fn stats(&self) -> Vec<(String, f64)> {
        let name =
            |voice: &Voice| KINDS.iter().find(|(_, kind)| *kind == voice.member.kind()).map_or("", |(name, _)| name);
        let figures = |voice: &Voice| {
            [("level_median", voice.median), ("level_spread", voice.spread)]
                .map(|(figure, value)| (format!("{}_{figure}", name(voice)), value))
        };
        self.voices.iter().flat_map(figures).collect()
    }
}

#[cfg(test)]
mod tests {
    use foghorn_guest::Settings as _;

    use super::*;

    fn rows() -> Scaled {
        let mut rows = Scaled::new(3);
        (0..60).for_each(|i| rows.push(&[(i % 7) as f32 * 0.1, (i % 5) as f32 * 0.1, (i % 7 + i % 5) as f32 * 0.1]));
        rows
    }

    #[test]
    fn one_member_alone_keeps_its_order_and_usual_is_one() {
        let mut settings = EnsembleSettings::default();
        settings.set("members", "knn").unwrap();
        let ensemble = Ensemble::learn(&settings, &rows(), 5);
        let voice = &ensemble.voices[0];
        let row = [0.9, 0.0, 0.0];
        let times = (voice.member.level(&row) - voice.median).exp();
        assert!((ensemble.strangeness(&row) - (1.0 + times) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn all_members_have_the_same_say() {
        let ensemble = Ensemble::learn(&EnsembleSettings::default(), &rows(), 5);
        let row = [0.9, 0.0, 0.0];
        let mean = ensemble.voices.iter().map(|voice| voice.says(&row)).sum::<f64>() / 2.0;
        let spread = ensemble.voices.iter().map(|voice| voice.spread).sum::<f64>() / 2.0;
        assert!((ensemble.strangeness(&row) - (1.0 + (mean * spread).exp()) / 2.0).abs() < 1e-12);
        assert!(ensemble.strangeness(&row) > 1.0);
    }

    #[test]
    fn members_are_named_once_each() {
        assert_eq!(members("pca+ knn"), Some(vec![Kind::Pca, Kind::Knn]));
        assert_eq!((members("pca+pca"), members(""), members("svm")), (None, None, None));
    }
}
