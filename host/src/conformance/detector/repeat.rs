//! The same row has the same score: after save and load, in another instance, in other pieces.

use super::super::outcome::{Figures, Stop, Verdict};
use super::super::same;
use super::super::subject::{SEED, Subject};
use super::{fresh, load, train, usual};
use crate::plugins::train_in_parts;

/// More parts than that are not tried.
const PARTS_MAX: u32 = 5;

pub(super) fn round_trip(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut model = train(subject, &usual(subject), 1)?.model;
    let (rows, state) = (fresh(subject), model.save()?);
    figures.add("state_bytes", state.len() as f64);
    let mut loaded = load(subject, &state)?;
    same::bytes(&state, &loaded.save()?, "after it was loaded")?;
    same::scores(&model.score(&rows)?, &loaded.score(&rows)?, "after save and load")?;
    let row = rows.select([rows.len() - 1]);
    same::scores(&model.explain(&row)?, &loaded.explain(&row)?, "explained after save and load")
}

pub(super) fn repeatable(subject: &mut Subject<'_>, _: &mut Figures) -> Verdict {
    let (rows, asked) = (usual(subject), fresh(subject));
    let mut model = train(subject, &rows, 1)?.model;
    let state = model.save()?;
    let scores = model.score(&asked)?;
    same::scores(&scores, &model.score(&asked)?, "asked again")?;
    same::bytes(&state, &model.save()?, "after it scored; a model never changes")?;
    let mut other = train(subject, &rows, 1)?.model;
    same::bytes(&state, &other.save()?, "in another instance, trained on the same rows")?;
    same::scores(&scores, &other.score(&asked)?, "in another instance")?;
    let mut explicit = train_in_parts(&subject.plugin, &subject.all_settings(), &rows, SEED, 1)?.model;
    same::bytes(&state, &explicit.save()?, "with its defaults spelled out as settings")
}

pub(super) fn parts(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let most = subject.plugin.parts;
    figures.add("parts_allowed", f64::from(most));
    if most == 1 {
        return Err(Stop::Skipped("its card allows one part".to_owned()));
    }
    let rows = usual(subject);
    let whole = train(subject, &rows, 1)?.model.save()?;
    for parts in [2, most.min(PARTS_MAX)] {
        let state = train(subject, &rows, parts)?.model.save()?;
        same::bytes(&whole, &state, &format!("when it was trained in {parts} parts and merged"))?;
    }
    Ok(())
}

pub(super) fn split(subject: &mut Subject<'_>, _: &mut Figures) -> Verdict {
    let mut model = train(subject, &usual(subject), 1)?.model;
    let rows = fresh(subject);
    let (last, third) = (rows.len() - 1, rows.len() / 3);
    let scores = model.score(&rows)?;
    let mut backwards = model.score(&rows.select((0..rows.len()).rev()))?;
    backwards.reverse();
    same::scores(&scores, &backwards, "asked in another order")?;
    for piece in [0..1, 1..third, last..last + 1] {
        same::scores(&scores[piece.clone()], &model.score(&rows.select(piece))?, "asked for apart from others")?;
    }
    Ok(())
}
