//! What a person has to mend is refused, with cause and cure, and never with a password.

use super::*;
use crate::redis::fault::RIGHTS;

#[tokio::test]
async fn a_key_of_another_type_is_refused_for_its_container_only() {
    let Some(server) = server() else { return };
    let streams = open(&server.url());
    server.cli(&["SET", WEB_KEY, "mine"]).unwrap();
    let other = Identity::from_text("host/other");
    let batches = [(batch(1, 5), Place::default()), (batch_of(&other, 1, 5), Place::default())];
    let mut answers = streams.put(&batches).await;
    assert!(answers.pop().unwrap().is_ok());
    let text = refusal(answers.pop().unwrap());
    assert!(text.contains(WEB_KEY) && text.contains("holds a string") && text.contains("delete or rename"), "{text}");
    server.cli(&["DEL", WEB_KEY]).unwrap();
    put(&streams, batch(1, 5), &Place::default()).await.unwrap();
    // Also when it happens while connected.
    server.cli(&["DEL", WEB_KEY]).unwrap();
    server.cli(&["LPUSH", WEB_KEY, "mine"]).unwrap();
    let place = Place { next_seq: 5, note: vec![0; 8] };
    assert!(refusal(put(&streams, batch(5, 6), &place).await).contains("holds a list"));
    assert!(
        matches!(streams.read(&web(), &place, 1, 5).await, Err(ServerError::Refused(text)) if text.contains(WEB_KEY))
    );
}

#[tokio::test]
async fn a_stream_that_others_write_to_is_refused() {
    let Some(server) = server() else { return };
    server.cli(&["XADD", WEB_KEY, "*", "message", "hello"]).unwrap();
    let text = refusal(put(&open(&server.url()), batch(1, 5), &Place::default()).await);
    assert!(text.contains(WEB_KEY) && text.contains("id that Foghorn does not make"), "{text}");
    server.cli(&["DEL", WEB_KEY]).unwrap();
    server.cli(&["XADD", WEB_KEY, "1-4", "message", "hello"]).unwrap();
    let text = refusal(put(&open(&server.url()), batch(1, 5), &Place::default()).await);
    assert!(text.contains("not in the layout of Foghorn"), "{text}");
}

#[tokio::test]
async fn two_data_directories_at_one_stream_are_refused() {
    let Some(server) = server() else { return };
    let first = open(&server.url());
    let place = put(&first, batch(1, 50), &Place::default()).await.unwrap();
    let second = RedisStreams::open(&settings(&server.url()), 0xbeef).unwrap();
    put(&second, batch(1, 20), &Place::default()).await.unwrap();
    let text = refusal(put(&first, batch(50, 60), &place).await);
    assert!(text.contains("000000000000beef") && text.contains("redis-prefix"), "{text}");
}

