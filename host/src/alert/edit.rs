//! A window changed so that some of its terms stand in it as they do in a normal one. Pure.
//!
//! Lines of a term that the normal window does not know are taken out; of a term that it knows as many stay as it has there; lines of a term
//! that is lacking are taken over from there, to where they belong (`order`); lines can be put in the order that they have there; a count that stands in no line is taken over in the row.

use std::collections::{BTreeMap, BTreeSet};

use super::suspects::{ORDER, is_token};
use super::{Change, order};
use crate::line::{Line, Lines};
use crate::plugins::{Column, Term};
use crate::window::{Cut, Windows};

/// A normal window and where terms stand in it.
#[derive(Debug)]
pub(super) struct Usual {
    /// It alone.
    pub(super) window: Windows,
    places: BTreeMap<(bool, u64), Vec<u32>>,
    pub(super) terms: Vec<Term>,
    /// The template of each line.
    templates: Vec<u64>,
}

impl Usual {
    /// `terms` are all that the vectorizer names in `window`.
    pub(super) fn new(window: Windows, terms: Vec<Term>) -> Self {
        let places = terms.iter().map(|term| ((is_token(term), term.id), term.lines.clone()));
        let templates = templates_of(window.lines.len(), &terms);
        Self { window, places: places.collect(), terms, templates }
    }

    fn lines_of(&self, term: &Term) -> &[u32] {
        self.places.get(&(is_token(term), term.id)).map_or(&[], Vec::as_slice)
    }
}

/// The template of each of `count` lines, 0 where none is named.
pub(super) fn templates_of(count: usize, terms: &[Term]) -> Vec<u64> {
    let mut templates = vec![0; count];
    for term in terms.iter().filter(|term| !is_token(term)) {
        for &line in &term.lines {
            templates[line as usize] = term.id;
        }
    }
    templates
}

/// What is changed for one term.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    /// Lines of the window that go.
    drop: Vec<u32>,
    /// Lines of the normal window that come.
    add: Vec<u32>,
    /// The column whose value is taken over.
    column: Option<u32>,
    /// The lines are put in the order that they have there.
    order: bool,
    pub(super) change: Change,
}

impl Edit {
    /// Whether both make the same window.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        (&self.drop, &self.add, self.column, self.order) == (&other.drop, &other.add, other.column, other.order)
    }

    /// `None` where nothing can be changed for the term: it stands here as it does there, or there is no normal window and no line.
    pub(super) fn of(term: &Term, usual: Option<&Usual>, columns: &[Column]) -> Option<Self> {
        let there = usual.map_or(&[][..], |usual| usual.lines_of(term));
        let (here_count, there_count) = (term.lines.len(), there.len());
        let nothing = Self { drop: Vec::new(), add: Vec::new(), column: None, order: false, change: Change::TakenOut };
        if term.kind == ORDER {
            return usual.map(|_| Self { order: true, change: Change::Ordered, ..nothing });
        }
        if term.kind == "column" {
            usual?;
            let named = |column: &Column| column.summary == term.text || column.name == term.text;
            let column = u32::try_from(columns.iter().position(named)?).ok();
            return Some(Self { column, change: Change::AsUsual, ..nothing });
        }
        if there_count == 0 {
            return (here_count > 0).then(|| Self { drop: term.lines.clone(), ..nothing });
        }
        // A word that is usual is no sign, and a line that lacks one of its words is another line.
        if is_token(term) {
            return None;
        }
        if here_count > there_count {
            let drop = surplus(&term.lines, there_count);
            return Some(Self { drop, change: Change::Fewer { from: here_count, to: there_count }, ..nothing });
        }
        let adds = here_count < there_count;
        let change = Change::Added { lines: there_count - here_count };
        adds.then(|| Self { add: surplus(there, here_count), change, ..nothing })
    }
}

/// All of `lines` but `keep` of them, which are spread evenly.
fn surplus(lines: &[u32], keep: usize) -> Vec<u32> {
    let kept = |at: usize| (at + 1) * keep / lines.len() > at * keep / lines.len();
    (0..lines.len()).filter(|&at| !kept(at)).map(|at| lines[at]).collect()
}

/// What is changed: a strange window, and the normal one that it is held against.
#[derive(Debug)]
pub(super) struct Base<'a> {
    pub(super) window: &'a Windows,
    /// The template of each line of `window`.
    pub(super) templates: Vec<u64>,
    pub(super) usual: Option<&'a Usual>,
}

/// Windows to be scored, with the columns that are taken over in the row of each.
#[derive(Debug, Default)]
pub(super) struct Tries {
    pub(super) windows: Windows,
    pub(super) columns: Vec<Vec<u32>>,
}

