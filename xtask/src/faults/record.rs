//! All lines of a run as a labelled file that `foghorn replay --input` reads: first what was learned from, then the rest, each by time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::stage::Service;
use super::stored::Line;
use super::timeline::Timeline;
use crate::process;

/// Writes the file; one that ends in `.gz` is compressed.
pub(super) fn write(path: &Path, timeline: &Timeline, stored: &[(Service, Vec<Line>)]) -> Result<()> {
    let rows = rows(timeline, stored);
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    if path.extension().is_none_or(|end| end != "gz") {
        return print(file, &rows);
    }
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(file).spawn().context("cannot start gzip")?;
    print(gzip.stdin.take().context("gzip has no stdin")?, &rows)?;
    if process::wait_within(&mut gzip, std::time::Duration::from_secs(60))?.is_none_or(|status| !status.success()) {
        bail!("gzip could not write {}", path.display());
    }
    Ok(())
}

fn print(to: impl Write, rows: &[Value]) -> Result<()> {
    let mut to = BufWriter::new(to);
    for row in rows {
        writeln!(to, "{row}")?;
    }
    to.flush().context("cannot write the record")
}

fn rows(timeline: &Timeline, stored: &[(Service, Vec<Line>)]) -> Vec<Value> {
    let all = stored.iter().flat_map(|(service, lines)| lines.iter().map(move |line| (*service, line)));
    let labelled = all.map(|(service, line)| (timeline.label(service, line.time_ns / 1_000_000), service, line));
    let mut labelled: Vec<_> = labelled.collect();
    labelled.sort_by_key(|(label, _, line)| (!label.is_train, line.time_ns));
    let row = |(label, service, line): &(super::timeline::Label, Service, &Line)| {
        let mut row = json!({
            "ts": line.time_ns,
            "stream": service.name(),
            "line": line.text,
            "output": line.output,
            "anomaly": u8::from(label.is_anomalous),
            "split": if label.is_train { "train" } else { "test" },
        });
        if label.is_grey {
            row["grey"] = 1.into();
        }
        row
    };
    labelled.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::score::Period;
    use crate::faults::stored;

    #[test]
    fn what_was_learned_from_stands_first() {
        let period = |begin_ms, end_ms| Period { begin_ms, end_ms };
        let timeline = Timeline { normal: period(0, 1_000), quiet: period(1_000, 2_000), faults: Vec::new() };
        let line = |seq: u64, ms: u64| {
            let row = json!({ "seq": seq, "time_ns": ms * 1_000_000, "output": "stdout", "line": seq.to_string() });
            stored::lines(&row.to_string()).unwrap().remove(0)
        };
        let stored = [(Service::Web, vec![line(1, 500), line(2, 1_500)]), (Service::Api, vec![line(3, 700)])];
        let rows = rows(&timeline, &stored);
        let told: Vec<_> =
            rows.iter().map(|row| (row["line"].as_str().unwrap(), row["split"].as_str().unwrap())).collect();
        assert_eq!(told, [("1", "train"), ("3", "train"), ("2", "test")]);
    }
}
