//! `foghorn replay` of the built binary, with the same flags for every set.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use super::EvalArgs;
use super::figures::Figures;
use super::judged::{self, Window};
use super::sets::Set;
use crate::process;
use crate::workspace::Workspace;

/// How sets are replayed.
#[derive(Debug)]
pub(super) struct Replays {
    binary: PathBuf,
    /// What is written lies here; no settings file does.
    folder: PathBuf,
    flags: Vec<OsString>,
    pub plugins_dir: Option<PathBuf>,
}

/// What came of one.
#[derive(Debug)]
pub(super) enum Outcome {
    Judged(Box<Replayed>),
    /// Foghorn judged nothing, and why.
    Refused(String),
}

/// A set that was judged.
#[derive(Debug)]
pub(super) struct Replayed {
    pub figures: Figures,
    pub summary: Value,
    pub windows: Vec<Window>,
    pub windows_path: PathBuf,
    /// Bad lines and streams that were left out.
    pub notes: Vec<String>,
}

impl Replays {
    pub(super) fn new(workspace: &Workspace, args: &EvalArgs) -> Result<Self> {
        let folder = workspace.target("eval");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let plugins_dir = args.plugins_dir.as_ref().map(|dir| dir.canonicalize().unwrap_or_else(|_| dir.clone()));
        Ok(Self { binary: workspace.host_binary(), folder, flags: flags(args), plugins_dir })
    }

    /// Replays one set with `more` flags; each window is told with its first lines, `lines_shown` of them.
    pub(super) fn run(&self, set: &Set, more: &[String], lines_shown: usize) -> Result<Outcome> {
        let windows_path = self.folder.join("windows.jsonl");
        let summary_path = self.folder.join("summary.json");
        let mut replay = self.foghorn();
        replay.arg("replay").arg("--input").arg(&set.path);
        replay.arg("--output").arg(&windows_path).arg("--summary").arg(&summary_path);
        replay.arg("--show-lines").arg(lines_shown.to_string()).args(&self.flags).args(more);
        self.with_plugins(&mut replay);
        let output = replay.output().with_context(|| format!("cannot start {}", self.binary.display()))?;
        let notes = notes(&String::from_utf8_lossy(&output.stderr), &set.path, &set.name);
        if !output.status.success() {
            return Ok(Outcome::Refused(notes.last().cloned().unwrap_or_else(|| output.status.to_string())));
        }
        let summary: Value = serde_json::from_str(&read(&summary_path)?).context("replay wrote no summary")?;
        let windows = judged::read(&read(&windows_path)?)?;
        Ok(Outcome::Judged(Box::new(Replayed {
            figures: Figures::read(&summary),
            summary,
            windows,
            windows_path,
            notes,
        })))
    }

    /// The detectors that can be used beside the built-in one.
    pub(super) fn detectors(&self) -> Result<Vec<String>> {
        let others = |plugin: &Value| plugin["slot"] == "detector" && plugin["name"] != "iforest";
        let listed = self.listed()?;
        Ok(listed.iter().filter(|plugin| others(plugin)).filter_map(name_version).collect())
    }

    /// The host, the flags and the plugins.
    pub(super) fn described(&self) -> Result<String> {
        let version = process::text(self.foghorn().arg("--version"))?;
        let builtin: Vec<String> =
            self.listed()?.iter().filter(|plugin| plugin["source"] == "built-in").filter_map(name_version).collect();
        let flags: Vec<_> = self.flags.iter().map(|flag| flag.to_string_lossy()).collect();
        Ok(format!(
            "{version}, built-in {}; flags: {}",
            builtin.join(", "),
            if flags.is_empty() { "none".into() } else { flags.join(" ") }
        ))
    }

    fn listed(&self) -> Result<Vec<Value>> {
        let mut list = self.foghorn();
        self.with_plugins(list.args(["plugin", "list", "--output", "json"]));
        let text = process::text(&mut list)?;
        serde_json::from_str(&text).context("foghorn plugin list printed no list")
    }

    fn with_plugins(&self, command: &mut Command) {
        if let Some(folder) = &self.plugins_dir {
            command.arg("--plugins-dir").arg(folder);
        }
        command.arg("--data-dir").arg(self.folder.join("data"));
    }

    /// What the environment says to a host that runs must not change figures.
    fn foghorn(&self) -> Command {
        let mut command = Command::new(&self.binary);
        let ours =
            std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("FOGHORN_"));
        for name in ours {
            command.env_remove(name);
        }
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }
}

fn flags(args: &EvalArgs) -> Vec<OsString> {
    let mut flags: Vec<OsString> = Vec::new();
    let slots =
        [("--vectorizer", &args.vectorizer), ("--detector", &args.detector), ("--thresholds", &args.thresholds)];
    for (flag, plugin) in slots {
        flags.extend(plugin.iter().flat_map(|plugin| [flag.into(), plugin.into()]));
    }
    flags.extend(args.set.iter().flat_map(|set| ["--set".into(), set.into()]));
    if (args.train_fraction - 0.5).abs() > f64::EPSILON {
        flags.extend(["--train-fraction".into(), args.train_fraction.to_string().into()]);
    }
    flags
}

/// What the host said, without the path of the set: the tables are the same wherever it lies.
fn notes(stderr: &str, path: &Path, name: &str) -> Vec<String> {
    let said = stderr.lines().filter_map(|line| line.strip_prefix("foghorn: "));
    said.map(|line| line.replace(&*path.to_string_lossy(), name)).collect()
}

fn name_version(plugin: &Value) -> Option<String> {
    Some(format!("{}@{}", plugin["name"].as_str()?, plugin["version"].as_str()?))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_says_is_kept_without_its_name_and_the_place_of_the_set() {
        let said = "foghorn: /data/x.jsonl:3: not a JSON object\nsomething else\nfoghorn: no line of /data/x.jsonl could be read\n";
        let notes = notes(said, Path::new("/data/x.jsonl"), "x");
        assert_eq!(notes, ["x:3: not a JSON object", "no line of x could be read"]);
    }
}
