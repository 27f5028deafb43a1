//! Text from logs, made harmless and short.
//!
//! Templates escape HTML. That leaves characters that are not markup and lie all the same: control characters, which a
//! copy carries into a terminal, and invisible or bidirectional ones, which show a line as what it is not. They are made
//! visible in one place, over everything that leaves as a page, so that no template can forget it.

use std::borrow::Cow;

/// Whether a reader cannot see the character, or sees others moved by it: control characters, what Unicode lets a font leave out
/// (`Default_Ignorable_Code_Point`, with those it keeps free for such), separators of lines, and two that are only ever blank.
/// Newline and tab are plain layout.
fn is_unseen(c: char) -> bool {
    match c {
        '\n' | '\t' | ' '..='~' => false,
        '\u{00ad}'
        | '\u{034f}'
        | '\u{061c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        _ => c.is_control(),
    }
}

/// Whether the character only makes the symbol before it a coloured one, as phones and programs write them: ordinary text.
fn is_colour_of(before: Option<char>, c: char) -> bool {
    let is_symbol = |c| matches!(c, '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}') && !is_unseen(c);
    c == '\u{fe0f}' && before.is_some_and(is_symbol)
}

/// Writes every unseen character so that it is seen: `␛` for ESC, `‹U+202E›` for a bidirectional override.
pub(crate) fn with_unseen_shown(text: &str) -> Cow<'_, str> {
    with_unseen(text, |c, out| match c {
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        _ => out.push_str(&format!("‹U+{:04X}›", c as u32)),
    })
}

/// The same for JSON, where such characters stand in strings only and can be written as escapes without a change of meaning.
pub(crate) fn with_unseen_escaped(json: &str) -> Cow<'_, str> {
    with_unseen(json, |c, out| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    })
}

fn with_unseen(text: &str, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let Some(first) = text.find(is_unseen) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    let mut before = text[..first].chars().next_back();
    for c in text[first..].chars() {
        if is_unseen(c) && !is_colour_of(before, c) {
            write(c, &mut out);
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// The beginning of a text, and how long all of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut<'a> {
    pub(crate) head: &'a str,
    /// Bytes that are not in `head`.
    pub(crate) rest_bytes: usize,
}

/// At most `bytes_max` bytes, at the end of a character.
pub(crate) fn cut(text: &str, bytes_max: usize) -> Cut<'_> {
    let end = text.floor_char_boundary(bytes_max);
    Cut { head: &text[..end], rest_bytes: text.len() - end }
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    /// Whether one of the tokens stands here.
    pub(crate) marked: bool,
}

/// Cuts a line into pieces, with every whole word that is one of `tokens` marked, whatever its case.
/// Costs the length of the line times the number of tokens; both are bounded by the caller.
pub(crate) fn marked<'a>(line: &'a str, tokens: &[&str]) -> Vec<Piece<'a>> {
    let mut spans: Vec<(usize, usize)> = tokens.iter().flat_map(|token| places(line, token)).collect();
    spans.sort_unstable();
    let mut pieces = Vec::new();
    let mut done = 0;
    for (start, end) in spans {
        if end <= done {
            continue;
        }
        let start = start.max(done);
        if start > done {
            pieces.push(Piece { text: &line[done..start], marked: false });
        }
        pieces.push(Piece { text: &line[start..end], marked: true });
        done = end;
    }
    if done < line.len() {
        pieces.push(Piece { text: &line[done..], marked: false });
    }
    pieces
}

/// Cuts a line into pieces, with `search` marked wherever it stands, whatever the case of its letters in ASCII.
pub(crate) fn found<'a>(line: &'a str, search: &str) -> Vec<Piece<'a>> {
    let plain = |text| Piece { text, marked: false };
    if search.is_empty() {
        return vec![plain(line)];
    }
    let (in_lowercase, search) = (line.to_ascii_lowercase(), search.to_ascii_lowercase());
    let mut pieces = Vec::new();
    let mut done = 0;
    // Lowercase in ASCII moves no byte.
    for (start, text) in in_lowercase.match_indices(&search) {
        pieces.extend((start > done).then(|| plain(&line[done..start])));
        done = start + text.len();
        pieces.push(Piece { text: &line[start..done], marked: true });
    }
    pieces.extend((done < line.len()).then(|| plain(&line[done..])));
    pieces
}

