//! Lines that attack who reads them: markup, scripts, terminal sequences, characters that move others, and one as long as a line can be.
//!
//! The corpus is the one by which the dashboard is tested.

use crate::chance::Chance;
use crate::line::Line;

const CORPUS: &str = include_str!("../../../tests/data/hostile.txt");
/// So many lines of a hundred are long ones.
const LONG_PERCENT: u64 = 5;
const LONG_BYTES: usize = 60_000;

/// One of them.
pub(crate) fn line(chance: &mut Chance) -> Line {
    if chance.percent(LONG_PERCENT) {
        return Line::err(format!("<script>alert('long')</script>{}", "x".repeat(LONG_BYTES)));
    }
    let lines: Vec<&str> = CORPUS.lines().filter(|line| !line.is_empty()).collect();
    Line::err(written_out(chance.pick(&lines)))
}

/// `\e`, `\r`, `\n` and `\u{…}` as what they stand for.
fn written_out(line: &str) -> String {
    let mut text = line.replace("\\e", "\u{1b}").replace("\\r", "\r").replace("\\n", "\n");
    while let Some((start, code, end)) = next_code(&text) {
        text.replace_range(start..end, code.encode_utf8(&mut [0; 4]));
    }
    text
}

fn next_code(text: &str) -> Option<(usize, char, usize)> {
    let start = text.find("\\u{")?;
    let end = start + text[start..].find('}')?;
    let code = u32::from_str_radix(&text[start + 3..end], 16).ok().and_then(char::from_u32)?;
    Some((start, code, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_out() {
        assert_eq!(written_out("a\\e[2J\\u{202e}b\\u{7}\\n"), "a\u{1b}[2J\u{202e}b\u{7}\n");
        assert!(CORPUS.lines().all(|line| !written_out(line).contains("\\u{")));
    }
}
