//! Writes the table into a page, between two marks.

use std::fs;
use std::path::Path;

use crate::Outcome;

const BEGIN: &str = "<!-- cargo xtask bench sandbox: begin -->\n";
const END: &str = "<!-- cargo xtask bench sandbox: end -->";

/// Puts `table` in the place of what stands between the marks of `path`.
pub(crate) fn replace(path: &Path, table: &str) -> Outcome<()> {
    let page = fs::read_to_string(path)?;
    let parts = page.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let Some((head, tail)) = parts else {
        return Err(format!("{} lacks the marks {} and {END}", path.display(), BEGIN.trim_end()).into());
    };
    Ok(fs::write(path, format!("{head}{BEGIN}{table}{END}{tail}"))?)
}
