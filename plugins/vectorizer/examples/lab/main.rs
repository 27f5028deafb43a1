//! The quality lab: five cycles of learning, then scores with an isolation forest, on labelled logs.
//!
//! `lab dev` works on development sets, on which choices are made; `lab test` on the canonical test parts, which are looked at
//! when all is chosen. Labels are never shown to the vectorizer or the forest.
//!
//! Options: `--data DIR` (default ../shared/data), `--columns N`, `--forest KEY=VALUE,…`, `--drop PREFIX,…` (columns set to 0),
//! `--seeds N`, `--figures` (each column alone).

mod data;
mod faults;
mod quality;

use data::{Pack, Set, Window, load};
use foghorn_iforest::{Model, Rows, Settings};
use foghorn_vectorizer::Session;
use quality::{mean, quality};

struct Options {
    dir: String,
    columns: usize,
    forest: Settings,
    drop: Vec<String>,
    seeds: u64,
    figures: bool,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |key: &str| args.iter().position(|a| a == key).and_then(|at| args.get(at + 1)).cloned();
    let list = |key: &str| value(key).map_or(Vec::new(), |v| v.split(',').map(str::to_owned).collect());
    let pairs: Vec<(String, String)> =
        list("--forest").iter().filter_map(|p| p.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
    let options = Options {
        dir: value("--data").unwrap_or_else(|| "../shared/data".into()),
        columns: value("--columns")
            .map_or(foghorn_vectorizer::Settings::default().columns, |v| v.parse().expect("a number")),
        forest: Settings::parse(&pairs).expect("good forest settings"),
        drop: list("--drop"),
        seeds: value("--seeds").map_or(4, |v| v.parse().expect("a number")),
        figures: args.iter().any(|a| a == "--figures"),
    };
    let file = |name: &str| load(&format!("{}/{name}.jsonl.gz", options.dir));
    let (hdfs, trainticket) = (file("hdfs"), file("trainticket"));
    match args.get(1).map(String::as_str) {
        Some("dev") => {
            run("hdfs train, halves", &faults::halves(&hdfs), &options);
            run("hdfs train, cut short", &faults::cut_short(&hdfs), &options);
            run("hdfs train, odd/even", &faults::odd_even(&hdfs), &options);
            for seed in 1..=3 {
                run(&format!("trainticket faults {seed}"), &faults::injected(&trainticket, seed), &options);
            }
        }
        Some("test") => {
            run("hdfs test", &hdfs, &options);
            run("trainticket test", &trainticket, &options);
        }
        _ => eprintln!("say `lab dev` or `lab test`"),
    }
}

fn run(name: &str, set: &Set, options: &Options) {
    let settings = foghorn_vectorizer::Settings { columns: options.columns, ..Default::default() };
    let names: Vec<String> = Session::open(settings).columns().into_iter().map(|c| c.0).collect();
    let mut scored = vec![Vec::new(); options.seeds as usize];
    let mut figures = vec![Vec::new(); names.len()];
    for stream in set.values().filter(|s| s.train.len() >= 10) {
        let mut session = Session::open(settings);
        for cycle in 0..5 {
            let slice = stream.train.len() * cycle / 5..stream.train.len() * (cycle + 1) / 5;
            session.learn(Pack::of(&stream.train[slice]).view()).expect("good windows");
            session.settle();
        }
        let dropped: Vec<bool> = names.iter().map(|n| options.drop.iter().any(|d| n.starts_with(d.as_str()))).collect();
        let train = matrix(&mut session, &stream.train, true, &dropped);
        let test = matrix(&mut session, &stream.test, false, &dropped);
        let judged: Vec<usize> =
            (0..stream.test.len()).filter(|&i| stream.test[i].anomaly || !stream.test[i].grey).collect();
        for (seed, scored) in scored.iter_mut().enumerate() {
            let model = Model::train(&options.forest, &check(&train), seed as u64, 0, 1).expect("a model");
            let scores = model.score(&check(&test)).expect("scores");
            scored.extend(judged.iter().map(|&i| (f64::from(scores[i]), stream.test[i].anomaly)));
        }
        for &i in &judged {
            let row = test.row_ptr[i] as usize..test.row_ptr[i + 1] as usize;
            figures.iter_mut().for_each(|f| f.push((0.0, stream.test[i].anomaly)));
            for k in row {
                if let Some(last) = figures[test.idx[k] as usize].last_mut() {
                    last.0 = f64::from(test.val[k]);
                }
            }
        }
    }
    let each: Vec<_> = scored.iter().map(|s| quality(s)).collect();
    let (q, worst) = (mean(&each), each.iter().map(|q| q.ap).fold(1.0, f64::min));
    println!("{name:22} auc {:.4}  ap {:.4} (worst seed {worst:.3})  f1 {:.4}", q.auc, q.ap, q.f1);
    if options.figures {
        names
            .iter()
            .zip(&figures)
            .map(|(n, f)| (n, quality(f)))
            .for_each(|(n, q)| println!("    {n:24} auc {:.3}  ap {:.3}", q.auc, q.ap));
    }
}

fn matrix(session: &mut Session, windows: &[Window], learned: bool, dropped: &[bool]) -> foghorn_vectorizer::Rows {
    let mut rows = session.transform(Pack::of(windows).view(), learned).expect("rows");
    for (value, column) in rows.val.iter_mut().zip(&rows.idx) {
        if dropped[*column as usize] {
            *value = 0.0;
        }
    }
    rows
}

fn check(rows: &foghorn_vectorizer::Rows) -> Rows<'_> {
    Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).expect("good rows")
}
