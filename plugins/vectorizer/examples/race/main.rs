//! The race: all detectors natively on the same rows, over labelled and made-up logs.
//!
//! For each set the built-in vectorizer learns in five cycles, as in the lab; then every candidate is trained on the same
//! rows and scores the same rows. Detectors with chance run with several seeds, and the means are told. Sets may be
//! contaminated: windows with a fault, taken out of what is scored, are learned unlabelled among the usual ones.
//!
//! `race [dev|test|made|all] [--data DIR] [--seeds N] [--dirty [--together]] [--choices | --leaving] [--live [--calibrate-usual]]
//! [--learner vectorizer|detector|nobody] [--only NAME;…] [--ensembles MEMBERS,…] [--sets WORD]`
//!
//! One line for each set and detector: AUC, average precision, best F1.
//!
//! - `--dirty` adds training with 1, 5 and 10 % faults at places of their own, with `--together` in one stretch.
//! - `--choices` races forests with other settings, `--leaving` forests that leave training rows out.
//! - `--live` tells what share of the faulty windows the built-in thresholds tell, and false alarms of 1,000 normal windows; with
//!   `--calibrate-usual` scores of faulty rows do not calibrate them.
//! - `--learner` learns faults in one place only.

#[path = "../lab/data.rs"]
mod data;
#[path = "../lab/faults.rs"]
mod faults;
#[path = "../lab/made/mod.rs"]
mod made;
#[path = "../lab/quality.rs"]
mod quality;

mod candidates;
mod choices;
mod dirty;
mod extended;
mod leaving;
mod live;
mod matrix;

use candidates::{Candidate, candidates};
use data::{Set, load};
use matrix::{Learner, Matrices};
use quality::{Quality, mean, quality};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |key: &str| args.iter().position(|a| a == key).and_then(|at| args.get(at + 1)).cloned();
    let which = args.get(1).cloned().unwrap_or_else(|| "all".into());
    let dir = value("--data").unwrap_or_else(|| "../shared/data".into());
    let seeds: u64 = value("--seeds").map_or(4, |v| v.parse().expect("a number"));
    let only: Vec<String> = value("--only").map_or(Vec::new(), |v| v.split(';').map(str::to_owned).collect());
    let wanted = value("--sets").unwrap_or_default();
    let flag = |key: &str| args.iter().any(|a| a == key);
    let mut runners = match (flag("--choices"), flag("--leaving")) {
        (true, _) => choices::choices(),
        (_, true) => leaving::leaving(),
        _ => candidates(),
    };
    let learner = match value("--learner").as_deref() {
        None => Learner::Both,
        Some("vectorizer") => Learner::Vectorizer,
        Some("detector") => Learner::Detector,
        Some(_) => Learner::Nobody,
    };
    runners.retain(|c| only.is_empty() || only.contains(&c.name));
    let ensembles = value("--ensembles").unwrap_or_default();
    runners.extend(ensembles.split(',').filter(|members| !members.is_empty()).map(candidates::ensemble));
    let shares: &[f64] = if flag("--dirty") { &[0.0, 0.01, 0.05, 0.1] } else { &[0.0] };
    for (name, set) in sets(&which, &dir) {
        if !name.contains(&wanted) {
            continue;
        }
        for share in shares {
            let matrices = Matrices::of(&dirty::contaminated(&set, *share, flag("--together")), learner);
            for candidate in &runners {
                tell(&name, *share, candidate, &matrices, seeds);
                if flag("--live") {
                    let told = live::told(&matrices, candidate, seeds, flag("--calibrate-usual"));
                    println!("{:55} recall {:.4}  false alarms {:.2}", "", told.recall(), told.false_alarms());
                }
            }
        }
    }
}

/// The sets of a group, each with its name.
fn sets(which: &str, dir: &str) -> Vec<(String, Set)> {
    let is = |group: &str| which == group || which == "all";
    let mut sets = Vec::new();
    if is("made") {
        sets.extend(made::sets(1));
    }
    if is("dev") || is("test") {
        let (hdfs, trainticket) = (load(&format!("{dir}/hdfs.jsonl.gz")), load(&format!("{dir}/trainticket.jsonl.gz")));
        if is("dev") {
            sets.push(("hdfs halves".into(), faults::halves(&hdfs)));
            sets.push(("hdfs cut short".into(), faults::cut_short(&hdfs)));
            sets.push(("hdfs odd/even".into(), faults::odd_even(&hdfs)));
            sets.extend(
                (1..=3).map(|seed| (format!("trainticket faults {seed}"), faults::injected(&trainticket, seed))),
            );
        }
        if is("test") {
            sets.push(("hdfs test".into(), hdfs));
            sets.push(("trainticket test".into(), trainticket));
        }
    }
    sets
}

fn tell(set: &str, share: f64, candidate: &Candidate, matrices: &Matrices, seeds: u64) {
    let seeds = if candidate.has_chance { seeds } else { 1 };
    let begun = std::time::Instant::now();
    let each: Vec<Quality> = (0..seeds).map(|seed| quality(&matrices.scored(candidate, seed))).collect();
    let (q, seconds) = (mean(&each), begun.elapsed().as_secs_f64() / seeds as f64);
    let (name, percent) = (&candidate.name, share * 100.0);
    println!("{set:22} {percent:4.0}%  {name:24} auc {:.4}  ap {:.4}  f1 {:.4}  {seconds:6.2} s", q.auc, q.ap, q.f1);
}
