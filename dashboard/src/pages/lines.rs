//! Log lines, ready to be drawn: cut to a stated length, with what is strange in them marked.

use crate::text::{Piece, cut, found, marked};
use crate::view::{Line, Output, Term, TermKind, Time};

/// Bytes of a line on a card: two or three rows of text.
pub(super) const CARD_BYTES: usize = 300;
/// Bytes of a line in a list of lines.
pub(super) const LIST_BYTES: usize = 2_000;
/// Bytes of a line on the page of its window: as long as a collected line can be.
pub(super) const FULL_BYTES: usize = 64 * 1024;
/// Bytes of all lines on one page.
const PAGE_BYTES: usize = 1024 * 1024;

/// One line.
pub(super) struct LogLine<'a> {
    pub(super) time: Time,
    pub(super) output: Output,
    pub(super) pieces: Vec<Piece<'a>>,
    /// Bytes that were cut off.
    pub(super) rest_bytes: u64,
    /// What is strange about the line as a whole.
    pub(super) note: Option<&'static str>,
}

/// The lines as they are, each cut to `bytes_max`, and no more than fit one page.
pub(super) fn plain(lines: &[Line], bytes_max: usize) -> Vec<LogLine<'_>> {
    with_terms(lines, &[], bytes_max)
}

/// The lines with `terms` marked: words where they stand, templates as a note on the line.
pub(super) fn with_terms<'a>(lines: &'a [Line], terms: &[Term], bytes_max: usize) -> Vec<LogLine<'a>> {
    let mut left = PAGE_BYTES;
    lines
        .iter()
        .zip(0_u32..)
        .map_while(|(line, index)| {
            let shown = cut(&line.text, bytes_max);
            left = left.checked_sub(shown.head.len())?;
            let here = || terms.iter().filter(move |term| term.lines.contains(&index));
            let tokens: Vec<&str> =
                here().filter(|term| term.kind == TermKind::Token).map(|term| term.text.as_str()).collect();
            Some(LogLine {
                time: line.time,
                output: line.output,
                pieces: marked(shown.head, &tokens),
                rest_bytes: shown.rest_bytes as u64,
                note: here().find(|term| term.kind == TermKind::Template).map(note),
            })
        })
        .collect()
}

/// The lines with what was searched for marked.
pub(super) fn with_search<'a>(
    lines: impl Iterator<Item = &'a Line>,
    search: &str,
    bytes_max: usize,
) -> Vec<LogLine<'a>> {
    let mut left = PAGE_BYTES;
    lines
        .map_while(|line| {
            let shown = cut(&line.text, bytes_max);
            left = left.checked_sub(shown.head.len())?;
            Some(LogLine {
                time: line.time,
                output: line.output,
                pieces: found(shown.head, search),
                rest_bytes: shown.rest_bytes as u64,
                note: None,
            })
        })
        .collect()
}

fn note(term: &Term) -> &'static str {
    if term.seen == 0 { "never seen before" } else { "part of the reason" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line { time: Time(0), output: Output::Stdout, text: text.into() }
    }

    fn term(text: &str, kind: TermKind, lines: &[u32]) -> Term {
        Term {
            text: text.into(),
            kind,
            lines: lines.into(),
            seen: 0,
            of: 9,
            weight: 0.5,
            without: None,
            change: None,
            needed: false,
        }
    }

    #[test]
    fn a_term_is_marked_only_in_the_lines_where_it_stands() {
        let lines = [line("panic now"), line("no panic")];
        let terms = [term("panic", TermKind::Token, &[0]), term("no <w>", TermKind::Template, &[1])];
        let shown = with_terms(&lines, &terms, LIST_BYTES);
        assert!(shown[0].pieces[0].marked && shown[0].note.is_none());
        assert!(shown[1].pieces.iter().all(|piece| !piece.marked));
        assert_eq!(shown[1].note, Some("never seen before"));
    }

    #[test]
    fn a_page_holds_no_more_than_its_bytes() {
        let lines = vec![line(&"x".repeat(FULL_BYTES)); 100];
        assert_eq!(plain(&lines, FULL_BYTES).len(), PAGE_BYTES / FULL_BYTES);
    }
}
