//! Input that breaks what was written for usual input, and usual input for a very long time.

use super::super::outcome::{Figures, Verdict, tolerate};
use super::super::subject::{SEED, Subject};
use super::super::{hostile, steady};
use super::{TERMS, learned, learner, live};
use crate::plugins::{PluginError, Vectorizer};
use crate::window::Windows;

/// Windows of lines that were never seen, and how many go at once.
const NOVEL: usize = 100_000;
const NOVEL_AT_ONCE: usize = 1_000;

/// Part of the whole time that a loop may take.
const SHARE: u32 = 8;

/// Everything that is done with a window is done with each hostile one, by a session that knows usual windows and by a new one.
pub(super) fn hostile(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let state = learned(subject, &subject.settings, &subject.windows())?.save()?;
    let (span, mut refused, mut done) = (subject.clock.share(SHARE), 0, 0);
    for (what, windows) in hostile::windows() {
        if span.is_over() {
            break;
        }
        let mut scoring = live(subject, &state)?;
        refused += usize::from(tolerate(what, ask(&mut scoring, &windows))?.is_none());
        let mut learning = learner(subject, &state)?;
        refused += usize::from(tolerate(what, learn(&mut learning, &windows))?.is_none());
        let mut new = Vectorizer::open_to_learn(&subject.plugin, &subject.settings, SEED)?;
        refused += usize::from(tolerate(what, learn(&mut new, &windows))?.is_none());
        done += 1;
    }
    figures.add("kinds", f64::from(done));
    figures.add("refused", refused as f64);
    Ok(())
}

fn ask(session: &mut Vectorizer, windows: &Windows) -> Result<(), PluginError> {
    let rows = session.transform(windows, false)?;
    for index in 0..windows.len().min(3) {
        session.explain(&windows.select([index]), &vec![1.0; rows.columns as usize], TERMS)?;
    }
    Ok(())
}

fn learn(session: &mut Vectorizer, windows: &Windows) -> Result<(), PluginError> {
    session.learn(windows)?;
    session.settle()?;
    session.transform(windows, true)?;
    session.stats()?;
    session.save().map(drop)
}

pub(super) fn many(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let (span, wanted) = (subject.clock.share(SHARE), subject.many(NOVEL));
    let at_once = NOVEL_AT_ONCE.min(20 * subject.size);
    let mut session = learned(subject, &subject.settings, &subject.windows())?;
    let mut done = 0;
    while done < wanted && (done == 0 || !span.is_over()) {
        let windows = hostile::novel(done, at_once);
        session.learn(&windows)?;
        done += at_once;
    }
    session.settle()?;
    session.transform(&hostile::novel(0, at_once), true)?;
    let state = session.save()?;
    live(subject, &state)?.transform(&hostile::novel(done, at_once), false)?;
    figures.add("windows", done as f64);
    figures.add("state_bytes", state.len() as f64);
    Ok(())
}

pub(super) fn steady(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let mut session = learned(subject, &subject.settings, &windows)?;
    let state = session.save()?;
    steady::state(figures, &subject.clock.share(2 * SHARE), || {
        session.learn(&windows)?;
        session.settle()?;
        Ok(session.save()?.len())
    })?;
    let mut scoring = live(subject, &state)?;
    let few = windows.select(0..windows.len().min(8));
    steady::memory(figures, &subject.clock.share(2 * SHARE), || {
        scoring.transform(&few, false)?;
        Ok(scoring.memory_bytes())
    })
}
