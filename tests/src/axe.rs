//! axe-core, which checks pages for who cannot see or point: fetched from npm once, and run in the page under test.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::workspace::Workspace;
use xtask::{needs, process};

use crate::webdriver::Browser;

const PACKAGE: &str = "axe-core@4.14.1";
const FILE: &str = "axe-core-4.14.1.tgz";
const LIMIT: Duration = Duration::from_secs(90);

/// The rules, as a script.
#[derive(Debug)]
pub struct Axe(String);

impl Axe {
    /// `None`, with a word on it, where it cannot be fetched.
    pub fn fetch() -> Result<Option<Self>> {
        let dir = Workspace::find()?.target("axe-core");
        let script = dir.join("package/axe.min.js");
        if !script.is_file() {
            if let Err(why) = needs::npm() {
                eprintln!("skipped: pages are not checked by axe-core: {why}");
                return Ok(None);
            }
            fs::create_dir_all(&dir)?;
            let mut npm = Command::new("npm");
            npm.args(["pack", "--silent", PACKAGE]).current_dir(&dir).stdin(Stdio::null()).stdout(Stdio::null());
            process::run_within(&mut npm, LIMIT)?;
            process::run(Command::new("tar").args(["xzf", FILE]).current_dir(&dir))?;
        }
        let text = fs::read_to_string(&script).with_context(|| format!("cannot read {}", script.display()))?;
        Ok(Some(Self(text)))
    }

    /// What is serious or critical on the page that is open: one line for each rule that it breaks.
    pub fn findings(&self, browser: &Browser) -> Result<Vec<String>> {
        browser.run(&self.0, &[])?;
        let found = browser.run(
            "return axe.run({ resultTypes: ['violations'] }).then(found => found.violations.map(one => ({
                impact: one.impact, id: one.id, nodes: one.nodes.map(node => node.html + ' ' + node.failureSummary) })))",
            &[],
        )?;
        let Some(found) = found.as_array() else { bail!("axe-core gave {found}") };
        let is_serious = |one: &&Value| matches!(one["impact"].as_str(), Some("serious" | "critical"));
        let line = |one: &Value| {
            let nodes: Vec<_> =
                one["nodes"].as_array().into_iter().flatten().filter_map(Value::as_str).take(3).collect();
            format!("{} ({}): {}", one["id"], one["impact"], nodes.join(" | "))
        };
        Ok(found.iter().filter(is_serious).map(line).collect())
    }
}
