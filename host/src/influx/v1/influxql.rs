//! The questions we ask, in InfluxQL. Names of containers are the only text of others in them.

use std::fmt::Write as _;

use crate::influx::dialect::{Between, Select};

/// Oldest first, or newest first for `newest`.
pub(super) fn select(select: &Select<'_>) -> String {
    let Select { measurement, store, from_ns, until_ns, .. } = select;
    let fields: Vec<_> = select.fields.iter().map(|field| identifier(field)).collect();
    let mut text = format!(
        "SELECT {} FROM {} WHERE \"store\" = {} AND time >= {from_ns} AND time < {until_ns}",
        fields.join(", "),
        identifier(measurement),
        string(store),
    );
    if let Some(container) = select.container {
        let _ = write!(text, " AND \"container\" = {}", string(container));
    }
    if let Some(Between { field, from, until }) = select.between {
        let field = identifier(field);
        let _ = write!(text, " AND {field} >= {from} AND {field} < {until}");
    }
    let order = if select.newest { "DESC" } else { "ASC" };
    let limit = i64::try_from(select.limit).unwrap_or(i64::MAX);
    let _ = write!(text, " ORDER BY time {order} LIMIT {limit}");
    text
}

pub(super) fn identifier(name: &str) -> String {
    quoted(name, '"')
}

fn string(text: &str) -> String {
    quoted(text, '\'')
}

fn quoted(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\\' => quoted.push_str("\\\\"),
            _ if character == quote => quoted.extend(['\\', quote]),
            _ => quoted.push(character),
        }
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_its_bounds() {
        let question = Select {
            measurement: "foghorn_line",
            store: "00ff",
            container: Some("web-1/a'b"),
            from_ns: 5,
            until_ns: 9,
            fields: &["seq", "text"],
            between: Some(Between { field: "seq", from: 1, until: 7 }),
            newest: true,
            limit: 3,
        };
        assert_eq!(
            select(&question),
            "SELECT \"seq\", \"text\" FROM \"foghorn_line\" WHERE \"store\" = '00ff' AND time >= 5 AND time < 9 AND \
             \"container\" = 'web-1/a\\'b' AND \"seq\" >= 1 AND \"seq\" < 7 ORDER BY time DESC LIMIT 3"
        );
    }

    #[test]
    fn nothing_ends_a_string_or_a_name_but_its_end() {
        assert_eq!(string("a' OR 'b'='b"), "'a\\' OR \\'b\\'=\\'b'");
        assert_eq!(string("a\\"), "'a\\\\'");
        assert_eq!(identifier("a\"; DROP DATABASE x; --\n"), "\"a\\\"; DROP DATABASE x; --\\n\"");
    }
}
