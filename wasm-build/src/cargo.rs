//! What cargo must be told to build for the components' target.
//!
//! Promises that no path of this machine gets into the component, and that both ways to the standard library have a target
//! directory of their own: they would build everything anew in turns otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::wasm_std::{TARGET, WasmStd};

/// Completes a `cargo build` or `cargo clippy` of the workspace at `root`. `folder` is the target directory, its name is
/// lengthened where the library is built from source. Gives the folder in which cargo leaves the profiles' folders.
pub fn prepare(cargo: &mut Command, root: &Path, folder: &Path, std: &WasmStd) -> PathBuf {
    let mut target = folder.as_os_str().to_owned();
    if let WasmStd::Source { .. } = std {
        target.push("-buildstd");
    }
    cargo.args(["--target", TARGET, "--target-dir"]).arg(&target);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remap(root, std));
    if let WasmStd::Source { compiler, linker, .. } = std {
        build_std(cargo, compiler, linker);
    }
    PathBuf::from(target).join(TARGET)
}

/// Without these the builder's paths would stand in the panic messages inside the components.
fn remap(root: &Path, library: &WasmStd) -> OsString {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|h| h.join(".cargo")));
    let sysroot = match library {
        WasmStd::Ready { .. } => None,
        WasmStd::Source { sysroot, .. } => Some(sysroot.as_path()),
    };
    let mut flags = OsString::new();
    for (from, to) in [(Some(root), "foghorn"), (home.as_deref(), "cargo"), (sysroot, "rust")] {
        let Some(from) = from else { continue };
        if !flags.is_empty() {
            flags.push("\x1f");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

/// `RUSTC_BOOTSTRAP` because building the library is not stable; the empty feature list leaves out backtraces, which a
/// component cannot show.
fn build_std(cargo: &mut Command, compiler: &Path, linker: &Path) {
    cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", compiler);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clones_path_is_mapped_away() {
        let flags = remap(Path::new("/some/clone"), &WasmStd::Ready { way: "installed" });
        assert!(flags.to_string_lossy().starts_with("--remap-path-prefix=/some/clone=foghorn\x1f"));
    }

    #[test]
    fn a_library_from_source_has_a_target_directory_of_its_own() {
        let built = |std: &WasmStd| prepare(&mut Command::new("cargo"), Path::new("/a"), Path::new("/a/plugins"), std);
        let source = WasmStd::Source {
            way: "debian",
            compiler: "/usr/bin/rustc".into(),
            sysroot: "/usr".into(),
            linker: "/usr/bin/wasm-ld".into(),
        };
        assert_eq!(built(&WasmStd::Ready { way: "installed" }), Path::new("/a/plugins").join(TARGET));
        assert_eq!(built(&source), Path::new("/a/plugins-buildstd").join(TARGET));
    }
}
