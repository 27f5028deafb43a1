//! What is behind an error.

use std::error::Error;

/// The text of the innermost cause: what people can act on.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
