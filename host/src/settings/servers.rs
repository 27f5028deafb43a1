//! Settings of the servers that may keep streams and history. In the settings file each is a table: `--redis-url` is `url`
//! in `[redis]`, `--influx-token-file` is `token-file` in `[influx]`.

use std::path::PathBuf;

use super::units::{Size, Span};
use super::{SettingsError, at_least, in_range};

/// What the user wrote of Redis.
#[derive(Debug, Clone, Default, clap::Args, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedisLayer {
    /// Keep streams in Redis: redis://[USER@]HOST[:PORT][/DB], rediss:// for TLS, unix:///PATH, redis+cluster://HOST:PORT,HOST:PORT,
    /// redis+sentinel://HOST:PORT,HOST:PORT/MASTER[/DB] (both also as rediss+…)
    #[arg(id = "redis_url", long = "redis-url", env = "FOGHORN_REDIS_URL", value_name = "URL")]
    pub url: Option<String>,

    /// File that holds the password, for URLs without one
    #[arg(
        id = "redis_password_file",
        long = "redis-password-file",
        env = "FOGHORN_REDIS_PASSWORD_FILE",
        value_name = "FILE"
    )]
    pub password_file: Option<PathBuf>,

    /// Certificates (PEM) to trust instead of the system's
    #[arg(id = "redis_ca_file", long = "redis-ca-file", env = "FOGHORN_REDIS_CA_FILE", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Begin of every key [default: foghorn:]
    #[arg(id = "redis_prefix", long = "redis-prefix", env = "FOGHORN_REDIS_PREFIX", value_name = "TEXT")]
    pub prefix: Option<String>,

    /// Most lines kept in a container's stream, at least 1000 [default: 100000]
    #[arg(
        id = "redis_stream_lines",
        long = "redis-stream-lines",
        env = "FOGHORN_REDIS_STREAM_LINES",
        value_name = "N"
    )]
    pub stream_lines: Option<u32>,

    /// How long lines are kept in a stream [default: 1d]
    #[arg(id = "redis_stream_age", long = "redis-stream-age", env = "FOGHORN_REDIS_STREAM_AGE", value_name = "TIME")]
    pub stream_age: Option<Span>,
}

/// What the user wrote of InfluxDB.
#[derive(Debug, Clone, Default, clap::Args, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InfluxLayer {
    /// Keep history in InfluxDB: http://HOST:PORT or https://HOST[:PORT]
    #[arg(id = "influx_url", long = "influx-url", env = "FOGHORN_INFLUX_URL", value_name = "URL")]
    pub url: Option<String>,

    /// Which API to speak: v1 (1.x, and 3.x), v2 (2.x), or auto, which asks the server [default: auto]
    #[arg(id = "influx_api", long = "influx-api", env = "FOGHORN_INFLUX_API", value_name = "API")]
    pub api: Option<InfluxApi>,

    /// Database (v1) or bucket (v2) [default: foghorn]
    #[arg(
        id = "influx_bucket",
        long = "influx-bucket",
        visible_alias = "influx-database",
        env = "FOGHORN_INFLUX_BUCKET",
        value_name = "NAME"
    )]
    #[serde(alias = "database")]
    pub bucket: Option<String>,

    /// Organization (v2)
    #[arg(id = "influx_org", long = "influx-org", env = "FOGHORN_INFLUX_ORG", value_name = "NAME")]
    pub org: Option<String>,

    /// File that holds the token (v2, 3.x)
    #[arg(
        id = "influx_token_file",
        long = "influx-token-file",
        env = "FOGHORN_INFLUX_TOKEN_FILE",
        value_name = "FILE"
    )]
    pub token_file: Option<PathBuf>,

    /// User (v1)
    #[arg(id = "influx_user", long = "influx-user", env = "FOGHORN_INFLUX_USER", value_name = "NAME")]
    pub user: Option<String>,

    /// File that holds the user's password (v1)
    #[arg(
        id = "influx_password_file",
        long = "influx-password-file",
        env = "FOGHORN_INFLUX_PASSWORD_FILE",
        value_name = "FILE"
    )]
    pub password_file: Option<PathBuf>,

    /// Certificates (PEM) to trust beside the system's
    #[arg(id = "influx_ca_file", long = "influx-ca-file", env = "FOGHORN_INFLUX_CA_FILE", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Compress what is sent; worth it when the server is far away [default: false]
    #[arg(id = "influx_gzip", long = "influx-gzip", env = "FOGHORN_INFLUX_GZIP", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub gzip: Option<bool>,

    /// Most lines in one request, 1 to 50000 [default: 5000]
    #[arg(
        id = "influx_batch_lines",
        long = "influx-batch-lines",
        env = "FOGHORN_INFLUX_BATCH_LINES",
        value_name = "N"
    )]
    pub batch_lines: Option<u32>,

    /// How long lines may wait for company before they are sent [default: 1s]
    #[arg(
        id = "influx_flush_interval",
        long = "influx-flush-interval",
        env = "FOGHORN_INFLUX_FLUSH_INTERVAL",
        value_name = "TIME"
    )]
    pub flush_interval: Option<Span>,
}

