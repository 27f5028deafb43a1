//! Plugins that people bring: the token first, then a look, then the installation.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use foghorn_dashboard::{Options, Refusal, router};

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{Answer, ask, assert_says, get};

fn dashboard() -> (Router, Arc<FakeControl>) {
    let control = Arc::new(FakeControl { takes_uploads: true, ..FakeControl::default() });
    (router(shared(Fake::shop()), control.clone(), &Options::default()), control)
}

/// A form as browsers send it.
async fn send(router: &Router, token: &str, component: &[u8]) -> Answer {
    let mut body = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n--edge\r\ncontent-disposition: form-data; \
         name=\"component\"; filename=\"mine.wasm\"\r\ncontent-type: application/wasm\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(component);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request =
        Request::post("/plugins/upload").header("host", "localhost:8080").header("origin", "http://localhost:8080");
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    ask(router, request.body(Body::from(body)).unwrap()).await
}

async fn told(router: &Router, answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let location = answer.headers["location"].to_str().unwrap();
    get(router, location.split('#').next().unwrap()).await.text
}

#[tokio::test]
async fn a_component_is_shown_with_what_it_asks_for_and_then_installed() {
    let (router, control) = dashboard();
    assert_says(&get(&router, "/plugins").await.text, &["name=\"component\"", "multipart/form-data"]);
    let shown = send(&router, "sesame", b"\0asm and more than 64 KiB".repeat(10_000).as_slice()).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_says(
        &shown.text,
        &["Install", "mine", "foghorn:plugin/host@0.1.0", "Nothing is installed yet", "value=\"ticket\""],
    );
    assert!(control.installed.lock().unwrap().is_empty());
    let form =
        Request::post("/plugins/install").header("host", "localhost:8080").header("origin", "http://localhost:8080");
    let form =
        form.header("content-type", "application/x-www-form-urlencoded").body(Body::from("ticket=ticket")).unwrap();
    let answer = ask(&router, form).await;
    assert_says(&told(&router, &answer).await, &["it is installed"]);
    assert_eq!(*control.installed.lock().unwrap(), ["ticket"]);
}

#[tokio::test]
async fn without_the_token_nothing_is_even_read() {
    let (router, _) = dashboard();
    for (token, component) in [("guess", &b"\0asm"[..]), ("", b"\0asm")] {
        let answer = send(&router, token, component).await;
        assert_says(&told(&router, &answer).await, &["this is not the admin token"]);
    }
    let answer = send(&router, "sesame", b"").await;
    assert_says(&told(&router, &answer).await, &["nothing was uploaded"]);
}

#[tokio::test]
async fn a_token_without_end_is_not_taken_in() {
    let (router, control) = dashboard();
    let answer = send(&router, &"x".repeat(50_000), b"\0asm").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    // A body that goes on and on before anybody is known is not read to its end.
    let begin = "--edge\r\ncontent-disposition: form-data; name=\"token\"\r\nx: ";
    let taken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = taken.clone();
    let more = (0..10_000).map(move |_| {
        count.fetch_add(1024, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::io::Error>("x".repeat(1024))
    });
    let body = Body::from_stream(futures_util::stream::iter(std::iter::once(Ok(begin.to_owned())).chain(more)));
    let request =
        Request::post("/plugins/upload").header("host", "localhost:8080").header("origin", "http://localhost:8080");
    let request = request.header("content-type", "multipart/form-data; boundary=edge").body(body).unwrap();
    tokio::time::pause();
    let answer = ask(&router, request).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(taken.load(std::sync::atomic::Ordering::Relaxed) < 100_000, "{taken:?}");
    assert!(control.installed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn where_it_is_closed_not_even_the_token_is_read() {
    let router = router(shared(Fake::shop()), FakeControl::obeying(), &Options::default());
    let answer = send(&router, &"x".repeat(50_000), b"\0asm").await;
    assert_says(&told(&router, &answer).await, &["--admin-token-file"]);
}

#[tokio::test]
async fn what_cannot_be_used_is_told_on_the_plugins_page() {
    let refusal = Some(Refusal::Refused("it cannot be used: <b>no component</b>".into()));
    let control = Arc::new(FakeControl { takes_uploads: true, refusal, ..FakeControl::default() });
    let router = router(shared(Fake::shop()), control, &Options::default());
    let answer = send(&router, "sesame", b"\0asm").await;
    assert_says(&told(&router, &answer).await, &["it cannot be used: &#60;b&#62;no component"]);
}

#[tokio::test]
async fn where_nothing_can_be_uploaded_the_page_says_what_to_do() {
    let router = router(shared(Fake::shop()), FakeControl::obeying(), &Options::default());
    let page = get(&router, "/plugins").await.text;
    assert_says(&page, &["Nothing can be uploaded here", "--admin-token-file"]);
    assert!(!page.contains("multipart/form-data"));
}

#[tokio::test]
async fn programs_upload_with_the_token_as_a_header() {
    let (router, control) = dashboard();
    let post = |path: &str, token: Option<&str>| {
        let request = Request::post(path).header("host", "localhost:8080").header("sec-fetch-site", "same-origin");
        let request = token.into_iter().fold(request, |request, token| request.header("authorization", token));
        request.body(Body::from("\0asm")).unwrap()
    };
    for wrong in [None, Some("Bearer guess"), Some("sesame")] {
        assert_eq!(ask(&router, post("/api/v1/uploads?name=a.wasm", wrong)).await.status, StatusCode::CONFLICT);
    }
    let answer = ask(&router, post("/api/v1/uploads?name=a.wasm", Some("Bearer sesame"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_says(&answer.text, &["\"ticket\":\"ticket\"", "\"name\":\"a\""]);
    assert_eq!(ask(&router, post("/api/v1/uploads/ticket", None)).await.status, StatusCode::OK);
    assert_eq!(*control.installed.lock().unwrap(), ["ticket"]);
}
