//! The committed proxy before a real engine: what Foghorn asks passes at once, whatever else is tried does not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use foghorn_tests::cast::Player;
use foghorn_tests::stack::{self, Stack};
use foghorn_tests::wait;
use jiff::Timestamp;
use xtask::docker::docker;
use xtask::process;

const LIMIT: Duration = Duration::from_secs(10);
/// A buffer that has to fill first would hold a slow container's lines for minutes.
const AT_ONCE: Duration = Duration::from_secs(1);

#[test]
fn the_proxy_passes_what_foghorn_asks_at_once_and_refuses_all_else() {
    let Some(parts) = stack::parts() else { return };
    let stack = Stack::new(parts, "none").unwrap();
    stack.up("proxy").unwrap();
    let proxy = stack.proxy_address().unwrap();
    let ping = || Ok(TcpStream::connect(proxy).is_ok().then(|| status(proxy, &get("/_ping"))));
    assert_eq!(wait::until("the proxy", LIMIT, ping).unwrap(), 200);
    let slow = Player::start("worker", &["--rate", "2"]).unwrap();
    let id = process::text(docker().args(["inspect", "--format", "{{.Id}}", slow.name()])).unwrap();

    for path in allowed(&id) {
        assert_eq!(status(proxy, &get(&path)), 200, "{path}");
    }
    for request in forbidden(&id, slow.name()) {
        let status = status(proxy, &request);
        assert!((400..500).contains(&status), "{request:?} was answered {status}");
    }
    let two = format!("{}{}", get("/_ping"), lines(&format!("DELETE /containers/{id}?force=1"), &[]));
    assert!(exchange(proxy, &two).contains("HTTP/1.1 403 "), "the second request on a connection is looked at too");
    let running = process::text(docker().args(["inspect", "--format", "{{.State.Running}}", &id])).unwrap();
    assert_eq!(running, "true", "nothing that was tried reached it");

    logs_come_at_once(proxy, &id);
    events_come_at_once(proxy);
}

fn allowed(id: &str) -> Vec<String> {
    let filters = "%7B%22type%22%3A%5B%22container%22%5D%7D";
    vec![
        "/_ping".into(),
        "/version".into(),
        "/v1.24/version".into(),
        "/info".into(),
        "/containers/json".into(),
        "/v1.41/containers/json?all=true&size=false".into(),
        format!("/containers/{id}/json"),
        format!("/containers/{id}/logs?stdout=true&stderr=true&timestamps=true&since=0&tail=1"),
        format!("/events?since=0&until=1&filters={filters}"),
    ]
}

/// Every other method, every other path, and every spelling of a path that the engine might read in its own way.
fn forbidden(id: &str, name: &str) -> Vec<String> {
    let mut requests = Vec::new();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "get", "GETS"] {
        requests.push(lines(&format!("{method} /containers/json"), &[]));
    }
    for act in ["stop", "kill", "restart", "pause", "exec", "rename?name=x", "attach?stream=1", "update", "wait"] {
        requests.push(lines(&format!("POST /containers/{id}/{act}"), &[]));
    }
    requests.push(lines(&format!("DELETE /containers/{id}?force=1"), &[]));
    requests.push(lines("POST /containers/create", &["Content-Type: application/json", "Content-Length: 0"]));
    let of_container =
        ["export", "archive?path=/etc", "top", "stats", "changes", "attach/ws", "json/", "logs/x", "json;x"];
    requests.extend(of_container.map(|what| get(&format!("/containers/{id}/{what}"))));
    let elsewhere = [
        "/",
        "/images/json",
        "/volumes",
        "/networks",
        "/secrets",
        "/configs",
        "/swarm",
        "/nodes",
        "/services",
        "/tasks",
        "/plugins",
        "/system/df",
        "/distribution/x/json",
        "/session",
        "/grpc",
        "/exec/1/json",
        "/images/get?names=x",
    ];
    requests.extend(elsewhere.map(get));
    let spelt = [
        "//version",
        "/v1.41//version",
        "/./version",
        "/version/",
        "/version/.",
        "/VERSION",
        "/%76ersion",
        "/version%00",
        "/version%0a",
        "/version?x=1",
        "/v1.41/../version",
        "/v2.0/version",
        "/v1.41/_ping",
        "/_ping/../images/json",
        "/containers/json/../../images/json",
        "/images/../containers/json",
        "/containers/json%2f..%2f..%2fimages%2fjson",
        "/containers/json\\..\\..\\images\\json",
        "/containers/json?a=<b>",
        "/containers/json?a=%0d%0aPOST /x",
        "version",
        "http://engine/images/json",
        "http://engine//version",
    ];
    requests.extend(spelt.map(get));
    let other_ids = [format!("{id}%2f..%2f.."), format!("..%2f{id}"), name.into(), id[..12].into(), id.to_uppercase()];
    requests.extend(other_ids.iter().map(|other| get(&format!("/containers/{other}/json"))));
    requests.push(get(&format!("/containers/{id}/../../images/json")));
    let heads: [&[&str]; 5] = [
        &["Connection: Upgrade", "Upgrade: tcp"],
        &["Connection: Upgrade", "Upgrade: h2c"],
        &["Content-Length: 5", "", "abcde"],
        &["Transfer-Encoding: chunked", "", "5", "abcde", "0", ""],
        &["Content-Length: 5", "Transfer-Encoding: chunked", "", "0", ""],
    ];
    requests.extend(heads.map(|head| lines("GET /_ping", head)));
    requests
}

