//! Detectors as plain Rust, and the shell that makes a model of the contract out of one.
//!
//! A [`Member`] looks at rows whose columns were centred and scaled robustly ([`Columns`]) and says how many times stranger
//! than usual a row is. [`Model`] is the shell around one: it checks rows, scales them, scores, explains, saves and
//! loads. [`Ensemble`] is a member made of members. The crates `examples/halfspace`, `pca`, `knn` and `ensemble` are each one
//! of these as a component; they share this crate because a component cannot depend on another one: both would export
//! the contract.
//!
//! Promises: the same rows, settings and seed give the same bytes; `load` of what `save` wrote scores with the same bits; rows
//! and states from anywhere end in an answer or an error. Nothing is imported. Left out: training in parts, missing values.

mod any;
mod chance;
mod columns;
mod ensemble;
mod forest;
mod halfspace;
mod halving;
mod jacobi;
mod knn;
mod member;
mod model;
mod pca;
mod quantile;
mod ranges;
mod settings;
mod tails;
mod tree;

pub use columns::Columns;
pub use ensemble::{Ensemble, EnsembleSettings};
pub use forest::Forest;
pub use halfspace::HalfSpace;
pub use knn::Knn;
pub use member::{Member, Scaled};
pub use model::Model;
pub use pca::Pca;
pub use settings::{ForestSettings, HalfSpaceSettings, KnnSettings, PcaSettings};
pub use tails::{Tails, TailsSettings};
