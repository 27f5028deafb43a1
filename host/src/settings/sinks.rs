//! Settings of who is told: `[[sink]]` and `[[route]]` tables of the file, or `--notify URL` for one-liners.

mod short;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use url::Url;

use crate::history::Severity;
use crate::notify::route::Route;
use crate::notify::sinks::mailbox;

/// A password, token or secret: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What kind of receiver it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KindName {
    Webhook,
    Slack,
    Discord,
    Alertmanager,
    Ntfy,
    Email,
    Stdout,
}

/// One `[[sink]]`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SinkLayer {
    name: String,
    kind: KindName,
    url: Option<SecretUrl>,
    /// For addresses that are secrets themselves, as those of Slack and Discord are.
    url_file: Option<PathBuf>,
    topic: Option<String>,
    token_file: Option<PathBuf>,
    secret_file: Option<PathBuf>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    from: Option<String>,
    #[serde(default)]
    to: Vec<String>,
    tls: Option<EmailTls>,
    /// Whether it is told when something is over.
    resolved: Option<bool>,
}

/// One `[[route]]`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RouteLayer {
    /// At least.
    severity: Option<Severity>,
    container: Option<String>,
    /// `KEY=VALUE` of a label of the container that begins with `foghorn.`, without that.
    label: Option<String>,
    sinks: Vec<String>,
    /// Whether the routes behind it are looked at too.
    #[serde(default)]
    r#continue: bool,
}

/// An address as it was written: may hold a password, so it is never shown as it is.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailTls {
    #[default]
    Starttls,
    Implicit,
    None,
}

/// Who is told, and by which way.
#[derive(Debug, Clone)]
pub enum SinkKind {
    Webhook { url: Url, secret: Option<Secret> },
    Slack { url: Url },
    Discord { url: Url },
    Alertmanager { url: Url, login: crate::notify::sinks::Login },
    Ntfy { url: Url, topic: String, token: Option<Secret> },
    Email(EmailSettings),
    Stdout,
}

#[derive(Debug, Clone)]
pub struct EmailSettings {
    pub host: String,
    pub port: u16,
    pub tls: EmailTls,
    pub login: Option<(String, Secret)>,
    pub from: Mailbox,
    pub to: Vec<Mailbox>,
}

#[derive(Debug, Clone)]
pub struct SinkSettings {
    pub name: String,
    pub kind: SinkKind,
    /// Whether it is told when something is over.
    pub resolved: bool,
    /// Trusted beside the system's certificates.
    pub ca_pem: Option<Vec<u8>>,
}

/// All that is said of notices.
#[derive(Debug, Clone, Default)]
pub struct Notifications {
    pub sinks: Vec<SinkSettings>,
    pub routes: Vec<Route>,
    /// Under which people reach the dashboard.
    pub public_url: Option<Url>,
}

/// Why a sink or a route cannot be used; one sentence that says what was found, what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error("sink {sink:?}: {why}")]
    Sink { sink: String, why: String },
    #[error("two sinks are called {0:?}; each needs a name of its own")]
    Twice(String),
    #[error("a route names the sink {found:?}; there are: {known}")]
    UnknownSink { found: String, known: String },
    #[error("a route has the label {0:?}; allowed is KEY=VALUE")]
    Label(String),
    #[error(
        "--notify {found}: {why}; allowed is ntfy+https://HOST/TOPIC, slack+https://…, discord+https://…, webhook+https://…, alertmanager+http://…, smtp://[USER:PASSWORD@]HOST[:PORT]?from=A&to=B, smtps://… or stdout:"
    )]
    Short { found: String, why: String },
    #[error("--public-url {0:?}: allowed is http://HOST[:PORT] or https://HOST[:PORT]")]
    PublicUrl(String),
}

/// What was written of it.
#[derive(Debug, Default)]
pub(super) struct Written<'a> {
    pub(super) short: &'a [String],
    pub(super) sinks: &'a [SinkLayer],
    pub(super) routes: &'a [RouteLayer],
    pub(super) public_url: Option<&'a str>,
}

impl Written<'_> {
    pub(super) fn check(&self) -> Result<Notifications, NotifyError> {
        let mut sinks: Vec<SinkSettings> = self.short.iter().map(|text| short::sink(text)).collect::<Result<_, _>>()?;
        for layer in self.sinks {
            let named = |why| NotifyError::Sink { sink: layer.name.clone(), why };
            sinks.push(layer.check().map_err(named)?);
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = sinks.iter().find(|sink| !names.insert(sink.name.as_str())) {
            return Err(NotifyError::Twice(twice.name.clone()));
        }
        let known: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        let routes = self.routes.iter().map(|layer| layer.check(&known)).collect::<Result<Vec<_>, _>>()?;
        let routes = if routes.is_empty() { vec![Route::all(&known)] } else { routes };
        let public_url = self.public_url.map(public_url).transpose()?;
        Ok(Notifications { routes, sinks, public_url })
    }
}

fn public_url(text: &str) -> Result<Url, NotifyError> {
    let url = web(text).map_err(|_| NotifyError::PublicUrl(text.into()))?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if is_bare { Ok(url) } else { Err(NotifyError::PublicUrl(text.into())) }
}

