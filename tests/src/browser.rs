//! A page as a browser sees it, after its scripts ran.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use xtask::{needs, process};

const LIMIT: Duration = Duration::from_secs(60);

/// What came of a page.
#[derive(Debug)]
pub struct Page {
    /// The document, as HTML.
    pub document: String,
    /// What the browser had to complain of: one line each.
    pub complaints: Vec<String>,
}

/// Opens `url` in a headless Chromium; `None`, with a word on it, where there is none.
pub fn open(url: &str) -> Result<Option<Page>> {
    let Some(program) = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|p| needs::on_path(p))
    else {
        eprintln!("skipped: no chromium to open {url} with");
        return Ok(None);
    };
    let dir = tempfile::tempdir()?;
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    let mut chromium = Command::new(program);
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--enable-logging=stderr",
    ]);
    chromium.arg(format!("--user-data-dir={}", dir.path().join("profile").display()));
    chromium.args(["--timeout=5000", "--dump-dom", url]);
    chromium.stdin(Stdio::null()).stdout(fs::File::create(&out)?).stderr(fs::File::create(&err)?);
    process::run_within(&mut chromium, LIMIT)?;
    let read = |path| fs::read_to_string(path).context("chromium printed something that is no text");
    let complaints = read(&err)?.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Ok(Some(Page { document: read(&out)?, complaints }))
}
