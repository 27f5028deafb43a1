//! Where Redis is, as people write it. Pure: nothing is asked.
//!
//! A URL may hold a password, so no part of it is ever shown unless it was understood as a whole; `Address` shows itself
//! without user and password. Left out: files and certificates (`open`).

use std::fmt;
use std::path::PathBuf;

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26_379;
const ALLOWED: &str = "allowed are redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE], rediss:// for TLS, unix:///PATH, \
                       redis+cluster://HOST:PORT,HOST:PORT and redis+sentinel://HOST:PORT,HOST:PORT/MASTER[/DATABASE]";

/// One way to one Redis.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) kind: Kind,
    pub(super) tls: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Server(Host),
    Socket(PathBuf),
    Cluster(Vec<Host>),
    Sentinel { hosts: Vec<Host>, master: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) port: u16,
}

impl Address {
    /// The error says what is wrong and what is allowed, and quotes nothing that could be a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(format!("redis-url has no scheme; {ALLOWED}"));
        };
        let (user, password, rest) = credentials(rest)?;
        let (kind, tls, database) = match scheme {
            "unix" => socket(rest)?,
            "redis" | "rediss" => server(rest, scheme == "rediss")?,
            "redis+cluster" | "rediss+cluster" => cluster(rest, scheme == "rediss+cluster")?,
            "redis+sentinel" | "rediss+sentinel" => sentinel(rest, scheme == "rediss+sentinel")?,
            _ => return Err(format!("redis-url begins with an unknown scheme; {ALLOWED}")),
        };
        Ok(Self { kind, tls, user, password, database })
    }
}

/// Without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "rediss" } else { "redis" };
        match &self.kind {
            Kind::Server(host) => write!(f, "{scheme}://{host}")?,
            Kind::Socket(path) => write!(f, "unix://{}", path.display())?,
            Kind::Cluster(hosts) => write!(f, "{scheme}+cluster://{}", join(hosts))?,
            Kind::Sentinel { hosts, master } => write!(f, "{scheme}+sentinel://{}/{master}", join(hosts))?,
        }
        match (&self.kind, self.database) {
            (_, 0) => Ok(()),
            (Kind::Socket(_), database) => write!(f, "?db={database}"),
            (_, database) => write!(f, "/{database}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

fn join(hosts: &[Host]) -> String {
    hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

type Target = (Kind, bool, i64);

/// User, password, and what follows the `@`.
fn credentials(rest: &str) -> Result<(Option<String>, Option<String>, &str), String> {
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let Some(at) = rest[..authority_end].rfind('@') else {
        if rest.contains('@') {
            return Err(
                "redis-url holds a / before an @; write / in a user or password as %2F, @ in a path as %40".into()
            );
        }
        return Ok((None, None, rest));
    };
    let (user, password) = match rest[..at].split_once(':') {
        Some((user, password)) => (user, Some(decoded(password)?)),
        None => (&rest[..at], None),
    };
    let user = Some(decoded(user)?).filter(|user| !user.is_empty());
    Ok((user, password.filter(|password| !password.is_empty()), &rest[at + 1..]))
}

fn server(rest: &str, tls: bool) -> Result<Target, String> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains(',') {
        return Err("redis-url names several hosts; begin it with redis+cluster:// or redis+sentinel://".into());
    }
    Ok((Kind::Server(host(authority, PORT)?), tls, database(path)?))
}

fn socket(rest: &str) -> Result<Target, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.starts_with('/') {
        return Err("redis-url with unix:// wants an absolute path, such as unix:///run/redis/redis.sock".into());
    }
    let number = match query.split_once('=') {
        None if query.is_empty() => "",
        Some(("db", number)) => number,
        _ => return Err("redis-url with unix:// may end in ?db=NUMBER and in nothing else".into()),
    };
    Ok((Kind::Socket(decoded(path)?.into()), false, database(number)?))
}

fn cluster(rest: &str, tls: bool) -> Result<Target, String> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if database(path)? != 0 {
        return Err("redis-url names a database of a cluster; a cluster has database 0 only".into());
    }
    Ok((Kind::Cluster(hosts(authority, PORT)?), tls, 0))
}

