//! The one thing a plugin may ask of the host: a line in its log. Bounded in length and in number a call, made safe.

use super::bindings::host;
use super::fault::Label;
use super::state::State;
use super::text;

/// Bytes kept of a message.
const MESSAGE_BYTES_MAX: usize = 4 << 10;

/// Messages kept of one call.
const MESSAGES_MAX: u32 = 100;

/// What one instance says.
#[derive(Debug)]
pub(super) struct Log {
    plugin: Label,
    call: &'static str,
    messages: u32,
    /// The last message of level error in this call: what a panic hook says before the trap.
    last_error: Option<String>,
}

impl Log {
    pub(super) fn new(plugin: Label) -> Self {
        Self { plugin, call: "start", messages: 0, last_error: None }
    }

    pub(super) fn begin(&mut self, call: &'static str) {
        self.call = call;
        self.messages = 0;
        self.last_error = None;
    }

    /// Takes what was said last; tells how much was left out of the log.
    pub(super) fn end(&mut self) -> Option<String> {
        let left_out = self.messages.saturating_sub(MESSAGES_MAX);
        if left_out > 0 {
            tracing::warn!(plugin = %self.plugin, call = self.call, left_out, "a plugin logs too much");
        }
        self.last_error.take()
    }

    fn write(&mut self, level: u8, message: &str) {
        self.messages = self.messages.saturating_add(1);
        if self.messages > MESSAGES_MAX {
            return;
        }
        let message = text::safe(message, MESSAGE_BYTES_MAX);
        let (plugin, call) = (&self.plugin, self.call);
        match level {
            0 => {
                tracing::error!(%plugin, call, said = message, "said by a plugin");
                self.last_error = Some(message);
            }
            1 => tracing::warn!(%plugin, call, said = message, "said by a plugin"),
            2 => tracing::info!(%plugin, call, said = message, "said by a plugin"),
            _ => tracing::debug!(%plugin, call, said = message, "said by a plugin"),
        }
    }
}

impl host::Host for State {
    fn log(&mut self, level: u8, message: String) {
        self.log.write(level, &message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::{Digest, Slot};

    #[test]
    fn only_so_many_messages_of_a_call_are_kept() {
        let mut log = Log::new(Label::new("x", Digest::of(b""), Slot::Detector));
        log.begin("train");
        for number in 0..=MESSAGES_MAX {
            log.write(0, &number.to_string());
        }
        assert_eq!(log.end(), Some((MESSAGES_MAX - 1).to_string()));
        log.begin("train");
        log.write(0, "again\n");
        assert_eq!(log.end(), Some("again\\n".into()));
    }
}
