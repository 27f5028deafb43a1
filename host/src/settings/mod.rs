//! Settings, in two steps: what the user wrote (`Layer`), then something checked that can be used (`Settings`).
//!
//! Precedence: flag > environment > settings file > default. Flags and environment share one `Layer`, read by clap; the file is a
//! second one, read by serde. Labels of a container come later and per container.

mod admin;
pub mod origin;
pub mod quiet;
pub mod servers;
pub mod sinks;
mod slots;
pub mod units;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use origin::Origins;
use quiet::{MaintenanceLayer, QuietLayer, QuietRule};
use servers::{InfluxLayer, RedisLayer, Servers};
use sinks::{Notifications, NotifyError, RouteLayer, SinkLayer, Written};
use slots::parse_sets;
pub use slots::{PipelineChoice, PluginSettings, SlotChoice};
use units::{Size, Span};

use crate::alert::lifecycle::Rule;
use crate::collect::LogFiles;
use crate::plugins::Digest;
use crate::window::WindowRule;

/// More voters cost memory and time and change hardly any median.
const VOTE_MAX: u32 = 9;

/// Shorter windows hold hardly a line, and cost as much as long ones.
const WINDOW_AGE_MIN: Span = Span::from_ms(100);

/// Below this, what is new would go before it is scored.
const RETENTION_SIZE_MIN: Size = Size::from_mib(16);

/// Below this, the process alone is near it.
const MEMORY_LIMIT_MIN: Size = Size::from_mib(64);

