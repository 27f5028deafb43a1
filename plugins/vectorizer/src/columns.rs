//! The columns of the matrix, in their order, and what fills them.
//!
//! All but the last are figures that mean the same for every program: how new, how broken, how loud, how large. Most are
//! surprises between 0 and 1 with 0 for usual, so that a column of one container can be read like that of another. The last
//! are TF-IDF, hashed into buckets and of length 1.

use crate::bag::Bag;
use crate::habits::habits;
use crate::ln::{ln, ln_1p};
use crate::novelty::novelty;
use crate::sizes::SIZES;
use crate::view::View;

/// What a column's weight speaks of, for `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Templates,
    Tokens,
    Successions,
    Missing,
    Pairs,
    Figure,
}

/// Name, role, summary.
pub(crate) type Column = (&'static str, Role, &'static str);

use Role::{Figure, Missing, Pairs, Successions, Templates, Tokens};

#[rustfmt::skip]
pub(crate) const FIGURES: [Column; 33] = [
    ("template_max", Templates, "Surprise of the rarest template, 0 to 1 (never seen)"),
    ("template_top", Templates, "Mean surprise of the five rarest templates"),
    ("template_sum", Templates, "Surprise of all templates together"),
    ("template_mean", Templates, "Mean surprise over templates"),
    ("template_unseen", Templates, "Number of templates never seen, logarithmic"),
    ("template_unseen_share", Templates, "Share of lines whose template was never seen"),
    ("token_max", Tokens, "Surprise of the rarest token, 0 to 1 (never seen)"),
    ("token_mean", Tokens, "Mean surprise over tokens"),
    ("token_unseen_share", Tokens, "Share of tokens never seen"),
    ("succession_max", Successions, "Surprise of the rarest succession of two templates"),
    ("succession_sum", Successions, "Surprise of all successions together"),
    ("succession_mean", Successions, "Mean surprise over successions"),
    ("succession_unseen", Successions, "Number of successions never seen, logarithmic"),
    ("missing", Missing, "Surprise that usual templates did not come, logarithmic"),
    ("pair_max", Pairs, "The pair of templates in the most unusual relation"),
    ("pair_mean", Pairs, "Mean over pairs of how unusual their relation is"),
    ("pair_sum", Pairs, "Pairs in unusual relations, together"),
    ("errors", Figure, "Share of lines of level error or worse"),
    ("warnings", Figure, "Share of lines of level warning"),
    ("failures", Figure, "Share of lines with a word of failure"),
    ("stderr", Figure, "Share of lines written to stderr"),
    ("folded", Figure, "Share of lines that hold further lines, such as stack traces"),
    ("size_lines", Figure, "How unusual the number of lines is"),
    ("size_bytes", Figure, "How unusual the mean length of lines is"),
    ("size_span", Figure, "How unusual the time from first to last line is"),
    ("size_rate", Figure, "How unusual the pace of lines is"),
    ("size_silence", Figure, "How unusual the longest silence between lines is"),
    ("size_distinct", Figure, "How unusual the number of different templates is"),
    ("lines", Figure, "Number of lines, logarithmic"),
    ("tokens", Figure, "Number of tokens, logarithmic"),
    ("line_bytes", Figure, "Mean length of lines, logarithmic"),
    ("distinct", Figure, "Number of different templates, logarithmic"),
    ("distinct_share", Figure, "Different templates as a share of lines"),
];

/// Families of columns, as `without` names them: the figures from the first to before the last, and the buckets after them.
pub(crate) const FAMILIES: [(&str, usize, usize); 8] = [
    ("templates", 0, 6),
    ("tokens", 6, 9),
    ("successions", 9, 13),
    ("missing", 13, 14),
    ("pairs", 14, 17),
    ("levels", 17, 22),
    ("sizes", 22, 33),
    ("tf_idf", 33, usize::MAX),
];

/// Families that are left out: a bit for each of [`FAMILIES`]. Their columns stay, and are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without(u8);

impl Without {
    /// Of family names with commas between them, or `nothing`; else the name that is none.
    pub(crate) fn parse(names: &str) -> Result<Without, &str> {
        if names.trim() == "nothing" {
            return Ok(Without(0));
        }
        names.split(',').map(str::trim).try_fold(Without(0), |without, name| {
            let at = FAMILIES.iter().position(|family| family.0 == name).ok_or(name)?;
            Ok(Without(without.0 | 1 << at))
        })
    }

