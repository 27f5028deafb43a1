//! Foghorn's built-in thresholds: say which scores of one container are too high, at a stated rate of false alarms.
//!
//! # Method
//!
//! People set `alerts_per_week`; the rate at which windows arrive makes a probability `q` of it: the share of usual windows that may
//! pass the threshold.
//!
//! - **Scale** ([`mod@scale`]): scores between 0 and 1 crowd at the top, others may span decades. Both are taken to a scale on which tails
//!   are close to exponential. It is decided by what was seen: one score above 1 ends the first kind.
//! - **Tail** ([`mod@tail`]): an exponential tail through the median and the 90 % quantile of the remembered scores, drawn towards what is
//!   usual while there are few. Peaks over threshold (SPOT; Siffer, Fouque, Termier and Largouet, KDD 2017) fits the highest few per
//!   cent instead; on logs those are where the unlabelled incidents of the training are, and its threshold came out above them.
//! - **Budget** (`budget`): where usual scores pass the threshold more often than their bulk promises, four weeks of alerts may be
//!   spent at once; then the threshold is raised to where the budget would have been kept, but never so far that something twice as
//!   strange is not told.
//! - **Drift** ([`mod@gate`]): scores are remembered as residuals from a slowly moving level, so that a score that creeps for days
//!   raises no alarm. At most one window in 30 seconds is learned, and moves the level by at most 1/512 of a deviation.
//! - **Incidents do not teach**: a score at or above the threshold changes neither level nor memory. Only a run of
//!   them that lasts `accept_after_hours` on one steady level (four times as long on an unsteady one) becomes the new level.
//! - **Few scores**: from 5 calibration scores on there are alarms. A gate that was never calibrated takes its first 20 scores as they
//!   come, without an alarm.
//! - **Bad calibration**: up to one in ten of the calibration scores may come from incidents.
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
//! Deciding in two calls is the same as deciding in one; a loaded gate decides with the same bits; state is at most 26 KiB;
//! hostile input and states end in an error. Nothing is imported. The false alarms of a simulated month are counted in `tests/`.
//! Left out: daily and weekly rhythms, evidence gathered over several windows that are each below the threshold.

mod budget;
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