/// Where `token` stands in `line` as a whole word, as byte ranges.
fn places(line: &str, token: &str) -> Vec<(usize, usize)> {
    if token.is_empty() || token.len() > line.len() {
        return Vec::new();
    }
    (0..=line.len() - token.len())
        .map(|start| (start, start + token.len()))
        .filter(|&(start, end)| line.is_char_boundary(start) && line.is_char_boundary(end))
        .filter(|&(start, end)| line[start..end].eq_ignore_ascii_case(token))
        .filter(|&(start, end)| {
            let before = line[..start].chars().next_back();
            let after = line[end..].chars().next();
            let goes_on_before = joins(before) && joins(token.chars().next());
            let goes_on_after = joins(after) && joins(token.chars().next_back());
            !goes_on_before && !goes_on_after
        })
        .collect()
}

/// Whether a character belongs to the word beside it.
fn joins(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_shown() {
        assert_eq!(with_unseen_shown("\u{1b}[31mred\r\u{202e}cod\u{7f}"), "␛[31mred␍‹U+202E›cod␡");
        assert_eq!(with_unseen_shown("zero\u{200b}width\u{85}"), "zero‹U+200B›width‹U+0085›");
        assert!(matches!(with_unseen_shown("plain\ttext\nstays é 漢"), Cow::Borrowed(_)));
    }

    #[test]
    fn whatever_unicode_lets_a_font_leave_out_is_shown() {
        // DerivedCoreProperties.txt of Unicode 16.
        let ignorable = [
            0xad..=0xad,
            0x34f..=0x34f,
            0x61c..=0x61c,
            0x115f..=0x1160,
            0x17b4..=0x17b5,
            0x180b..=0x180f,
            0x200b..=0x200f,
            0x202a..=0x202e,
            0x2060..=0x206f,
            0x3164..=0x3164,
            0xfe00..=0xfe0f,
            0xfeff..=0xfeff,
            0xffa0..=0xffa0,
            0xfff0..=0xfff8,
            0x1bca0..=0x1bca3,
            0x1d173..=0x1d17a,
            0xe0000..=0xe0fff,
        ];
        for code in ignorable.into_iter().flatten().chain([0x2800, 0x2028, 0xfffb]) {
            let c = char::from_u32(code).unwrap();
            assert_eq!(with_unseen_shown(&format!("a{c}b")), format!("a‹U+{code:04X}›b"));
        }
    }

    #[test]
    fn a_coloured_symbol_stays_and_nothing_hides_behind_one() {
        assert_eq!(with_unseen_shown("⚠\u{fe0f} disk, ❤\u{fe0f}, 🛠\u{fe0f}"), "⚠\u{fe0f} disk, ❤\u{fe0f}, 🛠\u{fe0f}");
        assert_eq!(with_unseen_shown("⚠\u{fe0f}\u{fe0f}a\u{fe0f}"), "⚠\u{fe0f}‹U+FE0F›a‹U+FE0F›");
        assert_eq!(with_unseen_shown("\u{fe0f}⚠\u{fe01}\u{3164}\u{fe0f}"), "‹U+FE0F›⚠‹U+FE01›‹U+3164›‹U+FE0F›");
    }

    #[test]
    fn json_keeps_its_meaning_when_unseen_characters_are_escaped() {
        let json = serde_json::to_string("a\u{202e}b\u{e0041}\n").unwrap();
        let escaped = with_unseen_escaped(&json);
        assert!(escaped.is_ascii(), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), "a\u{202e}b\u{e0041}\n");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aéb", 2), Cut { head: "a", rest_bytes: 3 });
        assert_eq!(cut("short", 80), Cut { head: "short", rest_bytes: 0 });
    }

    #[test]
    fn whole_words_are_marked_whatever_their_case() {
        let pieces = marked("Refused: connection refused by refusedly", &["refused"]);
        let shown: String =
            pieces.iter().map(|p| if p.marked { format!("[{}]", p.text) } else { p.text.into() }).collect();
        assert_eq!(shown, "[Refused]: connection [refused] by refusedly");
    }

    #[test]
    fn what_was_searched_for_is_marked_and_nothing_is_lost() {
        let shown = |line: &'static str, search: &str| -> Vec<(&str, bool)> {
            found(line, search).into_iter().map(|piece| (piece.text, piece.marked)).collect()
        };
        assert_eq!(shown("Error: é error", "ERROR"), [("Error", true), (": é ", false), ("error", true)]);
        assert_eq!(shown("quiet", ""), [("quiet", false)]);
        assert_eq!(shown("quiet", "loud"), [("quiet", false)]);
    }

    #[test]
    fn overlapping_tokens_are_one_text_still() {
        let line = "a b c";
        let pieces = marked(line, &["a b", "b c", "b"]);
        assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), line);
        assert!(pieces.iter().all(|piece| piece.marked));
    }
}
