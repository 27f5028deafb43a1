//! One JSON object a line on standard output, for whoever collects that.

use std::io::Write as _;

use super::Outcome;
use crate::notify::notice::Notice;

pub(super) fn write(notice: &Notice) -> Outcome {
    let written = serde_json::to_string(notice).map_err(std::io::Error::other).and_then(|text| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush())
    });
    match written {
        Ok(()) => Outcome::Delivered("written".into()),
        Err(error) => Outcome::Refused(format!("standard output cannot be written: {error}")),
    }
}
