//! The Python reference: an environment in the target directory with pinned packages, and one script.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::figures::Figures;
use crate::workspace::Workspace;
use crate::{process, venv};

const SCRIPT: &str = "xtask/src/eval/reference.py";
const PACKAGES: [&str; 3] = ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1"];

/// Both sides compute the same figures from the same scores; more apart than this is a mistake in one of them.
const APART_MAX: f64 = 1e-6;

/// An environment that has the packages.
#[derive(Debug)]
pub(super) struct Python {
    program: PathBuf,
    script: PathBuf,
    pub versions: String,
}

/// What the script said of one set.
#[derive(Debug)]
pub(super) struct Reference {
    pub methods: Vec<(String, Figures)>,
    /// Foghorn's own, computed by scikit-learn.
    foghorn: Figures,
}

impl Python {
    /// Makes the environment where it is not there yet.
    pub(super) fn ready(workspace: &Workspace) -> Result<Self> {
        let program = venv::ready(workspace, "eval-python", &PACKAGES)
            .context("no Python reference; --no-python leaves it out")?;
        let versions = format!("{}, {}", process::text(Command::new(&program).arg("--version"))?, PACKAGES.join(", "));
        Ok(Self { program, script: workspace.root().join(SCRIPT), versions })
    }

    /// Runs all methods over the set `input`, on the windows that a replay wrote to `windows`.
    pub(super) fn run(&self, input: &Path, windows: &Path, train_fraction: f64) -> Result<Reference> {
        let mut script = Command::new(&self.program);
        script.arg("-B").arg(&self.script).arg(input).arg(windows).arg(train_fraction.to_string());
        let output = script.stdin(Stdio::null()).output().context("cannot start the Python reference")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("the Python reference failed: {}", said.trim().lines().last().unwrap_or_default());
        }
        let value = serde_json::from_slice(&output.stdout).context("the Python reference printed no json")?;
        reference(&value).context("the Python reference printed another shape")
    }
}

fn reference(value: &Value) -> Option<Reference> {
    let method = |value: &Value| Some((value["name"].as_str()?.to_owned(), Figures::read(value)));
    let methods = value["methods"].as_array()?.iter().map(method).collect::<Option<_>>()?;
    Some(Reference { methods, foghorn: Figures::read(value.get("foghorn")?) })
}

impl Reference {
    /// Fails unless scikit-learn finds in Foghorn's scores what Foghorn says of itself.
    pub(super) fn agrees(&self, summary: &Figures) -> Result<()> {
        for ((name, ours), (_, theirs)) in summary.quality().into_iter().zip(self.foghorn.quality()) {
            let same = match (ours, theirs) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() <= APART_MAX,
                (ours, theirs) => ours == theirs,
            };
            if !same {
                bail!("{name} of Foghorn's scores is {ours:?} in its summary and {theirs:?} by scikit-learn");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_read_with_its_methods_in_order() {
        let method =
            |name: &str, auc: Option<f64>| json!({ "name": name, "roc_auc": auc, "seconds": { "train": 1.0 } });
        let answer = json!({ "methods": [method("b", Some(0.5)), method("a", None)], "foghorn": {} });
        let reference = reference(&answer).unwrap();
        assert_eq!(reference.methods[0].0, "b");
        assert_eq!((reference.methods[0].1.roc_auc, reference.methods[1].1.roc_auc), (Some(0.5), None));
        assert!(super::reference(&json!({ "methods": [] })).is_none());
    }

    #[test]
    fn figures_that_differ_are_an_error_that_names_the_figure() {
        let of = |auc| Figures { roc_auc: auc, ..Figures::default() };
        let reference = Reference { methods: Vec::new(), foghorn: of(Some(0.75)) };
        reference.agrees(&of(Some(0.750_000_1))).unwrap();
        let error = reference.agrees(&of(Some(0.76))).unwrap_err().to_string();
        assert!(error.starts_with("ROC-AUC of Foghorn's scores is Some(0.76)"), "{error}");
        assert!(reference.agrees(&of(None)).is_err());
    }
}
