use super::*;

#[test]
fn versions_are_compared_as_numbers() {
    assert!(parse_version("1.9") < Some(API_VERSION_MIN));
    assert!(parse_version("1.41") > Some(API_VERSION_MIN));
    assert_eq!(parse_version("new"), None);
}

#[test]
fn an_endpoint_nobody_serves_is_refused_with_what_is_allowed() {
    let error = Engine::new(Some("ssh://host")).unwrap_err().to_string();
    assert!(error.contains("ssh://host") && error.contains("unix:///"), "{error}");
    assert_eq!(Engine::new(Some("/run/x.sock")).unwrap().endpoint(), "unix:///run/x.sock");
}

#[tokio::test]
async fn a_missing_socket_says_what_to_do() {
    let engine = Engine::new(Some("unix:///nowhere/docker.sock")).unwrap();
    let error = engine.info().await.unwrap_err();
    assert!(matches!(error, EngineError::NoEngine { .. }), "{error:?}");
    assert!(error.is_transient(), "the engine may come");
    assert!(error.to_string().contains("/nowhere/docker.sock"), "{error}");
}

#[tokio::test]
async fn a_socket_nobody_listens_on_is_no_engine() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("docker.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = Engine::new(path.to_str()).unwrap().info().await.unwrap_err();
    assert!(matches!(error, EngineError::NoEngine { .. }), "{error:?}");
}

/// Answers every request with `body`.
async fn serve(body: &'static str) -> (tempfile::TempDir, Engine) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("docker.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = connection.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    let engine = Engine::new(path.to_str()).unwrap();
    (dir, engine)
}

#[tokio::test]
async fn an_old_engine_is_refused_with_both_versions() {
    let (_dir, engine) = serve(r#"{"ApiVersion":"1.12"}"#).await;
    let error = engine.info().await.unwrap_err();
    assert!(!error.is_transient());
    assert!(error.to_string().contains("1.12") && error.to_string().contains("1.24"), "{error}");
}
