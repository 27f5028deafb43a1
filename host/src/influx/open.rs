//! From settings to a server: what can be found wrong without asking it is found here.

use std::path::Path;

use tokio::sync::OnceCell;
use url::Url;

use super::Influx;
use super::detect::detect;
use super::dialect::Dialect;
use super::http::{Http, Login};
use super::marker::Marker;
use super::rejected::Rejected;
use super::v1::V1;
use super::v2::V2;
use crate::settings::only_line;
use crate::settings::servers::{InfluxApi, InfluxSettings};
use crate::spool::ServerError;

/// What a dialect is made of.
#[derive(Debug)]
pub(super) struct Access {
    http: Http,
    api: InfluxApi,
    bucket: String,
    org: Option<String>,
    ca_pem: Option<Vec<u8>>,
    gzip: bool,
}

impl Influx {
    /// Checks the settings and reads the files they name; asks nothing of the server yet. `store_id` keeps the points of
    /// this data directory apart from those of others; refused points are kept in `data_dir`.
    pub fn open(settings: &InfluxSettings, store_id: u64, data_dir: &Path) -> Result<Self, ServerError> {
        let login = login(settings)?;
        if settings.api == InfluxApi::V2 {
            needs_of_v2(settings.org.as_deref(), &login)?;
        }
        let ca_pem = settings.ca_file.as_deref().map(|file| read("influx-ca-file", file)).transpose()?;
        Ok(Self {
            access: Access {
                http: Http::open(url_of(&settings.url)?, login, ca_pem.as_deref())?,
                api: settings.api,
                bucket: name("influx-bucket", &settings.bucket)?.to_owned(),
                org: settings.org.clone(),
                ca_pem,
                gzip: settings.gzip,
            },
            dialect: OnceCell::new(),
            store: format!("{store_id:016x}"),
            batch_lines: settings.batch_lines as usize,
            marker: Marker::default(),
            rejected: Rejected::new(data_dir),
        })
    }

    /// The dialect of this server. Where it is to be found out, the server is asked until it has answered once.
    pub(super) async fn dialect(&self) -> Result<&dyn Dialect, ServerError> {
        let dialect = self.dialect.get_or_try_init(|| self.access.dialect()).await?;
        Ok(dialect.as_ref())
    }
}

impl Access {
    async fn dialect(&self) -> Result<Box<dyn Dialect>, ServerError> {
        let api = match self.api {
            InfluxApi::Auto => detect(&self.http).await?,
            chosen => chosen,
        };
        match api {
            InfluxApi::V2 => self.v2(),
            InfluxApi::V1 | InfluxApi::Auto => Ok(Box::new(V1::new(self.http.clone(), self.bucket.clone(), self.gzip))),
        }
    }

    fn v2(&self) -> Result<Box<dyn Dialect>, ServerError> {
        let (org, token) = needs_of_v2(self.org.as_deref(), self.http.login())?;
        let ca_pem = self.ca_pem.as_deref();
        Ok(Box::new(V2::open(self.http.base(), org, &self.bucket, token, ca_pem, self.gzip)?))
    }
}

/// Organization and token.
fn needs_of_v2<'a>(org: Option<&'a str>, login: &'a Login) -> Result<(&'a str, &'a str), ServerError> {
    match (org, login) {
        (None, _) => refused("InfluxDB 2 needs an organization; name it with --influx-org"),
        (Some(org), Login::Token(token)) => Ok((org, token)),
        _ => refused("InfluxDB 2 needs a token; write it to a file and name that with --influx-token-file"),
    }
}

fn refused<T>(text: impl Into<String>) -> Result<T, ServerError> {
    Err(ServerError::Refused(text.into()))
}

/// The URL's text is only repeated where it holds no password.
fn url_of(text: &str) -> Result<Url, ServerError> {
    const ALLOWED: &str = "--influx-url: allowed is http://HOST:PORT or https://HOST[:PORT]";
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(_) if text.contains('@') => return refused(format!("{ALLOWED}, and what was given cannot be read")),
        Err(error) => return refused(format!("{ALLOWED}, found {text:?}: {error}")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refused(
            "--influx-url holds a user or a password, which others could see; use --influx-user and --influx-password-file",
        );
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return refused(format!("{ALLOWED}, found {text:?}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused(format!("{ALLOWED} without anything after ? or #; name the database with --influx-bucket"));
    }
    Ok(url)
}

fn name<'a>(setting: &str, name: &'a str) -> Result<&'a str, ServerError> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return refused(format!("--{setting}: found {name:?}; a name is not empty and has no control characters"));
    }
    Ok(name)
}

fn login(settings: &InfluxSettings) -> Result<Login, ServerError> {
    match (&settings.user, &settings.password_file, &settings.token_file) {
        (None, None, None) => Ok(Login::None),
        (None, None, Some(file)) => Ok(Login::Token(secret("influx-token-file", file)?)),
        (Some(user), Some(file), None) => {
            let name = name("influx-user", user)?.to_owned();
            Ok(Login::User { name, password: secret("influx-password-file", file)? })
        }
        (Some(_), None, None) => {
            refused("--influx-user needs --influx-password-file, the file that holds the password")
        }
        (None, Some(_), _) => refused("--influx-password-file needs --influx-user, whose password it is"),
        (Some(_), _, Some(_)) => {
            refused("both --influx-user and --influx-token-file are given; give the one your server knows")
        }
    }
}

/// The first and only line of a file.
fn secret(setting: &str, file: &Path) -> Result<String, ServerError> {
    let text = String::from_utf8(read(setting, file)?).unwrap_or_default();
    match only_line(&text) {
        Some(secret) => Ok(secret.to_owned()),
        None => refused(format!("--{setting}: {} must hold one line of text", file.display())),
    }
}

fn read(setting: &str, file: &Path) -> Result<Vec<u8>, ServerError> {
    std::fs::read(file).or_else(|error| refused(format!("--{setting}: cannot read {}: {error}", file.display())))
}