/// What the user wrote: by flag or environment, or in the settings file. What is not said is `None`.
#[derive(Debug, Clone, Default, clap::Args, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layer {
    /// Where all that Foghorn keeps is stored [default: /var/lib/foghorn, or ~/.local/share/foghorn for other users than root]
    #[arg(long, env = "FOGHORN_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Address of the dashboard; port 0 takes a free one [default: 127.0.0.1:7171]
    #[arg(long, env = "FOGHORN_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// Names under which browsers may ask for the dashboard, beside loopback; comma-separated
    #[arg(long, env = "FOGHORN_ALLOW_HOSTS", value_name = "NAMES", value_delimiter = ',')]
    pub allow_hosts: Option<Vec<String>>,

    /// The engine's address, unix:///PATH or tcp://HOST:PORT [default: DOCKER_HOST, else unix:///var/run/docker.sock]
    #[arg(long, env = "FOGHORN_ENGINE", value_name = "ADDRESS")]
    pub engine: Option<String>,

    /// Name of this host in identities [default: as the engine says]
    #[arg(long, env = "FOGHORN_HOST_NAME", value_name = "NAME")]
    pub host_name: Option<String>,

    /// Watch only containers labelled foghorn.enable=true
    #[arg(long, env = "FOGHORN_ONLY_ENABLED", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub only_enabled: Option<bool>,

    /// Where the engine's log files are read: auto (where it says), never, or the directory that holds one for each container [default: auto]
    #[arg(long, env = "FOGHORN_LOG_FILES", value_name = "PLACE")]
    pub log_files: Option<LogFiles>,

    /// Length of a window in time, at least 100ms [default: 30s]
    #[arg(long, env = "FOGHORN_WINDOW_AGE", value_name = "TIME")]
    pub window_age: Option<Span>,

    /// Most lines in a window, 1 to 100000 [default: 1000]
    #[arg(long, env = "FOGHORN_WINDOW_LINES", value_name = "N")]
    pub window_lines: Option<u32>,

    /// Successful cycles before the first prediction, 1 to 100 [default: 5]
    #[arg(long, env = "FOGHORN_TRAIN_CYCLES", value_name = "N")]
    pub train_cycles: Option<u32>,

    /// Time between cycles while a container is learning [default: 10m]
    #[arg(long, env = "FOGHORN_TRAIN_INTERVAL", value_name = "TIME")]
    pub train_interval: Option<Span>,

    /// Time between cycles once it is watched [default: 1h, at least the train interval]
    #[arg(long, env = "FOGHORN_RETRAIN_INTERVAL", value_name = "TIME")]
    pub retrain_interval: Option<Span>,

    /// How far back training reads history [default: 24h]
    #[arg(long, env = "FOGHORN_TRAIN_RANGE", value_name = "TIME")]
    pub train_range: Option<Span>,

    /// Fewest new windows in a cycle, 2 to 100000 [default: 20]
    #[arg(long, env = "FOGHORN_TRAIN_WINDOWS_MIN", value_name = "N")]
    pub train_windows_min: Option<u32>,

    /// Most windows in a cycle's matrix, 16 to 100000 [default: 4096]
    #[arg(long, env = "FOGHORN_TRAIN_WINDOWS_MAX", value_name = "N")]
    pub train_windows_max: Option<u32>,

    /// Generations kept for each container, 1 to 100 [default: 5]
    #[arg(long, env = "FOGHORN_GENERATIONS", value_name = "N")]
    pub generations: Option<u32>,

    /// Generations that judge together: a window's score is the median of what the newest N give, 1 to 9, at most the generations kept [default: 1]
    #[arg(long, env = "FOGHORN_VOTE", value_name = "N")]
    pub vote: Option<u32>,

    /// An alert is resolved when its signs were absent for this long [default: 10m, at least the window age]
    #[arg(long, env = "FOGHORN_RESOLVE_AFTER", value_name = "TIME")]
    pub resolve_after: Option<Span>,

    /// How long lines, windows and resolved alerts are kept [default: 7d]
    #[arg(long, env = "FOGHORN_RETENTION_AGE", value_name = "TIME")]
    pub retention_age: Option<Span>,

    /// Most bytes of lines kept; the oldest go first; at least 16MiB [default: 4GiB]
    #[arg(long, env = "FOGHORN_RETENTION_SIZE", value_name = "SIZE")]
    pub retention_size: Option<Size>,

    /// Resident memory near which reading and training wait until there is room; at least 64MiB [default: 85 % of the container's limit, else none]
    #[arg(long, env = "FOGHORN_MEMORY_LIMIT", value_name = "SIZE")]
    pub memory_limit: Option<Size>,

    #[command(flatten)]
    #[serde(default)]
    pub redis: RedisLayer,

    #[command(flatten)]
    #[serde(default)]
    pub influx: InfluxLayer,

    /// Most bytes of lines kept here while InfluxDB holds the history: what waits for a server that is away; at least 16MiB [default: 1GiB]
    #[arg(long, env = "FOGHORN_SPOOL_SIZE", value_name = "SIZE")]
    pub spool_size: Option<Size>,

    #[command(flatten)]
    #[serde(default)]
    pub alert: QuietLayer,

    /// Tell of alerts there, such as ntfy+https://HOST/TOPIC; comma-separated, may be repeated; the file has [[sink]] and [[route]] for more
    #[arg(long, env = "FOGHORN_NOTIFY", value_name = "URL", value_delimiter = ',')]
    pub notify: Option<Vec<String>>,

    /// Address under which people reach the dashboard, for links in notices
    #[arg(long, env = "FOGHORN_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Who is told: tables [[sink]] and [[route]] of the file.
    #[arg(skip)]
    #[serde(default)]
    pub sink: Vec<SinkLayer>,
    #[arg(skip)]
    #[serde(default)]
    pub route: Vec<RouteLayer>,

    /// Times in which nothing is told: tables [[maintenance]] of the file.
    #[arg(skip)]
    #[serde(default)]
    pub maintenance: Vec<MaintenanceLayer>,

    /// Directory of further components (*.wasm); one named like a built-in replaces it
    #[arg(long, env = "FOGHORN_PLUGINS_DIR", value_name = "DIR")]
    pub plugins_dir: Option<PathBuf>,

    /// File whose one line, of at least 16 characters, is asked for where a plugin is uploaded with a browser; without it, none can be
    #[arg(long, env = "FOGHORN_ADMIN_TOKEN_FILE", value_name = "FILE")]
    pub admin_token_file: Option<PathBuf>,

    /// The vectorizer, NAME or NAME@VERSION or sha256:DIGEST [default: vectorizer]
    #[arg(long, env = "FOGHORN_VECTORIZER", value_name = "PLUGIN")]
    pub vectorizer: Option<String>,

    /// The detector [default: iforest]
    #[arg(long, env = "FOGHORN_DETECTOR", value_name = "PLUGIN")]
    pub detector: Option<String>,

    /// The thresholds plugin [default: thresholds]
    #[arg(long, env = "FOGHORN_THRESHOLDS", value_name = "PLUGIN")]
    pub thresholds: Option<String>,

    /// Faults of a plugin within an hour, on all containers together, after which it is quarantined, 1 to 1000 [default: 3]
    #[arg(long, env = "FOGHORN_PLUGIN_FAULTS", value_name = "N")]
    pub plugin_faults: Option<u32>,

    /// A setting of a plugin, SLOT.KEY=VALUE such as detector.trees=200; may be repeated
    #[arg(long = "set", value_name = "SLOT.KEY=VALUE")]
    #[serde(skip)]
    pub set: Vec<String>,

    /// Plugin settings of the file: tables [vectorizer-settings], [detector-settings], [thresholds-settings].
    #[arg(skip)]
    #[serde(default)]
    pub vectorizer_settings: BTreeMap<String, toml::Value>,
    #[arg(skip)]
    #[serde(default)]
    pub detector_settings: BTreeMap<String, toml::Value>,
    #[arg(skip)]
    #[serde(default)]
    pub thresholds_settings: BTreeMap<String, toml::Value>,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("setting {key} is {found}; allowed is {allowed}")]
    Value { key: &'static str, found: String, allowed: &'static str },
    #[error("setting {key} is {found}; allowed is at least {allowed}")]
    Least { key: &'static str, found: String, allowed: String },
    #[error(
        "--set {found}: allowed is SLOT.KEY=VALUE with the slot vectorizer, detector or thresholds, such as detector.trees=200"
    )]
    Set { found: String },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("settings file {} is not valid: {source}", path.display())]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
    #[error(transparent)]
    Notify(#[from] NotifyError),
    #[error("no home directory to keep data in; name one with --data-dir DIR or FOGHORN_DATA_DIR")]
    NoDataDir,
}