#[tokio::test]
async fn an_old_copy_of_a_data_directory_does_not_pass_for_the_newer_one() {
    let Some(server) = server() else { return };
    let place = put(&open(&server.url()), batch(1, 500), &Place::default()).await.unwrap();
    let back = Place { next_seq: 300, ..place };
    let other_lines = Batch { lines: lines(1_300, 1_350), ..batch(300, 350) };
    let text = refusal(put(&open(&server.url()), other_lines, &back).await);
    assert!(text.contains("old copy of the data directory"), "{text}");
    assert_holds(&open(&server.url()), &web(), 1, 500).await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_never_shown() {
    let options = Options { password: Some("sesame".into()), ..Options::default() };
    let Some(server) = server_with(options) else { return };
    let port = server.port();
    let file = server.directory().join("password");
    std::fs::write(&file, "sesame\n").unwrap();
    for (url, cause) in [
        (format!("redis://127.0.0.1:{port}"), "set a password"),
        (format!("redis://:hunter2@127.0.0.1:{port}"), "check the password"),
        (format!("redis://logger:hunter2@127.0.0.1:{port}"), "check user logger"),
    ] {
        let streams = open(&url);
        let Err(ServerError::Refused(text)) = streams.check().await else { panic!("{url} is let in") };
        assert!(text.contains(cause) && text.contains(&port.to_string()), "{text}");
        let put = refusal(put(&streams, batch(1, 5), &Place::default()).await);
        assert!(!format!("{text} {put} {streams:?}").contains("hunter2"));
    }
    assert!(open(&format!("redis://:sesame@127.0.0.1:{port}")).check().await.is_ok());
    let by_file = RedisSettings { password_file: Some(file), ..settings(&server.url()) };
    assert!(RedisStreams::open(&by_file, STORE).unwrap().check().await.is_ok());
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let plain = settings("redis://localhost");
    let missing = Some(directory.path().join("missing"));
    for (settings, cause) in [
        (RedisSettings { url: "http://:hunter2@localhost".into(), ..plain.clone() }, "unknown scheme"),
        (RedisSettings { password_file: missing.clone(), ..plain.clone() }, "missing cannot be read"),
        (RedisSettings { password_file: path("empty", "\n"), ..plain.clone() }, "empty is empty"),
        (
            RedisSettings { password_file: path("two", "x"), ..settings("redis://:hunter2@localhost") },
            "take one of them out",
        ),
        (settings("redis://logger@localhost"), "names a user but no password"),
        (RedisSettings { ca_file: path("ca", "x"), ..plain }, "asks for no TLS"),
        (RedisSettings { ca_file: path("ca", "x"), ..settings("rediss://localhost") }, "holds no certificate"),
        (RedisSettings { ca_file: missing, ..settings("rediss://localhost") }, "cannot be read"),
    ] {
        let Err(ServerError::Refused(text)) = RedisStreams::open(&settings, STORE) else { panic!("{cause}: taken") };
        assert!(text.contains(cause) && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn the_rights_in_the_documentation_are_enough_and_each_is_needed() {
    // Those in parentheses are for other kinds of servers.
    let rights: Vec<_> = RIGHTS.split(" (").next().unwrap().split_whitespace().collect();
    let user = |name: &str, rights: &[&str]| format!("user {name} on >hunter2 ~foghorn:* {}", rights.join(" "));
    let mut acl = vec!["user default on nopass ~* +@all".to_string(), user("full", &rights)];
    for without in 0..rights.len() {
        let left: Vec<_> =
            rights.iter().enumerate().filter(|(index, _)| *index != without).map(|(_, right)| *right).collect();
        acl.push(user(&format!("lacks{without}"), &left));
    }
    let Some(server) = server_with(Options { acl, ..Options::default() }) else { return };
    let url = |user: &str| format!("redis://{user}:hunter2@127.0.0.1:{}", server.port());
    for (without, right) in rights.iter().enumerate() {
        let Err(ServerError::Refused(text)) = open(&url(&format!("lacks{without}"))).check().await else {
            panic!("{right} is not needed")
        };
        assert!(text.contains(&format!("'{}'", right.trim_start_matches('+'))), "{right}: {text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let streams = open(&url("full"));
    streams.check().await.unwrap();
    let place = put(&streams, batch(1, 3_000), &Place::default()).await.unwrap();
    assert_eq!(read_all(&streams, &place, 1, 1_000).await, 3_000);
    streams.acknowledge(&web(), &place, 3_000).await.unwrap();
    assert!(streams.trim(&web(), &place, 3_000, time_of(3_000)).await.unwrap().lines > 0);
    assert_eq!(server.cli(&["KEYS", "foghorn:probe*"]).unwrap(), "", "check leaves nothing");

    let elsewhere = RedisSettings { prefix: "secret:".into(), ..settings(&url("full")) };
    let refused = RedisStreams::open(&elsewhere, STORE).unwrap().check().await;
    assert!(
        matches!(&refused, Err(ServerError::Refused(text)) if text.contains("keys under redis-prefix")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_that_may_lose_streams_is_warned_of() {
    let arguments = ["--maxmemory-policy", "allkeys-lru"].map(String::from).to_vec();
    let Some(server) = server_with(Options { forgetful: true, arguments, ..Options::default() }) else { return };
    let said = open(&server.url()).check().await.unwrap();
    assert!(said.starts_with("Redis 7.") || said.starts_with("Redis "), "{said}");
    assert!(said.contains("allkeys-lru") && said.contains("persists nothing"), "{said}");
}
