//! Tables of benchmarks in a page, each between two marks that name its benchmark.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Puts `table` in the place of what stands between the marks of `bench`.
pub fn replace(page: &Path, bench: &str, table: &str) -> Result<()> {
    let mark = |edge: &str| format!("<!-- cargo xtask bench {bench}: {edge} -->");
    let (begin, end) = (mark("begin"), mark("end"));
    let text = fs::read_to_string(page)?;
    let parts = text.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    let (head, tail) = parts.with_context(|| format!("{} lacks the marks {begin} and {end}", page.display()))?;
    Ok(fs::write(page, format!("{head}{begin}\n{table}{end}{tail}"))?)
}
