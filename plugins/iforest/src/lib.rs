//! Foghorn's built-in detector: an isolation forest (Liu, Ting and Zhou, ICDM 2008) over sparse rows.
//!
//! A row that few random splits part from the rest is strange. The score of a row is `2^(-h / c)`: `h` is its mean path
//! length over the trees, `c` the mean path length that chance alone gives; so 0.5 is average and 1 is alone at once.
//!
//! Two things are added to the paper, because rows here are TF-IDF and novelty columns that are mostly zero:
//!
//! - splits may be *guided* by how well they part the values (see [`settings`] and `split`);
//! - a value outside everything that training saw shortens the path (see `ranges`). A plain forest cannot score such a row
//!   higher than the strangest training row, and is blind to a column that was always 0.
//!
//! Promises: the same rows, settings and seed give the same bytes, however many parts a training is split into; `load` of
//! what `save` wrote scores with the same bits; hostile rows and states end in an error. Nothing is imported.
//! Left out: missing values, categorical columns, weights of rows.

#[cfg(target_family = "wasm")]
mod component;
mod explain;
mod forest;
mod model;
mod path;
mod ranges;
mod rng;
mod rows;
mod sample;
pub mod settings;
mod split;
mod state;
mod tree;

pub use foghorn_guest::Error;
pub use model::Model;
pub use path::average_path_length;
pub use rows::Rows;
pub use settings::Settings;
pub use state::{FORMAT, PARTS_MAX};