/// Which API of InfluxDB is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InfluxApi {
    /// Asks the server
    #[default]
    Auto,
    /// /write and /query with InfluxQL
    V1,
    /// /api/v2 with Flux
    V2,
}

/// Checked settings of Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// As written; may hold a password, so it is never shown as it is.
    pub url: String,
    pub password_file: Option<PathBuf>,
    pub ca_file: Option<PathBuf>,
    pub prefix: String,
    pub stream_lines: u32,
    pub stream_age: Span,
}

/// Checked settings of InfluxDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfluxSettings {
    pub url: String,
    pub api: InfluxApi,
    pub bucket: String,
    pub org: Option<String>,
    pub token_file: Option<PathBuf>,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    pub ca_file: Option<PathBuf>,
    pub gzip: bool,
    pub batch_lines: u32,
    pub flush_interval: Span,
}

/// Where streams and history are kept beside the embedded store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    pub redis: Option<RedisSettings>,
    pub influx: Option<InfluxSettings>,
    /// Most bytes the embedded store keeps while InfluxDB holds the history.
    pub spool_size: Size,
}

impl RedisLayer {
    pub(super) fn check(self, file: Self) -> Result<Option<RedisSettings>, SettingsError> {
        let stream_lines = in_range(
            "redis-stream-lines",
            self.stream_lines.or(file.stream_lines),
            100_000,
            1_000,
            u32::MAX,
            "at least 1000",
        )?;
        let Some(url) = self.url.or(file.url) else {
            return Ok(None);
        };
        Ok(Some(RedisSettings {
            url,
            password_file: self.password_file.or(file.password_file),
            ca_file: self.ca_file.or(file.ca_file),
            prefix: self.prefix.or(file.prefix).unwrap_or_else(|| "foghorn:".into()),
            stream_lines,
            stream_age: self.stream_age.or(file.stream_age).unwrap_or(Span::from_hours(24)),
        }))
    }
}

impl InfluxLayer {
    pub(super) fn check(self, file: Self) -> Result<Option<InfluxSettings>, SettingsError> {
        let batch_lines =
            in_range("influx-batch-lines", self.batch_lines.or(file.batch_lines), 5_000, 1, 50_000, "1 to 50000")?;
        let Some(url) = self.url.or(file.url) else {
            return Ok(None);
        };
        Ok(Some(InfluxSettings {
            url,
            api: self.api.or(file.api).unwrap_or_default(),
            bucket: self.bucket.or(file.bucket).unwrap_or_else(|| "foghorn".into()),
            org: self.org.or(file.org),
            token_file: self.token_file.or(file.token_file),
            user: self.user.or(file.user),
            password_file: self.password_file.or(file.password_file),
            ca_file: self.ca_file.or(file.ca_file),
            gzip: self.gzip.or(file.gzip).unwrap_or(false),
            batch_lines,
            flush_interval: self.flush_interval.or(file.flush_interval).unwrap_or(Span::from_secs(1)),
        }))
    }
}

/// The least the spool may hold: as for the store.
pub(super) fn spool_size(written: Option<Size>) -> Result<Size, SettingsError> {
    let size = written.unwrap_or(Size::from_mib(1_024));
    at_least("spool-size", size, super::RETENTION_SIZE_MIN, "")?;
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::super::Layer;
    use super::*;

    fn check(flags: Layer, file: &str) -> Result<Servers, SettingsError> {
        let flags = Layer { data_dir: Some("/tmp/x".into()), ..flags };
        Ok(flags.check(toml::from_str(file).unwrap())?.servers)
    }

    #[test]
    fn nothing_is_sent_anywhere_by_default() {
        let servers = check(Layer::default(), "").unwrap();
        assert_eq!(servers, Servers { redis: None, influx: None, spool_size: Size::from_mib(1_024) });
    }

    #[test]
    fn each_server_is_a_table_of_the_file_and_flags_come_first() {
        let file =
            "spool-size = '64MiB'\n[redis]\nurl = 'redis://a'\nprefix = 'p:'\n[influx]\nurl = 'http://b'\napi = 'v2'";
        let flags =
            Layer { redis: RedisLayer { url: Some("redis://c".into()), ..RedisLayer::default() }, ..Layer::default() };
        let servers = check(flags, file).unwrap();
        let (redis, influx) = (servers.redis.unwrap(), servers.influx.unwrap());
        assert_eq!((redis.url.as_str(), redis.prefix.as_str(), redis.stream_lines), ("redis://c", "p:", 100_000));
        assert_eq!((influx.url.as_str(), influx.api, influx.batch_lines), ("http://b", InfluxApi::V2, 5_000));
        assert_eq!(servers.spool_size, Size::from_mib(64));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_can() {
        for (file, allowed) in [
            ("[redis]\nurl = 'redis://a'\nstream-lines = 10", "at least 1000"),
            ("[influx]\nurl = 'http://a'\nbatch-lines = 0", "1 to 50000"),
            ("spool-size = '1MiB'", "16MiB"),
        ] {
            let error = check(Layer::default(), file).unwrap_err().to_string();
            assert!(error.contains(allowed), "{error}");
        }
        let error = toml::from_str::<Layer>("[redis]\nuri = 'redis://a'").unwrap_err().to_string();
        assert!(error.contains("uri") && error.contains("password-file"), "{error}");
    }
}
