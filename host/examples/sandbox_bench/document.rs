//! Writes a table into a page, between two marks that name its benchmark.

use std::fs;
use std::path::Path;

use crate::Outcome;

/// Puts `table` in the place of what stands between the marks of `bench` in the file `path`.
pub(crate) fn replace(path: &Path, bench: &str, table: &str) -> Outcome<()> {
    let mark = |edge: &str| format!("<!-- cargo xtask bench {bench}: {edge} -->");
    let (begin, end) = (format!("{}\n", mark("begin")), mark("end"));
    let page = fs::read_to_string(path)?;
    let parts = page.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    let Some((head, tail)) = parts else {
        return Err(format!("{} lacks the marks {} and {end}", path.display(), mark("begin")).into());
    };
    Ok(fs::write(path, format!("{head}{begin}{table}{end}{tail}"))?)
}
