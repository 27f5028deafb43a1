//! The containers that are collected in the table, and a host that has learned one.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::api::{self, State};
use crate::docker::{self, Container};
use crate::workspace::Workspace;
use crate::{demo_image, http, process};

const IMAGE: &str = "lt/logsmith";
const SETTINGS: [&str; 7] = [
    "--only-enabled=true",
    "--host-name=bench",
    "--window-age=10s",
    "--train-interval=2s",
    "--train-windows-min=8",
    "--retrain-interval=1h",
    "--alert-canary=off",
];
const LOOK: Duration = Duration::from_millis(100);
/// A minute and a half.
const LOOKS: usize = 900;

/// A container that has written its lines, and waits.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) container: Container,
    pub(super) lines: &'static str,
}

/// A million lines of the usual 150 bytes, of words in any order.
pub(super) fn words() -> Result<Written> {
    const LINES: &str = "1000000";
    docker::require_engine()?;
    process::text(docker::docker().args(["image", "inspect", "--format", "{{.Id}}", IMAGE]))
        .with_context(|| format!("there is no image {IMAGE}, which writes numbered lines"))?;
    let container = run(IMAGE, "words", &["--lines", LINES, "--sleep-after", "3600000"])?;
    written(container, LINES, &format!("seq={LINES:0>10}"))
}

/// Lines of a service as it usually writes, so fast that a host is far behind; in `learned` the data of a host that knows what such a container writes.
pub(super) fn service(workspace: &Workspace, learned: &Path) -> Result<Written> {
    const LINES: &str = "500000";
    let image = demo_image::ensure(workspace)?;
    let writes = ["worker", "--rate", "20000", "--numbered", "--lines"];
    let teacher = run(&image, "service", &[&writes[..], &["1000000"]].concat())?;
    let known = learn(workspace, learned, teacher.name());
    teacher.remove()?;
    known?;
    let container = run(&image, "service", &[&writes[..], &[LINES]].concat())?;
    written(container, LINES, &format!("seq={LINES}"))
}

fn run(image: &str, what: &str, args: &[&str]) -> Result<Container> {
    let name = format!("foghorn-bench-{what}-{}", std::process::id());
    Container::start(image, &name, &["foghorn.enable=true", "foghorn.bench=1"], args)
}

fn written(container: Container, lines: &'static str, last: &str) -> Result<Written> {
    for _ in 0..LOOKS {
        if process::text(docker::docker().args(["logs", "--tail", "1", container.name()]))?.contains(last) {
            return Ok(Written { container, lines });
        }
        thread::sleep(LOOK);
    }
    container.remove()?;
    bail!("{} did not write its lines within a minute and a half", container.name())
}

fn learn(workspace: &Workspace, data: &Path, name: &str) -> Result<()> {
    if data.exists() {
        fs::remove_dir_all(data)?;
    }
    let address = http::free_address()?;
    let mut command = Command::new(workspace.host_binary());
    command.arg("run").arg(format!("--listen={address}")).arg("--data-dir").arg(data).args(SETTINGS);
    let mut host = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let learned = is_watched(address, name);
    end(&mut host)?;
    learned
}

fn is_watched(address: SocketAddr, name: &str) -> Result<()> {
    for _ in 0..LOOKS {
        let cards = api::containers(address).unwrap_or_default();
        if api::named(&cards, name).is_some_and(|card| card.state == State::Watching) {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    bail!("{name} was not learned within a minute and a half")
}

/// Told to end, and waited for: what it has learned is stored.
fn end(host: &mut Child) -> Result<()> {
    process::run(Command::new("kill").arg(host.id().to_string()))?;
    host.wait()?;
    Ok(())
}
