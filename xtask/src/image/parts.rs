//! Which files of this machine a program needs beside itself: its loader and shared libraries, and certificates.
//!
//! Asks `ldd`, which asks the loader itself, so the answer is what would be loaded here. From glibc 2.34 on, names are looked up
//! without further libraries; an older one would need its `libnss_*` files, which are not gathered.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Where distributions keep the one file with all certificates: Debian and Alpine, Fedora, SUSE.
const CERTIFICATES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// Absolute paths of the loader and the libraries that `program` needs; none when it is linked statically.
pub(super) fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).env("LC_ALL", "C").output();
    let output = output.context("cannot start ldd, which comes with the C library")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && !complained.contains("not a dynamic executable") {
        bail!("ldd {} failed ({}): {}", program.display(), output.status, complained.trim());
    }
    parse(&said).with_context(|| format!("ldd {}", program.display()))
}

/// Reads lines such as `libc.so.6 => /lib/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`. What has no path is the
/// kernel's (`linux-vdso`), or a sentence about a static program.
fn parse(said: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for line in said.lines().map(str::trim) {
        let (name, rest) = line.split_once(" => ").unwrap_or(("", line));
        if rest.starts_with("not found") {
            bail!("{name} is not found on this machine; install it, or build where it is");
        }
        let path = rest.split(" (").next().unwrap_or_default();
        if path.starts_with('/') {
            paths.push(PathBuf::from(path));
        }
    }
    Ok(paths)
}

/// The file of certificates that this machine trusts, where it has one.
pub(super) fn certificates() -> Option<&'static Path> {
    CERTIFICATES.iter().map(Path::new).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_the_loader_are_read_and_the_kernels_is_not() {
        let said = "\tlinux-vdso.so.1 (0x00007f1)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x00007f2)\n\t/lib64/ld.so.2 (0x00007f3)\n";
        assert_eq!(parse(said).unwrap(), ["/lib/x/libc.so.6", "/lib64/ld.so.2"].map(PathBuf::from));
        assert!(parse("\tstatically linked\n").unwrap().is_empty());
    }

    #[test]
    fn a_library_that_is_missing_is_named() {
        let error = parse("\tlibodd.so.1 => not found\n").unwrap_err().to_string();
        assert!(error.starts_with("libodd.so.1 is not found"), "{error}");
    }

    #[test]
    fn a_script_is_no_program_to_gather_for() {
        let script = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(script.path(), "not a program").unwrap();
        assert!(libraries(script.path()).unwrap().is_empty());
        assert!(libraries(Path::new("/nowhere/at-all")).is_err());
    }
}
