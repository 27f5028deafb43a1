//! The shop on the engine: five containers in a network of their own. Removed with all they hold when the stage is dropped.

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::image::Images;
use crate::docker::{self, docker};
use crate::process;

/// Carried by the shop's containers and by nothing else.
const LABEL: &str = "foghorn.faults=1";
const NETWORK: &str = "foghorn-faults";
const READY_LIMIT: Duration = Duration::from_secs(60);
/// What the shop is told in its environment.
pub(super) const SETTINGS: &str = concat!(
    r#"SHOP_SETTINGS={"cache":"cache","database":"host=database user=shop password=correct-horse dbname=postgres "#,
    r#"tcp_user_timeout=5000"}"#
);

/// A service of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Web,
    Api,
    Worker,
    Cache,
    Database,
}

impl Service {
    /// In the order in which they can be started.
    pub(super) const ALL: [Self; 5] = [Self::Database, Self::Cache, Self::Api, Self::Worker, Self::Web];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Cache => "cache",
            Self::Database => "database",
        }
    }

    /// The container's name in the engine.
    pub(super) fn container(self) -> String {
        format!("{NETWORK}-{}", self.name())
    }

    /// The service of an identity that ends in the container's name.
    pub(super) fn of_identity(identity: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| crate::api::is_named(identity, &service.container()))
    }

    /// Options of `docker run`, then the command in the image.
    fn run(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Web => (&[], &["nginx"]),
            Self::Api => (&[], &["python3", "/srv/app.py", "api"]),
            Self::Worker => (&["--memory=96m", "--tmpfs=/data:size=8m"], &["python3", "/srv/app.py", "worker"]),
            Self::Cache => (
                &["--tmpfs=/data:size=8m", "--workdir=/data"],
                &["redis-server", "--save", "10", "1", "--loglevel", "verbose", "--protected-mode", "no"],
            ),
            Self::Database => (&[], &["python3", "/srv/database.py"]),
        }
    }
}

/// The shop that runs.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) images: Images,
}

impl Stage {
    /// Starts all services anew; what an earlier run left behind is removed.
    pub(super) fn set(images: Images) -> Result<Self> {
        clear()?;
        process::text(docker().args(["network", "create", "--label", LABEL, NETWORK]))?;
        let stage = Self { images };
        for service in Service::ALL {
            stage.start(service, &stage.images.present, &[SETTINGS])?;
            if service == Service::Database {
                stage.wait_for_database()?;
            }
        }
        Ok(stage)
    }

    /// Starts a service of `image` with this environment, after removing the one that runs.
    pub(super) fn replace(&self, service: Service, image: &str, environment: &[&str]) -> Result<()> {
        process::text(docker().args(["rm", "--force", "--volumes", &service.container()]))?;
        self.start(service, image, environment)
    }

    /// As it was at the beginning.
    pub(super) fn restore(&self, service: Service) -> Result<()> {
        self.replace(service, &self.images.present, &[SETTINGS])
    }

    fn start(&self, service: Service, image: &str, environment: &[&str]) -> Result<()> {
        let (options, command) = service.run();
        let mut run = docker();
        run.args(["run", "--detach", "--network", NETWORK, "--network-alias", service.name(), "--name"]);
        run.arg(service.container()).args(["--label", LABEL, "--label", "foghorn.enable=true"]);
        run.args(["--log-driver", "json-file", "--restart", "always"]).args(options);
        for pair in environment {
            run.args(["--env", pair]);
        }
        process::text(run.arg(image).args(command)).map(drop)
    }

    /// `docker VERB ARGS CONTAINER`.
    pub(super) fn engine(&self, verb: &[&str], service: Service) -> Result<()> {
        process::text(docker().args(verb).arg(service.container())).map(drop)
    }

    /// Cuts a service off the network, or connects it again.
    pub(super) fn connect(&self, service: Service, connected: bool) -> Result<()> {
        let mut command = docker();
        command.arg("network");
        if connected {
            command.args(["connect", "--alias", service.name()]);
        } else {
            command.arg("disconnect");
        }
        process::text(command.arg(NETWORK).arg(service.container())).map(drop)
    }

    /// Runs a program inside a service.
    pub(super) fn exec(&self, service: Service, args: &[&str]) -> Result<()> {
        process::text(exec(service, false).args(args)).map(drop)
    }

    /// As `exec`, and lets it run.
    pub(super) fn leave(&self, service: Service, args: &[&str]) -> Result<()> {
        process::text(exec(service, true).args(args)).map(drop)
    }

    /// Statements as the database's superuser, from inside its container.
    pub(super) fn sql(&self, statements: &str) -> Result<()> {
        self.exec(Service::Database, &["psql", "-h", "/tmp", "-U", "postgres", "-q", "-c", statements])
    }

    /// Where the web server answers.
    pub(super) fn address(&self) -> Result<SocketAddr> {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let text = process::text(docker().args(["inspect", "--format", format, &Service::Web.container()]))?;
        Ok(SocketAddr::new(text.parse().with_context(|| format!("the web server has the address {text:?}"))?, 80))
    }

    fn wait_for_database(&self) -> Result<()> {
        let end = Instant::now() + READY_LIMIT;
        while let Err(error) = self.sql("SELECT 1") {
            if Instant::now() >= end {
                bail!("the database is not ready after {} s: {error:#}", READY_LIMIT.as_secs());
            }
            thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = clear() {
            eprintln!("xtask: the shop's containers may still be there: {error:#}");
        }
    }
}

fn exec(service: Service, detached: bool) -> Command {
    let mut exec = docker();
    exec.arg("exec");
    if detached {
        exec.arg("--detach");
    }
    exec.arg(service.container());
    exec
}

fn clear() -> Result<()> {
    docker::remove_labelled(LABEL)?;
    let filter = format!("label={LABEL}");
    let ids = process::text(docker().args(["network", "ls", "--quiet", "--filter", &filter]))?;
    for id in ids.lines() {
        process::text(docker().args(["network", "rm", id]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_tells_its_service() {
        assert_eq!(Service::of_identity("faults/foghorn-faults-web"), Some(Service::Web));
        assert_eq!(Service::of_identity("faults/web"), None);
    }
}
