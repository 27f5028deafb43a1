//! The live page of Foghorn: what is wrong, why, and since when.
//!
//! It promises pages that work without JavaScript, that never run what a log says, and that cost the host little. It reads
//! the host through [`Source`] alone and changes nothing. Left out of this form: labels, snoozing, models and plugins.

mod options;
mod source;
pub mod view;

use std::sync::Arc;

pub use options::Options;
pub use source::{Change, ReadError, Source};

/// The dashboard as a router to be served by the host.
pub fn router(_source: Arc<dyn Source>, _options: Options) -> axum::Router {
    axum::Router::new()
}
