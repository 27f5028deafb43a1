//! The other side, in Python: a process that waits until it is told to do its work once more.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Outcome;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/table_bench/peer.py");

/// An interpreter with the packages, and where the data lies.
#[derive(Debug)]
pub(crate) struct Python {
    program: PathBuf,
    work: PathBuf,
}

#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    pub(crate) fn new(program: &Path, work: &Path) -> Self {
        Self { program: program.to_owned(), work: work.to_owned() }
    }

    /// Prepares a work of `peer.py`.
    pub(crate) fn start(&self, work: &str) -> Outcome<Peer> {
        let mut command = Command::new(&self.program);
        command.args(["-B", SCRIPT, work]).arg(&self.work).stdin(Stdio::piped()).stdout(Stdio::piped());
        // One thread a side.
        command.envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, "1")));
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.program.display()))?;
        let (ask, answers) = (child.stdin.take(), child.stdout.take());
        let (Some(ask), Some(answers)) = (ask, answers) else { return Err("the peer has no pipes".into()) };
        let mut peer = Peer { child, ask, answers: BufReader::new(answers) };
        match peer.line()?.as_str() {
            "ready" => Ok(peer),
            other => Err(format!("the peer for {work} said {other:?} instead of ready").into()),
        }
    }
}

impl Peer {
    /// Does the work once more.
    pub(crate) fn round(&mut self) -> Outcome<Duration> {
        writeln!(self.ask)?;
        Ok(Duration::from_secs_f64(self.line()?.parse()?))
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err("the peer has ended; what it said stands above".into()),
            _ => Ok(line.trim().to_owned()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
