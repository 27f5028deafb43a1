//! The image's root as a folder: program, loader, libraries, certificates, the small files of `deploy/rootfs`.
//!
//! Two folders in the context: `root` is copied as root's, `owned` as the user's that runs the program. The files keep the paths
//! they have here, because the loader looks where it was built to look.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::parts;
use crate::{needs, process};

/// Where the program lies in the image; `deploy/Dockerfile` starts it there.
const PROGRAM: &str = "usr/bin/foghorn";
/// Where the certificates lie in the image; `deploy/Dockerfile` names it to the program.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// Empties `context` and fills it: `small` holds files to take as they are.
pub(super) fn fill(context: &Path, program: &Path, small: &Path) -> Result<()> {
    if context.exists() {
        fs::remove_dir_all(context).with_context(|| format!("cannot empty {}", context.display()))?;
    }
    let root = context.join("root");
    copy_folder(small, &root)?;
    for library in parts::libraries(program)? {
        copy(&library, &root.join(library.strip_prefix("/")?), 0o755)?;
    }
    let inside = root.join(PROGRAM);
    copy(program, &inside, 0o755)?;
    strip(&inside)?;
    match parts::certificates() {
        Some(bundle) => copy(bundle, &root.join(CERTIFICATES), 0o644)?,
        None => eprintln!("xtask: this machine has no certificates; TLS will need files named in the settings"),
    }
    // An empty folder here becomes the data directory: a new volume takes its owner and mode.
    make_folder(&context.join("owned/foghorn"), 0o700)
}

/// Line tables are half of the program. Names of functions stay, so a backtrace still says where.
fn strip(program: &Path) -> Result<()> {
    if !needs::on_path("strip") {
        eprintln!("xtask: strip is missing (Debian: binutils); the image will be twice as large");
        return Ok(());
    }
    process::run(Command::new("strip").arg("--strip-debug").arg(program))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    make_folder(to, 0o755)?;
    for entry in from.read_dir().with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target, 0o644)?;
        }
    }
    Ok(())
}

/// Follows symbolic links: libraries are often named by one. The mode is given, whatever the umask was.
fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        make_folder(folder, 0o755)?;
    }
    fs::copy(from, to)
        .and_then(|_| fs::set_permissions(to, fs::Permissions::from_mode(mode)))
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Makes a folder and those above it that are missing, each with `mode`.
fn make_folder(path: &Path, mode: u32) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folder(above, 0o755)?;
    }
    fs::create_dir(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .with_context(|| format!("cannot make {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn the_root_holds_what_the_program_needs_and_nothing_of_an_earlier_one() {
        let dir = tempfile::tempdir().unwrap();
        let (context, small) = (dir.path().join("image"), dir.path().join("small"));
        fs::create_dir_all(small.join("etc")).unwrap();
        fs::write(small.join("etc/passwd"), "a:x:1:1::/:/none\n").unwrap();
        let program = std::env::current_exe().unwrap();

        fill(&context, &program, &small).unwrap();
        fs::write(context.join("root/left-over"), "").unwrap();
        fill(&context, &program, &small).unwrap();

        let root = context.join("root");
        assert!(!root.join("left-over").exists());
        assert_eq!(mode(&root.join(PROGRAM)), 0o755);
        assert_eq!(mode(&root.join("etc/passwd")), 0o644);
        assert_eq!(mode(&context.join("owned/foghorn")), 0o700);
        for library in parts::libraries(&program).unwrap() {
            let inside = root.join(library.strip_prefix("/").unwrap());
            assert!(inside.symlink_metadata().unwrap().is_file(), "{}", inside.display());
        }
    }
}
