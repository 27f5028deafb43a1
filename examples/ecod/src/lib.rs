//! An example detector: ECOD, outliers by empirical cumulative distributions.
//!
//! Z. Li, Y. Zhao, X. Hu, N. Botta, C. Ionescu, G. H. Chen: *ECOD: Unsupervised Outlier Detection Using Empirical Cumulative
//! Distribution Functions*, IEEE TKDE 2022. For each column, how many training values lie at or beyond the row's, to the left and to
//! the right, makes two tail probabilities; `-ln` of them are added up over the columns for the left, for the right, and
//! for that side on which the column's skewness says that its tail is. The largest of the three sums is the score.
//!
//! What is different from the paper: the row joins the sample (`(count + 1) / (n + 1)`), so that no probability is 0; values closer
//! than `tolerance` count as equal, because columns that hardly vary drift a little from one training to the next, and a rank makes as
//! much of that as of a failure; and a value beyond all that training saw adds `outside * ln(1 + distance / range)`, because a rank
//! cannot tell far from near. With both at 0 the scores are the paper's (`tests/data/ecod.json` was made by the script beside it).
//!
//! Promises: no chance, the same rows give the same bytes; hostile rows and states end in an error. Nothing is
//! imported. Left out: columns that are strange only together, which no method sees that looks at each column alone.
//! Cost: training sorts each column, a score is two binary searches a column.

mod column;
#[cfg(target_family = "wasm")]
mod component;
mod model;
mod settings;

pub use model::{FORMAT, Model};
pub use settings::Settings;