fn sentinel(rest: &str, tls: bool) -> Result<Target, String> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (master, number) = path.split_once('/').unwrap_or((path, ""));
    if master.is_empty() {
        return Err("redis-url names sentinels but no master; write redis+sentinel://HOST:PORT/MASTER".into());
    }
    let kind = Kind::Sentinel { hosts: hosts(authority, SENTINEL_PORT)?, master: decoded(master)? };
    Ok((kind, tls, database(number)?))
}

fn hosts(authority: &str, port: u16) -> Result<Vec<Host>, String> {
    authority.split(',').map(|text| host(text, port)).collect()
}

/// Where no `@` came before, a text that is no host may still be a password that was written into the wrong place: it is not quoted.
fn host(text: &str, default_port: u16) -> Result<Host, String> {
    let (name, port) = match text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((name, after)) => (name, after.strip_prefix(':').or(after.is_empty().then_some(""))),
        None => text.split_once(':').map_or((text, Some("")), |(name, port)| (name, Some(port))),
    };
    let port = match port {
        Some("") => Some(default_port),
        Some(port) => port.parse().ok().filter(|&port| port > 0),
        None => None,
    };
    let plain = |character: char| character.is_alphanumeric() || "-._:%".contains(character);
    match port {
        Some(port) if !name.is_empty() && name.chars().all(plain) => Ok(Host { name: name.into(), port }),
        _ => Err(format!("redis-url holds something that is no HOST or HOST:PORT; {ALLOWED}")),
    }
}

fn database(text: &str) -> Result<i64, String> {
    match text {
        "" => Ok(0),
        _ => text
            .parse::<u16>()
            .map(i64::from)
            .map_err(|_| "redis-url ends in something that is no database number, such as /0".into()),
    }
}

/// `%2F` and the like become what they stand for.
fn decoded(text: &str) -> Result<String, String> {
    let wrong = || "redis-url holds a % that is not followed by two hex digits of UTF-8; write % as %25".to_string();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match first {
            b'%' => {
                let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or_else(wrong)?;
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).map_err(|_| wrong())?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        Address::parse(url).unwrap_or_else(|error| panic!("{url}: {error}")).to_string()
    }

    #[test]
    fn every_form_is_understood_and_shown_without_its_password() {
        for (url, expected) in [
            ("redis://cache", "redis://cache:6379"),
            ("redis://u:secret@cache:7000/3", "redis://cache:7000/3"),
            ("rediss://:secret@[::1]:7000", "rediss://[::1]:7000"),
            ("unix:///run/redis.sock?db=2", "unix:///run/redis.sock?db=2"),
            ("redis+cluster://u:secret@a:1,b:2", "redis+cluster://a:1,b:2"),
            ("rediss+sentinel://a,b:2/main/4", "rediss+sentinel://a:26379,b:2/main/4"),
        ] {
            assert_eq!(shown(url), expected);
            assert!(!format!("{:?}", Address::parse(url)).contains("secret"));
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let address = Address::parse("redis://log%40ger:p%2Fa:s%25s@cache").unwrap();
        assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("log@ger"), Some("p/a:s%s")));
        let address = Address::parse("redis://logger@cache").unwrap();
        assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("logger"), None));
    }

    #[test]
    fn what_is_wrong_is_refused_without_showing_it() {
        for url in [
            "hunter2",
            "hunter2:6379",
            "http://hunter2:80",
            "redis://",
            "redis://:hunter2",
            "redis://u:hunter2",
            "redis://u:p/hunter2@host",
            "redis://host/hunter2",
            "redis://a:1,hunter2:2",
            "redis://host:0",
            "redis://host:70000",
            "redis://u:hunter2%zz@host",
            "redis+sentinel://hunter2:1",
            "redis+cluster://hunter2:1/3",
            "unix://hunter2",
            "unix:///a?hunter2=3",
            "redis://hun ter2",
        ] {
            let error = Address::parse(url).expect_err(url);
            assert!(!error.contains("hunter2"), "{url}: {error}");
            assert!(error.starts_with("redis-url"), "{error}");
        }
    }
}
