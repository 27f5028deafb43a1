//! Finds a standard library for `wasm32-unknown-unknown`, which a bare toolchain does not have.
//!
//! Tried in this order, because each is slower than the one before:
//! 1. `installed`: the toolchain has it.
//! 2. `rustup`: `rustup target add`, killed after 20 s, since a blocked network would hang it for ever.
//! 3. `build-std`: the toolchain has the library's source (`rust-src`); cargo builds it.
//! 4. `debian`: Debian's `rustc-web` and `rust-web-src`, installed where the caller can; cargo builds it with that compiler.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process;

/// Who looks, and what may be done about what is missing.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Stands before what is told while looking.
    pub teller: &'static str,
    /// One of the four ways; the others are forbidden then, so that each can be tested.
    pub wanted: Option<&'a str>,
    /// Installs Debian packages, where that asks nobody.
    pub install: Option<Install>,
}

/// Installs the Debian packages of these names.
pub type Install = fn(&[&str]) -> Result<()>;

/// The components' target.
pub const TARGET: &str = "wasm32-unknown-unknown";

const RUSTUP_LIMIT: Duration = Duration::from_secs(20);
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// A way to get the standard library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Installed,
    Rustup,
    BuildStd,
    Debian,
}

const WAYS: [(&str, Way); 4] =
    [("installed", Way::Installed), ("rustup", Way::Rustup), ("build-std", Way::BuildStd), ("debian", Way::Debian)];

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WasmStd {
    /// The toolchain's own, ready to link.
    Ready { way: &'static str },
    /// To be built from source by this compiler.
    Source { way: &'static str, compiler: PathBuf, sysroot: PathBuf, linker: PathBuf },
}

impl WasmStd {
    /// The way it was found, as `Search::wanted` would name it.
    pub fn way(&self) -> &'static str {
        match self {
            Self::Ready { way } | Self::Source { way, .. } => way,
        }
    }
}

/// Finds the standard library, fetching it when that is possible.
pub fn find(search: Search<'_>) -> Result<WasmStd> {
    let wanted = search.wanted;
    for (name, way) in ways(wanted)? {
        if let Some(found) = attempt(search, name, way)? {
            return Ok(found);
        }
    }
    bail!(
        "no standard library for {TARGET} was found{}; run one of\n  rustup target add {TARGET}\n  rustup component add rust-src\n  apt-get install -y --no-install-recommends {}   (Debian, as root)",
        wanted.map(|w| format!(" by way of {w}")).unwrap_or_default(),
        DEBIAN_PACKAGES.join(" "),
    )
}

fn ways(wanted: Option<&str>) -> Result<Vec<(&'static str, Way)>> {
    let Some(wanted) = wanted else { return Ok(WAYS.to_vec()) };
    match WAYS.iter().find(|(name, _)| *name == wanted) {
        Some(way) => Ok(vec![*way]),
        None => {
            bail!("the way to the standard library is {wanted:?}; allowed are installed, rustup, build-std and debian")
        }
    }
}

fn attempt(search: Search<'_>, name: &'static str, way: Way) -> Result<Option<WasmStd>> {
    let rustc = Path::new("rustc");
    let ready = || sysroot(rustc).filter(|s| has_target(s)).map(|_| WasmStd::Ready { way: name });
    Ok(match way {
        Way::Installed => ready(),
        Way::Rustup => {
            add_target(search.teller);
            ready()
        }
        Way::BuildStd => {
            let own = sysroot(rustc).map(|s| s.join("bin/rustc"));
            own.and_then(|compiler| source(name, compiler))
        }
        Way::Debian => {
            if let (None, Some(install)) = (other_compiler(), search.install) {
                install(&DEBIAN_PACKAGES)?;
            }
            other_compiler().and_then(|compiler| source(name, compiler))
        }
    })
}

/// The way by a compiler that comes with the library's source.
fn source(way: &'static str, compiler: PathBuf) -> Option<WasmStd> {
    let sysroot = sysroot(&compiler).filter(|s| has_source(s))?;
    Some(WasmStd::Source { way, compiler, sysroot, linker: linker()? })
}

/// A failure is only told: the next way may do.
fn add_target(teller: &str) {
    if !process::succeeds(Command::new("rustup").arg("--version")) {
        return;
    }
    eprintln!("{teller}: adding the target {TARGET}");
    if let Err(error) = process::run_within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_LIMIT) {
        eprintln!("{teller}: {error}; looking for another way");
    }
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    process::text(Command::new(rustc).args(["--print", "sysroot"])).ok().map(PathBuf::from)
}

fn has_target(sysroot: &Path) -> bool {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    let Ok(mut entries) = libraries.read_dir() else { return false };
    entries.any(|e| e.is_ok_and(|e| e.file_name().to_string_lossy().starts_with("libstd-")))
}

fn has_source(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std").is_dir()
}

/// A compiler on the path that is not the toolchain's own and comes with the library's source.
fn other_compiler() -> Option<PathBuf> {
    let own = sysroot(Path::new("rustc"));
    let on_path = |dir: PathBuf| Some(dir.join("rustc")).filter(|c| c.is_file());
    env::split_paths(&env::var_os("PATH")?).filter_map(on_path).find(|compiler| {
        let root = sysroot(compiler);
        root != own && root.is_some_and(|r| has_source(&r))
    })
}

/// The toolchain's own linker, else LLVM's on the path.
fn linker() -> Option<PathBuf> {
    let root = sysroot(Path::new("rustc"))?.join("lib/rustlib");
    let bundled = root.read_dir().ok()?.flatten().map(|e| e.path().join("bin/rust-lld")).find(|p| p.is_file());
    let on_path = || env::split_paths(&env::var_os("PATH")?).map(|d| d.join("wasm-ld")).find(|p| p.is_file());
    bundled.or_else(on_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wanted_way_forbids_the_others() {
        assert_eq!(ways(None).unwrap().len(), 4);
        assert_eq!(ways(Some("debian")).unwrap(), [("debian", Way::Debian)]);
        let error = ways(Some("luck")).unwrap_err().to_string();
        assert!(error.contains("\"luck\"") && error.contains("build-std"), "{error}");
    }

    #[test]
    fn a_sysroot_counts_only_with_the_library_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let libraries = dir.path().join("lib/rustlib").join(TARGET).join("lib");
        std::fs::create_dir_all(&libraries).unwrap();
        assert!(!has_target(dir.path()));
        std::fs::write(libraries.join("libstd-0123.rlib"), "").unwrap();
        assert!(has_target(dir.path()));
        assert!(!has_source(dir.path()));
    }
}