fn get(path: &str) -> String {
    lines(&format!("GET {path}"), &["Content-Length: 0"])
}

fn lines(request: &str, further: &[&str]) -> String {
    format!("{request} HTTP/1.1\r\nHost: engine\r\n{}\r\n\r\n", further.join("\r\n"))
}

fn status(proxy: SocketAddr, request: &str) -> u16 {
    let answer = exchange(proxy, request);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("{request:?} was answered {answer:?}"))
}

/// What comes until nothing more comes for a moment.
fn exchange(proxy: SocketAddr, request: &str) -> String {
    let mut stream = send(proxy, request);
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let (mut answer, mut bytes, end) = (Vec::new(), [0; 4_096], Instant::now() + LIMIT);
    while Instant::now() < end && answer.len() < 1 << 20 {
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&bytes[..count]),
            Err(_) if answer.is_empty() => {}
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn send(proxy: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect_timeout(&proxy, LIMIT).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Reads until `found` sees what it looks for.
fn read_until<T>(stream: &mut TcpStream, found: impl Fn(&str) -> Option<T>) -> T {
    let (mut answer, mut bytes, end) = (Vec::new(), [0; 4_096], Instant::now() + LIMIT);
    loop {
        let count = stream.read(&mut bytes).unwrap();
        answer.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&answer);
        if let Some(found) = found(&text) {
            return found;
        }
        assert!(count > 0 && Instant::now() < end, "it did not come: {text}");
    }
}

/// The container writes two lines a second; each has the engine's stamp, so its way here can be timed.
fn logs_come_at_once(proxy: SocketAddr, id: &str) {
    let path = format!("/containers/{id}/logs?follow=true&stdout=true&stderr=true&timestamps=true&tail=0");
    let mut stream = send(proxy, &get(&path));
    for number in 1..=3 {
        let stamps = |text: &str| -> Vec<Timestamp> { text.split_whitespace().filter_map(stamp).collect() };
        let last = read_until(&mut stream, |text| stamps(text).get(number - 1).copied());
        let late = Timestamp::now().duration_since(last);
        assert!(late < AT_ONCE.try_into().unwrap(), "line {number} took {late} to come");
    }
}

/// A frame's head stands before the stamp without a space between.
fn stamp(word: &str) -> Option<Timestamp> {
    word.get(word.len().checked_sub(30)?..)?.parse().ok()
}

fn events_come_at_once(proxy: SocketAddr) {
    let mut stream = send(proxy, &get("/events?filters=%7B%22event%22%3A%5B%22start%22%5D%7D"));
    let player = Player::start("web", &[]).unwrap();
    let begin = Instant::now();
    read_until(&mut stream, |text| text.contains(player.name()).then_some(()));
    assert!(begin.elapsed() < AT_ONCE, "the event took {:?} to come", begin.elapsed());
}
