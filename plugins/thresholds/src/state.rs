//! A gate as bytes, and gates from bytes that nobody vouches for.
//!
//! All numbers little-endian: magic "FGHGATES", format u32, then the fields in the order of [`Gate::save`]. Lists are
//! preceded by their length, which is checked against its bound and against the bytes that are left before it is used.

use crate::memory::MEMORY_MAX;
use crate::rate::Rate;
use crate::run::{KEPT_MAX, Run};
use crate::scale::Scale;
use crate::tail::Tail;
use crate::{Error, Gate, Settings};

/// Format number of the bytes written here; the only one read.
pub const FORMAT: u32 = 1;

const MAGIC: [u8; 8] = *b"FGHGATES";
/// No number on a scale, and no difference of two, is further from 0 than this.
const VALUE_MAX: f64 = 1e6;

impl Gate {
    /// All that was seen, as bytes; at most 20 KiB.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(FORMAT.to_le_bytes());
        out.extend(u32::from(self.scale == Scale::Any).to_le_bytes());
        out.extend(u32::from(self.warm).to_le_bytes());
        out.extend(self.unfitted.to_le_bytes());
        out.extend(self.tail.count.to_le_bytes());
        out.extend(self.tail.peaks.to_le_bytes());
        let Tail {
            middle,
            spread,
            highest,
            start,
            share,
            size,
            shape,
            ..
        } = self.tail;
        for number in [
            self.level,
            self.rate.gap_s,
            middle,
            spread,
            highest,
            start,
            share,
            size,
            shape,
        ] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.rate.last.to_le_bytes());
        put_list(
            &mut out,
            self.memory.len(),
            self.memory.iter().map(|r| r as f32),
        );
        out.extend(u32::from(self.run.is_some()).to_le_bytes());
        if let Some(run) = &self.run {
            [run.began, run.windows, run.above]
                .iter()
                .for_each(|n| out.extend(n.to_le_bytes()));
            out.extend(run.quiet.to_le_bytes());
            put_list(&mut out, run.scores.len(), run.scores.iter().copied());
        }
        out
    }

    /// A gate from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 with the first thing that is wrong.
    pub fn load(settings: Settings, format: u32, state: &[u8]) -> Result<Self, Error> {
        if format != FORMAT {
            return Err(Error::state(format!(
                "the state has format {format}; these thresholds read {FORMAT}, start anew"
            )));
        }
        let mut bytes = Bytes { left: state };
        if bytes.take::<8>()? != MAGIC || bytes.word()? != FORMAT {
            return Err(damaged("it does not start as thresholds do"));
        }
        let scale = if bytes.flag()? {
            Scale::Any
        } else {
            Scale::Unit
        };
        let warm = bytes.flag()?;
        let [unfitted, count, peaks] = [bytes.word()?, bytes.word()?, bytes.word()?];
        let level = bytes.value()?;
        let gap_s = bytes.value()?;
        let tail = Tail {
            count,
            peaks,
            middle: bytes.value()?,
            spread: bytes.value()?,
            highest: bytes.value()?,
            start: bytes.value()?,
            share: bytes.value()?,
            size: bytes.value()?,
            shape: bytes.value()?,
        };
        let rate = Rate {
            gap_s,
            last: bytes.long()?,
        };
        let mut memory = crate::memory::Memory::default();
        memory.extend(bytes.list(MEMORY_MAX)?.into_iter().map(f64::from));
        let run = if bytes.flag()? {
            Some(bytes.run()?)
        } else {
            None
        };
        if !bytes.left.is_empty() {
            return Err(damaged(format!("{} bytes are left over", bytes.left.len())));
        }
        let sound = tail.spread > 0.0
            && tail.size > 0.0
            && tail.share > 0.0
            && tail.share <= 1.0
            && tail.shape.abs() <= 1.0;
        if !sound
            || !rate.is_sound()
            || unfitted > crate::gate::FIT_EVERY
            || count as usize > MEMORY_MAX
        {
            return Err(damaged("its figures cannot be"));
        }
        Ok(Self {
            settings,
            scale,
            warm,
            level,
            rate,
            memory,
            tail,
            unfitted,
            run,
        })
    }
}

fn put_list(out: &mut Vec<u8>, len: usize, values: impl Iterator<Item = f32>) {
    out.extend((len as u32).to_le_bytes());
    out.extend(values.flat_map(f32::to_le_bytes));
}

/// What is left to read.
struct Bytes<'a> {
    left: &'a [u8],
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (first, rest) = self
            .left
            .split_first_chunk()
            .ok_or_else(|| damaged("it is cut off"))?;
        self.left = rest;
        Ok(*first)
    }

    fn word(&mut self) -> Result<u32, Error> {
        self.take().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<u64, Error> {
        self.take().map(u64::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, Error> {
        match self.word()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(damaged(format!("it has {other} where 0 or 1 is allowed"))),
        }
    }

    fn value(&mut self) -> Result<f64, Error> {
        let value = f64::from_le_bytes(self.take()?);
        if value.abs() <= VALUE_MAX {
            Ok(value)
        } else {
            Err(damaged(format!("it holds the number {value}")))
        }
    }

    fn list(&mut self, most: usize) -> Result<Vec<f32>, Error> {
        let len = self.word()? as usize;
        let list = (len <= most)
            .then(|| self.left.split_at_checked(4 * len))
            .flatten();
        let (list, rest) =
            list.ok_or_else(|| damaged(format!("it claims a list of {len}; allowed are {most}")))?;
        self.left = rest;
        let values: Vec<f32> = list
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        match values
            .iter()
            .find(|v| v.is_nan() || f64::from(v.abs()) > VALUE_MAX)
        {
            Some(value) => Err(damaged(format!("a list holds {value}"))),
            None => Ok(values),
        }
    }

    fn run(&mut self) -> Result<Run, Error> {
        let [began, windows, above] = [self.long()?, self.long()?, self.long()?];
        let quiet = self.word()?;
        let scores = self.list(KEPT_MAX)?.into();
        if above > windows || windows > u64::MAX / 2 || quiet > crate::run::QUIET_MAX {
            return Err(damaged(format!(
                "it holds a run of {above} in {windows} windows"
            )));
        }
        Ok(Run {
            began,
            windows,
            above,
            quiet,
            scores,
        })
    }
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::state(format!("the state is damaged: {what}; start anew"))
}
