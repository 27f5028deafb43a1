//! Reading windows, growing a forest and scoring with it: the built-in components in the plugin host, on one core, beside scikit-learn and isotree.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use foghorn::plugins::{Catalogue, Detector, Plugin, Plugins, PluginsOptions, Rows, Slot, Vectorizer, train_model};
use foghorn::window::Windows;

use crate::peer::Python;
use crate::race::{race, timed};
use crate::table::Table;
use crate::{Outcome, text};

const SEED: u64 = 7;
/// Rows that are scored at once.
const SCORED: usize = 256;

/// The forest of Liu, Ting and Zhou (2008), as both libraries grow it.
fn plain() -> Vec<(String, String)> {
    settings(&[("trees", "100"), ("sample", "256"), ("split", "uniform"), ("candidates", "1"), ("outside", "0")])
}

/// Our own way to split, with as many trees and rows.
fn guided() -> Vec<(String, String)> {
    settings(&[("trees", "100"), ("sample", "256")])
}

fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

struct Rig {
    session: Vectorizer,
    forest: Arc<Plugin>,
    fresh: Vec<Windows>,
    /// What was learned, and what is judged.
    training: Rows,
    rows: Rows,
}

impl Rig {
    fn new() -> Outcome<Self> {
        let catalogue = Catalogue::open(Plugins::new(PluginsOptions::default())?, None)?;
        let vectorizer = catalogue.resolve("vectorizer", Slot::Vectorizer, &BTreeSet::new())?;
        let forest = catalogue.resolve("iforest", Slot::Detector, &BTreeSet::new())?;
        let (history, fresh) = (text::history(), text::fresh());
        let mut learner = Vectorizer::open_to_learn(&vectorizer, &[], SEED)?;
        history.iter().try_for_each(|batch| learner.learn(batch))?;
        learner.settle()?;
        let mut session = Vectorizer::load(&vectorizer, &[], vectorizer.state_format, &learner.save()?)?;
        let training = rows(&mut session, &history, true)?;
        let rows = rows(&mut session, &fresh, false)?;
        Ok(Self { session, forest, fresh, training, rows })
    }

    fn model(&self, settings: &[(String, String)]) -> Outcome<Detector> {
        let state = train_model(&self.forest, settings, &self.training, SEED)?;
        Ok(Detector::load(&self.forest, settings, self.forest.state_format, &state)?)
    }
}

fn rows(session: &mut Vectorizer, batches: &[Windows], learned: bool) -> Outcome<Rows> {
    let mut rows = Rows::default();
    for batch in batches {
        rows.extend(&session.transform(batch, learned)?);
    }
    Ok(rows)
}

pub(crate) fn measure(python: &Python, work: &Path, table: &mut Table) -> Outcome<()> {
    let mut rig = Rig::new()?;
    text::write_lines(&work.join("history.txt"), &text::history())?;
    text::write_lines(&work.join("fresh.txt"), &rig.fresh)?;
    text::write_rows(work, "train", &rig.training)?;
    text::write_rows(work, "fresh", &rig.rows)?;

    let mut peer = python.start("transform")?;
    let Rig { session, fresh, .. } = &mut rig;
    let times = race(|| timed(|| rows(session, fresh, false)), || peer.round())?;
    let what = "mask, tokenise, TF-IDF of windows of 64 lines, in wasm, one core";
    table.add(
        what,
        "scikit-learn: regular expressions and `TfidfVectorizer.transform`",
        (text::FRESH_LINES, "lines"),
        20.0,
        &times,
    );

    let trained = rig.training.len();
    for (settings, called) in [(plain(), "as in the paper"), (guided(), "guided splits, Foghorn's own")] {
        for (work, against, aim) in [
            ("sklearn-fit", "scikit-learn `IsolationForest.fit`", 10.0),
            ("isotree-fit", "isotree (C++) `fit`, one thread", 1.0),
        ] {
            let mut peer = python.start(work)?;
            let train = || timed(|| Ok(train_model(&rig.forest, &settings, &rig.training, SEED)?));
            let times = race(train, || peer.round())?;
            let what = format!("grow 100 trees of 256 of {trained} rows, {called}, in wasm, one core");
            table.add(&what, against, (1, "forests"), aim, &times);
        }
    }

    let mut model = rig.model(&plain())?;
    let batches: Vec<Rows> =
        (0..rig.rows.len()).step_by(SCORED).map(|at| rig.rows.select(at..(at + SCORED).min(rig.rows.len()))).collect();
    for (work, against, aim) in [
        ("sklearn-score", "scikit-learn `score_samples`", 20.0),
        ("isotree-score", "isotree (C++) `predict`, one thread", 1.0),
    ] {
        let mut peer = python.start(work)?;
        let score = || timed(|| batches.iter().try_for_each(|rows| model.score(rows).map(drop)).map_err(Into::into));
        let times = race(score, || peer.round())?;
        table.add(
            "score windows with that forest (as in the paper), in wasm, one core",
            against,
            (rig.rows.len(), "windows"),
            aim,
            &times,
        );
    }
    Ok(())
}
