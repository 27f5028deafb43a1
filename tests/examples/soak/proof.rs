//! That nothing was lost and nothing came twice: each container's history against what it wrote in each of its lives.

use std::path::Path;

use anyhow::Result;
use foghorn_tests::kept;

use crate::cast::{Lives, number};

/// What came of the comparison, all containers together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) containers: usize,
    pub(crate) lives: usize,
    pub(crate) lines: u64,
    pub(crate) lost: u64,
    pub(crate) repeated: u64,
    /// Lines in no window, or in two.
    pub(crate) unjudged: u64,
    /// Where something was wrong: container, life, numbers.
    pub(crate) wrong: Vec<String>,
}

impl Proof {
    pub(crate) fn complaint(&self) -> Option<String> {
        (!self.wrong.is_empty()).then(|| format!("not each line was kept once: {}", self.wrong.join("; ")))
    }

    fn life(&mut self, name: &str, life: usize, numbers: &mut Vec<u64>, written: u64) {
        numbers.sort_unstable();
        let kept = numbers.len() as u64;
        numbers.dedup();
        let (repeated, lost) = (kept - numbers.len() as u64, written.saturating_sub(numbers.len() as u64));
        self.repeated += repeated;
        self.lost += lost;
        if repeated > 0 || lost > 0 {
            let missing: Vec<u64> =
                (1..=written).filter(|number| numbers.binary_search(number).is_err()).take(5).collect();
            self.wrong.push(format!(
                "{name}, life {life}: {lost} of {written} lost, {repeated} twice, first missing {missing:?}"
            ));
        }
    }
}

/// Reads what a host with these settings has kept.
pub(crate) fn of(data: &Path, settings: &[&str], ends: &[(&'static str, Lives)]) -> Result<Proof> {
    let mut proof = Proof::default();
    for (name, lives) in ends {
        let identity = format!("test/{name}");
        let lines = kept::lines(data, settings, &identity)?;
        let windows = kept::windows(data, settings, &identity)?;
        proof.containers += 1;
        proof.lives += lives.0.len();
        proof.lines += lives.lines();
        let mut rest = lines.iter().filter_map(|line| number(&line.line)).peekable();
        for (life, &written) in lives.0.iter().enumerate().filter(|(_, written)| **written > 0) {
            // A life begins with its first line; the lines of two outputs may change places by a few.
            let mut numbers: Vec<u64> = rest.next().into_iter().collect();
            while let Some(next) = rest.next_if(|&next| next != 1) {
                numbers.push(next);
            }
            proof.life(name, life, &mut numbers, written);
        }
        let left = rest.count() as u64;
        if left > 0 {
            proof.repeated += left;
            proof.wrong.push(format!("{name}: {left} lines of a life that it did not have"));
        }
        let judged: u64 = windows.iter().map(|window| window.lines).sum();
        let torn = windows.windows(2).filter(|pair| pair[0].first_seq + pair[0].lines != pair[1].first_seq).count();
        let unjudged = judged.abs_diff(lines.len() as u64) + torn as u64;
        proof.unjudged += unjudged;
        if unjudged > 0 {
            proof.wrong.push(format!("{name}: {} lines, {judged} of them in windows, {torn} gaps", lines.len()));
        }
    }
    Ok(proof)
}
