//! Plugins of containers as text: what serves, who chose it, what it costs, and how a candidate compares.

use std::io::{self, Write};

use foghorn_dashboard::view::{ChosenPlugin, Comparison, ContainerPlugins, Cost, Model, Plugin, Shadow, ShadowPhase};
use foghorn_dashboard::words::{bytes, correlation, count, counted, micros, reference};

use crate::cli::text::{safe, time};

const HEAD: [&str; 8] = ["SLOT", "PLUGIN", "CHOSEN BY", "CALLS", "MEDIAN", "99 %", "MEMORY", "FAULTS"];
/// From here on columns hold figures, which stand to the right.
const FIGURES_FROM: usize = 3;

pub(super) fn write_all(out: &mut dyn Write, rows: &[ContainerPlugins], hidden: u64) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "no containers");
    }
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_container(out, row)?;
    }
    if hidden > 0 {
        writeln!(out, "\n{} more; --container shows one", counted(&hidden, "container"))?;
    }
    Ok(())
}

fn write_container(out: &mut dyn Write, row: &ContainerPlugins) -> io::Result<()> {
    write!(out, "{}", safe(&row.identity))?;
    match row.generation {
        Some(generation) => write!(out, " · generation {generation}")?,
        None => write!(out, " · no generation yet")?,
    }
    match row.previous {
        Some(previous) => writeln!(out, " · rollback returns to {previous}")?,
        None => writeln!(out)?,
    }
    write_slots(out, &row.slots)?;
    write_model(out, &row.model)?;
    if let Some(probation) = &row.probation {
        writeln!(out, "  on probation: the generation before scores beside it")?;
        write_comparison(out, probation, "before")?;
    }
    match &row.shadow {
        Some(shadow) => write_shadow(out, shadow),
        None => Ok(()),
    }
}

