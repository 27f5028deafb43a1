//! The v1 API: `/write` and `/query` with InfluxQL. Spoken by 1.x, and by 3.x with a token.
//!
//! Answers are CSV, in chunks, and are taken in as they come: JSON in one piece takes the server gigabytes.

mod csv;
mod influxql;

use reqwest::{Response, StatusCode};

use super::detect::version_of;
use super::dialect::{ANSWER_BYTES_MAX, Dialect, Row, Select, WriteError};
use super::http::{Http, Login, gzip};
use super::{schema, text};
use crate::spool::ServerError;
use csv::{Answer, Csv};

/// A body without points: the server checks login, right and database, and stores nothing.
const PROBE: &[u8] = b"# may we write?\n";
/// How many rows the server puts together before it sends them.
const CHUNK_ROWS: &str = "5000";

#[derive(Debug)]
pub(super) struct V1 {
    http: Http,
    database: String,
    gzip: bool,
}

impl V1 {
    pub(super) fn new(http: Http, database: String, gzip: bool) -> Self {
        Self { http, database, gzip }
    }

    async fn post(&self, body: &[u8]) -> Result<Response, ServerError> {
        let query = [("db", &*self.database), ("precision", "ns")];
        if self.gzip {
            self.http.post("/write", &query, gzip(body), Some("gzip")).await
        } else {
            self.http.post("/write", &query, body.to_vec(), None).await
        }
    }

    /// An error of `/write` that is not about points.
    fn write_error(&self, status: StatusCode, said: &str) -> ServerError {
        if is_missing_database(said) {
            return self.missing_database();
        }
        self.forbidden(status, "WRITE").unwrap_or_else(|| self.http.refused(status, said, "write"))
    }

    fn query_error(&self, status: StatusCode, said: &str) -> ServerError {
        if is_missing_database(said) {
            return self.missing_database();
        }
        self.forbidden(status, "READ").unwrap_or_else(|| self.http.refused(status, said, "read"))
    }

    fn missing_database(&self) -> ServerError {
        let create = format!("CREATE DATABASE {}", influxql::identifier(&self.database));
        ServerError::Refused(format!(
            "InfluxDB at {} has no database {:?}; make it with `{create}` (in 3.x with `influxdb3 create database`), or name \
             another with --influx-bucket",
            self.http.server(),
            self.database
        ))
    }

    /// 403 names the user's right, which somebody has to grant.
    fn forbidden(&self, status: StatusCode, right: &str) -> Option<ServerError> {
        let Login::User { name, .. } = self.http.login() else { return None };
        (status == StatusCode::FORBIDDEN).then(|| {
            let (database, user) = (influxql::identifier(&self.database), influxql::identifier(name));
            ServerError::Refused(format!(
                "user {name:?} of InfluxDB at {} has no right to {right} in database {:?}; grant both with `GRANT ALL ON \
                 {database} TO {user}`",
                self.http.server(),
                self.database
            ))
        })
    }
}

#[async_trait::async_trait]
impl Dialect for V1 {
    async fn check(&self) -> Result<String, ServerError> {
        let ping = self.http.get("/ping").await?;
        let version = version_of(&ping).map_or_else(String::new, |version| format!(" {}", text::said(version)));
        let probe = self.post(PROBE).await?;
        let status = probe.status();
        // Servers that want at least one point say 400, after they have let us in.
        if !status.is_success() && status != StatusCode::BAD_REQUEST {
            return Err(self.write_error(status, &self.http.said(probe).await));
        }
        let newest = Select {
            measurement: schema::STORE,
            store: "",
            container: None,
            from_ns: 0,
            until_ns: 1,
            fields: &["format"],
            between: None,
            newest: true,
            limit: 1,
        };
        self.select(&newest).await?;
        let (server, database) = (self.http.server(), &self.database);
        Ok(format!("InfluxDB{version} at {server} lets us write and read in database {database:?}"))
    }

    async fn write(&self, body: &[u8]) -> Result<(), WriteError> {
        let response = self.post(body).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let said = self.http.said(response).await;
        Err(match status {
            StatusCode::PAYLOAD_TOO_LARGE => WriteError::TooLarge(text::said(&said)),
            StatusCode::BAD_REQUEST if is_about_points(&said) => WriteError::Points { reason: text::said(&said) },
            _ => self.write_error(status, &said).into(),
        })
    }

    async fn select(&self, select: &Select<'_>) -> Result<Vec<Row>, ServerError> {
        // In InfluxQL a limit of 0 is none.
        if select.limit == 0 || select.from_ns >= select.until_ns {
            return Ok(Vec::new());
        }
        let question = influxql::select(select);
        let query = [
            ("db", &*self.database),
            ("q", &question),
            ("epoch", "ns"),
            ("chunked", "true"),
            ("chunk_size", CHUNK_ROWS),
        ];
        let mut response = self.http.ask("/query", &query).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.query_error(status, &self.http.said(response).await));
        }
        let mut csv = Csv::new(select.fields);
        let mut bytes = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.http.failed(&error))? {
            csv.take(&chunk);
            bytes += chunk.len();
            if bytes >= ANSWER_BYTES_MAX {
                break;
            }
        }
        match csv.end() {
            Answer::Rows(mut rows) => {
                if select.newest {
                    rows.reverse();
                }
                Ok(rows)
            }
            Answer::Error(said) if is_missing_database(&said) => Err(self.missing_database()),
            Answer::Error(said) => {
                let server = self.http.server();
                Err(ServerError::Away(format!("InfluxDB at {server} cannot answer: {}", text::said(&said))))
            }
            Answer::Strange(what) => {
                let (server, measurement) = (self.http.server(), select.measurement);
                Err(ServerError::Refused(format!(
                    "InfluxDB at {server} answers {what} for {measurement}; does another program write there? choose a \
                     database of our own with --influx-bucket"
                )))
            }
        }
    }
}

fn is_missing_database(said: &str) -> bool {
    said.contains("database not found")
}

/// Points that cannot be parsed, whose fields have other types, that are too old, too many, or have too long a key. Other
/// reasons for 400 are about the request, and no point should be set aside for them.
fn is_about_points(said: &str) -> bool {
    said.contains("partial write") || said.contains("pars") || said.contains("dropped=")
}
