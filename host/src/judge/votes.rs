//! How the generations that judge together voted: which of them would have alarmed, and how often that was the outcome. Pure.

use crate::history::{Severity, Verdict};
use crate::pipeline::Ballot;

/// How one generation voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    pub generation: u64,
    pub windows: u64,
    /// Its own score was at or above the threshold.
    pub alarms: u64,
    /// It was of the same mind as the vote.
    pub agreed: u64,
}

#[derive(Debug, Default)]
pub(super) struct Votes(Vec<Vote>);

impl Votes {
    /// The newest generation first.
    pub(super) fn all(&self) -> &[Vote] {
        &self.0
    }

    /// Counts ballots on windows that were decided; one ballot alone is no vote.
    pub(super) fn take(&mut self, ballots: &[Ballot], verdicts: &[Verdict]) {
        if ballots.len() < 2 {
            return;
        }
        for ballot in ballots {
            let vote = self.of(ballot.generation);
            for (score, verdict) in ballot.scores.iter().zip(verdicts) {
                let alarms = *score >= verdict.threshold;
                vote.windows += 1;
                vote.alarms += u64::from(alarms);
                vote.agreed += u64::from(alarms == (verdict.severity > Severity::None));
            }
        }
    }

    fn of(&mut self, generation: u64) -> &mut Vote {
        let place = self.0.iter().position(|vote| vote.generation == generation).unwrap_or_else(|| {
            self.0.push(Vote { generation, windows: 0, alarms: 0, agreed: 0 });
            self.0.len() - 1
        });
        &mut self.0[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(generation: u64, scores: &[f32]) -> Ballot {
        Ballot { generation, scores: scores.to_vec(), usual: None }
    }

    fn verdict(severity: Severity) -> Verdict {
        Verdict { score: 0.0, threshold: 1.0, severity, generation: 3 }
    }

    #[test]
    fn each_generation_is_held_against_the_outcome() {
        let mut votes = Votes::default();
        let verdicts = [verdict(Severity::Critical), verdict(Severity::None)];
        votes.take(&[ballot(3, &[2.0, 1.5]), ballot(2, &[1.0, 0.5])], &verdicts);
        votes.take(&[ballot(3, &[0.1]), ballot(2, &[0.1])], &verdicts[1..]);
        let expected = [
            Vote { generation: 3, windows: 3, alarms: 2, agreed: 2 },
            Vote { generation: 2, windows: 3, alarms: 1, agreed: 3 },
        ];
        assert_eq!(votes.all(), expected);
    }

    #[test]
    fn who_judges_alone_does_not_vote() {
        let mut votes = Votes::default();
        votes.take(&[ballot(3, &[2.0])], &[verdict(Severity::Critical)]);
        assert_eq!(votes.all(), []);
    }
}
