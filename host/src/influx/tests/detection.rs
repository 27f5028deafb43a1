//! Which API is spoken, and what the answers of servers mean that no real one gives on demand.

use super::stub::Stub;
use super::*;
use crate::history::History as _;
use crate::spool::{PutError, ServerError};

const OK: &str = "204 No Content";

/// Answers each path as listed, the rest with 404.
fn stub(answers: &'static [(&'static str, &'static str, &'static str)]) -> Stub {
    Stub::start(move |what| {
        let found = answers.iter().find(|(path, ..)| *path == what);
        let (head, body) = found.map_or(("404 Not Found", "404 page not found\n"), |(_, head, body)| (head, body));
        (head.to_owned(), body.as_bytes().to_vec())
    })
}

async fn check(stub: &Stub, change: impl FnOnce(&mut InfluxSettings)) -> Result<String, ServerError> {
    let dir = TempDir::new().unwrap();
    let mut settings = settings(stub.url.clone());
    change(&mut settings);
    open(&settings, dir.path()).check().await
}

async fn put_to(stub: &Stub) -> Result<Place, PutError> {
    let dir = TempDir::new().unwrap();
    let settings = InfluxSettings { api: InfluxApi::V1, ..settings(stub.url.clone()) };
    open(&settings, dir.path()).put(&[(numbered(&web(), 1, 5), Place::default())]).await.pop().unwrap()
}

#[tokio::test]
async fn the_real_server_is_found_to_speak_v1() {
    let Some((_server, influx, _dir)) = begin(real::Options::default()) else { return };
    assert!(influx.check().await.unwrap().starts_with("InfluxDB 1.6.7"));
}

#[tokio::test]
async fn a_server_that_was_away_is_asked_again_for_its_version() {
    let Some((mut server, influx, _dir)) = begin(real::Options::default()) else { return };
    server.kill().unwrap();
    assert!(matches!(influx.check().await, Err(ServerError::Away(_))));
    assert!(matches!(influx.is_empty().await, Err(ServerError::Away(_))));
    server.start_again().unwrap();
    assert!(influx.is_empty().await.unwrap());
}

#[tokio::test]
async fn version_3_is_spoken_to_in_v1_with_the_token() {
    let stub = stub(&[
        ("GET /ping", "200 OK\r\nX-Influxdb-Version: 3.10.1\r\nX-Influxdb-Build: Core", "{}"),
        ("POST /write", "400 Bad Request", "{\"error\":\"incoming write was empty\"}"),
        ("GET /query", "200 OK", ""),
    ]);
    let dir = TempDir::new().unwrap();
    let token_file = dir.path().join("token");
    std::fs::write(&token_file, "apiv3_secret\n").unwrap();
    let said = check(&stub, |settings| settings.token_file = Some(token_file)).await.unwrap();
    assert!(said.starts_with("InfluxDB 3.10.1 at"), "{said}");
    let asked = stub.asked();
    assert!(
        asked.iter().all(|asked| asked.headers.contains(&"authorization: token apiv3_secret".to_owned())),
        "{asked:?}"
    );
    assert!(
        asked
            .iter()
            .any(|asked| asked.what == "GET /query" && asked.headers.contains(&"accept: application/csv".into()))
    );
}

#[tokio::test]
async fn version_3_that_wants_a_token_is_refused_with_the_cure() {
    let stub = stub(&[("GET /ping", "401 Unauthorized", "the request was not authenticated")]);
    let Err(ServerError::Refused(text)) = check(&stub, |_| {}).await else { panic!("it was let in") };
    assert!(text.contains("--influx-token-file"), "{text}");
}

