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
        Ok(Ok(status)) if status.contains(" 200 ") => Ok(ExitCode::SUCCESS),
        Ok(Ok(status)) => anyhow::bail!("{} answers {:?}", args.listen, status),
        Ok(Err(error)) => anyhow::bail!("{} does not answer: {error}", args.listen),
        Err(_) => anyhow::bail!("{} does not answer within {} s", args.listen, WAIT.as_secs()),
    }
}

/// Whether what listens there answers as Foghorn does.
pub(super) async fn is_foghorn(listen: SocketAddr) -> bool {
    matches!(tokio::time::timeout(WAIT, ask(listen)).await, Ok(Ok(status)) if status.contains(" 200 "))
}

/// The status line. One request by hand is all that is needed of HTTP here.
async fn ask(listen: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(listen).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut head = Vec::new();
    stream.take(4_096).read_to_end(&mut head).await?;
    Ok(String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned())
}
