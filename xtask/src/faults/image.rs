//! The image of all services: nginx, Redis, Postgres and Python out of Debian's packages, and the small shop that runs on them.
//!
//! Its tag is the digest of what it is made of, so it is made once. The shop's next release is a second image on top of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::debian;
use crate::digest::sha256;
use crate::docker::docker;
use crate::process;
use crate::workspace::Workspace;

const PACKAGES: [&str; 7] =
    ["nginx-light", "redis-server", "postgresql-15", "python3", "python3-redis", "python3-psycopg2", "busybox-static"];

/// What is ours: the shop and the settings of the servers.
const FILES: [(&str, &str); 7] = [
    ("srv/app.py", include_str!("../../faults/srv/app.py")),
    ("srv/release.py", include_str!("../../faults/srv/release.py")),
    ("srv/release_2.py", include_str!("../../faults/srv/release_2.py")),
    ("srv/database.py", include_str!("../../faults/srv/database.py")),
    ("srv/www/index.html", include_str!("../../faults/srv/www/index.html")),
    ("srv/www/assets/shop.css", include_str!("../../faults/srv/www/assets/shop.css")),
    ("etc/nginx/nginx.conf", include_str!("../../faults/etc/nginx/nginx.conf")),
];

/// What the packages' scripts would have made.
const MADE: [(&str, &str); 2] = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:101::/data:/bin/sh\n"),
    ("etc/group", "root:x:0:\npostgres:x:101:\n"),
];

const FOLDERS: [&str; 8] = ["data", "dev", "proc", "root", "run", "sys", "tmp", "var/log/nginx"];

const ENVIRONMENT: &str =
    "ENV PATH=/usr/bin:/usr/sbin:/usr/lib/postgresql/15/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1";

/// The shop's present release and its next one.
#[derive(Debug, Clone)]
pub(super) struct Images {
    pub(super) present: String,
    pub(super) next: String,
}

/// Makes both images where the engine does not have them.
pub(super) fn ensure(workspace: &Workspace) -> Result<Images> {
    let present = format!("foghorn-faults:{}", tag());
    let next = format!("{present}-next");
    let has = |image: &str| process::succeeds(docker().args(["image", "inspect", image]));
    if !has(&present) {
        eprintln!("xtask: making the services' image of Debian packages (about 100 MB to fetch)");
        let folder = workspace.target("faults");
        let files = debian::fetch(&folder.join("packages"), &PACKAGES)?;
        let root = folder.join("root");
        debian::unpack(&files, &root)?;
        furnish(&root)?;
        import(&root, &present)?;
        fs::remove_dir_all(&root)?;
    }
    if !has(&next) {
        derive(&present, &next)?;
    }
    Ok(Images { present, next })
}

fn tag() -> String {
    let all: Vec<&str> = FILES
        .iter()
        .chain(&MADE)
        .map(|(_, text)| *text)
        .chain(PACKAGES)
        .chain(debian::UNUSED)
        .chain([ENVIRONMENT])
        .collect();
    sha256(all.join("\0").as_bytes())[..12].to_owned()
}

/// Adds what no package brings.
fn furnish(root: &Path) -> Result<()> {
    for folder in FOLDERS {
        fs::create_dir_all(root.join(folder))?;
    }
    process::run(Command::new("chmod").arg("1777").arg(root.join("tmp")))?;
    std::os::unix::fs::symlink("busybox", root.join("usr/bin/sh")).context("a package brought a shell already")?;
    for (path, text) in FILES.iter().chain(&MADE) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn import(root: &Path, image: &str) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"]);
    let mut tar =
        tar.arg("--directory").arg(root).arg(".").stdout(Stdio::piped()).spawn().context("cannot start tar")?;
    let pipe = tar.stdout.take().context("tar has no stdout")?;
    let mut import = docker();
    import.args(["import", "--change", ENVIRONMENT, "--change", "LABEL foghorn.image=faults", "-", image]);
    process::run(import.stdin(pipe).stdout(Stdio::null()))?;
    if !tar.wait()?.success() {
        bail!("tar could not pack {}", root.display());
    }
    Ok(())
}

/// The next release: one file of the shop is another.
fn derive(present: &str, next: &str) -> Result<()> {
    let id = process::text(docker().args(["create", present, "true"]))?;
    let file = tempfile_with(FILES[2].1)?;
    let made = process::text(docker().arg("cp").arg(&file).arg(format!("{id}:/srv/release.py")))
        .and_then(|_| process::text(docker().args(["commit", &id, next])));
    fs::remove_file(&file)?;
    process::text(docker().args(["rm", &id]))?;
    made.map(drop)
}

fn tempfile_with(text: &str) -> Result<std::path::PathBuf> {
    let path = std::env::temp_dir().join(format!("foghorn-faults-release-{}.py", std::process::id()));
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_release_is_another_file_than_the_present_one() {
        assert_eq!(FILES[2].0, "srv/release_2.py");
        assert_ne!(FILES[1].1, FILES[2].1);
        assert_eq!(tag().len(), 12);
    }
}
