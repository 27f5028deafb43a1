//! What is known about a container, and what is decided from it: who it is and whether it is read. Pure.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{ContainerInspectResponse, ContainerState, HealthStatusEnum};

use super::files::Rotation;
use super::happening::{Happening, What};
use super::stamp;
use crate::identity::Identity;

const ENABLE_LABEL: &str = "foghorn.enable";
const LABEL_PREFIX: &str = "foghorn.";
const COMPOSE_PROJECT: &str = "com.docker.compose.project";
const COMPOSE_SERVICE: &str = "com.docker.compose.service";
const COMPOSE_NUMBER: &str = "com.docker.compose.container-number";

/// What the engine says about one container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub id: String,
    /// Without the engine's leading slash.
    pub name: String,
    pub image: String,
    /// The engine's id of the image.
    pub image_id: String,
    /// The log driver.
    pub driver: String,
    /// Rotated log files are compressed.
    pub is_compressed: bool,
    /// Where the engine writes the log, on its own host.
    pub log_path: Option<String>,
    pub rotation: Rotation,
    pub tty: bool,
    /// Runs, and is not waiting to be restarted.
    pub is_running: bool,
    /// When it was started last.
    pub started_ns: Option<u64>,
    /// When it stopped last, and with which exit code.
    pub finished_ns: Option<u64>,
    pub exit_code: i64,
    /// What its health check says, where it has one and that says something.
    pub is_healthy: Option<bool>,
    pub labels: BTreeMap<String, String>,
}

/// What happens to a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Read,
    Ignore { reason: String },
    Unreadable { reason: String },
}

/// Which containers are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only containers labelled `foghorn.enable=true`.
    pub labelled_only: bool,
    /// Names or beginnings of ids (at least 12 characters) that are left out.
    pub skipped: Vec<String>,
    /// Id, or its beginning, of the container this process runs in.
    pub own: Option<String>,
}

impl Facts {
    pub(super) fn from_inspect(id: &str, found: ContainerInspectResponse) -> Self {
        let config = found.config.unwrap_or_default();
        let driver = found.host_config.and_then(|host| host.log_config).unwrap_or_default();
        let options = driver.config.unwrap_or_default();
        let state = found.state.unwrap_or_default();
        Self {
            id: found.id.unwrap_or_else(|| id.to_owned()),
            name: found.name.unwrap_or_default().trim_start_matches('/').to_owned(),
            image: config.image.unwrap_or_default(),
            image_id: found.image.unwrap_or_default(),
            driver: driver.typ.unwrap_or_default(),
            is_compressed: is_true(&options, "compress"),
            log_path: found.log_path,
            rotation: Rotation {
                bytes_max: options.get("max-size").and_then(|size| bytes(size)),
                files_max: options.get("max-file").and_then(|count| count.parse().ok()).unwrap_or(1),
            },
            tty: config.tty.unwrap_or(false),
            is_running: runs(&state),
            started_ns: state.started_at.as_deref().and_then(stamp::parse),
            exit_code: state.exit_code.unwrap_or(0),
            is_healthy: state.health.as_ref().and_then(|health| match health.status {
                Some(HealthStatusEnum::HEALTHY) => Some(true),
                Some(HealthStatusEnum::UNHEALTHY) => Some(false),
                _ => None,
            }),
            finished_ns: state.finished_at.as_deref().and_then(stamp::parse),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
        }
    }

    /// What must have happened to it, as far as its state tells: for those who did not listen then.
    pub fn happened(&self) -> Vec<Happening> {
        let at = |time_ns: Option<u64>, what| time_ns.map(|time_ns| Happening { time_ns, what });
        let health = self.is_healthy.map(|good| if good { What::Healthy } else { What::Unhealthy });
        let happened = if self.is_running {
            [at(self.started_ns, What::Started), health.and_then(|what| at(self.started_ns, what))]
        } else {
            [at(self.finished_ns, What::Died { code: self.exit_code }), None]
        };
        happened.into_iter().flatten().collect()
    }