    /// Sets the columns that are left out to 0.
    pub(crate) fn clear(self, row: &mut [f32]) {
        for (at, &(_, from, to)) in FAMILIES.iter().enumerate() {
            if self.0 >> at & 1 != 0 {
                let to = to.min(row.len());
                row[from.min(to)..to].fill(0.0);
            }
        }
    }
}

/// Columns that tell of trouble only now and then are made small: a detector that weighs how far a value is outside the
/// learned range then takes a drift of these for less than a broken habit.
const MINOR: f32 = 0.25;

/// The row of a window: the figures and `buckets` of TF-IDF.
pub(crate) fn row(view: View<'_>, bag: &Bag, buckets: usize) -> Vec<f32> {
    let mut row = Vec::with_capacity(FIGURES.len() + buckets);
    push_novelty(view, bag, &mut row);
    let h = habits(view, bag);
    row.extend([h.missing, h.pair_max, h.pair_mean, h.pair_sum]);
    let lines = bag.lines.max(1) as f32;
    row.extend([bag.errors, bag.warnings, bag.failures, bag.stderr, bag.folded].map(|n| n as f32 / lines));
    let sizes: [f32; SIZES] = view.learned.sizes.alike(bag, view.own).map(|alike| view.size_surprise(alike));
    row.extend(sizes.map(|size| size * MINOR));
    let distinct = bag.templates.counts().len() as f32;
    row.extend([lines, bag.words as f32, bag.bytes as f32 / lines, distinct].map(|x| MINOR * ln(1.0 + x)));
    row.push(distinct / lines);
    debug_assert_eq!(row.len(), FIGURES.len());
    push_buckets(view, bag, buckets, &mut row);
    row
}

fn push_novelty(view: View<'_>, bag: &Bag, row: &mut Vec<f32>) {
    let n = novelty(view, &view.learned.templates, bag.templates.counts());
    row.extend([n.max, n.top, n.sum, n.mean, n.unseen, n.unseen_share]);
    // Fewer of the tokens: they repeat what templates say, and too many columns of one thing drown the others.
    let n = novelty(view, &view.learned.tokens, bag.tokens.counts());
    row.extend([n.max, n.mean, n.unseen_share]);
    let n = novelty(view, &view.learned.successions, bag.successions.counts());
    row.extend([n.max, n.sum, n.mean, n.unseen]);
}

/// The bucket of a term.
pub(crate) fn bucket(id: u64, buckets: usize) -> usize {
    (id >> 32) as usize % buckets
}

/// Logarithmic term frequency times smoothed inverse document frequency.
pub(crate) fn tf_idf(view: View<'_>, count: u32, seen: u32) -> f32 {
    let idf = ln((view.windows() + 1.0) / (seen.saturating_sub(view.own) as f32 + 1.0)) + 1.0;
    ln_1p(count) * idf
}

fn push_buckets(view: View<'_>, bag: &Bag, buckets: usize, row: &mut Vec<f32>) {
    if buckets == 0 {
        return;
    }
    let first = row.len();
    row.resize(first + buckets, 0.0);
    let cells = &mut row[first..];
    for (terms, counter) in [(&view.learned.templates, &bag.templates), (&view.learned.tokens, &bag.tokens)] {
        for count in counter.counts() {
            cells[bucket(count.id, buckets)] += tf_idf(view, count.count, terms.seen_of(count.id));
        }
    }
    let length = cells.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        cells.iter_mut().for_each(|x| *x *= MINOR / length);
    }
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, FIGURES, Without};

    #[test]
    fn families_follow_each_other_and_hold_what_their_names_say() {
        assert!(FAMILIES.windows(2).all(|pair| pair[0].2 == pair[1].1));
        let first = |name: &str| FAMILIES.iter().find(|f| f.0 == name).map(|f| FIGURES[f.1].0);
        assert_eq!(
            ["templates", "tokens", "successions", "missing", "pairs", "levels", "sizes"].map(|f| first(f).unwrap()),
            ["template_max", "token_max", "succession_max", "missing", "pair_max", "errors", "size_lines"]
        );
        assert_eq!(FAMILIES[7].1, FIGURES.len());
    }

    #[test]
    fn what_is_left_out_is_0_and_the_rest_stays() {
        let mut row = vec![1.0; 40];
        Without::parse("pairs, tf_idf").unwrap().clear(&mut row);
        let zeros: Vec<usize> = (0..row.len()).filter(|&c| row[c] == 0.0).collect();
        assert_eq!(zeros, [14, 15, 16, 33, 34, 35, 36, 37, 38, 39]);
        assert_eq!(Without::parse("nothing"), Ok(Without::default()));
        assert_eq!(Without::parse("pairs,colours"), Err("colours"));
    }
}
