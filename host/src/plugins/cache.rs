//! Compiled components on disk: loading one takes half a millisecond, compiling one 20 ms to many seconds.
//!
//! A file is `<component digest>-<engine>.cwasm`: a mark, the SHA-256 of the code, the code. The engine part is a hash of all
//! that must be alike for code to be loaded, so another version or configuration never sees it. wasmtime itself was seen to
//! load code with corrupted bytes; hence the hash, which is checked before anything is loaded.
//!
//! The hash finds damage, not forgery: who can write here can run code as this process. So the directory must belong to
//! this user and be writable by nobody else; otherwise it is not used. What cannot be read or written only costs time.

use std::fs::{self, DirBuilder};
use std::hash::{Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::digest::Digest;

/// First bytes of a file; the number is the layout's.
const MARK: &[u8; 16] = b"foghorn-cwasm-1\n";
const HEAD_BYTES: usize = MARK.len() + 32;

/// Compiled components that are kept; the oldest go first.
const FILES_MAX: usize = 64;

/// Bytes of one file. An interpreter compiled is 35 MiB.
const FILE_BYTES_MAX: u64 = 512 << 20;

/// A directory of compiled components.
#[derive(Debug)]
pub(super) struct Cache {
    directory: PathBuf,
    /// Which engines can load what this one wrote.
    engine: String,
}

impl Cache {
    /// The directory is made where it is missing. `None`, with a warning, where it cannot be used.
    pub(super) fn open(directory: &Path, engine: &Engine) -> Option<Self> {
        match prepare(directory) {
            Ok(()) => Some(Self { directory: directory.to_owned(), engine: compatibility(engine) }),
            Err(error) => {
                tracing::warn!(directory = %directory.display(), %error, "compiled plugins are not kept");
                None
            }
        }
    }

    /// The compiled component, where there is a sound one.
    pub(super) fn get(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let path = self.path(digest);
        let code = match read(&path) {
            Ok(code) => code?,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin cannot be read; compiling it again");
                return None;
            }
        };
        // SAFETY: loading trusts the bytes to be what this engine's compiler wrote. They are: the directory is writable by
        // this user alone, the name binds them to component and engine, and their hash was just checked.
        let component = unsafe { Component::deserialize(engine, code) };
        component
            .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "a compiled plugin does not fit; compiling it again"))
            .ok()
    }

    /// Keeps a compiled component. A failure costs time at the next start, so it is a warning.
    pub(super) fn put(&self, digest: &Digest, component: &Component) {
        let path = self.path(digest);
        let written = component.serialize().map_err(io::Error::other).and_then(|code| write(&path, &code));
        if let Err(error) = written.and_then(|()| self.prune()) {
            tracing::warn!(path = %path.display(), %error, "a compiled plugin cannot be kept");
        }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.directory.join(format!("{digest}-{}.cwasm", self.engine))
    }

    fn prune(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "cwasm") {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(FILES_MAX);
        files[..surplus].iter().try_for_each(|(_, path)| fs::remove_file(path))
    }
}

fn prepare(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let found = fs::metadata(directory)?;
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return Err(io::Error::other(format!("it belongs to user {}, this is user {user}", found.uid())));
    }
    if found.mode() & 0o022 != 0 {
        return Err(io::Error::other(format!(
            "others may write to it (mode {:o}); chmod 700 it",
            found.mode() & 0o777
        )));
    }
    Ok(())
}

/// The code in a file; `None` where there is no file.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Ok(found) if found.len() > FILE_BYTES_MAX => {
            return Err(io::Error::other(format!("{} bytes; at most {FILE_BYTES_MAX} are read", found.len())));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = fs::read(path)?;
    let sound = bytes.len() > HEAD_BYTES
        && bytes.starts_with(MARK)
        && Sha256::digest(&bytes[HEAD_BYTES..])[..] == bytes[MARK.len()..HEAD_BYTES];
    if !sound {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is damaged: its hash does not match"));
    }
    Ok(Some(bytes.split_off(HEAD_BYTES)))
}

/// A reader sees the whole file or none: it is written under another name and renamed.
fn write(path: &Path, code: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let mut bytes = Vec::with_capacity(HEAD_BYTES + code.len());
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(&Sha256::digest(code));
    bytes.extend_from_slice(code);
    fs::write(&fresh, bytes)?;
    fs::rename(&fresh, path)
}

/// The engine's compatibility as 16 digits.
fn compatibility(engine: &Engine) -> String {
    let mut hash = Hashed(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hash);
    format!("{:016x}", hash.finish())
}

/// SHA-256 as a `Hasher`: std's own promise no stable result.
struct Hashed(Sha256);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest[..8].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}
