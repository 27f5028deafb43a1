//! Texts of others: bounded before they are stored or shown.

use super::schema::TEXT_BYTES_MAX;

/// Most of what a server says that is repeated.
const SAID_BYTES_MAX: usize = 300;

/// Short enough for a field.
pub(super) fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// What a server said, for an error text: short, in one line, harmless on a terminal.
pub(super) fn said(text: &str) -> String {
    let text = text.trim();
    let short = &text[..text.floor_char_boundary(SAID_BYTES_MAX)];
    let dots = if short.len() < text.len() { "…" } else { "" };
    let said: String = short.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    said + dots
}
