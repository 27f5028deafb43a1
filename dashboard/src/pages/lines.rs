//! Log lines, ready to be drawn: cut to a stated length, with what is strange in them marked.

use crate::text::{Piece, cut, found, marked};
use crate::view::{Line, NumberedLine, Output, Term, TermKind, Time};

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

/// One line of a window of which not all are shown.
pub(super) struct PlacedLine<'a> {
    /// In the log.
    pub(super) number: u64,
    /// Lines between this one and the one above that are left out.
    pub(super) skipped: u64,
    pub(super) line: LogLine<'a>,
}

/// Draws lines while they fit one page, each cut.
struct Cutter {
    bytes_max: usize,
    left: usize,
}

impl Cutter {
    fn new(bytes_max: usize) -> Self {
        Self { bytes_max, left: PAGE_BYTES }
    }

    /// `None` when the page is full.
    fn take<'a>(
        &mut self,
        line: &'a Line,
        pieces: impl FnOnce(&'a str) -> Vec<Piece<'a>>,
        note: Option<&'static str>,
    ) -> Option<LogLine<'a>> {
        let shown = cut(&line.text, self.bytes_max);
        self.left = self.left.checked_sub(shown.head.len())?;
        let (pieces, rest_bytes) = (pieces(shown.head), shown.rest_bytes as u64);
        Some(LogLine { time: line.time, output: line.output, pieces, rest_bytes, note })
    }
}

/// The lines as they are, each cut to `bytes_max`, and no more than fit one page.
pub(super) fn plain(lines: &[Line], bytes_max: usize) -> Vec<LogLine<'_>> {
    let mut cutter = Cutter::new(bytes_max);
    lines.iter().map_while(|line| cutter.take(line, |text| marked(text, &[]), None)).collect()
}

/// The lines of a window with `terms` marked: words where they stand, templates as a note on the line. `first` is the number of its
/// first line.
pub(super) fn with_terms<'a>(
    lines: &'a [NumberedLine],
    first: u64,
    terms: &[Term],
    bytes_max: usize,
) -> Vec<PlacedLine<'a>> {
    let mut cutter = Cutter::new(bytes_max);
    let mut expected = first;
    let place = |NumberedLine { number, line }: &'a NumberedLine| {
        let here = || terms.iter().filter(|term| term.lines.iter().any(|line| first + u64::from(*line) == *number));
        let tokens: Vec<&str> =
            here().filter(|term| term.kind == TermKind::Token).map(|term| term.text.as_str()).collect();
        let note = here().find(|term| term.kind == TermKind::Template).map(note);
        let line = cutter.take(line, |text| marked(text, &tokens), note)?;
        let skipped = number.saturating_sub(expected);
        expected = number + 1;
        Some(PlacedLine { number: *number, skipped, line })
    };
    lines.iter().map_while(place).collect()
}

/// The lines with what was searched for marked.
pub(super) fn with_search<'a>(
    lines: impl Iterator<Item = &'a Line>,
    search: &str,
    bytes_max: usize,
) -> Vec<LogLine<'a>> {
    let mut cutter = Cutter::new(bytes_max);
    lines.map_while(|line| cutter.take(line, |text| found(text, search), None)).collect()
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
        let lines =
            [(17, "panic now"), (42, "no panic")].map(|(number, text)| NumberedLine { number, line: line(text) });
        let terms = [term("panic", TermKind::Token, &[7]), term("no <w>", TermKind::Template, &[32])];
        let shown = with_terms(&lines, 10, &terms, LIST_BYTES);
        assert!(shown[0].line.pieces[0].marked && shown[0].line.note.is_none());
        assert!(shown[1].line.pieces.iter().all(|piece| !piece.marked));
        assert_eq!(shown[1].line.note, Some("never seen before"));
        assert_eq!([shown[0].skipped, shown[1].skipped], [7, 24]);
    }

    #[test]
    fn a_page_holds_no_more_than_its_bytes() {
        let lines = vec![line(&"x".repeat(FULL_BYTES)); 100];
        assert_eq!(plain(&lines, FULL_BYTES).len(), PAGE_BYTES / FULL_BYTES);
    }
}
