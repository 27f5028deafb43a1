//! The container image: the host in an otherwise empty root, put together from parts of this machine. No registry is asked.
//!
//! `deploy/Dockerfile` says what the image is; here its context is made: the folder `target/image/root` becomes the image's
//! root. Promises that an image which was named has started once: a library that its loader does not find fails the build.

mod parts;
mod root;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::docker::{self, docker};
use crate::workspace::Workspace;
use crate::{host, process};

/// The image's name without a tag.
pub const NAME: &str = "foghorn";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds the host, then `foghorn:VERSION`, which is `foghorn:latest` too. With `root_only` no engine is needed: the folder is
/// left for whoever makes an image of it by other means.
pub fn run(workspace: &Workspace, root_only: bool) -> Result<()> {
    if !root_only {
        docker::require_engine()?;
    }
    host::build(workspace)?;
    let binary = workspace.host_binary();
    if root_only {
        let context = gather(workspace, &binary)?;
        eprintln!("xtask: the image's parts are in {}", context.display());
        return Ok(());
    }
    let names = [format!("{NAME}:{VERSION}"), format!("{NAME}:latest")];
    make(workspace, &binary, &[&names[0], &names[1]])?;
    let bytes = process::text(docker().args(["image", "inspect", "--format", "{{.Size}}", &names[0]]))?;
    let megabytes = bytes.parse::<u64>().context("docker told no size")? / 1_000_000;
    eprintln!("xtask: {} is ready, {megabytes} MB; docs/DEPLOY.md tells how to run it", names.join(" = "));
    Ok(())
}

/// Makes an image of a built host and gives it `names`.
pub fn make(workspace: &Workspace, binary: &Path, names: &[&str]) -> Result<()> {
    let context = gather(workspace, binary)?;
    let mut build = docker();
    build.args(["build", "--quiet", "--file"]).arg(workspace.root().join("deploy/Dockerfile"));
    build.args(["--build-arg", &format!("VERSION={VERSION}")]);
    if let Some(revision) = revision(workspace) {
        build.args(["--build-arg", &format!("REVISION={revision}")]);
    }
    let id = process::text(build.arg(&context))?;
    starts(&id)?;
    for name in names {
        process::text(docker().args(["tag", &id, name]))?;
    }
    Ok(())
}

/// Runs what was built, as strictly as it will be run later.
fn starts(image: &str) -> Result<()> {
    let mut run = docker();
    run.args(["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", image, "--version"]);
    let said = process::text(&mut run).context("the image was built, but the program in it does not start")?;
    if said != format!("{NAME} {VERSION}") {
        bail!("the program in the image says it is {said:?}, this clone is {NAME} {VERSION}; build it again");
    }
    Ok(())
}

/// Fills `target/image` anew and gives its path.
fn gather(workspace: &Workspace, binary: &Path) -> Result<PathBuf> {
    if !cfg!(target_os = "linux") {
        bail!("the image holds programs of this machine, and containers run Linux; use a Linux machine");
    }
    let context = workspace.target("image");
    root::fill(&context, binary, &workspace.root().join("deploy/rootfs"))?;
    Ok(context)
}

/// The commit that is built; `None` where the clone has no history.
fn revision(workspace: &Workspace) -> Option<String> {
    let mut git = std::process::Command::new("git");
    process::text(git.arg("-C").arg(workspace.root()).args(["rev-parse", "HEAD"])).ok()
}
