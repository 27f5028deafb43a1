//! Which alerts a list shows: as a form or a link says it.

use serde::Deserialize;

use crate::view::{AlertQuery, Label, Severity};
use crate::words;

/// Longest text that is searched for.
const TEXT_BYTES_MAX: usize = 200;

/// What a link says. What makes no sense is as if it were not said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    before: Option<u64>,
    q: String,
    state: String,
    severity: String,
    label: String,
}

/// One choice of a form: its value, how it is called, whether it is chosen.
type Choice = (&'static str, &'static str, bool);

const STATES: [(&str, &str); 3] = [("", "open and resolved"), ("open", "open"), ("resolved", "resolved")];
const SEVERITIES: [(&str, &str); 3] =
    [("", "any severity"), ("warning", "warning and worse"), ("critical", "critical")];
const LABELS: [(&str, &str); 4] =
    [("", "labelled or not"), ("none", "not labelled"), ("real", "labelled real"), ("normal", "labelled normal")];

impl Asked {
    pub(crate) fn query(&self) -> AlertQuery {
        AlertQuery {
            before: self.before,
            open: match self.state.as_str() {
                "open" => Some(true),
                "resolved" => Some(false),
                _ => None,
            },
            severity: match self.severity.as_str() {
                "warning" => Some(Severity::Warning),
                "critical" => Some(Severity::Critical),
                _ => None,
            },
            label: match self.label.as_str() {
                "none" => Some(None),
                "real" => Some(Some(Label::Real)),
                "normal" => Some(Some(Label::Normal)),
                _ => None,
            },
            text: self.text().into(),
        }
    }

    /// What is searched for, as much of it as is taken.
    pub(crate) fn text(&self) -> &str {
        let text = self.q.trim();
        &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
    }

    /// Whether this is the beginning of the list.
    pub(crate) fn is_first(&self) -> bool {
        self.before.is_none()
    }

    /// Whether some alerts are left out.
    pub(crate) fn is_narrowed(&self) -> bool {
        AlertQuery { before: None, ..self.query() } != AlertQuery::default()
    }

    pub(crate) fn states(&self) -> [Choice; 3] {
        STATES.map(|(value, called)| (value, called, value == self.state))
    }

    pub(crate) fn severities(&self) -> [Choice; 3] {
        SEVERITIES.map(|(value, called)| (value, called, value == self.severity))
    }

    pub(crate) fn labels(&self) -> [Choice; 4] {
        LABELS.map(|(value, called)| (value, called, value == self.label))
    }

    /// The address of the same list, from its beginning or below a number.
    pub(crate) fn address(&self, page: &str, before: Option<u64>) -> String {
        let before = before.map(|before| before.to_string()).unwrap_or_default();
        let said = [
            ("q", words::path(self.text())),
            ("state", words::path(&self.state)),
            ("severity", words::path(&self.severity)),
            ("label", words::path(&self.label)),
            ("before", before),
        ];
        let said: Vec<_> = said.iter().filter(|(_, value)| !value.is_empty()).collect();
        let query: Vec<_> = said.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if query.is_empty() { page.into() } else { format!("{page}?{}", query.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_same_list() {
        let asked = Asked { q: " a&b ".into(), state: "open".into(), before: Some(9), ..Asked::default() };
        assert_eq!(asked.address("/alerts", None), "/alerts?q=a%26b&state=open");
        assert_eq!(asked.address("/alerts", Some(4)), "/alerts?q=a%26b&state=open&before=4");
        assert_eq!(Asked::default().address("/alerts.csv", None), "/alerts.csv");
    }

    #[test]
    fn what_makes_no_sense_is_as_if_it_were_not_said() {
        let asked = Asked { state: "ajar".into(), severity: "dire".into(), label: "?".into(), ..Asked::default() };
        assert_eq!(asked.query(), AlertQuery::default());
        assert!(!asked.is_narrowed());
        assert!(Asked { label: "none".into(), ..Asked::default() }.is_narrowed());
    }
}
