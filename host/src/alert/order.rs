//! Where lines of one window belong among the lines of another. Pure.
//!
//! Both are taken as runs of templates and held beside each other by their longest common subsequence; what comes is put behind the line
//! that it follows there. Time alone does not do: a line put one place too late is a succession that never was.

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
    fn large_windows_are_held_beside_each_other_by_their_length() {
        let (here, there) = (vec![1; 2_000], vec![2; 1_000]);
        assert_eq!(places(&here, &there, &[0, 500]), [0, 1_000]);
    }
}