/// When and on what a container is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainRule {
    pub cycles: u32,
    pub interval: Span,
    pub retrain_interval: Span,
    pub range: Span,
    pub windows_min: u32,
    pub windows_max: u32,
    pub generations: u32,
    /// Generations that judge together.
    pub vote: u32,
}

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    pub allow_hosts: Vec<String>,
    pub engine: Option<String>,
    pub host_name: Option<String>,
    pub only_enabled: bool,
    pub log_files: LogFiles,
    pub window: WindowRule,
    pub train: TrainRule,
    pub resolve_after: Span,
    /// What is told when.
    pub quiet: QuietRule,
    /// How often the canary flies; `None` where it does not.
    pub canary: Option<Span>,
    /// Who is told.
    pub notifications: Notifications,
    pub retention_age: Span,
    pub retention_size: Size,
    /// Most resident memory; `None` where nothing is said.
    pub memory_limit: Option<Size>,
    pub servers: Servers,
    pub plugins_dir: Option<PathBuf>,
    /// SHA-256 of what is asked for where plugins are uploaded; `None`: nothing can be.
    pub admin_token: Option<Digest>,
    pub pipeline: PipelineChoice,
    /// Where what is shown on a container's page was written.
    pub origins: Origins,
    /// Faults of a plugin after which it is quarantined.
    pub plugin_faults: u32,
}

impl Settings {
    /// How long alerts last: what comes within two windows is one incident.
    pub fn alert_rule(&self) -> Rule {
        Rule { resolve_after_ns: self.resolve_after.as_ns(), together_ns: self.window.age_ns.saturating_mul(2) }
    }
}

