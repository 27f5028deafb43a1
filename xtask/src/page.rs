//! Puts what a command has found into a page, between two marks that name the command.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::plugins;

/// Puts `text` in the place of what stands between the marks of `command` (`eval`, `bench table`) in `page`.
pub fn replace(page: &Path, command: &str, text: &str) -> Result<()> {
    let old = fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let new = replaced(&old, command, text).with_context(|| format!("{} was left alone", page.display()))?;
    plugins::replace(page, new.as_bytes())
}

fn replaced(page: &str, command: &str, text: &str) -> Result<String> {
    let mark = |edge: &str| format!("<!-- cargo xtask {command}: {edge} -->");
    let (begin, end) = (mark("begin") + "\n", mark("end"));
    let parts = page.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    match parts {
        Some((head, tail)) => Ok(format!("{head}{begin}{text}{end}{tail}")),
        None => bail!("it lacks the marks {} and {end}", begin.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- cargo xtask eval: begin -->\nold\n<!-- cargo xtask eval: end -->\nb\n";
        let new = replaced(page, "eval", "new\n").unwrap();
        assert_eq!(new, page.replace("old", "new"));
        assert_eq!(replaced(&new, "eval", "new\n").unwrap(), new);
    }

    #[test]
    fn a_page_without_marks_is_left_alone() {
        let error = replaced("a", "eval", "new").unwrap_err().to_string();
        assert!(error.contains("lacks the marks <!-- cargo xtask eval: begin -->"), "{error}");
    }
}
