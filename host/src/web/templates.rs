//! What a container says, grouped by template. Pure but for the reading.

use std::collections::HashMap;

use foghorn_dashboard::view::{Template, Templates, Time};
use foghorn_vectorizer::Level;
use foghorn_vectorizer::reading::{Reader, masked};

use super::{Failure, HostSource};
use crate::identity::Identity;
use crate::stream::Batch;

/// The newest lines that are grouped.
const LINES_MAX: u64 = 50_000;
/// Templates that are told apart; lines of further ones are left out of the rows, not of the total.
const TEMPLATES_MAX: usize = 5_000;

impl HostSource {
    /// The templates of the newest lines, at most `limit` rows. `None`: nobody knows the container.
    pub(super) async fn templates_of(&self, identity: &Identity, limit: usize) -> Result<Option<Templates>, Failure> {
        let Some(record) = self.store.container(identity).await? else { return Ok(None) };
        let end = record.lines + 1;
        let from = end.saturating_sub(LINES_MAX).max(1);
        let batch = self.history.lines(identity, from, end, LINES_MAX as usize).await?;
        Ok(Some(
            batch
                .map_or(Templates { rows: Vec::new(), total: 0, lines: 0, from: None }, |batch| grouped(&batch, limit)),
        ))
    }
}

/// One template while it is counted.
struct Group {
    /// Its first line of the batch.
    first: usize,
    newest: usize,
    lines: u64,
    level: Level,
}

fn grouped(batch: &Batch, limit: usize) -> Templates {
    let mut reader = Reader::default();
    let mut groups: HashMap<u64, Group> = HashMap::new();
    for (at, line) in batch.lines.iter().enumerate() {
        let reading = reader.read(line.text);
        let is_known = groups.contains_key(&reading.template);
        if !is_known && groups.len() >= TEMPLATES_MAX {
            continue;
        }
        let new = Group { first: at, newest: at, lines: 0, level: Level::Unknown };
        let group = groups.entry(reading.template).or_insert(new);
        (group.newest, group.lines) = (at, group.lines + 1);
        group.level = group.level.max(reading.level);
    }
    let total = groups.len() as u64;
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(id, group)| (std::cmp::Reverse(group.lines), *id));
    groups.truncate(limit);
    let time = |at| Time(batch.lines.get(at).time_ns);
    let row = |(id, group): (u64, Group)| Template {
        id: format!("{id:016x}"),
        text: masked(batch.lines.get(group.newest).text),
        level: level(group.level).into(),
        lines: group.lines,
        first_seen: time(group.first),
        last_seen: time(group.newest),
        newest: batch.first_seq + group.newest as u64,
    };
    Templates {
        rows: groups.into_iter().map(row).collect(),
        total,
        lines: batch.lines.len() as u64,
        from: (!batch.lines.is_empty()).then(|| time(0)),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Quiet | Level::Unknown => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Line, Lines, Output};

    #[test]
    fn lines_are_grouped_with_first_and_newest_and_the_most_come_first() {
        let mut lines = Lines::default();
        for (time_ns, text) in [(1, "ERROR disk 3 is full"), (2, "order 1 stored"), (3, "order 2 stored")] {
            lines.push(Line { time_ns, output: Output::Stdout, text: text.as_bytes() });
        }
        let found = grouped(&Batch { identity: Identity::of_name("h", "a"), first_seq: 10, lines }, 1);
        assert_eq!((found.total, found.lines, found.from), (2, 3, Some(Time(1))));
        let [row] = &found.rows[..] else { panic!("{found:?}") };
        assert_eq!((row.text.as_str(), row.level.as_str(), row.lines), ("order * stored", "", 2));
        assert_eq!((row.first_seen, row.last_seen, row.newest), (Time(2), Time(3), 12));
    }
}
