//! What goes wrong while a page is made, told twice: the log gets the cause, the browser a sentence without insides.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::pages;
use crate::source::ReadError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("every read of the source was taken for too long")]
    Busy,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("drawing a page: {0}")]
    Draw(#[from] askama::Error),
    #[error("writing JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a read ended early: {0}")]
    Lost(#[from] tokio::task::JoinError),
}

/// What the browser is told.
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
}

impl PageError {
    pub(crate) fn told(&self) -> Told {
        let (status, title, text) = match self {
            Self::NotFound("container") => (
                StatusCode::NOT_FOUND,
                "No such container",
                "Foghorn has never seen a container of this name, or its history has expired.",
            ),
            Self::NotFound("window") => (
                StatusCode::NOT_FOUND,
                "No such window",
                "This window does not exist, or its lines are older than what history keeps.",
            ),
            Self::NotFound("alert") => {
                (StatusCode::NOT_FOUND, "No such alert", "This alert does not exist, or it has expired.")
            }
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "Nothing here", "There is no page at this address."),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Busy",
                "Foghorn is answering too many pages at once. Alerts are not affected; reload in a few seconds.",
            ),
            Self::Read(_) | Self::Draw(_) | Self::Json(_) | Self::Lost(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page could not be made",
                "Foghorn's log says why; look for “page failed” at this time. Reload to try again.",
            ),
        };
        Told { status, title, text }
    }

    /// Tells the log, unless it is only the reader's mistake.
    fn log(&self) {
        match self {
            Self::NotFound(_) => {}
            Self::Busy => tracing::warn!("page refused: {self}"),
            _ => tracing::error!(error = %self, "page failed"),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        self.log();
        let told = self.told();
        let mut response = pages::error(&told);
        *response.status_mut() = told.status;
        response
    }
}

/// The same for programs.
#[derive(Debug)]
pub(crate) struct ApiError(pub(crate) PageError);

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.log();
        let told = self.0.told();
        (told.status, [(header::CACHE_CONTROL, "no-store")], Json(json!({ "error": told.title, "detail": told.text })))
            .into_response()
    }
}