#[tokio::test]
async fn version_2_is_told_by_the_header_and_by_its_health() {
    let health = ("GET /health", "200 OK", "{\"name\":\"influxdb\",\"status\":\"pass\",\"version\":\"v2.7.11\"}");
    for answers in [
        &*Vec::leak(vec![("GET /ping", "204 No Content\r\nX-Influxdb-Version: v2.7.11", "")]),
        &*Vec::leak(vec![("GET /ping", OK, ""), health]),
    ] {
        let Err(ServerError::Refused(text)) = check(&stub(answers), |_| {}).await else { panic!("it was let in") };
        assert!(text.contains("InfluxDB 2 needs an organization"), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_influxdb_is_refused_and_a_gateway_without_one_is_away() {
    let Err(ServerError::Refused(text)) = check(&stub(&[]), |_| {}).await else { panic!("it was let in") };
    assert!(text.contains("/ping: 404, /health: 404") && text.contains("--influx-api"), "{text}");
    let gateway = stub(&[("GET /ping", "502 Bad Gateway", "<html>no upstream</html>")]);
    assert!(matches!(check(&gateway, |_| {}).await, Err(ServerError::Away(_))));
}

#[tokio::test]
async fn nobody_at_the_address_is_away() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dir = TempDir::new().unwrap();
    for url in [format!("http://{free}"), "http://no-such-host.invalid:8086".into()] {
        let error = open(&settings(url.clone()), dir.path()).check().await.unwrap_err();
        assert!(matches!(&error, ServerError::Away(text) if text.contains(&url)), "{error}");
    }
}

#[tokio::test]
async fn what_may_pass_is_away_and_what_may_not_is_refused() {
    for head in ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests", "404 Not Found"] {
        let stub = Stub::start(move |_| (head.to_owned(), b"{\"error\":\"timeout\"}".to_vec()));
        let put = put_to(&stub).await;
        assert!(matches!(put, Err(PutError::Server(ServerError::Away(_)))), "{head}: {put:?}");
    }
    for (head, expected) in [
        ("302 Found\r\nLocation: http://elsewhere/", "--influx-url"),
        ("400 Bad Request", "precision"),
        ("405 Method Not Allowed", "405"),
    ] {
        let stub = Stub::start(move |_| (head.to_owned(), b"{\"error\":\"invalid precision\\u001b[31m\"}".to_vec()));
        let Err(PutError::Server(ServerError::Refused(text))) = put_to(&stub).await else { panic!("{head}") };
        assert!(text.contains(expected) && !text.contains('\u{1b}'), "{text}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_away() {
    let stub = Stub::start(|_| ("200 OK\r\nContent-Length: 99999".into(), b"name,tags,time,seq\n".to_vec()));
    let dir = TempDir::new().unwrap();
    let settings = InfluxSettings { api: InfluxApi::V1, ..settings(stub.url.clone()) };
    let read = open(&settings, dir.path()).lines(&web(), 1, 9, 9).await;
    assert!(read.is_err(), "{read:?}");
}

#[tokio::test]
async fn no_body_passes_8_mib_and_gzip_is_said() {
    let stub = Stub::start(|_| (OK.into(), Vec::new()));
    let dir = TempDir::new().unwrap();
    let text = "\u{fffd}\\".repeat(16 << 10);
    let lines: Vec<_> = (0..400).map(|number| (BEGIN_NS + number, text.as_bytes())).collect();
    let settings = InfluxSettings { api: InfluxApi::V1, ..settings(stub.url.clone()) };
    put(&open(&settings, dir.path()), &batch(&web(), &lines)).await;
    let bodies: Vec<_> = stub.asked().iter().map(|asked| asked.body.len()).collect();
    assert!(bodies.iter().all(|&bytes| bytes <= 8 << 20) && bodies.len() >= 4, "{bodies:?}");
    put(&open(&InfluxSettings { gzip: true, ..settings }, dir.path()), &batch(&web(), &lines)).await;
    let last = stub.asked().pop().unwrap();
    assert!(last.headers.contains(&"content-encoding: gzip".to_owned()));
    assert!(last.body.len() < 1 << 20 && last.body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let row = format!("m,,5,1,stdout,{},,\n", "x".repeat(1 << 20));
    let body = ["name,tags,time,seq,output,text,bytes,time_ns\n".to_owned(), row.repeat(100)].concat().into_bytes();
    let stub = Stub::start(move |_| ("200 OK".into(), body.clone()));
    let dir = TempDir::new().unwrap();
    let settings = InfluxSettings { api: InfluxApi::V1, ..settings(stub.url.clone()) };
    let influx = open(&settings, dir.path());
    let select = crate::influx::dialect::Select {
        measurement: "foghorn_line",
        store: "00",
        container: None,
        from_ns: 0,
        until_ns: 9,
        fields: crate::influx::lines::FIELDS,
        between: None,
        newest: false,
        limit: usize::MAX,
    };
    let rows = influx.dialect().await.unwrap().select(&select).await.unwrap();
    assert!((60..=66).contains(&rows.len()), "{}", rows.len());
}
