//! The Docker engine through its command line: containers for the demo and for the tests.
//!
//! Foghorn itself only ever reads from the engine; what makes and removes containers is here, outside of it. Removes only what
//! carries a label or a name that we gave.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::demo_image::PROGRAM;
use crate::process;

/// Fails with what to do when no engine answers.
pub fn require_engine() -> Result<()> {
    let version = process::text(docker().args(["version", "--format", "{{.Server.Version}}"]));
    version.map(drop).context("no docker engine answers; start it, or point DOCKER_HOST at one")
}

/// A container of ours. It stays when this is dropped: whoever starts one decides how it ends.
#[derive(Debug, Clone)]
pub struct Container {
    name: String,
}

impl Container {
    /// Starts a container without network, whose log the engine keeps as json-file. `labels` are `KEY=VALUE`.
    pub fn start(image: &str, name: &str, labels: &[&str], args: &[&str]) -> Result<Self> {
        let mut run = docker();
        run.args(["run", "--detach", "--network", "none", "--log-driver", "json-file", "--name", name]);
        for label in labels {
            run.args(["--label", label]);
        }
        process::text(run.arg(image).args(args))?;
        Ok(Self::named(name))
    }

    /// One that somebody else has started.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes the generator inside go wrong for some seconds: `database`, `disk` or `attack`.
    pub fn trouble(&self, kind: &str, seconds: u64) -> Result<()> {
        let exec = ["exec", &self.name, PROGRAM, "trouble", kind, &seconds.to_string()];
        process::text(docker().args(exec)).map(drop)
    }

    /// All that it has written, stdout before stderr, each line after the engine's time stamp.
    pub fn log(&self) -> Result<String> {
        let output =
            docker().args(["logs", "--timestamps", &self.name]).output().context("cannot start docker logs")?;
        if !output.status.success() {
            bail!("docker logs {} failed ({})", self.name, output.status);
        }
        Ok([output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat())
    }

    /// Kills and removes it.
    pub fn remove(&self) -> Result<()> {
        process::text(docker().args(["rm", "--force", "--volumes", &self.name])).map(drop)
    }
}

/// Kills and removes all containers that carry `label`, whoever started them.
pub fn remove_labelled(label: &str) -> Result<()> {
    let filter = format!("label={label}");
    let ids = process::text(docker().args(["ps", "--all", "--quiet", "--filter", &filter]))?;
    if ids.is_empty() {
        return Ok(());
    }
    process::text(docker().args(["rm", "--force", "--volumes"]).args(ids.lines())).map(drop)
}

/// The command line of the engine.
pub fn docker() -> Command {
    Command::new("docker")
}
