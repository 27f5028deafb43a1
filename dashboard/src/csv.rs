//! Tables as CSV (RFC 4180), safe for who opens them in a spreadsheet: a cell from a log that looks like a formula gets an apostrophe
//! before it, as OWASP advises, and characters that cannot be seen are shown.

use std::borrow::Cow;

use crate::text::with_unseen_shown;

/// One row with its end.
pub(crate) fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let shown = with_unseen_shown(text);
    // The characters with which spreadsheets begin a formula, also behind spaces.
    let is_formula = shown.trim_start().starts_with(['=', '+', '-', '@']) || shown.starts_with(['\t', '\n']);
    let is_number = shown.parse::<f64>().is_ok();
    let safe: Cow<'_, str> = if is_formula && !is_number { format!("'{shown}").into() } else { shown };
    if safe.contains([',', '"', '\n', '\r', '\'']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text_and_a_number_stays_one() {
        let cells = ["=1+1", "-2.5", "a,\"b\"", "@SUM(A1)", "\u{1b}[2J", " +cmd|' /C calc'!A0"].map(String::from);
        assert_eq!(row(&cells), "\"'=1+1\",-2.5,\"a,\"\"b\"\"\",\"'@SUM(A1)\",␛[2J,\"' +cmd|' /C calc'!A0\"\r\n");
    }
}
