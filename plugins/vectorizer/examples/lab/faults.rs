//! Development sets that hold no test line: choices are made on these.
//!
//! - HDFS: the train part alone, halved by time; the same with the capture ending early; and odd from even, without drift.
//! - TrainTicket has no labelled fault in its train part, so faults are put in: the last 40 % of each stream's train windows
//!   are scored, and a fault of one of six kinds is put into a run of three windows out of each twelve.

use crate::data::{Set, Stream, Window};

/// First half trains, second half is scored.
pub(crate) fn halves(set: &Set) -> Set {
    map(set, |stream| {
        let mut train = stream.train.clone();
        let test = train.split_off(train.len() / 2);
        Stream { train, test }
    })
}

/// Every second window trains, the others are scored.
pub(crate) fn odd_even(set: &Set) -> Set {
    map(set, |stream| {
        let half = |odd: usize| {
            stream.train.iter().enumerate().filter(|(i, _)| i % 2 == odd).map(|(_, w)| w.clone()).collect()
        };
        Stream { train: half(0), test: half(1) }
    })
}

/// As `halves`, but the capture ends in the middle of what is scored, as the data card says of the whole: what was begun then
/// stays unfinished. Drift without a fault.
pub(crate) fn cut_short(set: &Set) -> Set {
    map(&halves(set), |stream| {
        let mut stream = stream.clone();
        let mut ends: Vec<u64> = stream.test.iter().map(|w| w.end).collect();
        ends.sort_unstable();
        let cut = ends[ends.len() / 2];
        for window in &mut stream.test {
            window.lines.retain(|(ns, _)| *ns <= cut);
            window.end = window.end.min(cut);
        }
        stream.test.retain(|w| !w.lines.is_empty());
        stream
    })
}

/// Train windows with faults put in; `seed` moves kinds and places.
pub(crate) fn injected(set: &Set, seed: u64) -> Set {
    let mut chance = Chance(seed);
    map(set, |stream| {
        let mut train = stream.train.clone();
        let mut test = train.split_off(train.len() * 6 / 10);
        let victim = chance.below(3) == 0;
        for run in test.chunks_mut(12).filter(|_| victim) {
            let (kind, word) = (chance.below(6), chance.below(1 << 30));
            let target = target(run, &mut chance);
            run.iter_mut().take(3).for_each(|w| w.anomaly = inject(w, kind, word, &target));
        }
        Stream { train, test }
    })
}

fn map(set: &Set, mut f: impl FnMut(&Stream) -> Stream) -> Set {
    set.iter().map(|(name, stream)| (name.clone(), f(stream))).collect()
}

/// A stretch of text that tells one kind of line: what stands in brackets, or the end of the line.
fn target(run: &[Window], chance: &mut Chance) -> String {
    let lines = &run[0].lines;
    let line = &lines[chance.below(lines.len())].1;
    let tail = line.find('[').map_or(line.as_str(), |at| &line[at..]);
    let end = tail.char_indices().filter(|(_, c)| c.is_ascii_digit() || *c == ':').map(|(i, _)| i).find(|i| *i > 12);
    tail[..end.unwrap_or(tail.len())].to_owned()
}

/// Puts a fault in; whether that changed the window.
fn inject(window: &mut Window, kind: usize, word: usize, target: &str) -> bool {
    let before = window.lines.len();
    let hit = |line: &str| line.contains(target);
    let name: String = (0..8).map(|i| char::from(b'a' + (word >> (3 * i) & 7) as u8 * 3)).collect();
    let middle = window.lines[before / 2].clone();
    match kind {
        0 => window.lines.push((middle.0, format!("{} ERROR could not {name}: pool exhausted", &middle.1[..12]))),
        1 => window.lines.push((
            middle.0,
            format!("java.lang.IllegalStateException: {name}\n\tat org.{name}.Handler.run(Handler.java:31)"),
        )),
        2 => window.lines.retain(|(_, line)| !hit(line)),
        3 => {
            let mut odd = false;
            window.lines.retain(|(_, line)| {
                odd ^= hit(line);
                !hit(line) || odd
            });
        }
        4 => {
            let more: Vec<_> = window.lines.iter().filter(|(_, line)| hit(line)).cloned().collect();
            (0..4).for_each(|_| window.lines.extend(more.iter().cloned()));
        }
        _ => window
            .lines
            .iter_mut()
            .filter(|(_, line)| hit(line))
            .take(1)
            .for_each(|(_, line)| line.push_str(&format!(" {name} retry"))),
    }
    let changed = window.lines.len() != before || kind == 5 && window.lines.iter().any(|(_, l)| l.ends_with(" retry"));
    if window.lines.is_empty() {
        window.lines.push(middle);
    }
    changed
}

/// A small generator (xorshift64*): the same seed puts in the same faults.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}
