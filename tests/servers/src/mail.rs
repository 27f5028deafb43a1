//! A mail server for tests: takes mails over SMTP, with STARTTLS and a login where that is wanted, and keeps them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::tls::Authority;

/// What the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes all over a plain connection.
    Plain,
    /// Takes nothing before STARTTLS and a login.
    Strict,
    /// Is busy: 451.
    Busy,
    /// Knows nobody: 550.
    Unknown,
    /// Greets nobody.
    Silent,
}

/// A mail as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body.
    pub text: String,
    /// The login as it was sent, base64.
    pub login: Option<String>,
    pub over_tls: bool,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct MailServer {
    pub address: SocketAddr,
    /// Of the authority that signed the server's certificate, PEM.
    pub ca_pem: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    task: JoinHandle<()>,
}

impl MailServer {
    /// To be called in a tokio runtime.
    pub async fn start(manner: Manner) -> anyhow::Result<Self> {
        let authority = Authority::new()?;
        let acceptor = authority.acceptor()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, acceptor) = (Arc::clone(&kept), acceptor.clone());
                // A client that goes away ends its connection and nothing else.
                tokio::spawn(async move { drop(serve(stream, manner, &acceptor, &kept).await) });
            }
        });
        Ok(Self { address, ca_pem: authority.pem, mails, task })
    }

    /// What came so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    manner: Manner,
    acceptor: &TlsAcceptor,
    kept: &Mutex<Vec<Mail>>,
) -> std::io::Result<()> {
    if manner == Manner::Silent {
        std::future::pending::<()>().await;
    }
    stream.write_all(b"220 mail.test ESMTP\r\n").await?;
    if !talk(&mut stream, manner, false, kept).await? {
        return Ok(());
    }
    let mut stream = acceptor.accept(stream).await?;
    talk(&mut stream, manner, true, kept).await?;
    Ok(())
}

/// True where the client asked for TLS.
async fn talk(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    manner: Manner,
    over_tls: bool,
    kept: &Mutex<Vec<Mail>>,
) -> std::io::Result<bool> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail { over_tls, ..Mail::default() };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let line = line.trim_end().to_owned();
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let is_open = manner != Manner::Strict || (over_tls && mail.login.is_some());
        let answer = match verb.as_str() {
            "EHLO" if manner == Manner::Strict && !over_tls => "250-mail.test\r\n250 STARTTLS\r\n".into(),
            "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n".into(),
            "STARTTLS" => {
                stream.write_all(b"220 go ahead\r\n").await?;
                return Ok(true);
            }
            "AUTH" => {
                mail.login = line.split(' ').nth(2).map(Into::into);
                "235 welcome\r\n".into()
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(false);
            }
            _ if !is_open => "530 say STARTTLS and who you are first\r\n".into(),
            "MAIL" if manner == Manner::Busy => "451 try again later\r\n".into(),
            "MAIL" => {
                mail.from = line;
                "250 ok\r\n".into()
            }
            "RCPT" if manner == Manner::Unknown => "550 nobody of that name\r\n".into(),
            "RCPT" => {
                mail.to.push(line);
                "250 ok\r\n".into()
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                mail.text = data(&mut stream).await?;
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                "250 kept\r\n".to_owned()
            }
            _ => "250 ok\r\n".into(),
        };
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await?;
    }
}

/// Up to the line that is a dot.
async fn data(stream: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line.trim_end() == "." {
            return Ok(text);
        }
        text += line.strip_prefix('.').unwrap_or(&line);
    }
}
