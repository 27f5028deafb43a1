//! The live page of Foghorn: what is wrong, why, and since when.
//!
//! It promises pages that work without JavaScript, that never run what a log says, and that cost the host little. It reads
//! the host through [`Source`] alone, and changes it through [`Control`] alone.

mod actor;
mod api;
mod assets;
mod chart;
mod control;
mod csv;
mod error;
mod events;
mod guard;
mod histogram;
mod kept;
mod mistake;
mod options;
mod outcome;
mod pages;
mod reader;
mod scatter;
mod source;
mod span;
mod spark;
mod text;
mod trend;
mod turns;
pub mod view;
mod wanted;
pub mod words;

use std::sync::Arc;

use tokio::sync::Semaphore;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use actor::Actor;
use events::Events;
use guard::AllowedHosts;
use kept::Kept;
use outcome::Outcomes;
use reader::Reader;

pub use control::{Action, AlertAction, Control, LinkSeen, MuteAction, Refusal, Uploaded};
pub use options::Options;
pub use source::{Change, ReadError, Source};

/// What handlers share.
#[derive(Clone)]
struct App {
    reader: Reader,
    actor: Actor,
    events: Events,
    outcomes: Outcomes,
    parts: Parts,
    uploads: UploadTurn,
}

/// One upload at a time: a component may take as much memory as all the rest of the host.
#[derive(Debug, Clone)]
struct UploadTurn(Arc<Semaphore>);

impl FromRef<App> for UploadTurn {
    fn from_ref(app: &App) -> Self {
        app.uploads.clone()
    }
}

/// Parts that many open pages ask for at once.
#[derive(Debug, Clone, Default)]
struct Parts {
    open_alerts: Kept,
    containers: Kept,
}

impl FromRef<App> for Parts {
    fn from_ref(app: &App) -> Self {
        app.parts.clone()
    }
}

impl FromRef<App> for Actor {
    fn from_ref(app: &App) -> Self {
        app.actor.clone()
    }
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

impl FromRef<App> for Outcomes {
    fn from_ref(app: &App) -> Self {
        app.outcomes.clone()
    }
}

/// Most bytes of a form or of a JSON body. A pin with many settings is a hundredth of it.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The dashboard as a router to be served by the host over TCP: what a foreign page could have sent is refused. Must run
/// inside a tokio runtime.
pub fn router(source: Arc<dyn Source>, control: Arc<dyn Control>, options: &Options) -> Router {
    let allowed: AllowedHosts = options.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    local_router(source, control, options).layer(from_fn_with_state(allowed, guard::guard))
}

/// The same routes for a Unix socket, whose file permissions say who may ask: no browser reaches one, so neither the name
/// of the host nor the origin of a request is looked at. Must run inside a tokio runtime.
pub fn local_router(source: Arc<dyn Source>, control: Arc<dyn Control>, options: &Options) -> Router {
    let parts = Parts::default();
    let app = App {
        reader: Reader::new(source.clone(), options.reads_max),
        actor: Actor::new(control),
        events: Events::new(source, parts.open_alerts.clone(), options.streams_max),
        outcomes: Outcomes::default(),
        parts,
        uploads: UploadTurn(Arc::new(Semaphore::new(1))),
    };
    Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .route("/events/overview", get(events::overview))
        .route("/events/alerts", get(events::alerts))
        .route("/events/container/{*identity}", get(events::container))
        .route("/events/log/{*identity}", get(events::log))
        .route("/events/plugins", get(events::plugins))
        .route("/events/system", get(events::system))
        .route("/static/{hash}/{name}", get(assets::serve))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(mistake::explained))
        .layer(CompressionLayer::new())
        .with_state(app)
}
