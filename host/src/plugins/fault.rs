//! What can go wrong with a plugin that was loaded.

use std::fmt;
use std::sync::Arc;

use super::digest::Digest;
use super::plugin::Slot;
use super::text;

/// Bytes kept of a name in messages.
const NAME_BYTES_MAX: usize = 200;

/// Who is spoken of in messages: shown as `iforest 0.2.0 (3f9a12bc4d5e)`. Shared, since every error carries one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(Arc<Who>);

#[derive(Debug, PartialEq, Eq)]
struct Who {
    text: String,
    digest: Digest,
    slot: Slot,
}

impl Label {
    /// `name` may be anything that a plugin says of itself.
    pub(super) fn new(name: &str, digest: Digest, slot: Slot) -> Self {
        Self(Arc::new(Who { text: format!("{} ({})", text::safe(name, NAME_BYTES_MAX), digest.short()), digest, slot }))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// How a component ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapKind {
    /// It gave up: a panic, an assertion, an allocation that it cannot do without.
    Unreachable,
    /// Endless recursion, on the stack of the machine.
    Stack,
    /// A read or write outside its memory or tables; also endless recursion on the stack in its memory.
    Bounds,
    /// A division by zero, an overflow, a number that does not fit.
    Arithmetic,
    /// It called `exit`.
    Exit,
    /// Anything else.
    Other,
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "it gave up (unreachable)",
            Self::Stack => "its stack is exhausted",
            Self::Bounds => "it reached outside its memory",
            Self::Arithmetic => "its arithmetic failed",
            Self::Exit => "it called exit",
            Self::Other => "it broke a rule of webassembly",
        })
    }
}

/// Why a call gave no result. `call` is the function of the contract, such as `transform`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// The plugin's own error. `code` as in `wit/types.wit`; the message is made safe and cut.
    #[error("{plugin} refused {call}: {message}")]
    Refused { plugin: Label, call: &'static str, code: u32, message: String },
    /// `said` is the plugin's last log message of level error in this call, such as a panic's.
    #[error("{plugin} failed in {call}: {kind}{}", said.as_ref().map(|said| format!("; it said: {said}")).unwrap_or_default())]
    Trap { plugin: Label, call: &'static str, kind: TrapKind, said: Option<String> },
    #[error("{plugin} was stopped in {call} after {deadline_ms} ms")]
    Deadline { plugin: Label, call: &'static str, deadline_ms: u64 },
    #[error("{plugin} failed in {call}: it needs more than the {} MiB of memory allowed", memory_bytes_max >> 20)]
    Memory { plugin: Label, call: &'static str, memory_bytes_max: usize },
    /// An answer that breaks the contract.
    #[error("{plugin} {what}")]
    Answer { plugin: Label, call: &'static str, what: String },
    #[error("{plugin} failed before; this instance takes no more calls, make one from the last state")]
    Dead { plugin: Label },
    /// No instance could be made, such as when the pool is used up.
    #[error("{plugin} cannot be started: {why}")]
    Start { plugin: Label, why: String },
    /// The question, not the answer, was wrong or too large.
    #[error("{plugin} was not asked: {what}")]
    Question { plugin: Label, what: String },
    #[error("{plugin} reads states of format {reads}; this one has format {found}; train again")]
    Format { plugin: Label, found: u32, reads: String },
    #[error("{plugin} is a {found}, not a {wanted}")]
    WrongSlot { plugin: Label, found: Slot, wanted: Slot },
}

impl PluginError {
    /// Whether the plugin broke its contract: the instance is lost, and the plugin is to blame.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Trap { .. } | Self::Deadline { .. } | Self::Memory { .. } | Self::Answer { .. } | Self::Dead { .. }
        )
    }

    /// The plugin that is to blame, for every error that `is_fault`. `Dead` only tells of an earlier fault again: count it once.
    pub fn culprit(&self) -> Option<Digest> {
        self.is_fault().then(|| self.plugin().0.digest)
    }

    /// The slot of the plugin that was called.
    pub fn slot(&self) -> Slot {
        self.plugin().0.slot
    }

    fn plugin(&self) -> &Label {
        match self {
            Self::Refused { plugin, .. }
            | Self::Trap { plugin, .. }
            | Self::Deadline { plugin, .. }
            | Self::Memory { plugin, .. }
            | Self::Answer { plugin, .. }
            | Self::Dead { plugin }
            | Self::Start { plugin, .. }
            | Self::Question { plugin, .. }
            | Self::Format { plugin, .. }
            | Self::WrongSlot { plugin, .. } => plugin,
        }
    }

    /// Whether the plugin says that there is too little to learn from.
    pub fn is_too_little(&self) -> bool {
        matches!(self, Self::Refused { code: 3, .. })
    }
}
