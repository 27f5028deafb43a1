//! Windows summed up where they are kept: for charts of a long time, and for how a generation's scores are spread.

use rusqlite::{Connection, Row, params};

use super::numbers::{from_db, to_db};
use super::{Store, StoreError, containers};
use crate::history::{Step, Steps};
use crate::identity::Identity;

/// The scores that a generation gave live.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreBin {
    pub generation: u64,
    /// The whole number below `bins` times the place of the score, where 0 is nothing, a half the threshold and 1 beyond all.
    pub bin: u64,
    pub windows: u64,
    /// Of them, at or above the threshold.
    pub alarms: u64,
    /// The mean threshold that held, as the plugin gave it.
    pub threshold: f32,
}

impl Store {
    pub(crate) async fn steps(&self, identity: &Identity, steps: Steps) -> Result<Vec<Step>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| summed(conn, &identity, steps)).await
    }

    /// How the scores of each generation of a container are spread over `bins` bins. Looks at each window that is kept.
    pub async fn score_bins(&self, identity: &Identity, bins: u64) -> Result<Vec<ScoreBin>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| binned(conn, &identity, bins)).await
    }
}

fn summed(conn: &Connection, identity: &Identity, steps: Steps) -> Result<Vec<Step>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else { return Ok(Vec::new()) };
    let mut statement = conn.prepare_cached(
        "SELECT (begin_ns - ?2) / ?4 AS step, count(*), max(score / threshold), avg(score / threshold),
             sum(end_seq - first_seq), sum(stderr_lines),
             count(*) FILTER (WHERE severity = 1), count(*) FILTER (WHERE severity = 2), count(*) FILTER (WHERE severity = 3)
         FROM score_window WHERE container = ?1 AND begin_ns >= ?2 AND begin_ns < ?3 GROUP BY step ORDER BY step",
    )?;
    let values = params![container, to_db(steps.from_ns), to_db(steps.until_ns()), to_db(steps.step_ns)];
    Ok(statement.query_map(values, step)?.collect::<Result<_, _>>()?)
}

fn step(row: &Row<'_>) -> rusqlite::Result<Step> {
    let number = |column| row.get(column).map(from_db);
    Ok(Step {
        index: number(0)?,
        windows: number(1)?,
        score_max: row.get(2)?,
        score_mean: row.get(3)?,
        lines: number(4)?,
        stderr_lines: number(5)?,
        severities: [number(6)?, number(7)?, number(8)?],
    })
}

fn binned(conn: &Connection, identity: &Identity, bins: u64) -> Result<Vec<ScoreBin>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else { return Ok(Vec::new()) };
    let mut statement = conn.prepare_cached(
        "SELECT generation, min(?2 - 1, CAST(?2 * CASE WHEN scaled <= 1 THEN max(scaled, 0) / 2 ELSE 1 - 0.5 / scaled END AS INTEGER)) AS bin,
             count(*), count(*) FILTER (WHERE severity > 0), avg(threshold)
         FROM (SELECT generation, severity, threshold, score / threshold AS scaled FROM score_window WHERE container = ?1)
         WHERE scaled IS NOT NULL GROUP BY generation, bin ORDER BY generation, bin",
    )?;
    let row = |row: &Row<'_>| {
        Ok(ScoreBin {
            generation: row.get(0).map(from_db)?,
            bin: row.get(1).map(from_db)?,
            windows: row.get(2).map(from_db)?,
            alarms: row.get(3).map(from_db)?,
            threshold: row.get(4)?,
        })
    };
    Ok(statement.query_map(params![container, to_db(bins)], row)?.collect::<Result<_, _>>()?)
}