    /// `host/project/service` under compose, with `#2` and so on for further replicas, so that each keeps a model of its own;
    /// else `host/name`.
    pub fn identity(&self, host: &str) -> Identity {
        let label = |key: &str| self.labels.get(key).map(String::as_str).filter(|value| !value.is_empty());
        match (label(COMPOSE_PROJECT), label(COMPOSE_SERVICE)) {
            (Some(project), Some(service)) => match label(COMPOSE_NUMBER) {
                None | Some("1") => Identity::of_service(host, project, service),
                Some(number) => Identity::of_service(host, project, &format!("{service}#{number}")),
            },
            _ => Identity::of_name(host, &self.name),
        }
    }

    pub fn verdict(&self, wanted: &Wanted) -> Verdict {
        let ignore = |reason: &str| Verdict::Ignore { reason: reason.to_owned() };
        if wanted.own.as_deref().is_some_and(|own| !own.is_empty() && self.id.starts_with(own)) {
            return ignore("it is Foghorn's own container");
        }
        if wanted.skipped.iter().any(|skipped| self.is_called(skipped)) {
            return ignore("it is skipped by a setting");
        }
        match self.labels.get(ENABLE_LABEL).map(|value| is_enabled(value)) {
            Some(false) => return ignore("its label foghorn.enable says false"),
            None if wanted.labelled_only => {
                return ignore("it has no label foghorn.enable=true, and only such are read");
            }
            _ => {}
        }
        if self.driver == "none" {
            let reason = "its log driver is none, which keeps no log; use json-file, local or journald".to_owned();
            return Verdict::Unreadable { reason };
        }
        Verdict::Read
    }

    fn is_called(&self, name: &str) -> bool {
        let is_id = name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.name == name.trim_start_matches('/') || (is_id && self.id.starts_with(name))
    }

    /// Whether the engine may be asked for the log from a time on. With compressed files (always so with `local`, and with the
    /// copy that the engine keeps for drivers that cannot be read) it silently leaves out whole files then.
    pub fn can_seek(&self) -> bool {
        match self.driver.as_str() {
            "json-file" => !self.is_compressed,
            "journald" => true,
            _ => false,
        }
    }

    /// The labels by which a user speaks to Foghorn.
    pub fn own_labels(&self) -> BTreeMap<String, String> {
        let own = self.labels.iter().filter(|(key, _)| key.starts_with(LABEL_PREFIX));
        own.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

fn runs(state: &ContainerState) -> bool {
    state.running.unwrap_or(false) && !state.restarting.unwrap_or(false)
}

fn is_true(options: &HashMap<String, String>, key: &str) -> bool {
    options.get(key).is_some_and(|value| is_enabled(value))
}

/// A size as the engine's options have it: `10m`, `512KB`, `1.5g`, a number of bytes. `None` where there is no bound.
fn bytes(size: &str) -> Option<u64> {
    let size = size.trim().to_ascii_lowercase();
    let digits = size.trim_end_matches(|char: char| char.is_ascii_alphabetic() || char == ' ');
    let unit = size[digits.len()..].trim().trim_end_matches('b').trim_end_matches('i');
    let shift = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == unit)?;
    let number: f64 = digits.parse().ok()?;
    (number > 0.0).then(|| (number * 1024_f64.powi(shift as i32)) as u64)
}

/// Anything but a clear no is a yes: a label with a typing error must not silence a container.
fn is_enabled(value: &str) -> bool {
    !["false", "0", "no", "off"].iter().any(|no| value.trim().eq_ignore_ascii_case(no))
}

/// The id of the container this process runs in, from its `/proc/self/mountinfo` (the engine mounts a container's host name from
/// a directory named after it) or `/proc/self/cgroup`. `None` outside a container: mounts of other containers do not count.
pub(super) fn own_id(mountinfo: &str, cgroup: &str) -> Option<String> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(3);
        let (root, target) = (fields.next()?, fields.next()?);
        matches!(target, "/etc/hostname" | "/etc/hosts" | "/etc/resolv.conf").then_some(root)
    });
    let groups = cgroup.lines().filter_map(|line| line.rsplit_once(':').map(|(_, path)| path));
    mounts.chain(groups).find_map(id_in)
}

/// 64 hexadecimal digits between other characters.
fn id_in(path: &str) -> Option<String> {
    path.split(|char: char| !char.is_ascii_alphanumeric())
        .find(|part| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests;
