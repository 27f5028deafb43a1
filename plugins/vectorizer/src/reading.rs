//! Lines by template for people: what groups the lines of a page is what groups them in a model.
//!
//! Natively only; the component does the same within a window, where nobody needs the text of each line.

use crate::classes::Classes;
use crate::line::Line;
use crate::severity::Level;
use crate::text;

/// Reads line after line. Allocates nothing but itself.
#[derive(Debug)]
pub struct Reader {
    line: Line,
    classes: Classes,
}

/// What one line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The template's id: the same in each generation and on each host, never 0.
    pub template: u64,
    pub level: Level,
    /// Whether the line holds a word of failure, the name of an exception or a status of the class 5xx.
    pub failure: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self { line: Line::new(), classes: Classes::new() }
    }
}

impl Reader {
    pub fn read(&mut self, text: &[u8]) -> Reading {
        self.line.read(text, &mut self.classes);
        Reading { template: self.line.template(), level: self.line.level(), failure: self.line.failure() }
    }
}

/// The line with its variable parts masked, at most 256 bytes.
#[must_use]
pub fn masked(text: &[u8]) -> String {
    text::masked(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_template_have_one_id_and_one_text() {
        let mut reader = Reader::default();
        let a = reader.read(b"ERROR user 17 was refused after 3 ms");
        let other = reader.read(b"order 5 stored");
        let b = reader.read(b"ERROR user 99 was refused after 4170 ms");
        assert_eq!((a, a.level, a.failure), (b, Level::Error, true));
        assert_ne!(a.template, other.template);
        assert_eq!(masked(b"order 5 stored"), "order * stored");
    }
}
