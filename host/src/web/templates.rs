//! What a container says, grouped by template. Pure but for the reading, which goes chunk by chunk.

use std::collections::HashMap;

use foghorn_dashboard::view::{Template, Templates, Time};
use foghorn_vectorizer::Level;
use foghorn_vectorizer::reading::{Reader, masked};

use super::{Failure, HostSource};
use crate::history::Passage;
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
        let mut passage = Passage::new(&*self.history, identity, from, end);
        let mut grouping = Grouping::default();
        while let Some(batch) = passage.next().await? {
            grouping.take(&batch);
        }
        Ok(Some(grouping.told(limit)))
    }
}

/// One template while it is counted.
struct Group {
    lines: u64,
    level: Level,
    first_ns: u64,
    newest_ns: u64,
    newest_seq: u64,
    /// The newest line, masked.
    text: String,
}

/// Lines by template, as they come.
#[derive(Default)]
struct Grouping {
    reader: Reader,
    groups: HashMap<u64, Group>,
    lines: u64,
    from_ns: Option<u64>,
}

impl Grouping {
    fn take(&mut self, batch: &Batch) {
        // Only the newest line of each template is masked for people.
        let mut newest: HashMap<u64, usize> = HashMap::new();
        for (at, line) in batch.lines.iter().enumerate() {
            self.lines += 1;
            self.from_ns.get_or_insert(line.time_ns);
            let reading = self.reader.read(line.text);
            let is_known = self.groups.contains_key(&reading.template);
            if !is_known && self.groups.len() >= TEMPLATES_MAX {
                continue;
            }
            let new = || Group {
                lines: 0,
                level: Level::Unknown,
                first_ns: line.time_ns,
                newest_ns: 0,
                newest_seq: 0,
                text: String::new(),
            };
            let group = self.groups.entry(reading.template).or_insert_with(new);
            group.lines += 1;
            group.level = group.level.max(reading.level);
            newest.insert(reading.template, at);
        }
        for (template, at) in newest {
            let Some(group) = self.groups.get_mut(&template) else { continue };
            let line = batch.lines.get(at);
            (group.newest_ns, group.newest_seq) = (line.time_ns, batch.first_seq + at as u64);
            group.text = masked(line.text);
        }
    }

    /// The `limit` templates with most lines.
    fn told(self, limit: usize) -> Templates {
        let total = self.groups.len() as u64;
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_by_key(|(id, group)| (std::cmp::Reverse(group.lines), *id));
        groups.truncate(limit);
        let row = |(id, group): (u64, Group)| Template {
            id: format!("{id:016x}"),
            text: group.text,
            level: level(group.level).into(),
            lines: group.lines,
            first_seen: Time(group.first_ns),
            last_seen: Time(group.newest_ns),
            newest: group.newest_seq,
        };
        Templates {
            rows: groups.into_iter().map(row).collect(),
            total,
            lines: self.lines,
            from: self.from_ns.map(Time),
        }
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
        let mut grouping = Grouping::default();
        let batches: [(u64, &[(u64, &str)]); 2] =
            [(10, &[(1, "ERROR disk 3 is full"), (2, "order 1 stored")]), (12, &[(3, "order 2 stored")])];
        for (first_seq, texts) in batches {
            let mut lines = Lines::default();
            for (time_ns, text) in texts {
                lines.push(Line { time_ns: *time_ns, output: Output::Stdout, text: text.as_bytes() });
            }
            grouping.take(&Batch { identity: Identity::of_name("h", "a"), first_seq, lines });
        }
        let found = grouping.told(1);
        assert_eq!((found.total, found.lines, found.from), (2, 3, Some(Time(1))));
        let [row] = &found.rows[..] else { panic!("{found:?}") };
        assert_eq!((row.text.as_str(), row.level.as_str(), row.lines), ("order * stored", "", 2));
        assert_eq!((row.first_seen, row.last_seen, row.newest), (Time(2), Time(3), 12));
    }
}
