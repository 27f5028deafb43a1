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
use foghorn_guest::{Format, Reader};

/// Format number of the bytes written here; the only one read.
pub const FORMAT: u32 = 1;

const STATE: Format =
    Format { magic: *b"FGHGATES", number: FORMAT, reader: "these thresholds read", remedy: "start anew" };
/// No number on a scale, and no difference of two, is further from 0 than this.
const VALUE_MAX: f64 = 1e6;

impl Gate {
    /// All that was seen, as bytes; at most 20 KiB.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.flag(self.scale == Scale::Any);
        out.flag(self.warm);
        [self.unfitted, self.tail.count, self.tail.peaks].into_iter().for_each(|number| out.u32(number));
        let Tail { middle, spread, highest, start, share, size, shape, .. } = self.tail;
        for number in [self.level, self.rate.gap_s, middle, spread, highest, start, share, size, shape] {
            out.f64(number);
        }
        out.u64(self.rate.last);
        out.list(self.memory.iter().map(|r| r as f32));
        out.flag(self.run.is_some());
        if let Some(run) = &self.run {
            [run.began, run.windows, run.above].into_iter().for_each(|number| out.u64(number));
            out.u32(run.quiet);
            out.list(run.scores.iter().copied());
        }
        out.finish()
    }

    /// A gate from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 with the first thing that is wrong.
    pub fn load(settings: Settings, format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = STATE.read(format, state)?;
        let scale = if bytes.flag()? { Scale::Any } else { Scale::Unit };
        let warm = bytes.flag()?;
        let [unfitted, count, peaks] = [bytes.u32()?, bytes.u32()?, bytes.u32()?];
        let level = bytes.f64(VALUE_MAX)?;
        let gap_s = bytes.f64(VALUE_MAX)?;
        let tail = Tail {
            count,
            peaks,
            middle: bytes.f64(VALUE_MAX)?,
            spread: bytes.f64(VALUE_MAX)?,
            highest: bytes.f64(VALUE_MAX)?,
            start: bytes.f64(VALUE_MAX)?,
            share: bytes.f64(VALUE_MAX)?,
            size: bytes.f64(VALUE_MAX)?,
            shape: bytes.f64(VALUE_MAX)?,
        };
        let rate = Rate { gap_s, last: bytes.u64()? };
        let mut memory = crate::memory::Memory::default();
        memory.extend(bytes.list(MEMORY_MAX, VALUE_MAX as f32)?.into_iter().map(f64::from));
        let run = if bytes.flag()? { Some(read_run(&mut bytes)?) } else { None };
        let sound =
            tail.spread > 0.0 && tail.size > 0.0 && tail.share > 0.0 && tail.share <= 1.0 && tail.shape.abs() <= 1.0;
        if !sound || !rate.is_sound() || unfitted > crate::gate::FIT_EVERY || count as usize > MEMORY_MAX {
            return Err(bytes.damaged("its figures cannot be"));
        }
        bytes.end()?;
        Ok(Self { settings, scale, warm, level, rate, memory, tail, unfitted, run })
    }
}

fn read_run(bytes: &mut Reader<'_>) -> Result<Run, Error> {
    let [began, windows, above] = [bytes.u64()?, bytes.u64()?, bytes.u64()?];
    let quiet = bytes.u32()?;
    let scores = bytes.list(KEPT_MAX, VALUE_MAX as f32)?.into();
    if above > windows || windows > u64::MAX / 2 || quiet > crate::run::QUIET_MAX {
        return Err(bytes.damaged(format!("it holds a run of {above} in {windows} windows")));
    }
    Ok(Run { began, windows, above, quiet, scores })
}
