//! What can be wrong with the engine, told apart by what to do about it.

use std::error::Error;
use std::io;

use bollard::errors::Error as ClientError;

use super::API_VERSION_MIN;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    #[error(
        "the engine address {endpoint} is not understood; allowed are unix:///path, tcp://host:port and http://host:port"
    )]
    Endpoint { endpoint: String },
    #[error(
        "no container engine answers at {endpoint} ({detail}); start it, mount its socket, or name another address in \
         DOCKER_HOST"
    )]
    NoEngine { endpoint: String, detail: String },
    #[error(
        "not allowed to open {endpoint}; run as a member of the group that owns the socket (usually docker) or as root"
    )]
    Permission { endpoint: String },
    #[error(
        "the engine speaks API {found:?}, this host needs {}.{} or newer; update the engine",
        API_VERSION_MIN.0,
        API_VERSION_MIN.1
    )]
    TooOld { found: String },
    #[error("the engine knows no such container any more")]
    Gone,
    #[error("the container's log driver cannot be read ({message}); use json-file, local or journald")]
    Unreadable { message: String },
    #[error("the engine refused with status {status}: {message}")]
    Refused { status: u16, message: String },
    #[error("the engine at {endpoint} did not answer in time; is it overloaded or stopped?")]
    Timeout { endpoint: String },
    #[error("the connection to the engine broke: {detail}")]
    Broken { detail: String },
}

impl EngineError {
    /// Whether the same call may succeed later without anybody doing something.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoEngine { .. } | Self::Timeout { .. } | Self::Broken { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether the fault is the connection's, not this one call's.
    pub fn is_connection(&self) -> bool {
        matches!(self, Self::NoEngine { .. } | Self::Permission { .. } | Self::Timeout { .. } | Self::Broken { .. })
    }

    pub(super) fn of_client(endpoint: &str, error: ClientError) -> Self {
        let endpoint = endpoint.to_owned();
        match error {
            ClientError::DockerResponseServerError { status_code, message } => Self::of_answer(status_code, message),
            ClientError::SocketNotFoundError(_) => Self::NoEngine { endpoint, detail: "no such socket".to_owned() },
            ClientError::RequestTimeoutError => Self::Timeout { endpoint },
            ClientError::IOError { err } => Self::of_cause(endpoint, &err),
            error => Self::of_cause(endpoint, &error),
        }
    }

    fn of_cause(endpoint: String, error: &(dyn Error + 'static)) -> Self {
        match io_kind(error) {
            Some(io::ErrorKind::PermissionDenied) => Self::Permission { endpoint },
            Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Self::NoEngine { endpoint, detail: root_cause(error) }
            }
            _ => Self::Broken { detail: root_cause(error) },
        }
    }

    fn of_answer(status: u16, message: String) -> Self {
        let is_unreadable = status == 501 || message.contains("does not support reading");
        match status {
            _ if is_unreadable => Self::Unreadable { message },
            // 409: dead or marked for removal.
            404 | 409 => Self::Gone,
            _ => Self::Refused { status, message },
        }
    }
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io_error(kind: io::ErrorKind) -> EngineError {
        EngineError::of_client("unix:///x", ClientError::IOError { err: io::Error::from(kind) })
    }

    #[test]
    fn a_forbidden_socket_is_told_from_a_missing_one() {
        let forbidden = io_error(io::ErrorKind::PermissionDenied);
        assert!(forbidden.to_string().contains("group"), "{forbidden}");
        assert!(matches!(io_error(io::ErrorKind::ConnectionRefused), EngineError::NoEngine { .. }));
        assert!(matches!(io_error(io::ErrorKind::ConnectionReset), EngineError::Broken { .. }));
    }

    #[test]
    fn an_unreadable_driver_is_not_tried_again() {
        let message = "configured logging driver does not support reading";
        for status in [500, 501] {
            let error = EngineError::of_answer(status, message.to_owned());
            assert!(matches!(error, EngineError::Unreadable { .. }) && !error.is_transient());
        }
        assert!(EngineError::of_answer(500, "disk".to_owned()).is_transient());
        assert_eq!(EngineError::of_answer(404, "no such container".to_owned()), EngineError::Gone);
    }
}
