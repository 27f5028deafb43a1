//! Tables as CSV (RFC 4180), safe for who opens them in a spreadsheet: what looks like a formula in a cell from a log gets an
//! apostrophe before it, as OWASP advises, and characters that cannot be seen are shown.
//!
//! Where a comma is a decimal point, spreadsheets end a cell at a semicolon, some at a tab, and then a quote in the middle of what they
//! take for one means nothing: so a formula is looked for behind each of them, and on each line of a cell.

use crate::text::with_unseen_shown;

/// Where some spreadsheet ends a cell, beside the comma.
const ENDS: [char; 3] = [';', '\t', '\n'];
/// With which one begins a formula, full-width ones too.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What makes a cell need quotes.
const QUOTED: [char; 7] = [',', '"', '\'', ';', '\t', '\n', '\r'];

/// One row with its end.
pub(crate) fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let shown = with_unseen_shown(text);
    let mut safe = String::with_capacity(shown.len() + 2);
    // A cell that begins with an end is suspect as it is.
    if shown.starts_with(ENDS) {
        safe.push('\'');
    }
    for part in shown.split_inclusive(ENDS) {
        if is_formula(part) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    if safe.contains(QUOTED) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

/// Whether a spreadsheet would compute it. It looks behind spaces and a quote, and a number is none.
fn is_formula(part: &str) -> bool {
    let text = part.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == ';');
    text.starts_with(SIGNS) && !text.parse().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text_and_a_number_stays_one() {
        let cells = ["=1+1", "-2.5", "a,\"b\"", "@SUM(A1)", "\u{1b}[2J", " +cmd|' /C calc'!A0"].map(String::from);
        assert_eq!(row(&cells), "\"'=1+1\",-2.5,\"a,\"\"b\"\"\",\"'@SUM(A1)\",␛[2J,\"' +cmd|' /C calc'!A0\"\r\n");
    }

    #[test]
    fn a_formula_is_text_wherever_a_spreadsheet_ends_a_cell() {
        let safe = |text: &str| cell(text).trim_matches('"').to_owned();
        assert_eq!(safe("id;=1+1; @SUM(A1)"), "id;'=1+1;' @SUM(A1)");
        assert_eq!(safe("a\t+1+1\n-1+1"), "a\t'+1+1\n'-1+1");
        assert_eq!(cell(";\"=1+1\""), "\"';'\"\"=1+1\"\"\"");
        assert_eq!(["＝1+1", "＋1+1", "－1+1", "＠SUM(1)"].map(safe), ["'＝1+1", "'＋1+1", "'－1+1", "'＠SUM(1)"]);
        assert_eq!(cell("took;-2.5;ms"), "\"took;-2.5;ms\"", "a number stays one there too");
        assert_eq!(["-inf", "a - b", "a=b"].map(cell), ["\"'-inf\"", "a - b", "a=b"]);
    }
}
