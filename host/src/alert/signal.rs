//! Signals: what is known to be wrong without any model, from minute 0.

use crate::history::Severity;

/// What a signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// The container ended by itself, with an exit code that is not 0.
    Died,
    /// The kernel killed it, or a process in it, for want of memory.
    OutOfMemory,
    /// Its health check fails.
    Unhealthy,
    /// It is started again and again, and ends each time.
    RestartLoop,
    /// It says nothing, though it used to.
    Silent,
    /// Far more lines than it used to say.
    Surge,
    /// Far fewer.
    Ebb,
    /// Its detector does not find trouble that was made on purpose.
    Blind,
}

impl SignalKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Died => "died",
            Self::OutOfMemory => "out-of-memory",
            Self::Unhealthy => "unhealthy",
            Self::RestartLoop => "restart-loop",
            Self::Silent => "silent",
            Self::Surge => "surge",
            Self::Ebb => "ebb",
            Self::Blind => "blind",
        }
    }
}

/// Something is wrong, still wrong, or right again.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    pub kind: SignalKind,
    /// Nanoseconds since the Unix epoch.
    pub time_ns: u64,
    pub severity: Severity,
    /// One sentence in lowercase, without text from logs.
    pub text: String,
    /// It is right again.
    pub over: bool,
}

impl Signal {
    /// Whether it is said when it is right again; until then it is wrong.
    pub fn lasts(&self) -> bool {
        self.kind != SignalKind::OutOfMemory
    }
}

/// What an alert keeps of a signal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sign {
    pub kind: SignalKind,
    pub time_ns: u64,
    pub text: String,
}
