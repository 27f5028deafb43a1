//! The checks of slot 1.

mod repeat;
mod strain;

use std::time::Instant;

use super::budget::{fastest, within_memory, within_time};
use super::outcome::{Figures, Verdict, failed, mib};
use super::subject::{SEED, Subject};
use super::{BASICS, Step, corpus, quality, state};
use crate::plugins::{PluginError, Vectorizer};
use crate::window::Windows;

pub(super) const STEPS: [Step; 11] = [
    Step { id: BASICS, purpose: "answers every call of its slot", run: basics },
    Step {
        id: "round-trip",
        purpose: "loaded from what it saved, answers with the same bits",
        run: repeat::round_trip,
    },
    Step { id: "repeatable", purpose: "the same windows and seed give the same bytes", run: repeat::repeatable },
    Step { id: "split", purpose: "many calls give what one gives; rows do not see each other", run: repeat::split },
    Step { id: "state", purpose: "refuses states that it did not write", run: dishonest },
    Step { id: "hostile", purpose: "bears any line, and none", run: strain::hostile },
    Step { id: "many", purpose: "bears 100,000 windows of lines never seen before", run: strain::many },
    Step { id: "steady", purpose: "neither its state nor its memory grows for ever", run: strain::steady },
    Step { id: "explain", purpose: "names lines that exist, the same ones each time", run: explain },
    Step { id: "speed", purpose: "keeps within the budgets of time and memory", run: speed },
    Step { id: "quality", purpose: "tells incidents from usual windows", run: quality::judge },
];

/// Terms that are asked for.
const TERMS: u32 = 8;

/// A session that has learned `windows` in one call, with these settings.
fn learned(subject: &Subject<'_>, settings: &[(String, String)], windows: &Windows) -> Result<Vectorizer, PluginError> {
    let mut session = Vectorizer::open_to_learn(&subject.plugin, settings, SEED)?;
    session.learn(windows)?;
    session.settle()?;
    Ok(session)
}

/// A session from a saved state: with the limits of scoring, and with those of learning.
fn live(subject: &Subject<'_>, state: &[u8]) -> Result<Vectorizer, PluginError> {
    Vectorizer::load(&subject.plugin, &subject.settings, subject.plugin.state_format, state)
}

fn learner(subject: &Subject<'_>, state: &[u8]) -> Result<Vectorizer, PluginError> {
    Vectorizer::load_to_learn(&subject.plugin, &subject.settings, subject.plugin.state_format, state)
}

fn basics(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let started = Instant::now();
    let mut session = learned(subject, &subject.settings, &windows)?;
    let rows = session.transform(&windows, true)?;
    let columns = session.columns()?;
    session.stats()?;
    session.explain(&windows.select([0]), &vec![1.0; rows.columns as usize], TERMS)?;
    let state = session.save()?;
    live(subject, &state)?.transform(&windows, false)?;
    figures.add("columns", columns.len() as f64);
    figures.add("values_a_row", rows.idx.len() as f64 / rows.len() as f64);
    figures.add("state_bytes", state.len() as f64);
    subject.took(started.elapsed());
    Ok(())
}

fn dishonest(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let state = learned(subject, &subject.settings, &windows)?.save()?;
    let asked = windows.select([0]);
    let (plugin, settings) = (&subject.plugin, &subject.settings);
    state::dishonest(plugin, &state, figures, |format, bytes| {
        Vectorizer::load(plugin, settings, format, bytes)?.transform(&asked, false).map(drop)
    })
}

fn explain(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut session = learned(subject, &subject.settings, &subject.windows())?;
    let (window, line) = corpus::strange();
    let columns = session.transform(&window, false)?.columns as usize;
    for weights in [vec![0.0; columns], vec![f32::MAX; columns]] {
        session.explain(&window, &weights, TERMS)?;
    }
    if !session.explain(&window, &vec![1.0; columns], 0)?.is_empty() {
        return failed("it named terms when asked for none; keep to the limit");
    }
    let weights = vec![1.0 / columns as f32; columns];
    let terms = session.explain(&window, &weights, TERMS)?;
    if session.explain(&window, &weights, TERMS)? != terms {
        return failed("it explained the same window twice in two ways; the same question has one answer");
    }
    figures.add("terms", terms.len() as f64);
    figures.add("weight_on_the_strange_line", {
        let there = terms.iter().filter(|term| term.lines.contains(&line));
        there.map(|term| f64::from(term.weight)).sum()
    });
    Ok(())
}

fn speed(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let thousands = windows.lines.len() as f64 / 1e3;
    let mut session = learned(subject, &subject.settings, &windows)?;
    let mut scoring = live(subject, &session.save()?)?;
    let transform = fastest(|| scoring.transform(&windows, false).map(drop))? / thousands;
    let learn = fastest(|| session.learn(&windows))? / thousands;
    figures.add("transform_ms_per_1000_lines", transform);
    figures.add("learn_ms_per_1000_lines", learn);
    figures.add("memory_mib", mib(scoring.memory_bytes()));
    figures.add("learning_memory_mib", mib(session.memory_bytes()));
    within_time(subject, "transforming 1,000 lines", transform, 1.0)?;
    within_time(subject, "learning 1,000 lines", learn, 10.0)?;
    within_memory(subject, "an instance that scores", scoring.memory_bytes(), 1.0)?;
    within_memory(subject, "an instance that learns", session.memory_bytes(), 4.0)
}
