//! What the host runs on, in figures.

use askama::Template;
use axum::extract::State as Shared;
use axum::response::Response;

use super::html;
use crate::error::PageError;
use crate::reader::Reader;
use crate::source::Source;
use crate::view::{System, Time};

#[derive(Template)]
#[template(path = "system.html")]
struct Page<'a> {
    now: Time,
    system: &'a System,
}

#[derive(Template)]
#[template(path = "part/system.html")]
struct Part<'a> {
    now: Time,
    system: &'a System,
}

pub(super) async fn page(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let system = &reader.read(<dyn Source>::system).await?;
    html(&Page { now: Time::now(), system })
}

pub(super) async fn part(Shared(reader): Shared<Reader>) -> Result<Response, PageError> {
    let system = &reader.read(<dyn Source>::system).await?;
    html(&Part { now: Time::now(), system })
}
