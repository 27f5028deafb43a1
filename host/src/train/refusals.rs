//! How often models of one container were refused. Pure; begins anew when the host does.

/// What became of its cycles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Since a cycle succeeded last.
    pub in_a_row: u32,
    /// Since the host was started.
    pub total: u64,
    /// Why the newest cycle made nothing, for people; `None` when it succeeded.
    pub last: Option<String>,
}

impl Refusals {
    /// A cycle ended; `failure` says why it made nothing. One that failed for another reason says nothing of the model.
    pub fn take(&mut self, failure: Option<&str>, refused: bool) {
        self.in_a_row += u32::from(refused);
        self.total += u64::from(refused);
        if failure.is_none() {
            self.in_a_row = 0;
        }
        self.last = failure.map(|why| match refused {
            true if self.in_a_row > 1 => format!("{why}; refused {} times in a row", self.in_a_row),
            true => why.to_owned(),
            false => format!("the newest cycle failed: {why}"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_in_a_row_end_with_a_success_alone() {
        let mut refusals = Refusals::default();
        refusals.take(Some("worse"), true);
        refusals.take(Some("no disk"), false);
        assert_eq!((refusals.in_a_row, refusals.total), (1, 1));
        assert_eq!(refusals.last.as_deref(), Some("the newest cycle failed: no disk"));
        refusals.take(Some("worse"), true);
        assert_eq!(refusals.last.as_deref(), Some("worse; refused 2 times in a row"));
        refusals.take(None, false);
        assert_eq!(refusals, Refusals { total: 2, ..Refusals::default() });
    }
}
