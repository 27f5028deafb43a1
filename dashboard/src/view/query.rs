//! Which alerts are asked for.

use super::{Label, Severity};

/// Which alerts: all, where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertQuery {
    /// Only alerts with a number below it.
    pub before: Option<u64>,
    /// Open ones, or resolved ones.
    pub open: Option<bool>,
    /// Only those that are at least that bad.
    pub severity: Option<Severity>,
    /// Only those that people called so, `Some(None)`: that nobody called anything.
    pub label: Option<Option<Label>>,
    /// Only where the identity of the container or the reason holds this, whatever the case of ASCII letters.
    pub text: String,
}
