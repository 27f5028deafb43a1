//! E-mail over SMTP: plain text, one thread an alert.

use std::time::Duration;

use lettre::message::header::{ContentType, MessageId};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{AsyncTransport as _, Tokio1Executor};

use super::Outcome;
use super::words::{line, plain, title};
use crate::notify::notice::Notice;
use crate::settings::sinks::{EmailSettings, EmailTls};

/// For each step of the conversation.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Characters of the reason and of each line: RFC 5322 allows 998 bytes a line.
const CHARS_MAX: usize = 240;

const SAID_CHARS_MAX: usize = 200;

pub(super) async fn send(settings: &EmailSettings, ca_pem: Option<&[u8]>, notice: &Notice) -> Outcome {
    let message = match message(settings, notice) {
        Ok(message) => message,
        Err(why) => return Outcome::Refused(why),
    };
    let transport = match transport(settings, ca_pem) {
        Ok(transport) => transport,
        Err(error) => return Outcome::Refused(said(&error)),
    };
    let sent = tokio::time::timeout(3 * TIME_MAX, transport.send(message)).await;
    match sent {
        Err(_) => Outcome::Later { why: "the server took too long".into(), after: None },
        Ok(Ok(response)) => {
            let text: Vec<&str> = response.message().collect();
            Outcome::Delivered(line(&format!("{} {}", response.code(), text.join(" ")), SAID_CHARS_MAX))
        }
        Ok(Err(error)) if error.is_permanent() => Outcome::Refused(said(&error)),
        Ok(Err(error)) => Outcome::Later { why: said(&error), after: None },
    }
}

/// Headers are made by the mail library out of our own words: what it does not allow in one cannot get there.
fn message(settings: &EmailSettings, notice: &Notice) -> Result<Message, String> {
    let domain = settings.from.email.domain();
    let thread = format!("<{}.{}@{domain}>", notice.fingerprint, notice.alert);
    let mut builder = Message::builder()
        .from(settings.from.clone())
        .subject(format!("Foghorn: {}", title(notice)))
        .header(MessageId::from(format!("<{}@{domain}>", notice.key)))
        // The same for all notices of an alert, whether that message exists or not.
        .references(thread.clone())
        .in_reply_to(thread)
        .header(ContentType::TEXT_PLAIN);
    for to in &settings.to {
        builder = builder.to(to.clone());
    }
    builder.body(plain(notice, CHARS_MAX)).map_err(|error| error.to_string())
}

fn transport(settings: &EmailSettings, ca_pem: Option<&[u8]>) -> Result<AsyncSmtpTransport<Tokio1Executor>, SmtpError> {
    let parameters = || {
        let mut builder = TlsParameters::builder(settings.host.clone());
        if let Some(pem) = ca_pem {
            builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
        }
        builder.build()
    };
    let tls = match settings.tls {
        EmailTls::None => Tls::None,
        EmailTls::Starttls => Tls::Required(parameters()?),
        EmailTls::Implicit => Tls::Wrapper(parameters()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
        .port(settings.port)
        .tls(tls)
        .timeout(Some(TIME_MAX));
    if let Some((user, password)) = &settings.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
    }
    Ok(builder.build())
}

/// An error with its cause, on one line.
fn said(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    line(&text, SAID_CHARS_MAX)
}

/// An address as people write it: `ops@example.org` or `Ops <ops@example.org>`.
pub(crate) fn mailbox(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}