impl Layer {
    /// Reads a settings file. The error names the line and the key.
    pub fn from_file(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Read { path: path.into(), source })?;
        toml::from_str(&text).map_err(|source| SettingsError::Parse { path: path.into(), source: Box::new(source) })
    }

    /// Checks what was written here, and where nothing was, in `file`, and fills in the defaults.
    pub fn check(self, file: Self) -> Result<Settings, SettingsError> {
        let origins = Origins::find(&self, &file);
        let interval = self.train_interval.or(file.train_interval).unwrap_or(Span::from_mins(10));
        let generations = in_range("generations", self.generations.or(file.generations), 5, 1, 100, "1 to 100")?;
        let train = TrainRule {
            cycles: in_range("train-cycles", self.train_cycles.or(file.train_cycles), 5, 1, 100, "1 to 100")?,
            interval,
            retrain_interval: self
                .retrain_interval
                .or(file.retrain_interval)
                .unwrap_or_else(|| Span::from_hours(1).max(interval)),
            range: self.train_range.or(file.train_range).unwrap_or(Span::from_hours(24)),
            windows_min: in_range(
                "train-windows-min",
                self.train_windows_min.or(file.train_windows_min),
                20,
                2,
                100_000,
                "2 to 100000",
            )?,
            windows_max: in_range(
                "train-windows-max",
                self.train_windows_max.or(file.train_windows_max),
                4_096,
                16,
                100_000,
                "16 to 100000",
            )?,
            generations,
            vote: in_range(
                "vote",
                self.vote.or(file.vote),
                1,
                1,
                generations.min(VOTE_MAX),
                "1 to 9, and at most the generations that are kept",
            )?,
        };
        let lines_max =
            in_range("window-lines", self.window_lines.or(file.window_lines), 1_000, 1, 100_000, "1 to 100000")?;
        let window_age = self.window_age.or(file.window_age).unwrap_or(Span::from_secs(30));
        at_least("window-age", window_age, WINDOW_AGE_MIN, "")?;
        let window = WindowRule { age_ns: window_age.as_ns(), lines_max };
        let resolve_after =
            self.resolve_after.or(file.resolve_after).unwrap_or_else(|| Span::from_mins(10).max(window_age));
        at_least("resolve-after", resolve_after, window_age, "window-age, ")?;
        let retention_size = self.retention_size.or(file.retention_size).unwrap_or(Size::from_mib(4_096));
        at_least("retention-size", retention_size, RETENTION_SIZE_MIN, "")?;
        let memory_limit = self.memory_limit.or(file.memory_limit);
        memory_limit.map_or(Ok(()), |size| at_least("memory-limit", size, MEMORY_LIMIT_MIN, ""))?;
        let sets = parse_sets(&self.set)?;
        let vectorizer = (self.vectorizer, file.vectorizer);
        let (detector, thresholds) = ((self.detector, file.detector), (self.thresholds, file.thresholds));
        let pipeline = PipelineChoice {
            vectorizer: SlotChoice::new(("vectorizer", "vectorizer"), vectorizer, &file.vectorizer_settings, &sets),
            detector: SlotChoice::new(("detector", "iforest"), detector, &file.detector_settings, &sets),
            thresholds: SlotChoice::new(("thresholds", "thresholds"), thresholds, &file.thresholds_settings, &sets),
        };
        Ok(Settings {
            data_dir: match self.data_dir.or(file.data_dir) {
                Some(dir) => dir,
                None => default_data_dir()?,
            },
            listen: self.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7171))),
            allow_hosts: self.allow_hosts.or(file.allow_hosts).unwrap_or_default(),
            engine: self.engine.or(file.engine),
            host_name: self.host_name.or(file.host_name),
            only_enabled: self.only_enabled.or(file.only_enabled).unwrap_or(false),
            log_files: self.log_files.or(file.log_files).unwrap_or_default(),
            window,
            train,
            resolve_after,
            notifications: Written {
                short: self.notify.as_ref().or(file.notify.as_ref()).map_or(&[], Vec::as_slice),
                sinks: &file.sink,
                routes: &file.route,
                public_url: self.public_url.as_deref().or(file.public_url.as_deref()),
            }
            .check()?,
            canary: quiet::canary(self.alert.canary.as_deref().or(file.alert.canary.as_deref()))?,
            quiet: self.alert.check(&file.alert, &file.maintenance)?,
            retention_age: self.retention_age.or(file.retention_age).unwrap_or(Span::from_hours(7 * 24)),
            retention_size,
            memory_limit,
            servers: Servers {
                redis: self.redis.check(file.redis)?,
                influx: self.influx.check(file.influx)?,
                spool_size: servers::spool_size(self.spool_size.or(file.spool_size))?,
            },
            plugins_dir: self.plugins_dir.or(file.plugins_dir),
            admin_token: self.admin_token_file.or(file.admin_token_file).as_deref().map(admin::token).transpose()?,
            pipeline,
            origins,
            plugin_faults: in_range(
                "plugin-faults",
                self.plugin_faults.or(file.plugin_faults),
                3,
                1,
                1_000,
                "1 to 1000",
            )?,
        })
    }
}

/// The first and only line of a file that holds a secret; `None` where it is empty or there are more.
pub(crate) fn only_line(text: &str) -> Option<&str> {
    let line = text.trim_end_matches(['\r', '\n']);
    (!line.is_empty() && !line.contains(['\r', '\n'])).then_some(line)
}

