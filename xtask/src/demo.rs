//! The whole story without a sick service of one's own: three containers, a host with short settings, and a director.
//!
//! We become the host, so that ctrl-c and the exit code are its own. A second process, the director, tells the story and
//! removes all that was started once the host is gone, however it ended.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio, id};

use anyhow::{Context, Result};

use crate::docker::{self, Container};
use crate::workspace::Workspace;
use crate::{demo_image, host, http};

/// Carried by the demo's containers and by nothing else.
pub const LABEL: &str = "foghorn.demo=1";

/// Name and rate of each, in lines a second. The suffix of the name is the generator's character.
const CAST: [(&str, &str); 3] = [("web", "30"), ("api", "20"), ("worker", "12")];

/// Short windows and cycles, so that five cycles pass in about a minute. Only for show: real services need longer ones.
const SETTINGS: [&str; 10] = [
    "--only-enabled=true",
    "--window-age=1s",
    "--train-interval=10s",
    "--train-windows-min=8",
    "--retrain-interval=60s",
    "--resolve-after=15s",
    "--train-range=1h",
    "--retention-age=1h",
    "--retention-size=1GiB",
    "--host-name=demo",
];

/// The container's name in the engine.
pub fn container_name(character: &str) -> String {
    format!("foghorn-demo-{character}")
}

/// Runs the demo; returns only when it could not start. `listen` is the dashboard's address, a free one when not given.
pub fn run(workspace: &Workspace, listen: Option<SocketAddr>) -> Result<()> {
    docker::require_engine()?;
    host::build(workspace)?;
    let image = demo_image::ensure(workspace)?;
    docker::remove_labelled(LABEL)?;

    let address = listen.map_or_else(http::free_address, Ok)?;
    let data = std::env::temp_dir().join(format!("foghorn-demo-{}", id()));
    fs::create_dir(&data).with_context(|| format!("cannot make {}", data.display()))?;
    direct(address, &data)?;
    for (seed, (character, rate)) in CAST.iter().enumerate() {
        let seed = (seed + 1).to_string();
        let args = [character, "--seed", &seed, "--rate", rate];
        Container::start(&image, &container_name(character), &[LABEL, "foghorn.enable=true"], &args)?;
    }
    eprintln!("xtask: the dashboard will be at http://{address}");
    let binary = workspace.host_binary();
    let mut command = Command::new(&binary);
    command.arg("run").arg(format!("--listen={address}")).arg("--data-dir").arg(&data).args(SETTINGS);
    Err(command.exec()).with_context(|| format!("cannot start {}", binary.display()))
}

/// Starts the director, in a process group of its own, so that ctrl-c does not reach it before the host has ended.
fn direct(address: SocketAddr, data: &std::path::Path) -> Result<()> {
    let mut director = Command::new(std::env::current_exe()?);
    director.arg("direct").arg(address.to_string()).arg(id().to_string()).arg(data);
    director.stdin(Stdio::null()).process_group(0).spawn().context("cannot start the director")?;
    Ok(())
}