fn write_slots(out: &mut dyn Write, slots: &[ChosenPlugin]) -> io::Result<()> {
    let cells: Vec<[String; 8]> = slots.iter().map(cells).collect();
    let width = |column: usize| {
        let widths = cells.iter().map(|cells| cells[column].chars().count());
        widths.chain([HEAD[column].len()]).max().unwrap_or_default()
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    write_row(out, &HEAD.map(Into::into), &widths)?;
    for (cells, slot) in cells.iter().zip(slots) {
        write_row(out, cells, &widths)?;
        if let Some(note) = &slot.note {
            writeln!(out, "    {}", safe(note))?;
        }
    }
    Ok(())
}

fn write_model(out: &mut dyn Write, model: &Model) -> io::Result<()> {
    for note in &model.notes {
        writeln!(out, "  {}", safe(note))?;
    }
    if let Some(drift) = &model.drift {
        let windows = counted(&drift.windows, "window");
        writeln!(out, "  drift {:.2}: {} ({windows})", drift.distance, safe(&drift.words))?;
    }
    if model.refused > 0 {
        writeln!(out, "  {} refused since the host was started", counted(&model.refused, "new model"))?;
    }
    Ok(())
}

fn write_row(out: &mut dyn Write, cells: &[String; 8], widths: &[usize; 8]) -> io::Result<()> {
    let mut line = String::new();
    for (index, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        line.push_str("  ");
        line.push_str(&if index < FIGURES_FROM { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
    }
    writeln!(out, "{}", line.trim_end())
}

fn cells(slot: &ChosenPlugin) -> [String; 8] {
    let Cost { calls, faults, p50_us, p99_us, memory_bytes, memory_peak_bytes } = slot.cost;
    let by = match slot.origin.as_str() {
        "default" => "default".into(),
        origin => format!("{} {}", safe(origin), safe(&reference(&slot.wanted))),
    };
    [
        slot.plugin.slot.as_str().into(),
        label(&slot.plugin),
        by,
        count(&calls),
        duration(p50_us),
        duration(p99_us),
        format!("{} of {}", bytes(&memory_bytes), bytes(&memory_peak_bytes)),
        count(&faults),
    ]
}

fn label(plugin: &Plugin) -> String {
    format!("{}@{}", safe(&plugin.name), safe(&plugin.plugin_version))
}

fn duration(us: Option<f64>) -> String {
    us.map_or_else(|| "–".into(), |us| micros(&us))
}

pub(super) fn write_shadow(out: &mut dyn Write, shadow: &Shadow) -> io::Result<()> {
    let candidate = &shadow.candidate;
    let phase = match &shadow.phase {
        ShadowPhase::Training => "training".into(),
        ShadowPhase::Scoring => "scoring the same windows; it alerts nobody".into(),
        ShadowPhase::Failed { reason } => format!("gave up: {}", safe(reason)),
    };
    writeln!(out, "  tried as {} since {}: {}", candidate.slot.as_str(), time(shadow.since.0), label(candidate))?;
    writeln!(out, "    sha256:{}", safe(&candidate.digest))?;
    writeln!(out, "    {phase}")?;
    write_comparison(out, &shadow.comparison, "candidate")
}

/// `other` is the word for what does not serve.
pub(super) fn write_comparison(out: &mut dyn Write, compared: &Comparison, other: &str) -> io::Result<()> {
    if compared.windows == 0 {
        return writeln!(out, "    no window was scored by both yet");
    }
    let mut row = |what: &str, serving: &str, other: &str| writeln!(out, "    {what:<28}{serving:>12}{other:>12}");
    row(&format!("on {}", counted(&compared.windows, "window")), "serving", other)?;
    row("windows with an alarm", &count(&compared.serving_alarms()), &count(&compared.other_alarms()))?;
    row("alarms the other has not", &count(&compared.removed), &count(&compared.added))?;
    row("time for a window, median", &duration(compared.serving_us), &duration(compared.other_us))?;
    row("most memory", &bytes(&compared.serving_memory_bytes), &bytes(&compared.other_memory_bytes))?;
    row("faults", "–", &count(&compared.faults))?;
    let rank = compared.correlation.map(|value| format!("; rank correlation of scores {}", correlation(&value)));
    writeln!(
        out,
        "    they differ on {}, both alarm on {}{}",
        counted(&compared.differ, "window"),
        count(&compared.kept),
        rank.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use foghorn_dashboard::view::{Drift, Slot, Time};

    use super::*;

    fn plugin(name: &str) -> Plugin {
        Plugin { slot: Slot::Detector, name: name.into(), plugin_version: "1.2.0".into(), digest: "ab".repeat(32) }
    }

    fn container() -> ContainerPlugins {
        let cost = Cost { calls: 3_412, p50_us: Some(812.0), memory_bytes: 4 << 20, ..Cost::default() };
        let chosen = ChosenPlugin {
            plugin: plugin("rules"),
            wanted: "rules@1.2".into(),
            origin: "pin".into(),
            note: Some("still trained\u{1b}[2J".into()),
            cost,
        };
        let comparison = Comparison { windows: 40, differ: 3, kept: 5, added: 2, removed: 1, ..Comparison::default() };
        let shadow = Shadow { candidate: plugin("trees"), since: Time(0), phase: ShadowPhase::Scoring, comparison };
        ContainerPlugins {
            identity: "h/api".into(),
            generation: Some(9),
            previous: Some(8),
            slots: vec![chosen],
            model: Model {
                notes: vec!["every window looks alike".into()],
                refused: 1,
                drift: Some(Drift { distance: 0.123, windows: 256, words: "like the training".into() }),
            },
            shadow: Some(shadow),
            probation: None,
        }
    }

    #[test]
    fn a_container_is_told_with_its_plugins_their_cost_and_what_is_tried() {
        let mut out = Vec::new();
        write_all(&mut out, &[container()], 2).unwrap();
        let expected = "\
h/api · generation 9 · rollback returns to 8
  SLOT      PLUGIN       CHOSEN BY      CALLS  MEDIAN  99 %          MEMORY  FAULTS
  detector  rules@1.2.0  pin rules@1.2  3,412  812 µs     –  4.0 MiB of 0 B       0
    still trained\\u{1b}[2J
  every window looks alike
  drift 0.12: like the training (256 windows)
  1 new model refused since the host was started
  tried as detector since 1970-01-01T00:00:00Z: trees@1.2.0
    sha256:abababababababababababababababababababababababababababababababab
    scoring the same windows; it alerts nobody
    on 40 windows                    serving   candidate
    windows with an alarm                  6           7
    alarms the other has not               1           2
    time for a window, median              –           –
    most memory                          0 B         0 B
    faults                                 –           0
    they differ on 3 windows, both alarm on 5

2 containers more; --container shows one
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
