//! A root folder out of Debian packages: fetched with all that they depend on, unpacked, nothing installed on this machine.
//!
//! No maintainer script runs, so users, links and folders that those would make are made by whoever calls.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{needs, process};

/// Packages that others depend on and that nothing here runs: what serves installing, Perl, and Postgres' compiler, which is
/// larger than all the rest.
pub(super) const UNUSED: [&str; 19] = [
    "adduser",
    "debconf",
    "dpkg",
    "init-system-helpers",
    "iproute2",
    "libc-l10n",
    "libllvm14",
    "libz3-4",
    "locales",
    "lsb-base",
    "openssl",
    "passwd",
    // Its psql is a wrapper in Perl, before the real one on the path.
    "postgresql-client-common",
    "postgresql-common",
    "ssl-cert",
    "sysvinit-utils",
    "tar",
    "ucf",
    "usrmerge",
];

/// Fetches `packages` and their dependencies into `folder`; gives the files, sorted.
pub(super) fn fetch(folder: &Path, packages: &[&str]) -> Result<Vec<PathBuf>> {
    if !needs::on_path("apt-get") || !needs::on_path("dpkg-deb") {
        bail!(
            "the services' images are made of Debian packages, and apt-get or dpkg-deb is missing; use a Debian machine"
        );
    }
    fs::create_dir_all(folder.join("partial")).with_context(|| format!("cannot make {}", folder.display()))?;
    // An empty list of what is installed: so all dependencies are fetched, not only those that this machine lacks.
    let status = folder.join("status");
    fs::write(&status, "")?;
    let mut apt = Command::new("apt-get");
    apt.args(["-y", "-qq", "--no-install-recommends", "--download-only", "-o", "Debug::NoLocking=true"]);
    apt.args(["-o", "APT::Sandbox::User=root", "-o", &format!("Dir::State::status={}", status.display())]);
    apt.args(["-o", &format!("Dir::Cache::archives={}", folder.display()), "install"]).args(packages);
    process::run(apt.stdout(Stdio::null())).context("cannot fetch packages; apt-get update may be needed first")?;
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "deb") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Unpacks what is of use of the fetched `files` into `root`, which is emptied before.
pub(super) fn unpack(files: &[PathBuf], root: &Path) -> Result<()> {
    if root.exists() {
        fs::remove_dir_all(root).with_context(|| format!("cannot empty {}", root.display()))?;
    }
    for folder in ["bin", "sbin", "lib", "lib64"] {
        fs::create_dir_all(root.join("usr").join(folder))?;
        std::os::unix::fs::symlink(format!("usr/{folder}"), root.join(folder))?;
    }
    for file in files.iter().filter(|file| is_used(file)) {
        let mut packed = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(file).stdout(Stdio::piped()).spawn()?;
        let pipe = packed.stdout.take().context("dpkg-deb has no stdout")?;
        let mut tar = Command::new("tar");
        tar.args(["--extract", "--keep-directory-symlink", "--directory"]).arg(root).stdin(pipe);
        process::run(&mut tar).with_context(|| format!("cannot unpack {}", file.display()))?;
        packed.wait()?;
    }
    Ok(())
}

/// True for packages whose files an image needs.
fn is_used(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let package = name.split('_').next().unwrap_or_default();
    !UNUSED.contains(&package) && !package.contains("perl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_and_perl_are_left_out() {
        let used = |name: &str| is_used(Path::new(name));
        assert!(used("/x/nginx_1.22.1-9_amd64.deb") && used("libpq5_15.20-0_amd64.deb"));
        assert!(
            !used("dpkg_1.21.23_amd64.deb") && !used("libperl5.36_5.36.0-7_amd64.deb") && !used("libllvm14_1%3a14.deb")
        );
    }
}
