//! The same question has the same answer: after save and load, in another instance, in other pieces.

use super::super::outcome::{Figures, Verdict, failed};
use super::super::same;
use super::super::subject::{SEED, Subject};
use super::{TERMS, learned, learner, live};
use crate::plugins::Vectorizer;

pub(super) fn round_trip(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let (first, more) = (windows.select(0..windows.len() / 2), windows.select(windows.len() / 2..windows.len()));
    let mut session = learned(subject, &subject.settings, &first)?;
    let state = session.save()?;
    figures.add("state_bytes", state.len() as f64);
    let mut loaded = learner(subject, &state)?;
    same::bytes(&state, &loaded.save()?, "after it was loaded")?;
    let mut scoring = live(subject, &state)?;
    for (asked, is_learned) in [(&more, false), (&first, true)] {
        let rows = session.transform(asked, is_learned)?;
        same::rows(&rows, &loaded.transform(asked, is_learned)?, "after save and load")?;
        same::rows(&rows, &scoring.transform(asked, is_learned)?, "after save and load with the limits of scoring")?;
        let (window, weights) = (asked.select([0]), vec![1.0; rows.columns as usize]);
        if session.explain(&window, &weights, TERMS)? != loaded.explain(&window, &weights, TERMS)? {
            return failed("it explains a window in another way after save and load; save all that explain looks at");
        }
    }
    for session in [&mut session, &mut loaded] {
        session.learn(&more)?;
        session.settle()?;
    }
    same::bytes(&session.save()?, &loaded.save()?, "when it went on learning after save and load")
}

pub(super) fn repeatable(subject: &mut Subject<'_>, _: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let mut session = learned(subject, &subject.settings, &windows)?;
    let state = session.save()?;
    let rows = session.transform(&windows, false)?;
    same::rows(&rows, &session.transform(&windows, false)?, "when asked again")?;
    same::bytes(&state, &session.save()?, "after it was asked for rows")?;
    let mut other = learned(subject, &subject.settings, &windows)?;
    same::bytes(&state, &other.save()?, "in another instance, of the same windows")?;
    same::rows(&rows, &other.transform(&windows, false)?, "in another instance")?;
    let mut explicit = learned(subject, &subject.all_settings(), &windows)?;
    same::bytes(&state, &explicit.save()?, "with its defaults spelled out as settings")
}

pub(super) fn split(subject: &mut Subject<'_>, _: &mut Figures) -> Verdict {
    let windows = subject.windows();
    let mut whole = learned(subject, &subject.settings, &windows)?;
    let third = windows.len() / 3;
    let mut pieces = Vectorizer::open_to_learn(&subject.plugin, &subject.settings, SEED)?;
    for piece in [0..1, 1..third, third..windows.len()] {
        pieces.learn(&windows.select(piece))?;
    }
    pieces.settle()?;
    same::bytes(&whole.save()?, &pieces.save()?, "when it learned in three calls")?;
    let rows = whole.transform(&windows, false)?;
    let backwards = whole.transform(&windows.select((0..windows.len()).rev()), false)?;
    same::rows(&rows, &backwards.select((0..windows.len()).rev()), "when asked for in another order")?;
    let alone = whole.transform(&windows.select([third]), false)?;
    same::rows(&rows.select([third]), &alone, "when asked for alone")
}
