//! Where lines of one window belong among the lines of another. Pure.
//!
//! Both are taken as runs of templates and held beside each other by their longest common subsequence; what comes is put behind the line
//! that it follows there. Time alone does not do: a line put one place too late is a succession that never was.

use std::collections::{BTreeMap, VecDeque};

/// Most cells of the table, lines of the one times lines of the other; above it the share of the way decides.
const CELLS_MAX: usize = 1 << 18;

/// For each of the places `add`, rising, in `there`: how many lines of `here` come before it. 0 is a template that is not known: it equals none.
pub(super) fn places(here: &[u64], there: &[u64], add: &[u32]) -> Vec<usize> {
    let behind = behind(here, there);
    add.iter().map(|&place| behind[place as usize]).collect()
}

/// For each line of `there`, how many lines of `here` come before it.
fn behind(here: &[u64], there: &[u64]) -> Vec<usize> {
    let (n, m) = (here.len(), there.len());
    if n.saturating_mul(m) > CELLS_MAX {
        return (0..m).map(|at| at * n / m).collect();
    }
    // common[i][j]: length of the longest common subsequence of here[i..] and there[j..].
    let mut common = vec![0_u32; (n + 1) * (m + 1)];
    let cell = |i: usize, j: usize| i * (m + 1) + j;
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            common[cell(i, j)] = if here[i] == there[j] && here[i] != 0 {
                common[cell(i + 1, j + 1)] + 1
            } else {
                common[cell(i + 1, j)].max(common[cell(i, j + 1)])
            };
        }
    }
    let (mut i, mut before) = (0, Vec::with_capacity(m));
    let mut j = 0;
    while j < m {
        if i < n && here[i] == there[j] && here[i] != 0 {
            before.push(i);
            (i, j) = (i + 1, j + 1);
        } else if i < n && common[cell(i + 1, j)] > common[cell(i, j + 1)] {
            i += 1;
        } else {
            before.push(i);
            j += 1;
        }
    }
    before
}

/// The order in which lines of the templates `here` stand as in `there`: places in `here`, each once. Lines that have none there stay behind the
/// line that they follow.
pub(super) fn as_there(here: &[u64], there: &[u64]) -> Vec<usize> {
    let mut waiting: BTreeMap<u64, VecDeque<usize>> = BTreeMap::new();
    for (place, &template) in here.iter().enumerate().filter(|(_, template)| **template != 0) {
        waiting.entry(template).or_default().push_back(place);
    }
    let found: Vec<usize> = there.iter().filter_map(|template| waiting.get_mut(template)?.pop_front()).collect();
    let mut leads = vec![false; here.len()];
    found.iter().for_each(|&place| leads[place] = true);
    let mut order: Vec<usize> = (0..here.len()).take_while(|&place| !leads[place]).collect();
    for lead in found {
        order.push(lead);
        order.extend((lead + 1..here.len()).take_while(|&place| !leads[place]));
    }
    order
}

/// Lines that another order would move: those that are not part of the longest run of `order` that rises.
pub(super) fn moved(order: &[usize]) -> Vec<u32> {
    // Last places of rising runs, by their lengths less one, and for each place the one before it in its run.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (at, place) in order.iter().enumerate() {
        let length = ends.partition_point(|&end| order[end] < *place);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut stays = vec![false; order.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        stays[order[at]] = true;
        next = before[at];
    }
    (0..).zip(stays).filter(|(_, stays)| !stays).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_goes_behind_what_it_follows() {
        // a b d, a b d, of which each had a c before its d.
        let here = [1, 2, 4, 1, 2, 4];
        let there = [1, 2, 3, 4, 1, 2, 3, 4];
        assert_eq!(places(&here, &there, &[2, 6]), [2, 5]);
    }

    #[test]
    fn what_comes_first_goes_first_and_last_goes_last() {
        assert_eq!(places(&[1, 2], &[9, 1, 2, 8], &[0, 3]), [0, 2]);
        assert_eq!(places(&[], &[9, 8], &[0, 1]), [0, 0]);
    }

    #[test]
    fn strange_lines_between_do_not_disturb_the_order() {
        assert_eq!(places(&[7, 1, 7, 7, 3], &[1, 2, 3], &[1]), [2]);
        assert_eq!(places(&[0, 0, 0], &[0, 5], &[1]), [0], "what is not known equals nothing");
    }

    #[test]
    fn lines_are_put_in_the_order_of_the_other_window() {
        assert_eq!(as_there(&[2, 1, 3], &[1, 2, 3]), [1, 0, 2]);
        // The 9 stays behind the 2 that it follows, the 8 in front.
        assert_eq!(as_there(&[8, 2, 9, 1, 2], &[1, 2, 2]), [0, 3, 1, 2, 4]);
        assert_eq!(as_there(&[1, 1, 0], &[1]), [0, 1, 2], "a second one that is not there stays where it is");
        assert_eq!(as_there(&[5, 6], &[]), [0, 1]);
    }

    #[test]
    fn as_few_lines_as_can_be_are_moved() {
        assert_eq!(moved(&[0, 1, 2]), [0; 0]);
        assert_eq!(moved(&[1, 2, 3, 0]), [0]);
        assert_eq!(moved(&[0, 3, 1, 2, 4]), [3]);
    }

    #[test]
    fn large_windows_are_held_beside_each_other_by_their_length() {
        let (here, there) = (vec![1; 2_000], vec![2; 1_000]);
        assert_eq!(places(&here, &there, &[0, 500]), [0, 1_000]);
    }
}
