//! What a container says, grouped by template.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;

use super::html;
use crate::error::PageError;
use crate::reader::Reader;
use crate::view::{Templates, Time};
use crate::words;

pub(crate) const ROWS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "templates.html")]
struct Page<'a> {
    now: Time,
    identity: &'a str,
    path: String,
    templates: &'a Templates,
}

pub(super) async fn page(Shared(reader): Shared<Reader>, Path(identity): Path<String>) -> Result<Response, PageError> {
    let asked = identity.clone();
    let read = reader.search(move |source| source.templates(&asked, ROWS_MAX)).await?;
    let templates = &read.ok_or(PageError::NotFound("container"))?;
    html(&Page { now: Time::now(), identity: &identity, path: words::path(&identity), templates })
}
