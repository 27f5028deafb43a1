//! What goes wrong in the corpus.

use super::super::chance::Chance;
use super::Written;
use super::service::insert;

/// Four ways in which logs get strange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// Errors with a stack trace that were never seen before.
    Errors,
    /// A usual kind of line does not come.
    Silence,
    /// A usual kind of line comes four times as often.
    Flood,
    /// Plain lines of a kind that was never seen before.
    Novelty,
}

const ERRORS: [&str; 4] = [
    "ERROR could not reach the payment gateway: connection refused\n\tat shop.Pay.charge(Pay.java:88)\n\tat shop.Main.run(Main.java:12)",
    "FATAL out of memory: cannot allocate 65536 bytes\n\tat shop.Heap.grow(Heap.java:301)\n\tat shop.Main.run(Main.java:12)",
    "ERROR disk quota exceeded while writing segment\n\tat store.Segment.write(Segment.java:45)",
    "ERROR certificate has expired, handshake failed\n\tat net.Tls.accept(Tls.java:17)",
];

const NOVELTIES: [&str; 4] = [
    "leader lost, holding a new election",
    "switching to read-only replica",
    "configuration reloaded from backup copy",
    "clock was stepped back, waiting for it to catch up",
];

/// How many lines an incident writes in a window at most; one at least.
const LINES_MAX: u64 = 3;

/// How often a line of a flood comes for each one that usually comes.
const FLOOD: usize = 4;

impl Kind {
    pub(in super::super) const ALL: [Self; 4] = [Self::Errors, Self::Silence, Self::Flood, Self::Novelty];

    /// The name of the figure that tells how many windows of this kind were alarmed.
    pub(in super::super) fn figure(self) -> &'static str {
        match self {
            Self::Errors => "alarmed_errors",
            Self::Silence => "alarmed_silence",
            Self::Flood => "alarmed_flood",
            Self::Novelty => "alarmed_novelty",
        }
    }

    /// Puts the incident into the lines of a window. `number` tells incidents apart.
    pub(super) fn strike(self, lines: &mut Vec<Written>, number: usize, chance: &mut Chance) {
        match self {
            Self::Errors => add(lines, ERRORS[number / Self::ALL.len() % ERRORS.len()], chance),
            Self::Novelty => add(lines, NOVELTIES[number / Self::ALL.len() % NOVELTIES.len()], chance),
            Self::Silence => {
                let silent = commonest(lines);
                lines.retain(|line| word(line) != silent);
            }
            Self::Flood => {
                let flooding = commonest(lines);
                let more: Vec<_> = lines.iter().filter(|line| word(line) == flooding).cloned().collect();
                (1..FLOOD).for_each(|_| lines.extend(more.iter().cloned()));
            }
        }
    }
}

fn add(lines: &mut Vec<Written>, text: &str, chance: &mut Chance) {
    for _ in 0..1 + chance.below(LINES_MAX) {
        insert(lines, Written::wrong(text), chance);
    }
}

/// The first word of the kind of line that comes most often.
fn commonest(lines: &[Written]) -> String {
    let often = |wanted: &str| lines.iter().filter(|line| word(line) == wanted).count();
    let most = lines.iter().map(word).max_by_key(|word| (often(word), word.clone()));
    most.unwrap_or_default()
}

/// What tells kinds of lines apart in this corpus: the first word that is all letters.
fn word(line: &Written) -> String {
    let mut words = line.text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
    words.next().unwrap_or_default().to_owned()
}
