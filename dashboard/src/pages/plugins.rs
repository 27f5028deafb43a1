//! The catalogue, and which plugins serve where.

use askama::Template;
use axum::extract::{Query, State as Shared};
use axum::response::Response;

use super::html;
use crate::actor::Actor;
use crate::control::Control;
use crate::error::PageError;
use crate::outcome::{After, Outcome, Outcomes};
use crate::reader::Reader;
use crate::scatter::Scatter;
use crate::view::{ContainerPlugins, Plugins, Shadow, ShadowPhase, Time};
use crate::words;

/// Containers that are looked at; those that only use the default plugins are counted and not shown.
const CONTAINERS_MAX: usize = 500;

#[derive(Template)]
#[template(path = "plugins.html")]
struct Page<'a> {
    outcome: Option<Outcome>,
    /// Why nothing can be uploaded.
    closed: Option<String>,
    shown: Shown<'a>,
}

#[derive(Template)]
#[template(path = "part/plugin_page.html")]
struct Part<'a> {
    shown: Shown<'a>,
}

async fn read(reader: &Reader) -> Result<Plugins, PageError> {
    reader.read(|source| source.plugins(CONTAINERS_MAX)).await
}

pub(super) async fn page(
    Shared(reader): Shared<Reader>,
    Shared(outcomes): Shared<Outcomes>,
    Shared(actor): Shared<Actor>,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let plugins = read(&reader).await?;
    let closed = actor.may(<dyn Control>::uploads_closed).await?;
    html(&Page { outcome: outcomes.find(&after), closed, shown: Shown::of(&plugins, Time::now()) })
}

pub(super) async fn part(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let plugins = read(&reader).await?;
    html(&Part { shown: Shown::of(&plugins, Time::now()) })
}

struct Shown<'a> {
    now: Time,
    plugins: &'a Plugins,
    /// Containers with plugins of their own, or on probation.
    chosen: Vec<&'a ContainerPlugins>,
    trials: Vec<Trial<'a>>,
    /// How many containers use the default plugins and nothing else.
    plain: u64,
    /// How many containers were not looked at.
    hidden: u64,
}

/// A candidate in one container.
pub(super) struct Trial<'a> {
    pub(super) identity: &'a str,
    pub(super) path: String,
    pub(super) shadow: &'a Shadow,
    pub(super) scatter: Option<Scatter>,
}

impl<'a> Trial<'a> {
    pub(super) fn of(container: &'a ContainerPlugins) -> Option<Self> {
        let shadow = container.shadow.as_ref()?;
        let (identity, path) = (container.identity.as_str(), words::path(&container.identity));
        Some(Self { identity, path, shadow, scatter: Scatter::of(&shadow.comparison) })
    }
}

impl<'a> Shown<'a> {
    fn of(plugins: &'a Plugins, now: Time) -> Self {
        let rows = &plugins.choices.rows;
        let chosen: Vec<_> = rows.iter().filter(|row| !row.is_default() || row.probation.is_some()).collect();
        Self {
            now,
            plugins,
            trials: rows.iter().filter_map(Trial::of).collect(),
            plain: (rows.len() - chosen.len()) as u64,
            chosen,
            hidden: plugins.choices.hidden(),
        }
    }
}
