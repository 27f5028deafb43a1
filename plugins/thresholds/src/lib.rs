//! Foghorn's built-in thresholds: say which scores of one container are too high, at a stated rate of false alarms.
//!
//! # Method
//!
//! Peaks over threshold, as SPOT and DSPOT do it (Siffer, Fouque, Termier and Largouet, KDD 2017): the highest few per cent
//! of the remembered usual scores are described by a generalised Pareto distribution, which says where a score lies that
//! is reached with any small probability `q`. People set `alerts_per_week`; the rate at which windows arrive, followed over
//! time, makes `q` of it. What differs from the paper, and why:
//!
//! - **Scale** ([`mod@scale`]): scores between 0 and 1 (a forest's) crowd at the top, others may span decades. Both are taken to a
//!   scale on which tails are close to exponential. It is decided by what was seen: one score above 1 ends the first kind.
//! - **Fit** ([`mod@tail`]): probability weighted moments (Hosking and Wallis 1987) instead of Grimshaw's likelihood: closed form, and
//!   steadier with 25 to 200 peaks. The shape is drawn to 0 when there are few. The threshold is never lower
//!   than for a normal distribution with the same median and median deviation, nor at or below the highest remembered score
//!   when less than one such is expected; nor higher than twice as strange as that.
//! - **Drift** ([`mod@gate`]): scores are remembered as residuals from a slowly moving level, so that a score that creeps for days
//!   raises no alarm. A window moves the level by at most 1/128 of a deviation.
//! - **Incidents do not teach**: a score at or above the threshold changes neither level nor memory. Only a run of
//!   them that lasts `accept_after_hours` on one steady level (four times as long on an unsteady one) becomes the new level.
//! - **Few scores**: from 5 calibration scores on there are alarms, below 20 by a plain robust rule. A gate that was never
//!   calibrated takes its first 20 scores as they come, without an alarm.
//! - **Bad calibration**: of calibration scores, those far outside what their middle 80 % suggest are left out, so that up to one in
//!   ten may come from incidents.
//!
//! # Severities
//!
//! Info at the threshold. Warning where a usual score comes with a hundredth of its probability, critical at a
//! ten-thousandth; but within bounds of their own, so that a failure unlike anything seen is at least a warning however wide usual
//! scores are spread, and a small step is not critical however narrow. In multiples of the threshold's strangeness (the inverse of
//! the path length for a forest, the score itself otherwise) warning comes at 1.2 to 2 and critical at 2 to 4.
//!
//! # Promises
//!
//! Deciding in two calls is the same as deciding in one; a loaded gate decides with the same bits; state is at most 20 KiB;
//! hostile input and states end in an error. Nothing is imported. The rates of false alarms that were measured are in `tests/`.
//! Left out: daily and weekly rhythms, evidence gathered over several windows that are each below the threshold.

#[cfg(target_family = "wasm")]
mod component;
pub mod gate;
mod memory;
mod rate;
mod run;
pub mod scale;
pub mod settings;
mod state;
mod statistics;
pub mod tail;

pub use foghorn_guest::Error;
pub use gate::{Decision, Gate};
pub use settings::Settings;
pub use state::FORMAT;
