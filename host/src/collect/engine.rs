//! The engine's API, as far as Foghorn may use it: ping, version, info, list, inspect, events, logs. This file is the only one
//! that knows the client crate, so the calls below are all that is ever asked of the engine; none of them changes anything.
//!
//! Left out: TLS. An engine on another machine is reached over a tunnel to its socket.

mod error;

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::models::EventMessage;
use bollard::query_parameters::{
    EventsOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder, LogsOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::{Stream, StreamExt};

use super::facts::Facts;
use crate::line::Output;
pub use error::EngineError;

/// Where Docker listens when nothing else is said.
pub const DEFAULT_ENDPOINT: &str = "unix:///var/run/docker.sock";
/// The oldest API that has `since` for logs, event filters and log drivers in `inspect` (Docker 1.12).
pub const API_VERSION_MIN: (u32, u32) = (1, 24);
/// For the head of an answer. Bodies of `logs` and `events` may be silent for ever.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// What is listened to. A failing check comes as `health_status: unhealthy`.
const ACTIONS: [&str; 7] = ["start", "die", "destroy", "rename", "oom", "kill", "health_status"];

/// A way to the engine. Nothing is asked before it is used, so it can be made while the engine is down.
#[derive(Debug)]
pub struct Engine {
    endpoint: String,
    client: OnceLock<Docker>,
}

/// What the engine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    pub endpoint: String,
    /// The name of the host it runs on.
    pub host: String,
    pub engine_version: String,
    pub api_version: String,
    /// Where it keeps containers' logs, on its own host.
    pub root_dir: Option<String>,
    pub containers_running: u64,
}

/// A container in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: String,
    pub is_running: bool,
}

/// Something happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub action: String,
    pub id: String,
    /// By the engine's clock, nanoseconds since the Unix epoch.
    pub time_ns: u64,
    /// Name, image and labels of the container, and what the event says.
    pub attributes: HashMap<String, String>,
}

/// A piece of a container's log as the engine sends it: stamp, space, text.
#[derive(Debug)]
pub struct Frame(LogOutput);

impl Frame {
    pub fn output(&self) -> Output {
        match self.0 {
            LogOutput::StdErr { .. } => Output::Stderr,
            _ => Output::Stdout,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl Engine {
    /// `endpoint` is `unix:///path`, a bare path, `tcp://host:port` or `http://host:port`. Without one, `DOCKER_HOST` counts,
    /// else Docker's own socket.
    pub fn new(endpoint: Option<&str>) -> Result<Self, EngineError> {
        let from_environment = || std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
        let endpoint = endpoint.map(str::to_owned).or_else(from_environment);
        let endpoint = endpoint.unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
        let endpoint = if endpoint.starts_with('/') { format!("unix://{endpoint}") } else { endpoint };
        let is_known = ["unix://", "tcp://", "http://"].iter().any(|scheme| endpoint.starts_with(scheme));
        if !is_known {
            return Err(EngineError::Endpoint { endpoint });
        }
        Ok(Self { endpoint, client: OnceLock::new() })
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether the engine answers, is new enough, and who it is.
    pub async fn info(&self) -> Result<EngineInfo, EngineError> {
        let client = self.client()?;
        client.ping().await.map_err(|error| self.error(error))?;
        let version = client.version().await.map_err(|error| self.error(error))?;
        let api_version = version.api_version.unwrap_or_default();
        if parse_version(&api_version).is_none_or(|found| found < API_VERSION_MIN) {
            return Err(EngineError::TooOld { found: api_version });
        }
        let info = client.info().await.map_err(|error| self.error(error))?;
        Ok(EngineInfo {
            endpoint: self.endpoint.clone(),
            host: info.name.filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned()),
            engine_version: version.version.unwrap_or_default(),
            api_version,
            root_dir: info.docker_root_dir,
            containers_running: info.containers_running.and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        })
    }

    /// All containers, also those that do not run.
    pub async fn list(&self) -> Result<Vec<Listed>, EngineError> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        let found = self.client()?.list_containers(Some(options)).await.map_err(|error| self.error(error))?;
        let listed = found.into_iter().filter_map(|container| {
            let is_running = container.state.is_some_and(|state| state.to_string() == "running");
            container.id.map(|id| Listed { id, is_running })
        });
        Ok(listed.collect())
    }

    pub async fn inspect(&self, id: &str) -> Result<Facts, EngineError> {
        let options = None::<InspectContainerOptions>;
        let found = self.client()?.inspect_container(id, options).await.map_err(|error| self.error(error))?;
        Ok(Facts::from_inspect(id, found))
    }

    /// What happens to containers from now on.
    pub fn events(&self) -> Result<impl Stream<Item = Result<Happened, EngineError>> + use<'_>, EngineError> {
        let actions = ACTIONS.map(str::to_owned).to_vec();
        let filters = HashMap::from([("type".to_owned(), vec!["container".to_owned()]), ("event".to_owned(), actions)]);
        let events = self.client()?.events(Some(EventsOptionsBuilder::default().filters(&filters).build()));
        Ok(events.filter_map(async |event| match event {
            Ok(event) => happened(event).map(Ok),
            Err(error) => Some(Err(self.error(error))),
        }))
    }

    /// The log of a container from `since_s` (seconds since the Unix epoch, inclusive) on; with `follow` also what comes. Poll
    /// it in a task of its own: polled from the thread that blocks on the runtime it takes thrice as long.
    pub fn logs(
        &self,
        id: &str,
        since_s: i32,
        follow: bool,
    ) -> Result<impl Stream<Item = Result<Frame, EngineError>> + Unpin + use<'_>, EngineError> {
        let options = LogsOptionsBuilder::default()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .since(since_s)
            .follow(follow)
            .build();
        let frames = self.client()?.logs(id, Some(options));
        Ok(Box::pin(frames.map(|frame| frame.map(Frame).map_err(|error| self.error(error)))))
    }

    fn client(&self) -> Result<&Docker, EngineError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let timeout_s = ANSWER_TIMEOUT.as_secs();
        let client = if self.endpoint.starts_with("unix://") {
            Docker::connect_with_unix(&self.endpoint, timeout_s, API_DEFAULT_VERSION)
        } else {
            Docker::connect_with_http(&self.endpoint, timeout_s, API_DEFAULT_VERSION)
        };
        let client = client.map_err(|error| self.error(error))?;
        Ok(self.client.get_or_init(|| client))
    }

    fn error(&self, error: bollard::errors::Error) -> EngineError {
        EngineError::of_client(&self.endpoint, error)
    }
}

fn happened(event: EventMessage) -> Option<Happened> {
    let actor = event.actor?;
    let seconds = event.time.map(|time| time.saturating_mul(1_000_000_000));
    let time_ns = event.time_nano.or(seconds).and_then(|time| u64::try_from(time).ok()).unwrap_or_default();
    Some(Happened { action: event.action?, id: actor.id?, time_ns, attributes: actor.attributes.unwrap_or_default() })
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests;
