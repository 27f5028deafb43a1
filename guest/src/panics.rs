//! Panics that tell why. A trap carries no message of its own: without this the host sees `unreachable` and no more.

use std::panic::{self, PanicHookInfo};
use std::sync::Once;

/// Level of an error in `host.log`.
const LEVEL_ERROR: u8 = 0;

/// Sends the text of every panic to `log`, which is the bindings' `foghorn::plugin::host::log`. Cheap when called again, so
/// call it where a session, model or gate is made: an instance has no other beginning.
pub fn report_panics(log: fn(u8, &str)) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(move |info| log(LEVEL_ERROR, &text(info)))));
}

fn text(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("a value that is no text");
    match info.location() {
        Some(place) => format!("panicked at {}:{}: {what}", place.file(), place.line()),
        None => format!("panicked: {what}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    static SAID: Mutex<Vec<(u8, String)>> = Mutex::new(Vec::new());

    #[test]
    fn a_panic_is_told_with_its_place() {
        report_panics(|level, text| SAID.lock().unwrap().push((level, text.to_owned())));
        let caught = panic::catch_unwind(|| panic!("no column {}", 3));
        drop(panic::take_hook());
        assert!(caught.is_err());
        let said = SAID.lock().unwrap();
        let (level, text) = said.iter().find(|(_, text)| text.contains("no column 3")).unwrap();
        assert_eq!(*level, 0);
        assert!(text.starts_with("panicked at ") && text.contains("panics.rs:"), "{text}");
    }
}
