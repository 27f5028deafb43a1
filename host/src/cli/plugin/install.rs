//! `foghorn plugin install`: fetch, show, ask, write.

use std::fs;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::Common;
use crate::cli::text::{print, safe};
use crate::install::{Bounds, Candidate, Fetcher, Installed, Logins, Shelf, Wanted};
use crate::plugins::{Limits, Plugins, PluginsOptions};
use crate::settings::Settings;

/// Registry logins by environment; the flag and its variable name a file of them.
const LOGIN: &str = "FOGHORN_REGISTRY_LOGIN";

/// Enough to ask components what they are, one after the other.
const INSTANCES_MAX: u32 = 4;

#[derive(Debug, Args)]
pub(in crate::cli) struct InstallArgs {
    /// A file, https://HOST/PATH#sha256:DIGEST, oci://REGISTRY/NAME:TAG or oci://REGISTRY/NAME@sha256:DIGEST
    #[arg(value_name = "SOURCE")]
    source: String,
    /// What the component's bytes must hash to, sha256: and 64 digits; a URL needs it
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
    /// Install without asking
    #[arg(short, long)]
    yes: bool,
    /// Certificates (PEM) that are trusted beside the system's
    #[arg(long, env = "FOGHORN_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// File with a line REGISTRY=USER:PASSWORD for each registry to log in to [also: FOGHORN_REGISTRY_LOGIN holds such lines]
    #[arg(long, env = "FOGHORN_REGISTRY_LOGIN_FILE", value_name = "FILE")]
    registry_login_file: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(in crate::cli) fn run(args: InstallArgs) -> anyhow::Result<ExitCode> {
    let wanted = Wanted::parse(&args.source, args.digest.as_deref())?;
    let host = host()?;
    let fetcher = Fetcher {
        bounds: Bounds { bytes_max: host.limits().component_bytes_max, ..Bounds::default() },
        logins: logins(args.registry_login_file.as_deref())?,
        ca_pem: args.ca_file.as_deref().map(read).transpose()?,
    };
    let shelf = shelf(&args.common.settings()?)?;
    let fetched = crate::cli::block_on(async { Ok(fetcher.fetch(&wanted).await?) })?;
    let candidate = Candidate::load(&host, fetched)?;
    print(|out| show(out, &candidate))?;
    if let Some(path) = shelf.find(&host, &candidate)? {
        print(|out| already(out, &path))?;
        return Ok(ExitCode::SUCCESS);
    }
    let question = format!("install it as {}? [y/N] ", shelf.path_of(&candidate).display());
    let terminal = io::stdin().is_terminal().then(|| io::stdin().lock());
    if !args.yes && !confirm(&question, terminal, &mut io::stderr())? {
        eprintln!("foghorn: nothing was installed");
        return Ok(ExitCode::FAILURE);
    }
    let now = jiff::Timestamp::now().to_string();
    match shelf.put(&host, &candidate, &now)? {
        Installed::New(path) => print(|out| installed(out, &candidate, &path))?,
        Installed::Already(path) => print(|out| already(out, &path))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A plugin host without a cache: nothing of a component that nobody agreed to is kept.
pub(super) fn host() -> anyhow::Result<Plugins> {
    let limits = Limits { instances_max: INSTANCES_MAX, ..Limits::default() };
    Ok(Plugins::new(PluginsOptions { limits, ..PluginsOptions::default() })?)
}

pub(super) fn shelf(settings: &Settings) -> anyhow::Result<Shelf> {
    match &settings.plugins_dir {
        Some(directory) => Ok(Shelf::new(directory.clone())),
        None => bail!("no plugins directory is set; name the one that the host is run with, --plugins-dir DIR"),
    }
}

/// Those of the environment go before those of the file.
fn logins(file: Option<&Path>) -> anyhow::Result<Logins> {
    let mut text = std::env::var(LOGIN).unwrap_or_default();
    if let Some(file) = file {
        text.push('\n');
        text.push_str(&fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(Logins::parse(&text)?)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("--ca-file: cannot read {}", file.display()))
}

/// What is about to be let in.
fn show(out: &mut dyn Write, candidate: &Candidate) -> io::Result<()> {
    let plugin = &candidate.plugin;
    writeln!(out, "{} {}, a plugin for {}", plugin.name, plugin.plugin_version, plugin.slot)?;
    writeln!(out, "  says       {}", plugin.summary)?;
    writeln!(out, "  from       {}", safe(&candidate.fetched.pinned))?;
    writeln!(out, "  digest     sha256:{}", plugin.digest)?;
    writeln!(out, "  size       {} bytes", plugin.bytes.len())?;
    writeln!(out, "  contract   foghorn:plugin@{}", plugin.contract)?;
    writeln!(out, "  asks for   {}", grants(&plugin.imports))
}

/// What a component may do beside computing.
fn grants(imports: &[String]) -> String {
    if imports.is_empty() {
        return "nothing".into();
    }
    let grant = |import: &String| {
        let means = if import.starts_with("foghorn:plugin/host@") {
            "writes to the host's log"
        } else if import.starts_with("wasi:") {
            "an empty world"
        } else {
            "unknown"
        };
        format!("{} ({means})", safe(import))
    };
    imports.iter().map(grant).collect::<Vec<_>>().join(", ")
}

/// Asks on `terminal`. Where there is none, nobody could have said yes.
fn confirm(question: &str, terminal: Option<impl BufRead>, asked_on: &mut dyn Write) -> anyhow::Result<bool> {
    let Some(mut terminal) = terminal else {
        bail!("there is no terminal to ask on; nothing was installed, say --yes to install without being asked");
    };
    asked_on.write_all(question.as_bytes())?;
    asked_on.flush()?;
    let mut answer = String::new();
    terminal.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn installed(out: &mut dyn Write, candidate: &Candidate, path: &Path) -> io::Result<()> {
    let plugin = &candidate.plugin;
    writeln!(out, "installed {}", path.display())?;
    writeln!(out, "use it by its digest:  --{} sha256:{}", plugin.slot, plugin.digest)
}

fn already(out: &mut dyn Write, path: &Path) -> io::Result<()> {
    writeln!(out, "already there: {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(answer: &str) -> bool {
        let mut asked = Vec::new();
        let yes = confirm("install? ", Some(answer.as_bytes()), &mut asked).unwrap();
        assert_eq!(asked, b"install? ");
        yes
    }

    #[test]
    fn only_a_yes_installs() {
        assert!(answered("y\n") && answered("YES\n"));
        for answer in ["", "\n", "n\n", "yess\n", "no yes\n"] {
            assert!(!answered(answer), "{answer:?}");
        }
    }

    #[test]
    fn without_a_terminal_nobody_is_asked_and_nothing_installed() {
        let error = confirm("install? ", None::<&[u8]>, &mut io::sink()).unwrap_err().to_string();
        assert!(error.contains("--yes"), "{error}");
    }

    #[test]
    fn grants_are_told_in_words() {
        assert_eq!(grants(&[]), "nothing");
        let imports = ["foghorn:plugin/host@0.1.0", "wasi:clocks/wall-clock@0.2.0"].map(String::from);
        assert_eq!(
            grants(&imports),
            "foghorn:plugin/host@0.1.0 (writes to the host's log), wasi:clocks/wall-clock@0.2.0 (an empty world)"
        );
    }

    const COMPONENT: &[u8] = include_bytes!("../../plugins/tests/data/frozen-0.1.0.wasm");

    fn dispatched(arguments: &[&str]) -> anyhow::Result<ExitCode> {
        use clap::Parser as _;
        crate::cli::dispatch(crate::cli::Cli::try_parse_from(["foghorn", "plugin"].iter().chain(arguments)).unwrap())
    }

    #[test]
    fn the_command_installs_what_was_asked_for_and_removes_it_again() {
        let directory = tempfile::tempdir().unwrap();
        let (source, plugins) = (directory.path().join("a.wasm"), directory.path().join("plugins"));
        fs::write(&source, COMPONENT).unwrap();
        let (source, plugins_dir) = (source.to_str().unwrap(), plugins.to_str().unwrap());
        let install = ["install", source, "--yes", "--plugins-dir", plugins_dir];

        let other = format!("sha256:{}", "0".repeat(64));
        let error = dispatched(&[&install[..], &["--digest", &other]].concat()).unwrap_err().to_string();
        assert!(error.contains("nothing was installed"), "{error}");
        assert!(!plugins.exists());

        for _ in 0..2 {
            assert_eq!(dispatched(&install).unwrap(), ExitCode::SUCCESS);
            assert_eq!(fs::read(plugins.join("frozen-0.1.0.wasm")).unwrap(), COMPONENT);
        }
        let remove = |plugin| dispatched(&["remove", plugin, "--plugins-dir", plugins_dir]);
        assert!(remove("frozen").unwrap_err().to_string().contains("NAME@1.2.3"));
        assert_eq!(remove("frozen@0.1.0").unwrap(), ExitCode::SUCCESS);
        assert_eq!(plugins.read_dir().unwrap().count(), 0);
    }

    #[test]
    fn what_is_shown_says_who_it_is_and_what_it_asks_for() {
        let digest = crate::plugins::Digest::of(COMPONENT);
        let pinned = "oci://a.b/c@sha256:1\u{1b}[2J".to_owned();
        let fetched = crate::install::Fetched { bytes: COMPONENT.to_vec(), digest, pinned };
        let candidate = Candidate::load(&host().unwrap(), fetched).unwrap();
        let mut shown = Vec::new();
        show(&mut shown, &candidate).unwrap();
        let expected = format!(
            "frozen 0.1.0, a plugin for detector\n\
             \x20 says       Distance from the mean, kept built for version 0.1.0 of the contract\n\
             \x20 from       oci://a.b/c@sha256:1\\u{{1b}}[2J\n\
             \x20 digest     sha256:{digest}\n\
             \x20 size       {} bytes\n\
             \x20 contract   foghorn:plugin@0.1.0\n\
             \x20 asks for   foghorn:plugin/host@0.1.0 (writes to the host's log)\n",
            COMPONENT.len()
        );
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
    }
}
