//! A gate as bytes, and gates from bytes that nobody vouches for.
//!
//! All numbers little-endian: magic "FGHGATES", format u32, then the fields in the order of [`Gate::save`]. Lists are
//! preceded by their length, which is checked against its bound and against the bytes that are left before it is used.

use crate::budget::{Budget, EPISODES_MAX, Episode};
use crate::memory::MEMORY_MAX;
use crate::rate::Rate;
use crate::run::{KEPT_MAX, Run};
use crate::scale::Scale;
use crate::tail::Tail;
use crate::{Error, Gate, Settings};
use foghorn_guest::{Format, Reader};

/// Format number of the bytes written here; the only one read.
pub const FORMAT: u32 = 2;

const STATE: Format =
    Format { magic: *b"FGHGATES", number: FORMAT, reader: "these thresholds read", remedy: "start anew" };
/// No number on a scale, and no difference of two, is further from 0 than this.
const VALUE_MAX: f64 = 1e6;

impl Gate {
    /// All that was seen, as bytes; at most 26 KiB.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.flag(self.scale == Scale::Any);
        out.flag(self.warm);
        out.u32(self.unfitted);
        let Tail { middle, spread, slope, doubt } = self.tail;
        [self.level, self.rate.gap_s, middle, spread, slope, doubt].into_iter().for_each(|number| out.f64(number));
        out.u64(self.rate.last);
        out.u64(self.remembered);
        out.list(self.memory.iter().map(|r| r as f32));
        out.flag(self.run.is_some());
        if let Some(run) = &self.run {
            [run.began, run.windows, run.above].into_iter().for_each(|number| out.u64(number));
            out.u32(run.quiet);
            out.list(run.scores.iter().copied());
        }
        out.list(self.budget.over.iter().map(|episode| episode.excess));
        self.budget.over.iter().for_each(|episode| out.u64(episode.last));
        out.flag(self.budget.open.is_some());
        if let Some(Episode { last, excess }) = self.budget.open {
            out.u64(last);
            out.f64(f64::from(excess));
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
        let unfitted = bytes.u32()?;
        let level = bytes.f64(VALUE_MAX)?;
        let gap_s = bytes.f64(VALUE_MAX)?;
        let mut figure = || bytes.f64(VALUE_MAX);
        let tail = Tail { middle: figure()?, spread: figure()?, slope: figure()?, doubt: figure()? };
        let rate = Rate { gap_s, last: bytes.u64()? };
        let remembered = bytes.u64()?;
        let mut memory = crate::memory::Memory::default();
        memory.extend(bytes.list(MEMORY_MAX, VALUE_MAX as f32)?.into_iter().map(f64::from));
        let run = if bytes.flag()? { Some(read_run(&mut bytes)?) } else { None };
        let budget = read_budget(&mut bytes)?;
        let sound = tail.spread > 0.0 && tail.slope > 0.0 && (1.0..=2.0).contains(&tail.doubt);
        if !sound || !rate.is_sound() || unfitted > crate::gate::FIT_EVERY {
            return Err(bytes.damaged("its figures cannot be"));
        }
        bytes.end()?;
        Ok(Self { settings, scale, warm, level, rate, memory, remembered, tail, unfitted, run, budget })
    }
}

fn read_budget(bytes: &mut Reader<'_>) -> Result<Budget, Error> {
    let excesses = bytes.list(EPISODES_MAX, VALUE_MAX as f32)?;
    let mut over = Vec::with_capacity(excesses.len());
    for excess in excesses {
        over.push(Episode { last: bytes.u64()?, excess });
    }
    let open = match bytes.flag()? {
        true => Some(Episode { last: bytes.u64()?, excess: bytes.f64(VALUE_MAX)? as f32 }),
        false => None,
    };
    Ok(Budget { open, over })
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
