//! The live page of Foghorn: what is wrong, why, and since when.
//!
//! It promises pages that work without JavaScript, that never run what a log says, and that cost the host little. It reads
//! the host through [`Source`] alone and changes nothing. Left out of this form: labels, snoozing, models and plugins.

mod api;
mod assets;
mod chart;
mod error;
mod events;
mod guard;
mod options;
mod pages;
mod reader;
mod source;
mod text;
pub mod view;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use events::Events;
use guard::AllowedHosts;
use reader::Reader;

pub use options::Options;
pub use source::{Change, ReadError, Source};

/// What handlers share.
#[derive(Clone)]
struct App {
    reader: Reader,
    events: Events,
}

impl FromRef<App> for Reader {
    fn from_ref(app: &App) -> Self {
        app.reader.clone()
    }
}

impl FromRef<App> for Events {
    fn from_ref(app: &App) -> Self {
        app.events.clone()
    }
}

/// The dashboard as a router to be served by the host. Must run inside a tokio runtime.
pub fn router(source: Arc<dyn Source>, options: &Options) -> Router {
    let app = App {
        reader: Reader::new(source.clone(), options.reads_max),
        events: Events::new(source, options.streams_max),
    };
    let allowed: AllowedHosts = options.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .route("/events/overview", get(events::overview))
        .route("/events/alerts", get(events::alerts))
        .route("/events/container/{*identity}", get(events::container))
        .route("/static/{hash}/{name}", get(assets::serve))
        .layer(from_fn_with_state(allowed, guard::guard))
        .with_state(app)
}
