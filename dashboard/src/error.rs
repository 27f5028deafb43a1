//! What goes wrong while a page is made, told twice: the log gets the cause, the browser a sentence without insides.

use axum::extract::multipart::MultipartError;
use axum::extract::rejection::JsonRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::control::Refusal;
use crate::mistake;
use crate::pages;
use crate::source::ReadError;
use crate::text::with_unseen_escaped;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("a form that is none of ours: {0}")]
    Form(String),
    #[error("a request that cannot be read: {1}")]
    Request(StatusCode, String),
    #[error("every place for calls of the host was taken for too long")]
    Busy,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("drawing a page: {0}")]
    Draw(#[from] askama::Error),
    #[error("writing JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a call of the host ended early: {0}")]
    Lost(#[from] tokio::task::JoinError),
}

impl From<MultipartError> for PageError {
    fn from(error: MultipartError) -> Self {
        Self::Form(error.body_text())
    }
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
            Self::Form(_) => (
                StatusCode::BAD_REQUEST,
                "This form could not be read",
                "It is not one that this Foghorn made. Reload the page it came from and try again.",
            ),
            Self::Request(status, _) => {
                let (title, text) = mistake::told(*status);
                (*status, title, text)
            }
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
            Self::NotFound(_) | Self::Form(_) | Self::Request(..) => {}
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

/// The same for programs, which are also told why an action was not done.
#[derive(Debug)]
pub(crate) enum ApiError {
    Page(PageError),
    Refused(Refusal),
    /// The body is not what the path asks for.
    Body(StatusCode, String),
    /// Another part of the request is not.
    Request(StatusCode, String),
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::Body(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, error, detail) = match self {
            Self::Page(error) => {
                error.log();
                let told = error.told();
                (told.status, told.title, told.text.to_string())
            }
            Self::Refused(Refusal::NotFound(detail)) => (StatusCode::NOT_FOUND, "Not found", detail),
            Self::Refused(Refusal::Refused(detail)) => (StatusCode::CONFLICT, "Refused", detail),
            Self::Refused(Refusal::Failed(detail)) => (StatusCode::INTERNAL_SERVER_ERROR, "Failed", detail),
            Self::Body(status, detail) => (status, "Body not understood", detail),
            Self::Request(status, detail) => (status, "Request not understood", detail),
        };
        let text = json!({ "error": error, "detail": detail }).to_string();
        let headers = [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "application/json")];
        (status, headers, with_unseen_escaped(&text).into_owned()).into_response()
    }
}
