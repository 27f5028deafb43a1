//! What several generations say together: the median of their scores.
//!
//! A generation that learned from something odd is outvoted by those before it. Generations may differ in the level that is usual for them, so
//! each score is first taken from its generation's level to the newest one's: the median of what a model gives to windows that it did not
//! learn from. Pure.

use super::generation::Generation;

/// The scores of one generation, and the level that is usual for it.
#[derive(Debug)]
pub struct Ballot {
    pub generation: u64,
    pub scores: Vec<f32>,
    pub usual: Option<f32>,
}

/// Takes the scores of all ballots to the level of the first.
pub(super) fn level(ballots: &mut [Ballot]) {
    let Some((newest, elders)) = ballots.split_first_mut() else { return };
    for elder in elders {
        let (Some(here), Some(there)) = (newest.usual, elder.usual) else { continue };
        if here > 0.0 && there > 0.0 {
            elder.scores.iter_mut().for_each(|score| *score = (*score * (here / there)).min(f32::MAX));
        }
    }
}

/// One score a window, of ballots on one level. With an even number of ballots the mean of the two in the middle.
pub(super) fn count(ballots: &[Ballot]) -> Vec<f32> {
    let windows = ballots.first().map_or(0, |newest| newest.scores.len());
    (0..windows).map(|index| median(ballots.iter().map(|ballot| ballot.scores[index]).collect())).collect()
}

/// The level that is usual for a generation; `None` where nothing was held back to tell.
pub(super) fn usual(generation: &Generation) -> Option<f32> {
    (!generation.calibration.is_empty()).then(|| median(generation.calibration.clone()))
}

/// Of a list that is not empty.
fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { values[middle - 1].midpoint(values[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot(scores: &[f32], usual: Option<f32>) -> Ballot {
        Ballot { generation: 1, scores: scores.to_vec(), usual }
    }

    /// What ballots that are not on one level yet come to.
    fn count(ballots: impl IntoIterator<Item = Ballot>) -> Vec<f32> {
        let mut ballots: Vec<_> = ballots.into_iter().collect();
        level(&mut ballots);
        super::count(&ballots)
    }

    #[test]
    fn one_generation_alone_says_what_it_says() {
        assert_eq!(count([ballot(&[1.0, 7.5], Some(3.0))]), [1.0, 7.5]);
        assert_eq!(count([]), [] as [f32; 0]);
    }

    #[test]
    fn one_of_three_is_outvoted() {
        let level = Some(1.0);
        let ballots = [ballot(&[9.0, 1.0], level), ballot(&[2.0, 1.1], level), ballot(&[3.0, 50.0], level)];
        assert_eq!(count(ballots), [3.0, 1.1]);
    }

    #[test]
    fn two_meet_in_the_middle() {
        assert_eq!(count([ballot(&[4.0], None), ballot(&[2.0], None)]), [3.0]);
    }

    #[test]
    fn each_is_taken_to_the_level_of_the_newest() {
        // 20 where 10 is usual is as strange as 2 where 1 is.
        let ballots = [ballot(&[1.0], Some(1.0)), ballot(&[20.0], Some(10.0)), ballot(&[30.0], Some(10.0))];
        assert_eq!(count(ballots), [2.0]);
    }

    #[test]
    fn a_level_of_nothing_scales_nothing_and_the_answer_stays_finite() {
        let ballots = [ballot(&[1.0], Some(5.0)), ballot(&[3.0], Some(0.0)), ballot(&[2.0], None)];
        assert_eq!(count(ballots), [2.0]);
        let huge = [ballot(&[f32::MAX], Some(9.0)), ballot(&[f32::MAX], Some(0.1)), ballot(&[f32::MAX], Some(0.1))];
        assert_eq!(count(huge), [f32::MAX]);
    }
}
