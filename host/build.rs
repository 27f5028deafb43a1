//! Embeds the built components, and what `foghorn plugin new` writes, in the binary, so that `foghorn` is one file.
//!
//! Writes `builtin.rs` to `OUT_DIR`, with one entry for each `NAME.wasm` found. The directory is `FOGHORN_COMPONENTS`, else
//! `components` in the target directory, where `cargo xtask build` leaves them. On a bare clone there are none: then the
//! list is empty and a warning says so, because `cargo check` must work before anything was built.
//!
//! Writes `scaffold.rs` likewise, with the text of each file below the folders in `SCAFFOLD`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What plugin projects are made of: the folder, seen from this crate, and what its files are called in the list.
const SCAFFOLD: [(&str, &str); 3] = [("templates/plugin", "templates"), ("../wit", "wit"), ("../guest/src", "guest")];

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=FOGHORN_COMPONENTS");

    let folder = env::var_os("FOGHORN_COMPONENTS").map_or_else(|| default_folder(&out), PathBuf::from);
    let components = components_in(&folder)?;
    println!("cargo::rerun-if-changed={}", folder.display());
    for path in &components {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    if components.is_empty() {
        println!("cargo::warning=components are not built yet; run cargo xtask build");
    }
    fs::write(out.join("builtin.rs"), listing(&components))?;
    fs::write(out.join("scaffold.rs"), scaffold()?)
}

/// Every file of the scaffold: name and text, by name.
fn scaffold() -> io::Result<String> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for (folder, name) in SCAFFOLD {
        println!("cargo::rerun-if-changed={}", here.join(folder).display());
        files_below(&here.join(folder), name, &mut files)?;
    }
    files.sort();
    let mut text = String::from("/// Name and text of each file, by name.\nstatic FILES: &[(&str, &str)] = &[\n");
    for (name, path) in files {
        let path = path.to_string_lossy();
        let _ = writeln!(text, "    ({name:?}, include_str!({path:?})),");
    }
    text.push_str("];\n");
    Ok(text)
}

fn files_below(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => files_below(&entry.path(), &name, files)?,
            false => files.push((name, entry.path())),
        }
    }
    Ok(())
}

/// `OUT_DIR` is `<target>[/<triple>]/<profile>/build/<crate>/out`.
fn default_folder(out: &Path) -> PathBuf {
    let mut target = out.ancestors().nth(4).unwrap_or(out);
    let triple = env::var_os("TARGET").unwrap_or_default();
    if target.file_name() == Some(&triple) {
        target = target.parent().unwrap_or(target);
    }
    target.join("components")
}

/// The components in `folder`, by name; none where the folder is missing.
fn components_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let paths = entries.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    let mut wasm: Vec<_> = paths.into_iter().filter(|p| p.extension() == Some(OsStr::new("wasm"))).collect();
    wasm.sort();
    Ok(wasm)
}

fn listing(components: &[PathBuf]) -> String {
    let mut text = String::from(
        "/// The components built with this binary: name and bytes, by name. Empty when none were built.\npub static BUILTIN: &[(&str, &[u8])] = &[\n",
    );
    for path in components {
        let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let path = path.to_string_lossy();
        let _ = writeln!(text, "    ({name:?}, include_bytes!({path:?})),");
    }
    text.push_str("];\n");
    text
}
