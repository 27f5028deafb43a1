//! The image of the demo's generator: one static program in an otherwise empty root, made without any registry.
//!
//! Its tag is the digest of the program, so it is made once and again only when the generator changes.

use std::io::Write;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::digest::sha256;
use crate::docker::docker;
use crate::workspace::Workspace;
use crate::{process, tar};

/// Where the generator lies in the image.
pub const PROGRAM: &str = "/foghorn-demo-logs";

/// Builds the generator, and the image when the engine does not have it; gives its name.
pub fn ensure(workspace: &Workspace) -> Result<String> {
    let program = build(workspace)?;
    let image = format!("foghorn-demo:{}", &sha256(&program)[..12]);
    if !process::succeeds(docker().args(["image", "inspect", &image])) {
        import(&image, &program)?;
    }
    Ok(image)
}

/// Links the generator statically: the image holds no library. In a target directory of its own, because the flag would
/// otherwise make cargo build it again at every turn. Gives the program's bytes.
pub fn build(workspace: &Workspace) -> Result<Vec<u8>> {
    if !cfg!(target_os = "linux") {
        bail!("the demo's image holds a program of this machine, and containers run Linux; use a Linux machine");
    }
    let target = workspace.target("demo");
    let mut cargo = workspace.cargo();
    cargo.args([
        "rustc",
        "--quiet",
        "--release",
        "--package",
        "foghorn-demo",
        "--bin",
        "foghorn-demo-logs",
        "--target-dir",
    ]);
    process::run(cargo.arg(&target).args(["--", "-C", "target-feature=+crt-static", "-C", "strip=symbols"])).context(
        "cannot link the demo's generator statically; install the static C library (libc6-dev, glibc-static)",
    )?;
    let path = target.join("release/foghorn-demo-logs");
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn import(image: &str, program: &[u8]) -> Result<()> {
    let entry = format!("ENTRYPOINT [\"{PROGRAM}\"]");
    let mut import = docker();
    import.args(["import", "--change", &entry, "--change", "LABEL foghorn.image=demo", "-", image]);
    let mut child = import.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("cannot start docker import")?;
    let mut pipe = child.stdin.take().context("docker import has no stdin")?;
    pipe.write_all(&tar::executable(PROGRAM.trim_start_matches('/'), program))?;
    drop(pipe);
    let status = child.wait()?;
    if !status.success() {
        bail!("docker import failed ({status})");
    }
    Ok(())
}
