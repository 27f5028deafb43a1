//! `plugin new` and `plugin build`, followed in an empty folder as the guide tells: what comes out scores, and asks for nothing.
//!
//! Python and JavaScript say that they were skipped where their tools or registries are not at hand.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use foghorn_tests::{fixture, host};
use serde_json::Value;
use tempfile::TempDir;
use xtask::needs;

/// An empty folder far from the clone.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs foghorn in `folder`; its failure is the test's.
    fn foghorn(&self, folder: &Path, args: &[&str]) -> String {
        said(Command::new(host::binary().unwrap()).args(args).current_dir(folder))
    }

    /// Writes a project, builds it, and runs its own test.
    fn project(&self, slot: &str, language: &str, test: &[&str]) -> PathBuf {
        let name = format!("my-{slot}");
        self.foghorn(self.dir.path(), &["plugin", "new", &name, "--slot", slot, "--lang", language]);
        let folder = self.path(&name);
        if language == "rust" {
            // One target directory for all projects, so that what they share is compiled once.
            let shared = self.path("target");
            fs::create_dir_all(&shared).unwrap();
            symlink(&shared, folder.join("target")).unwrap();
        }
        let built = self.foghorn(&folder, &["plugin", "build"]);
        assert!(built.contains("digest   sha256:"), "{built}");
        assert!(built.contains(&format!("foghorn plugin check dist/{name}-0.1.0.wasm")), "{built}");
        // Cargo and npm are run as a user runs them, not as the run of these tests was told to.
        said(Command::new(test[0]).args(&test[1..]).current_dir(&folder).env_remove("CARGO_TARGET_DIR"));
        folder
    }

    /// The card as the host lists it.
    fn card(&self, folder: &Path, name: &str) -> Value {
        let data = self.path("data").display().to_string();
        let list =
            self.foghorn(folder, &["plugin", "list", "--plugins-dir", "dist", "--data-dir", &data, "-o", "jsonl"]);
        let mut cards = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        cards.find(|card| card["name"] == name).unwrap_or_else(|| panic!("{name} is not in {list}"))
    }

    /// How well the pipeline with this plugin tells the failure of the small log apart.
    fn quality(&self, folder: &Path, slot: &str, name: &str) -> f64 {
        let (input, summary) = (self.path("small.jsonl"), self.path("summary.json"));
        fs::write(&input, fixture::small_log()).unwrap();
        let [input, data] = [input, self.path("data")].map(|path| path.display().to_string());
        let [plugin, out] = [format!("--{slot}={name}"), format!("--summary={}", summary.display())];
        let args = ["replay", "--input", &input, "--window-age=30s", "--plugins-dir=dist", "--data-dir", &data];
        self.foghorn(folder, &[&args[..], &[&plugin, &out]].concat());
        let summary: Value = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
        summary["roc_auc"].as_f64().unwrap()
    }

    /// All that the contract and the guide promise of a fresh project.
    fn check(&self, slot: &str, language: &str, test: &[&str]) {
        let folder = self.project(slot, language, test);
        let name = format!("my-{slot}");
        let card = self.card(&folder, &name);
        assert_eq!(card["slot"], slot);
        let imports = card["imports"].as_array().unwrap();
        assert!(imports.iter().all(|import| import == "foghorn:plugin/host@0.1.0"), "{imports:?}");
        let quality = self.quality(&folder, slot, &name);
        assert!(quality > 0.95, "{language} {slot}: {quality}");
        let built = folder.join("dist").join(format!("{name}-0.1.0.wasm"));
        said(Command::new(host::binary().unwrap()).args(["plugin", "check", "--quick"]).arg(&built));
    }
}

fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&stderr));
    text
}

#[test]
fn a_new_project_in_rust_builds_tests_and_scores_for_every_slot() {
    let bench = Bench::new();
    for slot in ["detector", "vectorizer", "thresholds"] {
        bench.check(slot, "rust", &["cargo", "test", "--quiet"]);
    }
    // Foghorn's clone must not be what made it work.
    let own = bench.path("my-detector");
    let clone = xtask::workspace::Workspace::find().unwrap().root().display().to_string();
    for file in ["Cargo.toml", "plugin.toml", "src/component.rs"] {
        assert!(!fs::read_to_string(own.join(file)).unwrap().contains(&clone), "{file}");
    }
}

#[test]
fn a_new_project_in_python_builds_tests_and_scores() {
    match needs::pip() {
        Ok(()) => {
            let bench = Bench::new();
            bench.check("detector", "python", &["python3", "-m", "unittest"]);
            // Building this one too would take half a minute more and show nothing new.
            bench.foghorn(bench.dir.path(), &["plugin", "new", "other", "--slot", "thresholds", "--lang", "python"]);
            said(Command::new("python3").args(["-m", "unittest"]).current_dir(bench.path("other")));
        }
        Err(why) => eprintln!("skipped: {why}"),
    }
}

#[test]
fn a_new_project_in_javascript_builds_tests_and_scores() {
    match needs::npm() {
        Ok(()) => {
            let bench = Bench::new();
            ["detector", "thresholds"].into_iter().for_each(|slot| bench.check(slot, "javascript", &["npm", "test"]));
        }
        Err(why) => eprintln!("skipped: {why}"),
    }
}

#[test]
fn what_there_is_no_template_for_is_refused_with_what_there_is() {
    let bench = Bench::new();
    let mut command = Command::new(host::binary().unwrap());
    command.args(["plugin", "new", "x", "--slot", "vectorizer", "--lang", "python"]).current_dir(bench.dir.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("rust: vectorizer, detector, thresholds"), "{said}");
    assert!(!bench.path("x").exists());
}

#[test]
fn a_project_whose_tools_are_missing_names_them() {
    let bench = Bench::new();
    for (language, missing) in [("rust", "cargo"), ("python", "python3"), ("javascript", "node")] {
        bench.foghorn(bench.dir.path(), &["plugin", "new", language, "--slot", "detector", "--lang", language]);
        let mut command = Command::new(host::binary().unwrap());
        command.args(["plugin", "build", language]).current_dir(bench.dir.path()).env("PATH", bench.dir.path());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{language}");
        assert!(said.contains(&format!("{missing} is missing; ")), "{said}");
    }
}
