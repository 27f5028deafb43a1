//! The control socket: the dashboard's routes on a Unix socket in the data directory, for the command line.
//!
//! Whoever may open the file may do all that it offers, so it belongs to the user that Foghorn runs as alone, from its first
//! moment on. The store's lock is taken before it is served: a socket that is there already is what a host left that died.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use axum::Router;
use rustix::fs::Mode;
use tokio::net::{UnixListener, UnixSocket};
use tokio_util::sync::CancellationToken;

/// Beside the store.
const NAME: &str = "control.sock";
/// What Linux allows, without the NUL at its end.
const PATH_BYTES_MAX: usize = 107;
/// Connections that wait to be taken. Commands are few, and come one after the other.
const WAITING_MAX: u32 = 16;

/// Why there is no socket, or none that can be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error(
        "the path {path} has {} bytes, a socket's may have {PATH_BYTES_MAX}; name a shorter one with --data-dir",
        path.as_os_str().len()
    )]
    TooLong { path: PathBuf },
    #[error("{path} is in the way of the control socket and is none; move it away")]
    InTheWay { path: PathBuf },
    #[error("cannot make the control socket {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// Where the host of a data directory is reached.
pub(crate) fn path_in(data_dir: &Path) -> Result<PathBuf, SocketError> {
    let path = data_dir.join(NAME);
    if path.as_os_str().len() > PATH_BYTES_MAX {
        return Err(SocketError::TooLong { path });
    }
    Ok(path)
}

/// Serves until `shutdown`, then removes the socket. To be called once the store is open, which makes the directory.
pub(crate) async fn serve(path: PathBuf, router: Router, shutdown: CancellationToken) -> Result<(), SocketError> {
    let listener = bind(&path)?;
    let served = tokio::select! {
        served = axum::serve(listener, router) => served,
        () = shutdown.cancelled() => Ok(()),
    };
    // Should it stay, the next host removes it.
    let _ = fs::remove_file(&path);
    served.map_err(|source| SocketError::Io { path, source })
}

fn bind(path: &Path) -> Result<UnixListener, SocketError> {
    remove_stale(path)?;
    let bound = || {
        let socket = UnixSocket::new_stream()?;
        // Linux takes over the mode of the unbound socket when it makes the file: no moment is left to anybody else.
        rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
        socket.bind(path)?;
        socket.listen(WAITING_MAX)
    };
    bound().map_err(|source| SocketError::Io { path: path.into(), source })
}

fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let failed = |source| SocketError::Io { path: path.into(), source };
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path).map_err(failed),
        Ok(_) => Err(SocketError::InTheWay { path: path.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;

    use super::*;

    async fn answer(path: &Path) -> String {
        let mut stream = UnixStream::connect(path).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_socket_is_the_users_own_replaces_a_stale_one_and_goes_with_the_host() {
        let dir = tempfile::tempdir().unwrap();
        let path = path_in(dir.path()).unwrap();
        drop(bind(&path).unwrap());
        assert!(path.exists(), "a host that dies leaves it");
        let listener = bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        let shutdown = CancellationToken::new();
        let router = Router::new().route("/", get(async || "here"));
        let served = tokio::spawn(serve(path.clone(), router, shutdown.clone()));
        while UnixStream::connect(&path).await.is_err() {
            tokio::task::yield_now().await;
        }
        assert!(answer(&path).await.ends_with("here"));
        shutdown.cancel();
        served.await.unwrap().unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_in_the_way_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = path_in(dir.path()).unwrap();
        fs::write(&path, "mine").unwrap();
        assert!(bind(&path).unwrap_err().to_string().contains("in the way"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_told_with_its_length() {
        let error = path_in(Path::new(&format!("/{}", "x".repeat(99)))).unwrap_err();
        assert!(error.to_string().contains("has 113 bytes, a socket's may have 107"), "{error}");
    }
}
