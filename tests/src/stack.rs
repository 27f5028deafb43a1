//! The committed `deploy/compose.yaml`, run under a name of its own and removed with its guard, volumes included.
//!
//! What differs from a user's: names of images, the published port, shorter intervals. All else is what is shipped.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use xtask::docker::docker;
use xtask::workspace::Workspace;
use xtask::{http, process};

const SOCKET: &str = "/var/run/docker.sock";
/// Images of nginx that are taken where the engine has them. The first is the one that `compose.yaml` names.
const PROXY_IMAGES: [&str; 3] = ["nginx:1.28-alpine", "nginx:latest", "lt/nginx"];
/// Checks come soon, and only the tests' containers are watched.
const OVERRIDE: &str = r#"
services:
  foghorn:
    environment: { FOGHORN_ONLY_ENABLED: "true", FOGHORN_HOST_NAME: test, FOGHORN_WINDOW_AGE: 1s }
    healthcheck: { interval: 1s }
    restart: "no"
  proxy:
    healthcheck: { interval: 1s }
    restart: "no"
"#;

/// What running the compose file takes beside an engine.
#[derive(Debug)]
pub struct Parts {
    compose: &'static [&'static str],
    proxy_image: String,
    socket_group: u32,
}

/// The parts, or `None` after telling why the test is skipped.
pub fn parts() -> Option<Parts> {
    let found = find_parts();
    if let Err(error) = &found {
        eprintln!("skipped: {error:#}");
    }
    found.ok()
}

fn find_parts() -> Result<Parts> {
    xtask::docker::require_engine()?;
    let metadata = fs::metadata(SOCKET).with_context(|| format!("the engine has no socket at {SOCKET}"))?;
    if !metadata.file_type().is_socket() {
        bail!("{SOCKET} is no socket");
    }
    let compose: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];
    let compose = compose.into_iter().find(|words| process::succeeds(start(words).arg("version")));
    let compose = compose.context("neither `docker compose` nor docker-compose is installed")?;
    Ok(Parts { compose, proxy_image: proxy_image()?, socket_group: metadata.gid() })
}

fn proxy_image() -> Result<String> {
    let has = |image: &str| process::succeeds(docker().args(["image", "inspect", image]));
    match env::var("FOGHORN_PROXY_IMAGE") {
        Ok(image) if has(&image) => Ok(image),
        Ok(image) => bail!("the engine has no image {image}, which FOGHORN_PROXY_IMAGE names"),
        Err(_) => PROXY_IMAGES.into_iter().find(|image| has(image)).map(str::to_owned).with_context(|| {
            format!("the engine has none of {}; pull one, or name one in FOGHORN_PROXY_IMAGE", PROXY_IMAGES.join(", "))
        }),
    }
}

fn start(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// A running compose project.
#[derive(Debug)]
pub struct Stack {
    parts: Parts,
    image: String,
    project: String,
    folder: TempDir,
    address: SocketAddr,
}

impl Stack {
    /// Nothing is started yet. `image` is Foghorn's.
    pub fn new(parts: Parts, image: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("override.yaml"), OVERRIDE)?;
        let project = format!("foghorn-test-{}", http::free_address()?.port());
        Ok(Self { parts, image: image.to_owned(), project, folder, address: http::free_address()? })
    }

    /// Where the dashboard is published.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs a command of compose and gives what it printed.
    pub fn compose(&self, args: &[&str]) -> Result<String> {
        self.with_files(&["compose.yaml"], args)
    }

    /// The same with Redis, InfluxDB and Grafana.
    pub fn compose_full(&self, args: &[&str]) -> Result<String> {
        self.with_files(&["compose.yaml", "compose.full.yaml"], args)
    }

    fn with_files(&self, files: &[&str], args: &[&str]) -> Result<String> {
        let deploy = Workspace::find()?.root().join("deploy");
        let mut command = start(self.parts.compose);
        command.args(["--project-name", &self.project]);
        for file in files {
            command.arg("--file").arg(deploy.join(file));
        }
        command.arg("--file").arg(self.folder.path().join("override.yaml")).args(args);
        command.env("DOCKER_GID", self.parts.socket_group.to_string()).env("DOCKER_SOCKET", SOCKET);
        command.env("FOGHORN_IMAGE", &self.image).env("FOGHORN_PROXY_IMAGE", &self.parts.proxy_image);
        command.env("FOGHORN_PUBLISH", self.address.to_string());
        process::text(&mut command)
    }

    /// Starts a service and what it depends on.
    pub fn up(&self, service: &str) -> Result<()> {
        self.compose(&["up", "--detach", service]).map(drop)
    }

    /// One fact of a service's container, as a template of `docker inspect` tells it.
    pub fn fact(&self, service: &str, template: &str) -> Result<String> {
        let id = self.compose(&["ps", "--quiet", service])?;
        process::text(docker().args(["inspect", "--format", template, &id]))
    }

    /// Runs Foghorn's own command inside its container.
    pub fn foghorn(&self, args: &[&str]) -> Result<String> {
        self.compose(&[&["exec", "-T", "foghorn", "/usr/bin/foghorn"], args].concat())
    }

    /// The address at which this machine reaches the engine's proxy; it is published nowhere.
    pub fn proxy_address(&self) -> Result<SocketAddr> {
        let template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        Ok(SocketAddr::new(self.fact("proxy", template)?.parse().context("the proxy has no address")?, 2375))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.compose(&["logs", "--tail", "40"]).unwrap_or_default());
        }
        if let Err(error) = self.compose(&["down", "--volumes", "--timeout", "5"]) {
            eprintln!("cannot remove the project {}: {error:#}", self.project);
        }
    }
}

/// An image of the built host, removed with its guard.
#[derive(Debug)]
pub struct Image(String);

impl Image {
    pub fn make(binary: &Path) -> Result<Self> {
        let name = format!("foghorn-test:{}", std::process::id());
        xtask::image::make(&Workspace::find()?, binary, &[&name])?;
        Ok(Self(name))
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// One fact of it, as a template of `docker image inspect` tells it.
    pub fn fact(&self, template: &str) -> Result<String> {
        process::text(docker().args(["image", "inspect", "--format", template, &self.0]))
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if let Err(error) = process::text(docker().args(["image", "rm", "--force", &self.0])) {
            eprintln!("cannot remove the image {}: {error:#}", self.0);
        }
    }
}