impl Tries {
    /// Appends the window with all of `edits` made; false where no line would be left.
    pub(super) fn push(&mut self, base: &Base<'_>, edits: &[&Edit]) -> bool {
        let drop: BTreeSet<u32> = edits.iter().flat_map(|edit| edit.drop.iter().copied()).collect();
        let add: BTreeSet<u32> = edits.iter().flat_map(|edit| edit.add.iter().copied()).collect();
        let order = edits.iter().any(|edit| edit.order);
        let lines = base.merged(&drop, &add.into_iter().collect::<Vec<u32>>(), order);
        if lines.is_empty() {
            return false;
        }
        let (begin_ns, end_ns) = (base.window.begins[0], base.window.ends[0]);
        self.windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns });
        self.columns.push(edits.iter().filter_map(|edit| edit.column).collect());
        true
    }
}

impl Base<'_> {
    /// The lines that another order would move; none without a normal window.
    pub(super) fn out_of_order(&self) -> Vec<u32> {
        self.usual.map(|usual| order::moved(&order::as_there(&self.templates, &usual.templates))).unwrap_or_default()
    }

    /// The lines of the window without `drop`, and the lines `add` of the normal one where they belong; all of them in the order of the normal one
    /// where that is asked for.
    fn merged(&self, drop: &BTreeSet<u32>, add: &[u32], order: bool) -> Lines {
        let kept: Vec<u32> = (0..).take(self.window.lines.len()).filter(|place| !drop.contains(place)).collect();
        let mut coming = self.coming(&kept, add).into_iter().peekable();
        let mut lines: Vec<(u64, Line<'_>)> = Vec::with_capacity(kept.len() + add.len());
        for (before, &place) in kept.iter().enumerate() {
            while let Some((_, template, line)) = coming.next_if(|&(at, ..)| at <= before) {
                lines.push((template, line));
            }
            lines.push((self.templates[place as usize], self.window.lines.get(place as usize)));
        }
        lines.extend(coming.map(|(_, template, line)| (template, line)));
        let Some(usual) = self.usual.filter(|_| order) else {
            return lines.into_iter().map(|(_, line)| line).collect();
        };
        let templates: Vec<u64> = lines.iter().map(|(template, _)| *template).collect();
        let places = order::as_there(&templates, &usual.templates);
        // Each place keeps its time.
        lines.iter().zip(places).map(|((_, here), place)| Line { time_ns: here.time_ns, ..lines[place].1 }).collect()
    }

    /// The lines that come and how many of the `kept` ones come before each; its time is moved, but stays between its neighbours.
    fn coming(&self, kept: &[u32], add: &[u32]) -> Vec<(usize, u64, Line<'_>)> {
        let Some(usual) = self.usual.filter(|_| !add.is_empty()) else { return Vec::new() };
        let templates: Vec<u64> = kept.iter().map(|&place| self.templates[place as usize]).collect();
        let time = |at: usize| kept.get(at).map(|&place| self.window.lines.times()[place as usize]);
        let places = order::places(&templates, &usual.templates, add);
        let line = |(before, &place): (usize, &u32)| {
            let line = usual.window.lines.get(place as usize);
            let moved = moved(line.time_ns, &usual.window, self.window);
            let after = before.checked_sub(1).and_then(time).unwrap_or(0);
            let until = time(before).unwrap_or(u64::MAX).max(after);
            (before, usual.templates[place as usize], Line { time_ns: moved.clamp(after, until), ..line })
        };
        places.into_iter().zip(add).map(line).collect()
    }
}

