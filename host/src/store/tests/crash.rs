//! `kill -9`: what was answered is there, whole, whatever the host was doing.
//!
//! The test starts itself again as a child that appends, scores and packs as fast as it can, kills it, and looks.

use std::fs::OpenOptions;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use tempfile::TempDir;
use tokio::runtime;

use super::{lines, open, read_all, window};
use crate::history::History as _;
use crate::identity::Identity;
use crate::store::{ScoredCommit, Store, StoreOptions};
use crate::stream::Stream as _;
use crate::stream::suite::entry;

const CONTAINERS: u64 = 4;
const KILLS: u32 = 25;
/// Set for the child: where its store is.
const DIR: &str = "FOGHORN_TEST_CRASH_DIR";

fn identity(container: u64) -> Identity {
    Identity::of_name("crash", &container.to_string())
}

#[test]
fn what_was_answered_survives_kill_9() {
    let dir = TempDir::new().unwrap();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut total = 0;
    for kill in 0..KILLS {
        let before = answers(dir.path()).len();
        let mut child = start_child(dir.path());
        wait_for_answer(&mut child, dir.path(), before);
        thread::sleep(Duration::from_micros(RandomState::new().build_hasher().finish() % 120_000));
        child.kill().unwrap();
        child.wait().unwrap();
        total = runtime.block_on(check(&dir, kill));
    }
    assert!(total > 10_000, "only {total} lines in {KILLS} rounds: the test tests little");
}

fn start_child(dir: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "store::tests::crash::child_that_is_killed", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for_answer(child: &mut Child, dir: &Path, before: usize) {
    let begun = Instant::now();
    while answers(dir).len() <= before {
        assert!(begun.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none(), "the child ended");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Pairs of container and the number up to which its lines are stored, as the child was told.
fn answers(dir: &Path) -> Vec<(u64, u64)> {
    let text = fs::read_to_string(dir.join("answers")).unwrap_or_default();
    // What comes after the last newline was being written when the child was killed.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let pair = |line: &str| line.split_once(' ').map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())).unwrap();
    whole.lines().map(pair).collect()
}

/// How many lines there are, after a look at each of them.
async fn check(dir: &TempDir, kill: u32) -> u64 {
    let store = open(dir);
    let answers = answers(dir.path());
    let mut total = 0;
    for container in 0..CONTAINERS {
        let identity = identity(container);
        let stored = read_all(&store, &identity).await.unwrap().map_or(0, |batch| {
            assert_eq!(batch.first_seq, 1);
            assert_eq!(batch.lines, lines(1, batch.lines.len()), "kill {kill}");
            batch.lines.len() as u64
        });
        let told = answers.iter().filter(|pair| pair.0 == container).map(|pair| pair.1).max().unwrap_or(0);
        assert!(stored >= told, "kill {kill}: {stored} lines stored, {told} were answered");
        let cursor = store.cursor(&identity).await.unwrap();
        assert!(stored == 0 || cursor == Some(stored.to_le_bytes().to_vec()), "kill {kill}: cursor beside its lines");
        // Every line below what is acknowledged is in exactly one window, and none beyond it.
        let mut end_seq = 1;
        for window in store.windows_from(&identity, 0, usize::MAX).await.unwrap() {
            assert_eq!(window.first_seq, end_seq, "kill {kill}");
            end_seq = window.end_seq;
        }
        assert_eq!(store.acknowledged(&identity).await.unwrap(), end_seq, "kill {kill}");
        total += stored;
    }
    total
}

/// Does nothing unless it is started by the test above.
#[test]
fn child_that_is_killed() {
    let Some(dir) = env::var_os(DIR) else {
        return;
    };
    let dir = Path::new(&dir);
    let store = Store::open(&StoreOptions::new(dir)).unwrap();
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> =
            (0..CONTAINERS).map(|container| tokio::spawn(work(store.clone(), dir.to_owned(), container))).collect();
        // A child that nobody kills ends all the same.
        for _ in 0..60 {
            store.retain(0).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(tasks);
    });
}

async fn work(store: Store, dir: std::path::PathBuf, container: u64) {
    let identity = identity(container);
    let mut answers = OpenOptions::new().create(true).append(true).open(dir.join("answers")).unwrap();
    let mut next_seq = store.container(&identity).await.unwrap().map_or(1, |container| container.lines + 1);
    loop {
        let count = 1 + next_seq % 50;
        let last = next_seq + count - 1;
        store.append(vec![entry(&identity, lines(next_seq, count as usize), &last.to_le_bytes())]).await.unwrap();
        // In one write: all tasks append to the file.
        answers.write_all(format!("{container} {last}\n").as_bytes()).unwrap();
        next_seq = last + 1;
        let from_seq = store.acknowledged(&identity).await.unwrap();
        if next_seq - from_seq > 60 {
            store.commit_scored(scored(&identity, from_seq, next_seq)).await.unwrap();
        }
    }
}

fn scored(identity: &Identity, from_seq: u64, end_seq: u64) -> ScoredCommit {
    ScoredCommit {
        identity: identity.clone(),
        windows: vec![window(from_seq, end_seq)],
        thresholds_state: None,
        alerts: Vec::new(),
        members: Vec::new(),
        normal: Vec::new(),
        evidence: Vec::new(),
        events: Vec::new(),
        acknowledged_seq: end_seq,
    }
}
