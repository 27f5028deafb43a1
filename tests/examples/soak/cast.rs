//! The containers: what each writes, and how many lines each of their lives had.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use foghorn_test_servers::engine::Engine;
use foghorn_tests::wait;
use jiff::Timestamp;
use xtask::demo_image::PROGRAM;
use xtask::{api, http};

/// Longer than any soak.
const LIFE_SECONDS: &str = "86400";
const LABELS: [&str; 4] = ["--label", "foghorn.enable=true", "--label", "foghorn.test=soak"];

/// Name, character, lines a second, and how the engine keeps the log.
const ROLES: [(&str, &str, &str, &[&str]); 9] = [
    ("steady", "web", "10", &[]),
    ("shop", "web", "40", &["max-size=1m", "max-file=3"]),
    ("orders", "api", "25", &["max-size=1m", "max-file=5"]),
    ("packed", "api", "60", &["max-size=1m", "max-file=4", "compress=true"]),
    ("jobs", "worker", "8", &[]),
    ("loud", "worker", "800", &["max-size=5m", "max-file=3"]),
    ("rare", "worker", "0.2", &[]),
    ("local", "web", "15", &["local"]),
    ("mail", "api", "3", &[]),
];

/// The one that nothing befalls: how old its newest line is tells how far behind the host is.
pub(crate) const STEADY: &str = "steady";

/// How long the host may take to read what a container has written before that is removed.
const READ_LIMIT: Duration = Duration::from_secs(120);

/// How many numbered lines each life of a container had. An attack writes lines of several lines, whose parts have no number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lives(pub(crate) Vec<u64>);

impl Lives {
    pub(crate) fn lines(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// All containers, running.
#[derive(Debug)]
pub(crate) struct Cast {
    image: String,
    members: Vec<(&'static str, Lives)>,
}

impl Cast {
    pub(crate) fn start(engine: &Engine, image: &str) -> Result<Self> {
        let members = ROLES.iter().map(|(name, ..)| (*name, Lives::default())).collect();
        let cast = Self { image: image.to_owned(), members };
        (0..ROLES.len()).try_for_each(|role| cast.create(engine, role))?;
        Ok(cast)
    }

    /// Those that something may befall.
    pub(crate) fn roles(&self) -> std::ops::Range<usize> {
        1..ROLES.len()
    }

    /// Ends its process, and begins another life in the same container.
    pub(crate) fn restart(&mut self, engine: &Engine, role: usize, how: End) -> Result<()> {
        self.end(engine, role, how)?;
        engine.docker(&["start", ROLES[role].0]).map(drop)
    }

    /// Another container takes its name, once the host has read what this one wrote: what is removed unread is gone.
    pub(crate) fn recreate(&mut self, engine: &Engine, role: usize, host: SocketAddr) -> Result<()> {
        let last = self.end(engine, role, End::Stop)?;
        wait::until("the host to have its last line", READ_LIMIT, || {
            Ok((last.is_none() || newest_line(host, ROLES[role].0)? >= last).then_some(()))
        })?;
        engine.docker(&["rm", ROLES[role].0])?;
        self.create(engine, role)
    }

    /// Makes it speak of a trouble.
    pub(crate) fn trouble(&self, engine: &Engine, role: usize, kind: &str) -> Result<()> {
        engine.docker(&["exec", ROLES[role].0, PROGRAM, "trouble", kind, "8"]).map(drop)
    }

    /// Ends all, and tells of their lives.
    pub(crate) fn stop(&mut self, engine: &Engine) -> Result<Vec<(&'static str, Lives)>> {
        (0..ROLES.len()).try_for_each(|role| self.end(engine, role, End::Stop).map(drop))?;
        Ok(self.members.clone())
    }

    fn create(&self, engine: &Engine, role: usize) -> Result<()> {
        let (name, character, rate, log) = ROLES[role];
        let driver = if log == ["local"] { "local" } else { "json-file" };
        let mut run = vec!["run", "--detach", "--network", "none", "--name", name, "--log-driver", driver];
        log.iter().filter(|word| word.contains('=')).for_each(|option| run.extend(["--log-opt", option]));
        run.extend(LABELS);
        let seed = (role + 1).to_string();
        run.extend([&self.image, character, "--rate", rate, "--seed", &seed, "--seconds", LIFE_SECONDS, "--numbered"]);
        engine.docker(&run).map(drop)
    }

    /// Gives the engine's time of its last line, in whole milliseconds as the host tells it; `None` where this life had none.
    fn end(&mut self, engine: &Engine, role: usize, how: End) -> Result<Option<Timestamp>> {
        let name = ROLES[role].0;
        let begun = engine.docker(&["inspect", "--format", "{{.State.StartedAt}}", name])?;
        match how {
            End::Stop => engine.docker(&["stop", "--time", "1", name])?,
            End::Kill => engine.docker(&["kill", name])?,
        };
        // Both outputs: the last line may stand on either. Not those of the life before: a short one has fewer than are asked for.
        let tail = engine.docker(&["logs", "--timestamps", "--since", &begun, "--tail", "20", name])?;
        let last = tail.lines().filter_map(|line| Some((number(line)?, line))).max();
        self.members[role].1.0.push(last.map_or(0, |(number, _)| number));
        let Some((_, line)) = last else { return Ok(None) };
        let stamp: Timestamp = line.split(' ').next().unwrap_or_default().parse()?;
        Ok(Some(Timestamp::from_millisecond(stamp.as_millisecond())?))
    }
}

/// The engine's time of the newest line of a container that the host has stored.
pub(crate) fn newest_line(host: SocketAddr, name: &str) -> Result<Option<Timestamp>> {
    let listing = http::get(host, "/api/v1/containers?limit=500")?;
    let rows = listing["rows"].as_array().context("no rows of containers")?;
    let row = rows.iter().find(|row| row["identity"].as_str().is_some_and(|identity| api::is_named(identity, name)));
    Ok(row.and_then(|row| row["last_line"].as_str()).map(str::parse).transpose()?)
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Stop,
    Kill,
}

/// The number that a line carries.
pub(crate) fn number(line: &str) -> Option<u64> {
    let (_, tail) = line.rsplit_once("seq=").or_else(|| line.rsplit_once("\"seq\":"))?;
    tail.trim_end_matches('}').parse().ok()
}