impl RouteLayer {
    fn check(&self, known: &[&str]) -> Result<Route, NotifyError> {
        if let Some(found) = self.sinks.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(NotifyError::UnknownSink { found: found.clone(), known: known.join(", ") });
        }
        let pair = |text: &String| {
            let (key, value) = text.split_once('=').ok_or_else(|| NotifyError::Label(text.clone()))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        Ok(Route {
            least: self.severity.unwrap_or(Severity::Warning),
            container: self.container.clone().unwrap_or_else(|| "*".into()),
            label: self.label.as_ref().map(pair).transpose()?,
            sinks: self.sinks.clone(),
            goes_on: self.r#continue,
        })
    }
}

impl SinkLayer {
    fn check(&self) -> Result<SinkSettings, String> {
        if self.name.is_empty() || !self.name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return Err("a name is made of letters, digits, - _ and .".into());
        }
        Ok(SinkSettings {
            name: self.name.clone(),
            kind: self.kind()?,
            resolved: self.resolved.unwrap_or(true),
            ca_pem: self.ca_file.as_deref().map(read).transpose()?,
        })
    }

    fn kind(&self) -> Result<SinkKind, String> {
        let token = || self.token_file.as_deref().map(secret).transpose();
        Ok(match self.kind {
            KindName::Webhook => {
                SinkKind::Webhook { url: self.web()?, secret: self.secret_file.as_deref().map(secret).transpose()? }
            }
            KindName::Slack => SinkKind::Slack { url: self.web()? },
            KindName::Discord => SinkKind::Discord { url: self.web()? },
            KindName::Alertmanager => SinkKind::Alertmanager { url: self.web()?, login: self.login()? },
            KindName::Ntfy => {
                let url = self.web()?;
                let topic = self.topic.clone().ok_or("ntfy needs a topic")?;
                SinkKind::Ntfy { url, topic: topic_of(&topic)?, token: token()? }
            }
            KindName::Email => SinkKind::Email(self.email()?),
            KindName::Stdout => SinkKind::Stdout,
        })
    }

    fn address(&self) -> Result<String, String> {
        match (&self.url, &self.url_file) {
            (Some(url), None) => Ok(url.0.clone()),
            (None, Some(file)) => Ok(secret(file)?.0),
            (Some(_), Some(_)) => Err("it has both url and url-file; one is enough".into()),
            (None, None) => Err("it needs url, or url-file for one that is a secret".into()),
        }
    }

    fn web(&self) -> Result<Url, String> {
        web(&self.address()?)
    }

    fn login(&self) -> Result<crate::notify::sinks::Login, String> {
        use crate::notify::sinks::Login;
        Ok(match (&self.token_file, &self.user, &self.password_file) {
            (None, None, None) => Login::Nobody,
            (Some(file), None, None) => Login::Token(secret(file)?),
            (None, Some(name), Some(file)) => Login::User { name: name.clone(), password: secret(file)? },
            _ => return Err("a login is token-file, or user with password-file".into()),
        })
    }

    fn email(&self) -> Result<EmailSettings, String> {
        let login = match (&self.user, &self.password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => Some((user.clone(), secret(file)?)),
            _ => return Err("a login is user with password-file".into()),
        };
        let url = Url::parse(&self.address()?).map_err(|error| error.to_string())?;
        let from = self.from.clone().into_iter().collect::<Vec<_>>();
        email(&url, self.tls, login, &from, &self.to)
    }
}

/// `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`, with what was said beside it.
fn email(
    url: &Url,
    tls: Option<EmailTls>,
    login: Option<(String, Secret)>,
    from: &[String],
    to: &[String],
) -> Result<EmailSettings, String> {
    let (usual_tls, usual_port) = match url.scheme() {
        "smtp" => (EmailTls::Starttls, 587),
        "smtps" => (EmailTls::Implicit, 465),
        other => {
            return Err(format!(
                "its address begins with {other}; allowed is smtp://HOST[:PORT] or smtps://HOST[:PORT]"
            ));
        }
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("its address has no host")?.to_owned();
    let address = |text: &String| mailbox(text).ok_or_else(|| format!("{text:?} is no mail address"));
    let from = address(from.first().ok_or("it needs from, the address that its mails come from")?)?;
    let to = to.iter().map(address).collect::<Result<Vec<_>, _>>()?;
    if to.is_empty() {
        return Err("it needs to, a list of mail addresses".into());
    }
    let tls = tls.unwrap_or(usual_tls);
    if tls == EmailTls::None && login.is_some() {
        return Err("tls is none, and a password would go over the wire as it is; allowed are starttls and implicit with a login".into());
    }
    Ok(EmailSettings { host, port: url.port().unwrap_or(usual_port), tls, login, from, to })
}

fn topic_of(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if good { Ok(text.into()) } else { Err(format!("topic {text:?}: allowed are letters, digits, - and _")) }
}

fn web(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("its address cannot be read: {error}"))?;
    match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(host)) if !host.is_empty() => Ok(url),
        (scheme, _) => Err(format!("its address begins with {scheme}; allowed is http://HOST or https://HOST")),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// The one line of a file.
fn secret(file: &Path) -> Result<Secret, String> {
    let text = String::from_utf8(read(file)?).map_err(|_| format!("{} is no text", file.display()))?;
    let line = super::only_line(&text);
    line.map(Secret::new).ok_or_else(|| format!("{} must hold one line, and not an empty one", file.display()))
}

#[cfg(test)]
mod tests;
