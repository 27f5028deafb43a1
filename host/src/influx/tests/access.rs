//! Logins, rights, names: refused with cause and cure, and never with a secret in the text.

use std::path::PathBuf;

use super::*;
use crate::spool::{PutError, ServerError};

const SECRET: &str = "s3cret-of-the-test";

fn auth() -> real::Options {
    real::Options { auth: true, ..real::Options::default() }
}

fn file(dir: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Ours as one of the server's users.
fn login(server: &real::Influx, dir: &TempDir, (user, password): (&str, &str)) -> Influx {
    let mut settings = settings(server.url());
    settings.user = Some(user.into());
    settings.password_file = Some(file(dir, "password", &format!("{password}\n")));
    open(&settings, dir.path())
}

async fn refusal(influx: &Influx) -> String {
    match influx.check().await {
        Err(ServerError::Refused(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_administrator_is_let_in() {
    let Some((server, _, dir)) = begin(auth()) else { return };
    let influx = login(&server, &dir, real::ADMIN);
    let said = influx.check().await.unwrap();
    assert!(
        said.starts_with("InfluxDB 1.6.7") && said.contains(&server.url()) && said.contains("\"foghorn\""),
        "{said}"
    );
    assert_eq!(server.query("SHOW MEASUREMENTS").unwrap(), "", "the check left nothing behind");
    put(&influx, &numbered(&web(), 1, 5)).await;
    assert_eq!(whole(&influx, &web()).await, numbered(&web(), 1, 5).lines);
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_being_shown() {
    let Some((server, anonymous, dir)) = begin(auth()) else { return };
    let influx = login(&server, &dir, ("admin", SECRET));
    let text = refusal(&influx).await;
    assert!(text.contains("authorization failed") && text.contains("--influx-password-file"), "{text}");
    let put = influx.put(&[(numbered(&web(), 1, 5), Place::default())]).await.pop().unwrap();
    assert!(matches!(put, Err(PutError::Server(ServerError::Refused(_)))), "{put:?}");
    assert!(!format!("{text} {put:?} {influx:?}").contains(SECRET));
    let text = refusal(&anonymous).await;
    assert!(text.contains("--influx-user"), "{text}");
}

#[tokio::test]
async fn users_who_may_not_do_both_are_told_apart() {
    let Some((server, _, dir)) = begin(auth()) else { return };
    let text = refusal(&login(&server, &dir, real::READER)).await;
    assert!(text.contains("no right to WRITE") && text.contains("`GRANT ALL ON \"foghorn\" TO \"reader\"`"), "{text}");
    let text = refusal(&login(&server, &dir, real::WRITER)).await;
    assert!(text.contains("no right to READ") && text.contains("\"writer\""), "{text}");
}

#[tokio::test]
async fn a_missing_database_is_refused_with_the_command_that_makes_it() {
    let Some((server, _, dir)) = begin(real::Options::default()) else { return };
    let influx = open(&InfluxSettings { bucket: "it's \"ours\"".into(), ..settings(server.url()) }, dir.path());
    let text = refusal(&influx).await;
    let create = "CREATE DATABASE \"it's \\\"ours\\\"\"";
    assert!(text.contains(&format!("`{create}`")), "{text}");
    let put = influx.put(&[(numbered(&web(), 1, 5), Place::default())]).await.pop().unwrap();
    assert!(matches!(put, Err(PutError::Server(ServerError::Refused(_)))), "{put:?}");
    server.query(create).unwrap();
    influx.check().await.unwrap();
}

#[tokio::test]
async fn a_server_with_tls_is_trusted_by_its_certificate_alone() {
    let Some((server, _, dir)) = begin(real::Options { tls: true, ..real::Options::default() }) else { return };
    let trusting = InfluxSettings { ca_file: Some(server.ca_file()), ..settings(server.url()) };
    let influx = open(&trusting, dir.path());
    influx.check().await.unwrap();
    put(&influx, &numbered(&web(), 1, 5)).await;
    assert_eq!(whole(&influx, &web()).await, numbered(&web(), 1, 5).lines);
    let Some((other, ..)) = begin(real::Options { tls: true, ..real::Options::default() }) else { return };
    let text = refusal(&open(&InfluxSettings { ca_file: Some(other.ca_file()), ..trusting }, dir.path())).await;
    assert!(text.contains("is not trusted") && text.contains("--influx-ca-file"), "{text}");
}

#[test]
fn settings_that_cannot_work_are_refused_before_the_server_is_asked() {
    let dir = TempDir::new().unwrap();
    let (secret, empty) = (file(&dir, "secret", SECRET), file(&dir, "empty", "\n"));
    let (two, binary) = (file(&dir, "two", "a\nb\n"), file(&dir, "binary", "a\u{1}b"));
    let url = |url: &str| settings(url.into());
    let good = || url("http://127.0.0.1:8086");
    let with_user = |user: &str, file| InfluxSettings { user: Some(user.into()), password_file: file, ..good() };
    let token = |file: &PathBuf| InfluxSettings { token_file: Some(file.clone()), ..good() };
    let v2 = |settings| InfluxSettings { api: InfluxApi::V2, ..settings };
    let cases = [
        (url("127.0.0.1:8086"), "allowed is http://HOST:PORT"),
        (url("udp://127.0.0.1:8089"), "allowed is http://HOST:PORT"),
        (url("http://"), "allowed is http://HOST:PORT"),
        (url(&format!("http://me:{SECRET}@127.0.0.1:8086")), "--influx-password-file"),
        (url(&format!("http//me:{SECRET}@127.0.0.1")), "allowed is http://HOST:PORT"),
        (url("http://127.0.0.1:8086/?db=x"), "--influx-bucket"),
        (InfluxSettings { bucket: String::new(), ..good() }, "--influx-bucket: found \"\""),
        (InfluxSettings { bucket: "a\nb".into(), ..good() }, "control characters"),
        (with_user("me", None), "needs --influx-password-file"),
        (InfluxSettings { password_file: Some(secret.clone()), ..good() }, "needs --influx-user"),
        (InfluxSettings { token_file: Some(secret.clone()), ..with_user("me", Some(secret.clone())) }, "both"),
        (with_user("me", Some(dir.path().join("none"))), "cannot read"),
        (with_user("me", Some(empty.clone())), "must hold one line"),
        (token(&empty), "must hold one line"),
        (token(&two), "must hold one line"),
        (token(&binary), "another character no token has"),
        (InfluxSettings { ca_file: Some(secret.clone()), ..url("https://127.0.0.1:8086") }, "--influx-ca-file"),
        (v2(token(&secret)), "--influx-org"),
        (v2(InfluxSettings { org: Some("us".into()), ..with_user("me", Some(secret.clone())) }), "--influx-token-file"),
    ];
    for (settings, expected) in cases {
        let Err(ServerError::Refused(text)) = Influx::open(&settings, 1, dir.path()) else { panic!("{settings:?}") };
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
    Influx::open(&token(&secret), 1, dir.path()).unwrap();
}