fn in_range(
    key: &'static str,
    written: Option<u32>,
    default: u32,
    least: u32,
    most: u32,
    allowed: &'static str,
) -> Result<u32, SettingsError> {
    let value = written.unwrap_or(default);
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(SettingsError::Value { key, found: value.to_string(), allowed })
    }
}

/// `called` is what the least value is known as, where it is another setting.
fn at_least<T: PartialOrd + Display + Copy>(
    key: &'static str,
    value: T,
    least: T,
    called: &str,
) -> Result<(), SettingsError> {
    if value >= least {
        Ok(())
    } else {
        Err(SettingsError::Least { key, found: value.to_string(), allowed: format!("{called}{least}") })
    }
}

fn default_data_dir() -> Result<PathBuf, SettingsError> {
    if rustix::process::geteuid().is_root() {
        return Ok("/var/lib/foghorn".into());
    }
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    base.map(|base| base.join("foghorn")).ok_or(SettingsError::NoDataDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Layer {
        toml::from_str(text).unwrap()
    }

    fn with_data_dir() -> Layer {
        Layer { data_dir: Some("/tmp/x".into()), ..Layer::default() }
    }

    #[test]
    fn defaults_hold_where_nothing_is_said() {
        let settings = with_data_dir().check(Layer::default()).unwrap();
        assert_eq!(settings.train.cycles, 5);
        assert_eq!(settings.window, WindowRule { age_ns: 30_000_000_000, lines_max: 1_000 });
        assert_eq!(settings.pipeline.detector.plugin(), "iforest");
        assert!(settings.listen.ip().is_loopback());
    }

    #[test]
    fn a_flag_outranks_the_file() {
        let flags = Layer { window_age: Some(Span::from_secs(5)), ..with_data_dir() };
        let settings = flags.check(file("window-age = \"1m\"\ntrain-cycles = 7")).unwrap();
        assert_eq!(settings.window.age_ns, 5_000_000_000);
        assert_eq!(settings.train.cycles, 7);
    }

    #[test]
    fn a_value_out_of_range_is_named_with_what_is_allowed() {
        let flags = Layer { train_cycles: Some(0), ..with_data_dir() };
        let error = flags.check(Layer::default()).unwrap_err();
        assert_eq!(error.to_string(), "setting train-cycles is 0; allowed is 1 to 100");
    }

    #[test]
    fn an_unknown_key_of_the_file_is_refused_by_name() {
        let error = toml::from_str::<Layer>("window-agee = \"1m\"").unwrap_err();
        assert!(error.to_string().contains("window-agee"), "{error}");
    }

    #[test]
    fn plugin_settings_of_the_file_are_overridden_by_set() {
        let flags = Layer { set: vec!["detector.trees=200".into()], ..with_data_dir() };
        let written = file("[detector-settings]\ntrees = 50\nsplit = \"uniform\"");
        let settings = flags.check(written).unwrap();
        let expected = [("split".to_owned(), "uniform".to_owned()), ("trees".to_owned(), "200".to_owned())];
        assert_eq!(settings.pipeline.detector.settings, expected);
    }

    #[test]
    fn a_set_without_a_slot_is_refused() {
        let flags = Layer { set: vec!["trees=200".into()], ..with_data_dir() };
        assert!(flags.check(Layer::default()).unwrap_err().to_string().contains("trees=200"));
    }

    #[test]
    fn what_is_too_small_to_work_is_refused_with_the_least_value() {
        let refused = |text: &str| with_data_dir().check(file(text)).unwrap_err().to_string();
        assert_eq!(
            refused("resolve-after = \"1s\""),
            "setting resolve-after is 1s; allowed is at least window-age, 30s"
        );
        assert_eq!(refused("window-age = \"99ms\""), "setting window-age is 99ms; allowed is at least 100ms");
        assert_eq!(refused("retention-size = \"1MiB\""), "setting retention-size is 1MiB; allowed is at least 16MiB");
        assert_eq!(refused("memory-limit = \"1MiB\""), "setting memory-limit is 1MiB; allowed is at least 64MiB");
        let least = file("window-age = \"100ms\"\nresolve-after = \"100ms\"\nretention-size = \"16MiB\"");
        assert!(with_data_dir().check(least).is_ok());
    }

    #[test]
    fn a_long_window_lengthens_the_default_time_to_resolve() {
        let settings = with_data_dir().check(file("window-age = \"15m\"")).unwrap();
        assert_eq!(settings.resolve_after, Span::from_mins(15));
    }
}
