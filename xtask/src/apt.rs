//! Debian packages: installed only where that asks nobody, that is as root on a machine with apt.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// True when packages can be installed without asking.
pub fn may_install() -> bool {
    Path::new("/usr/bin/apt-get").is_file() && is_root()
}

/// True when this process is root's.
pub fn is_root() -> bool {
    process::text(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

/// Installs packages and says so.
pub fn install(packages: &[&str]) -> Result<()> {
    eprintln!("xtask: installing {}", packages.join(" "));
    let quiet = ["-y", "-qq", "-o", "Dpkg::Use-Pty=0"];
    process::run(apt_get().args(quiet).arg("update"))?;
    process::run(apt_get().args(quiet).args(["install", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Runlevel 1: packages of servers do not start them; the tests start their own.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}
