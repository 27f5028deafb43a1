//! Rows that break what was written for usual rows, and usual rows for a very long time.

use super::super::outcome::{Figures, Verdict, failed, tolerate};
use super::super::subject::Subject;
use super::super::{matrix, steady};
use super::{fresh, load, train, usual};
use crate::plugins::{PluginError, Rows};

/// Rows to score, and how many go at once.
const MANY: usize = 100_000;
const MANY_AT_ONCE: usize = 1_000;

/// Part of the whole time that a loop may take.
const SHARE: u32 = 8;

pub(super) fn hostile(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut trained = train(subject, &usual(subject), 1)?.model;
    let state = trained.save()?;
    let few = |count| matrix::usual(count, 3);
    let mut kinds = vec![("no row", few(0)), ("one row", few(1)), ("two rows", few(2))];
    kinds.push(("many equal rows", few(1).select([0; 500])));
    kinds.extend(matrix::odd());
    let (span, mut refused, mut done) = (subject.clock.share(SHARE), 0, 0);
    for (what, rows) in kinds {
        if span.is_over() {
            break;
        }
        // Of another number of columns than those learned, too: the vectorizer was replaced.
        let mut model = load(subject, &state)?;
        refused += usize::from(tolerate(&format!("asked to score {what}"), model.score(&rows))?.is_none());
        if !rows.is_empty() {
            let explained = model.explain(&rows.select([0]));
            refused += usize::from(tolerate(&format!("asked to explain {what}"), explained)?.is_none());
        }
        refused += usize::from(tolerate(&format!("trained on {what}"), learn(subject, &rows))?.is_none());
        done += 1;
    }
    figures.add("kinds", f64::from(done));
    figures.add("refused", refused as f64);
    Ok(())
}

/// Trains on rows and scores them with what was loaded from it, as a cycle does.
fn learn(subject: &Subject<'_>, rows: &Rows) -> Result<(), PluginError> {
    let state = train(subject, rows, 1)?.model.save()?;
    load(subject, &state)?.score(rows).map(drop)
}

pub(super) fn many(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut trained = train(subject, &usual(subject), 1)?.model;
    let mut model = load(subject, &trained.save()?)?;
    let at_once = MANY_AT_ONCE.min(20 * subject.size);
    let rows = matrix::usual(at_once, 4);
    let first = model.score(&rows)?;
    let (span, wanted, mut done) = (subject.clock.share(SHARE), subject.many(MANY), at_once);
    while done < wanted && !span.is_over() {
        if model.score(&rows)? != first {
            return failed(format!("after {done} rows it scores the same rows in another way; a model never changes"));
        }
        done += at_once;
    }
    figures.add("rows", done as f64);
    Ok(())
}

pub(super) fn steady(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut trained = train(subject, &usual(subject), 1)?.model;
    let mut model = load(subject, &trained.save()?)?;
    let rows = fresh(subject);
    let few = rows.select(0..rows.len().min(32));
    steady::memory(figures, &subject.clock.share(SHARE), || {
        model.score(&few)?;
        Ok(model.memory_bytes())
    })?;
    let (before, after) = (trained.save()?.len(), model.save()?.len());
    figures.add("state_bytes", after as f64);
    if after > before {
        return failed(format!("its state grew from {before} to {after} bytes by scoring; a model never changes"));
    }
    Ok(())
}