/// A time in the window `from` as the time of the window `to` that is as far from its begin, as a share of its length.
fn moved(time_ns: u64, from: &Windows, to: &Windows) -> u64 {
    let length = |windows: &Windows| u128::from(windows.ends[0].saturating_sub(windows.begins[0]));
    let into = u128::from(time_ns.saturating_sub(from.begins[0])).min(length(from));
    let moved = into * length(to) / length(from).max(1);
    to.begins[0].saturating_add(u64::try_from(moved).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Output;

    fn window(begin_ns: u64, end_ns: u64, texts: &[(u64, &str)]) -> Windows {
        let line =
            |&(time_ns, text): &(u64, &'static str)| Line { time_ns, output: Output::Stdout, text: text.as_bytes() };
        let texts: Vec<(u64, &'static str)> =
            texts.iter().map(|&(time, text)| (time, &*Box::leak(text.to_owned().into_boxed_str()))).collect();
        let lines: Lines = texts.iter().map(line).collect();
        let mut windows = Windows::default();
        windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns });
        windows
    }

    fn term(kind: &str, id: u64, lines: &[u32]) -> Term {
        Term { text: format!("t{id}"), kind: kind.into(), id, lines: lines.into(), seen: 1, of: 9, weight: 0.1 }
    }

    /// a b a a, of which the normal window has a b b c.
    fn here() -> Windows {
        window(100, 200, &[(110, "a"), (120, "b"), (130, "a"), (190, "a")])
    }

    fn usual() -> Usual {
        let window = window(0, 100, &[(5, "a"), (15, "b"), (50, "b"), (60, "c")]);
        let terms = vec![term("template", 1, &[0]), term("template", 2, &[1, 2]), term("template", 3, &[3])];
        Usual::new(window, terms)
    }

    fn base<'a>(window: &'a Windows, usual: Option<&'a Usual>) -> Base<'a> {
        Base { window, templates: vec![1, 2, 1, 1], usual }
    }

    fn changed(terms: &[Term]) -> (Change, String) {
        let (usual, window) = (usual(), here());
        let base = base(&window, Some(&usual));
        let edits: Vec<Edit> = terms.iter().map(|term| Edit::of(term, Some(&usual), &[]).unwrap()).collect();
        let mut tries = Tries::default();
        assert!(tries.push(&base, &edits.iter().collect::<Vec<_>>()));
        (edits[0].change, String::from_utf8(tries.windows.lines.data().to_vec()).unwrap())
    }

    #[test]
    fn what_the_normal_window_does_not_know_is_taken_out() {
        assert_eq!(changed(&[term("template", 9, &[1])]), (Change::TakenOut, "aaa".into()));
        assert_eq!(changed(&[term("token", 1, &[1])]).0, Change::TakenOut, "a token is no template");
    }

    #[test]
    fn of_what_came_too_often_as_many_stay_as_usual() {
        assert_eq!(changed(&[term("template", 1, &[0, 2, 3])]), (Change::Fewer { from: 3, to: 1 }, "ba".into()));
    }

    #[test]
    fn what_did_not_come_comes_where_it_belongs() {
        assert_eq!(changed(&[term("missing", 3, &[])]), (Change::Added { lines: 1 }, "abcaa".into()));
        assert_eq!(changed(&[term("template", 2, &[1])]), (Change::Added { lines: 1 }, "abbaa".into()));
    }

    #[test]
    fn edits_are_made_together() {
        let terms = [term("template", 1, &[0, 2, 3]), term("missing", 3, &[])];
        assert_eq!(changed(&terms).1, "bca");
    }

    #[test]
    fn lines_are_put_in_the_order_of_the_normal_window() {
        let (usual, window) = (usual(), window(0, 9, &[(1, "b"), (2, "c"), (3, "a"), (4, "b")]));
        let base = Base { window: &window, templates: vec![2, 3, 1, 2], usual: Some(&usual) };
        assert_eq!(base.out_of_order(), [2, 3]);
        let edit = Edit::of(&term(ORDER, 0, &[]), Some(&usual), &[]).unwrap();
        let mut tries = Tries::default();
        assert!(tries.push(&base, &[&edit]));
        assert_eq!((tries.windows.lines.data(), tries.windows.lines.times()), (&b"abbc"[..], &[1, 2, 3, 4][..]));
    }

    #[test]
    fn a_count_is_taken_over_in_the_row() {
        let columns = [
            Column { name: "pace".into(), summary: "How fast".into() },
            Column { name: "x".into(), summary: "t7".into() },
        ];
        let edit = Edit::of(&term("column", 7, &[]), Some(&usual()), &columns).unwrap();
        let mut tries = Tries::default();
        assert!(tries.push(&base(&here(), Some(&usual())), &[&edit]));
        assert_eq!((tries.windows.lines.len(), tries.columns), (4, vec![vec![1]]));
        assert_eq!(Edit::of(&term("column", 8, &[]), Some(&usual()), &columns), None, "no such column");
        assert_eq!(Edit::of(&term("column", 7, &[]), None, &columns), None, "nothing to take it from");
    }

    #[test]
    fn nothing_is_changed_where_a_term_stands_as_usual() {
        assert_eq!(Edit::of(&term("template", 1, &[0]), Some(&usual()), &[]), None);
        assert_eq!(Edit::of(&term("missing", 8, &[]), Some(&usual()), &[]), None, "it is not there either");
        assert_eq!(Edit::of(&term("missing", 8, &[]), None, &[]), None);
    }

    #[test]
    fn a_window_without_lines_is_not_tried() {
        let edit = Edit::of(&term("template", 9, &[0, 1, 2, 3]), None, &[]).unwrap();
        let mut tries = Tries::default();
        assert!(!tries.push(&base(&here(), None), &[&edit]));
        assert!(tries.windows.is_empty() && tries.columns.is_empty());
    }

    #[test]
    fn what_stays_is_spread_evenly() {
        assert_eq!(surplus(&[1, 2, 3, 4], 2), [1, 3]);
        assert_eq!(surplus(&[1, 2, 3], 0), [1, 2, 3]);
        assert_eq!(surplus(&[1, 2, 3], 3), [0; 0]);
        assert_eq!(surplus(&[4, 5, 6, 7, 8], 1), [4, 5, 6, 7]);
    }

    #[test]
    fn times_are_moved_by_their_share_of_the_window() {
        let (from, to) = (window(0, 100, &[(1, "a")]), window(1_000, 1_010, &[(1_000, "a")]));
        assert_eq!(moved(50, &from, &to), 1_005);
        assert_eq!(moved(500, &from, &to), 1_010, "a time outside is at the edge");
        assert_eq!(moved(7, &window(5, 5, &[(5, "a")]), &to), 1_000);
    }
}
