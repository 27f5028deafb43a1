//! Which lines of a window are shown where it has more than fit: those that made it strange, with what stood around them. Pure.

use std::collections::BTreeSet;

/// Lines shown before and after one that matters.
const AROUND: usize = 2;
/// Lines of one term before the next term has its turn.
const TURN: usize = 10;

/// Places of at most `limit` of `total` lines, rising. `terms` are the places of the lines in which each term stands, the term that matters most
/// first. What room they leave is filled from the first line on.
pub(super) fn places(total: usize, terms: &[&[u32]], limit: usize) -> BTreeSet<usize> {
    if total <= limit {
        return (0..total).collect();
    }
    let mut chosen = BTreeSet::new();
    let rounds = terms.iter().map(|lines| lines.len().div_ceil(TURN)).max().unwrap_or_default();
    let in_turn = (0..rounds).flat_map(|round| terms.iter().filter_map(move |lines| lines.chunks(TURN).nth(round)));
    let mattering = in_turn.flatten().map(|place| *place as usize).filter(|place| *place < total);
    let around = mattering.flat_map(|place| {
        let near = place.saturating_sub(AROUND)..=(place + AROUND).min(total - 1);
        std::iter::once(place).chain(near)
    });
    for place in around.chain(0..total) {
        if chosen.len() == limit {
            break;
        }
        chosen.insert(place);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(total: usize, terms: &[&[u32]], limit: usize) -> Vec<usize> {
        places(total, terms, limit).into_iter().collect()
    }

    #[test]
    fn all_lines_are_shown_where_they_fit() {
        assert_eq!(shown(3, &[&[1]], 3), [0, 1, 2]);
        assert_eq!(shown(0, &[], 5), [0; 0]);
    }

    #[test]
    fn a_strange_line_is_shown_wherever_it_stands_with_those_around_it() {
        assert_eq!(shown(1_000, &[&[700]], 7), [0, 1, 698, 699, 700, 701, 702]);
        assert_eq!(shown(1_000, &[&[999]], 3), [997, 998, 999]);
    }

    #[test]
    fn each_term_has_its_turn_before_one_has_all_of_its_lines() {
        let many: Vec<u32> = (100..400).collect();
        assert!(shown(1_000, &[&many, &[900]], 40).contains(&900));
    }

    #[test]
    fn a_place_that_does_not_exist_is_passed_over() {
        assert_eq!(shown(5, &[&[7, u32::MAX]], 2), [0, 1]);
    }
}
