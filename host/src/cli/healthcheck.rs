//! `foghorn healthcheck`: asks `/healthz` of a running host.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[derive(Debug, Args)]
pub(super) struct HealthcheckArgs {
    /// Address of the dashboard
    #[arg(long, env = "FOGHORN_LISTEN", default_value = "127.0.0.1:7171", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
}

/// How long the host may take to answer.
const WAIT: Duration = Duration::from_secs(3);

pub(super) async fn run(args: HealthcheckArgs) -> anyhow::Result<ExitCode> {
    match tokio::time::timeout(WAIT, ask(args.listen)).await {
        Ok(Ok(answer)) if is_ours(&answer) => Ok(ExitCode::SUCCESS),
        Ok(Ok(answer)) => {
            let status = answer.lines().next().unwrap_or_default();
            anyhow::bail!("{} answers {status:?}, not as a healthy Foghorn does", args.listen)
        }
        Ok(Err(error)) => anyhow::bail!("{} does not answer: {error}", args.listen),
        Err(_) => anyhow::bail!("{} does not answer within {} s", args.listen, WAIT.as_secs()),
    }
}

/// Whether what listens there answers as Foghorn does.
pub(super) async fn is_foghorn(listen: SocketAddr) -> bool {
    matches!(tokio::time::timeout(WAIT, ask(listen)).await, Ok(Ok(answer)) if is_ours(&answer))
}

/// Many programs answer 200 to everything, or `ok` to this path; ours adds the header that stands before its every page.
fn is_ours(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let mut head = head.lines();
    head.next().is_some_and(|status| status.contains(" 200 "))
        && head.any(|header| header.eq_ignore_ascii_case("cross-origin-opener-policy: same-origin"))
        && body == "ok\n"
}

/// The whole answer. One request by hand is all that is needed of HTTP here.
async fn ask(listen: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(listen).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_answer_counts() {
        let answer = |status: &str, header: &str, body: &str| format!("HTTP/1.1 {status}\r\n{header}\r\n\r\n{body}");
        let ours = "cross-origin-opener-policy: same-origin";
        assert!(is_ours(&answer("200 OK", ours, "ok\n")));
        assert!(!is_ours(&answer("503 Service Unavailable", ours, "ok\n")));
        assert!(!is_ours(&answer("200 OK", "server: other", "ok\n")));
        assert!(!is_ours(&answer("200 OK", ours, "<html>")));
        assert!(!is_ours("HTTP/1.1 200 OK"));
    }
}
