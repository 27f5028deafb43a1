//! The whole way of a labelled log: read, learned in five cycles, judged.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::peer::Python;
use crate::race::{race, timed};
use crate::table::Table;

pub(crate) fn measure(host: &Path, log: &Path, python: &Python, work: &Path, table: &mut Table) -> Outcome<()> {
    fs::write(work.join("input.txt"), log.display().to_string())?;
    let lines = count(log)?;
    let replay = || {
        let mut command = Command::new(host);
        command.args(["replay", "--input"]).arg(log).arg("--summary").arg(work.join("summary.json"));
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        status.success().then_some(()).ok_or_else(|| format!("foghorn replay failed ({status})").into())
    };
    let mut peer = python.start("pipeline")?;
    let times = race(|| timed(replay), || peer.round())?;
    let name = log.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let what = format!("`foghorn replay` of {name}, two cores: five cycles, thresholds and reasons with it");
    table.add(
        &what,
        "the Python pipeline of the set's card: read, mask, TF-IDF, fit once, score",
        (lines, "lines"),
        20.0,
        &times,
    );
    Ok(())
}

fn count(log: &Path) -> Outcome<usize> {
    use std::io::BufRead as _;
    let unpacked = flate2::read::MultiGzDecoder::new(fs::File::open(log)?);
    Ok(std::io::BufReader::new(unpacked).lines().count())
}
