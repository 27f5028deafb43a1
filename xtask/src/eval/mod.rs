//! `cargo xtask eval`: how well Foghorn finds what is labelled strange, in one table over all log sets that are there.
//!
//! Each set goes through the real `foghorn replay`; beside it stand detectors as they are usually built in Python and rules
//! of one line, on the very windows that Foghorn judged. Nothing is tuned here, and no set may stop the others: one that
//! cannot be judged is a row that says why.

mod figures;
mod judged;
mod misses;
mod python;
mod replay;
mod sets;
mod table;
mod variants;

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{examples, host, page};
use python::{Python, Reference};
use replay::{Outcome, Replayed, Replays};
use sets::Set;
use table::{Ablation, Row, Section};

/// The page that `--write` writes to.
const PAGE: &str = "docs/DETECTION.md";

/// What `cargo xtask eval` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct EvalArgs {
    /// Log files, or folders of *.jsonl and *.jsonl.gz [default: ../shared/data beside the clone]
    #[arg(value_name = "FOLDER|FILE")]
    paths: Vec<PathBuf>,
    /// Leave out the Python reference and the rules
    #[arg(long)]
    no_python: bool,
    /// The vectorizer, NAME or NAME@VERSION
    #[arg(long, value_name = "PLUGIN")]
    vectorizer: Option<String>,
    /// The detector
    #[arg(long, value_name = "PLUGIN")]
    detector: Option<String>,
    /// The thresholds plugin
    #[arg(long, value_name = "PLUGIN")]
    thresholds: Option<String>,
    /// A setting of a plugin, such as detector.trees=200; may be repeated
    #[arg(long, value_name = "SLOT.KEY=VALUE")]
    set: Vec<String>,
    /// Directory of further components
    #[arg(long, value_name = "DIR")]
    plugins_dir: Option<PathBuf>,
    /// Share of each stream's windows to learn from, where a set names no split
    #[arg(long, default_value_t = 0.5, value_name = "SHARE")]
    train_fraction: f64,
    /// Print what each part earns too: the sets again with one thing changed at a time
    #[arg(long)]
    ablate: bool,
    /// Print so many false alarms and missed windows of each set, the worst first
    #[arg(long, default_value_t = 0, value_name = "N")]
    misses: usize,
    /// Put the tables into docs/DETECTION.md
    #[arg(long)]
    write: bool,
}

/// Builds, judges all sets, prints.
pub fn run(workspace: &Workspace, args: &EvalArgs) -> Result<()> {
    let sets = sets::find(workspace, &args.paths)?;
    let python = if args.no_python { None } else { Some(Python::ready(workspace)?) };
    host::build(workspace)?;
    let mut replays = Replays::new(workspace, args)?;
    if args.ablate && args.plugins_dir.is_none() {
        examples::build(workspace)?.iter().for_each(|why| eprintln!("xtask: left out {why}"));
        replays.plugins_dir = Some(workspace.example_components());
    }
    let mut sections = Vec::new();
    for set in &sets {
        sections.push(section(&replays, python.as_ref(), set, args)?);
    }
    let text = format!("{}\n{}", table::table(&sections), facts(&replays, python.as_ref(), &sets)?);
    print!("{text}");
    if args.write {
        page::replace(&workspace.root().join(PAGE), "eval", &text)?;
    }
    if args.ablate {
        let text = table::ablations(&sections, &ablations(&replays, &sets, &sections)?);
        print!("\n{text}");
        if args.write {
            page::replace(&workspace.root().join(PAGE), "eval --ablate", &text)?;
        }
    }
    Ok(())
}

/// One set through Foghorn and, where it was judged, through the reference.
fn section(replays: &Replays, python: Option<&Python>, set: &Set, args: &EvalArgs) -> Result<Section> {
    eprintln!("xtask: {}", set.name);
    let shown = if args.misses > 0 { misses::LINES } else { 0 };
    let outcome = replays.run(set, &[], shown)?;
    let Outcome::Judged(replayed) = &outcome else { return Ok(Section::new(set, &outcome)) };
    if args.misses > 0 {
        print!("{}", misses::text(&set.name, &replayed.windows, args.misses));
    }
    let mut section = Section::new(set, &outcome);
    // Without labels there is nothing to measure.
    if let Some(python) = python.filter(|_| replayed.windows.iter().any(|window| window.anomalous.is_some())) {
        match python.run(&set.path, &replayed.windows_path, args.train_fraction) {
            Ok(reference) => section.rows.extend(rows(reference, replayed)?),
            Err(why) => section.notes.push(format!("{why:#}")),
        }
    }
    Ok(section)
}

/// The reference's methods. That both sides measure alike is checked first: figures nobody can trust must not be printed.
fn rows(reference: Reference, replayed: &Replayed) -> Result<impl Iterator<Item = Row>> {
    reference.agrees(&replayed.figures)?;
    Ok(reference.methods.into_iter().map(|(name, figures)| Row { name, figures }))
}

/// Each variant over all sets; the first stands for nothing changed and was measured already.
fn ablations(replays: &Replays, sets: &[Set], sections: &[Section]) -> Result<Vec<Ablation>> {
    let unchanged = sections.iter().map(|section| section.rows.first().map(|row| row.figures)).collect();
    let mut rows = vec![Ablation { name: "nothing".to_owned(), figures: unchanged, notes: Vec::new() }];
    for variant in variants::all(&replays.detectors()?) {
        eprintln!("xtask: {}", variant.name);
        let mut row = Ablation { name: variant.name, figures: Vec::new(), notes: Vec::new() };
        for set in sets {
            match replays.run(set, &variant.args, 0)? {
                Outcome::Judged(replayed) => row.figures.push(Some(replayed.figures)),
                Outcome::Refused(why) => {
                    row.figures.push(None);
                    row.notes.push(why);
                }
            }
        }
        row.notes.dedup();
        rows.push(row);
    }
    Ok(rows)
}

/// What the figures belong to, the same on every machine.
fn facts(replays: &Replays, python: Option<&Python>, sets: &[Set]) -> Result<String> {
    let mut lines = vec![format!("Measured with {}.", replays.described()?)];
    lines.extend(python.map(|python| format!("Reference: {}.", python.versions)));
    for set in sets {
        lines.push(format!("Set {}: sha256 {}.", set.name, set.digest()?));
    }
    Ok(lines.iter().map(|line| format!("- {line}\n")).collect())
}
