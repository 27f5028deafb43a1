//! From an address, by servers that keep no rule.

use std::time::Duration;

use foghorn_test_servers::artifacts::{Answer, Artifacts, Door};

use super::{COMPONENT, Fetcher, fetch, fetcher, sha256};
use crate::install::{Bounds, FetchError, HttpError};

fn pinned(server: &Artifacts, path: &str) -> String {
    format!("{}{path}#{}", server.url(), sha256(COMPONENT))
}

/// What comes of `answer` for a component of at most 100,000 bytes.
async fn refused(answer: Answer) -> String {
    let server = Artifacts::start(Door::Open).unwrap();
    server.set("/a.wasm", answer);
    let mut fetcher = fetcher();
    fetcher.bounds.bytes_max = 100_000;
    fetch(&fetcher, &pinned(&server, "/a.wasm")).await.unwrap_err().to_string()
}

#[tokio::test]
async fn the_bytes_of_the_digest_are_taken_and_the_pin_says_both() {
    let server = Artifacts::start(Door::Open).unwrap();
    server.set("/a.wasm", Answer::Bytes(COMPONENT.to_vec()));
    let fetched = fetch(&fetcher(), &pinned(&server, "/a.wasm?x=1")).await.unwrap();
    assert_eq!(fetched.bytes, COMPONENT);
    assert_eq!(fetched.pinned, pinned(&server, "/a.wasm?x=1"));
    assert_eq!(server.asked()[0].path, "/a.wasm?x=1", "the digest is not told to the server");
}

#[tokio::test]
async fn other_bytes_are_refused_with_both_digests() {
    let error = refused(Answer::Bytes(b"other".to_vec())).await;
    assert!(error.contains(&sha256(b"other")) && error.contains(&sha256(COMPONENT)), "{error}");
}

#[tokio::test]
async fn what_is_larger_than_allowed_is_broken_off() {
    assert!(refused(Answer::Bytes(vec![0; 100_001])).await.contains("larger than the 100000 bytes"));
    assert!(refused(Answer::Endless).await.contains("larger than the 100000 bytes"));
}

#[tokio::test]
async fn half_a_body_is_no_body() {
    let error = refused(Answer::Truncated(COMPONENT.to_vec())).await;
    assert!(error.contains("does not answer"), "{error}");
}

#[tokio::test]
async fn a_server_that_goes_silent_is_left() {
    let server = Artifacts::start(Door::Open).unwrap();
    server.set("/a.wasm", Answer::Silent(COMPONENT.to_vec()));
    let brief = Duration::from_millis(200);
    for (time_max, silence_max) in [(brief, Duration::from_secs(60)), (Duration::from_secs(60), brief)] {
        let fetcher = Fetcher { bounds: Bounds { time_max, silence_max, ..Bounds::default() }, ..Fetcher::default() };
        let error = fetch(&fetcher, &pinned(&server, "/a.wasm")).await.unwrap_err();
        assert!(matches!(&error, FetchError::Http(HttpError::Slow { .. } | HttpError::Broken { .. })), "{error}");
    }
}

#[tokio::test]
async fn redirects_stay_with_the_host_that_was_named() {
    let (here, there) = (Artifacts::start(Door::Open).unwrap(), Artifacts::start(Door::Open).unwrap());
    there.set("/b.wasm", Answer::Bytes(COMPONENT.to_vec()));
    here.set("/b.wasm", Answer::Bytes(COMPONENT.to_vec()));
    here.set("/near", Answer::Redirect("/b.wasm".into()));
    here.set("/far", Answer::Redirect(format!("{}/b.wasm", there.url())));
    here.set("/circle", Answer::Redirect("/circle".into()));
    here.set("/nowhere", Answer::Status(302, String::new()));
    assert_eq!(fetch(&fetcher(), &pinned(&here, "/near")).await.unwrap().bytes, COMPONENT);
    let error = async |path: &str| fetch(&fetcher(), &pinned(&here, path)).await.unwrap_err().to_string();
    assert!(error("/far").await.contains(&format!("sends us to {}", there.url())));
    assert!(error("/circle").await.contains("on and on"));
    assert!(error("/nowhere").await.contains("does not say where"));
    assert!(there.asked().is_empty());
}

#[tokio::test]
async fn what_a_server_says_is_told_harmlessly() {
    let error = refused(Answer::Status(500, "oh \u{1b}[31mno".into())).await;
    assert!(error.ends_with("answers 500: oh \\u{1b}[31mno"), "{error}");
}

#[tokio::test]
async fn tls_is_trusted_only_with_its_authority() {
    let server = Artifacts::start_tls(Door::Open).unwrap();
    server.set("/a.wasm", Answer::Bytes(COMPONENT.to_vec()));
    let error = fetch(&fetcher(), &pinned(&server, "/a.wasm")).await.unwrap_err().to_string();
    assert!(error.contains("--ca-file"), "{error}");
    let trusting = Fetcher { ca_pem: Some(server.ca_pem().unwrap().into()), ..fetcher() };
    assert_eq!(fetch(&trusting, &pinned(&server, "/a.wasm")).await.unwrap().bytes, COMPONENT);
    let broken = Fetcher { ca_pem: Some(b"no certificate".to_vec()), ..fetcher() };
    assert!(fetch(&broken, &pinned(&server, "/a.wasm")).await.unwrap_err().to_string().contains("PEM"));
}
