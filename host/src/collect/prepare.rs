//! Lines of a file as they would be had a container written them: cleaned, traces joined, secrets masked, cut.
//!
//! For replays, which have no engine: the same `clean`, `trace` and `secrets` as for live lines.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

use super::clean::{clean, cut};
use super::cursor::Mark;
use super::secrets::mask;
use super::trace::{CleanLine, Traces};
use crate::line::{Line, Lines};

/// The prepared lines, and for each the raw lines it was made of: from its first to its last.
pub fn prepare(raw: &Lines) -> (Lines, Vec<Range<usize>>) {
    let mut prepared = Prepared::default();
    let mut traces = Traces::default();
    // Only stamps decide here; the clock has no part in a replay.
    let now = Instant::now();
    for (index, line) in raw.iter().enumerate() {
        let text = clean(line.text);
        let mark = Mark { time_ns: line.time_ns, count: 1 };
        prepared.waiting[line.output as usize].push_back(index);
        let (output, time_ns, bytes) = (line.output, line.time_ns, line.text.len() as u64);
        traces.push(now, CleanLine { output, mark, time_ns, text: &text, bytes });
        prepared.collect(&mut traces);
    }
    traces.finish();
    prepared.collect(&mut traces);
    (prepared.lines, prepared.sources)
}

#[derive(Default)]
struct Prepared {
    lines: Lines,
    sources: Vec<Range<usize>>,
    /// Raw lines of each output that no event has taken yet.
    waiting: [VecDeque<usize>; 2],
}

impl Prepared {
    fn collect(&mut self, traces: &mut Traces) {
        while let Some(mut event) = traces.pop() {
            let waiting = &mut self.waiting[event.output as usize];
            let taken: Vec<usize> = waiting.drain(..waiting.len().min(event.lines as usize)).collect();
            let (Some(&first), Some(&last)) = (taken.first(), taken.last()) else {
                continue;
            };
            if let std::borrow::Cow::Owned(masked) = mask(&event.text) {
                event.text = masked;
            }
            cut(&mut event.text, event.bytes);
            self.lines.push(Line { time_ns: event.time_ns, output: event.output, text: &event.text });
            self.sources.push(first..last + 1);
            traces.recycle(event.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Output;

    fn raw(texts: &[(u64, &str)]) -> Lines {
        texts.iter().map(|&(time_ns, text)| Line { time_ns, output: Output::Stdout, text: text.as_bytes() }).collect()
    }

    #[test]
    fn a_stack_trace_becomes_one_line_that_knows_its_sources() {
        let lines = raw(&[
            (1, "started"),
            (2, "java.lang.IllegalStateException: no"),
            (3, "\tat a.b.C.d(C.java:1)"),
            (4, "\tat a.b.C.e(C.java:2)"),
            (1_000_000_000, "stopped"),
        ]);
        let (prepared, sources) = prepare(&lines);
        assert_eq!(prepared.len(), 3);
        assert_eq!(sources, [0..1, 1..4, 4..5]);
        assert_eq!(prepared.get(2).text, b"stopped");
    }

    #[test]
    fn secrets_and_colours_do_not_reach_the_pipeline() {
        let (prepared, _) = prepare(&raw(&[(1, "\u{1b}[31mlogin password=hunter22\u{1b}[0m")]));
        let text = String::from_utf8_lossy(prepared.get(0).text).into_owned();
        assert!(!text.contains("hunter22") && !text.contains('\u{1b}'), "{text}");
    }
}
