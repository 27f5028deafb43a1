//! Reads from the host's own address. Plain HTTP/1.0 over loopback, so that no client library is needed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// `GET path`; anything but 200 is an error.
pub fn get(address: SocketAddr, path: &str) -> Result<Value> {
    let body = text(address, path)?;
    serde_json::from_str(&body).with_context(|| format!("GET http://{address}{path} did not answer json: {body:.200}"))
}

/// As `get`, for what is no JSON.
pub fn text(address: SocketAddr, path: &str) -> Result<String> {
    exchange(address, path).with_context(|| format!("GET http://{address}{path}"))
}

fn exchange(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no body")?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        bail!("answered {status}");
    }
    Ok(body.to_owned())
}

/// An address on loopback where nobody listens right now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // All of it: a connection that is closed with something unread is reset, and the answer is lost.
            let head = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            assert_eq!(head.count(), 2);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn json_is_read_and_other_answers_are_errors() {
        assert_eq!(get(answering("HTTP/1.0 200 OK\r\nA: b\r\n\r\n{\"a\":1}"), "/").unwrap()["a"], 1);
        let error = format!("{:#}", get(answering("HTTP/1.0 404 Not Found\r\n\r\n"), "/x").unwrap_err());
        assert!(error.contains("/x") && error.contains("404"), "{error}");
        assert!(get(answering("HTTP/1.0 200 OK\r\n\r\n<html>"), "/").is_err());
    }
}
