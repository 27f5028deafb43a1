//! What is written: 40 containers that log as services do.

use std::ops::Range;

use foghorn::identity::Identity;
use foghorn::line::{Line, Lines, Output};
use foghorn::stream::{Append, Batch};

const CONTAINERS: u64 = 40;
/// Lines of one container.
pub(crate) const EACH: usize = 20_000;
pub(crate) const TEXT_BYTES: usize = 150;
pub(crate) const BEGIN_NS: u64 = 1_700_000_000_000_000_000;
/// One container logs a hundred lines a second.
pub(crate) const STEP_NS: u64 = 10_000_000;

/// All lines of one container. The first has number 1.
pub(crate) struct Log {
    pub(crate) identity: Identity,
    lines: Lines,
}

pub(crate) fn logs() -> Vec<Log> {
    (0..CONTAINERS).map(|number| Log::new(number, EACH)).collect()
}

/// How many there are together.
pub(crate) fn lines(logs: &[Log]) -> usize {
    logs.iter().map(Log::len).sum()
}

impl Log {
    pub(crate) fn new(number: u64, count: usize) -> Self {
        let identity = Identity::of_service("bench-host", "shop", &format!("service-{number:02}"));
        let mut lines = Lines::default();
        for seq in 1..=count as u64 {
            let output = if seq % 10 == 0 { Output::Stderr } else { Output::Stdout };
            let text = text(number, seq);
            lines.push(Line { time_ns: BEGIN_NS + seq * STEP_NS + number, output, text: text.as_bytes() });
        }
        Self { identity, lines }
    }

    pub(crate) fn batch(&self, range: Range<usize>) -> Batch {
        let first_seq = range.start as u64 + 1;
        let mut lines = Lines::default();
        lines.extend_from(&self.lines, range);
        Batch { identity: self.identity.clone(), first_seq, lines }
    }

    pub(crate) fn append(&self, range: Range<usize>) -> Append {
        let Batch { identity, first_seq, lines } = self.batch(range);
        Append { identity, lines, cursor: first_seq.to_le_bytes().to_vec() }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| line.text)
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }
}

fn text(number: u64, seq: u64) -> String {
    let hash = (seq * CONTAINERS + number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let text = format!(
        "{:02}:{:02}:{:02}.{:03} INFO [worker-{}] request {hash:011x} GET /api/v1/items/{} status=200 bytes={} duration_ms={} \
         upstream=10.1.{}.{}:8080 cache=",
        seq / 3_600 % 24,
        seq / 60 % 60,
        seq % 60,
        hash % 1_000,
        hash % 8,
        100_000 + hash % 800_000,
        1_000 + hash % 9_000,
        10 + hash % 90,
        hash % 200,
        hash % 250
    );
    format!("{text:m<TEXT_BYTES$}")
}
