//! Quality lab.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use foghorn_iforest::{Model, Rows, Settings};
use foghorn_vectorizer::{Session, Windows};

#[derive(serde::Deserialize)]
struct Rec {
    ts: String,
    stream: String,
    line: String,
    anomaly: u8,
    session: Option<String>,
    split: String,
    grey: Option<u8>,
}

#[derive(Default, Clone)]
struct Win {
    lines: Vec<(u64, String)>,
    anomaly: bool,
    grey: bool,
    begin: u64,
    end: u64,
}

#[derive(Default)]
struct Pack {
    data: Vec<u8>,
    offsets: Vec<u32>,
    times: Vec<u64>,
    outputs: Vec<u8>,
    starts: Vec<u32>,
    begins: Vec<u64>,
    ends: Vec<u64>,
}

impl Pack {
    fn of(wins: &[&Win]) -> Pack {
        let mut p = Pack { offsets: vec![0], starts: vec![0], ..Pack::default() };
        for w in wins {
            for (t, l) in &w.lines {
                p.data.extend_from_slice(l.as_bytes());
                p.offsets.push(p.data.len() as u32);
                p.times.push(*t);
                p.outputs.push(0);
            }
            p.starts.push(p.times.len() as u32);
            p.begins.push(w.begin);
            p.ends.push(w.end);
        }
        p
    }
    fn view(&self) -> Windows<'_> {
        Windows {
            data: &self.data,
            offsets: &self.offsets,
            times: &self.times,
            outputs: &self.outputs,
            starts: &self.starts,
            begins: &self.begins,
            ends: &self.ends,
        }
    }
}

struct Stream {
    train: Vec<Win>,
    test: Vec<Win>,
}

fn load(path: &str, alternate: bool) -> BTreeMap<String, Stream> {
    let f = std::fs::File::open(path).unwrap();
    let r = BufReader::new(flate2::read::GzDecoder::new(f));
    let mut wins: BTreeMap<(String, bool, String), Win> = BTreeMap::new();
    for line in r.lines() {
        let rec: Rec = serde_json::from_str(&line.unwrap()).unwrap();
        let ts: jiff::Timestamp = rec.ts.parse().unwrap();
        let ns = ts.as_nanosecond() as u64;
        let key = match &rec.session {
            Some(s) => s.clone(),
            None => format!("{:012}", ns / 30_000_000_000),
        };
        let w = wins.entry((rec.stream.clone(), rec.split == "test", key)).or_default();
        if w.lines.is_empty() {
            w.begin = ns;
        }
        w.end = w.end.max(ns);
        if rec.session.is_none() {
            w.begin = ns / 30_000_000_000 * 30_000_000_000;
            w.end = w.begin + 30_000_000_000;
        }
        w.anomaly |= rec.anomaly == 1;
        w.grey |= rec.grey == Some(1);
        w.lines.push((ns, rec.line));
    }
    let mut out: BTreeMap<String, Stream> = BTreeMap::new();
    for ((s, test, _), w) in wins {
        let e = out.entry(s).or_insert_with(|| Stream { train: vec![], test: vec![] });
        if test { e.test.push(w) } else { e.train.push(w) }
    }
    for s in out.values_mut() {
        s.train.sort_by_key(|w| w.lines[0].0);
        s.test.sort_by_key(|w| w.lines[0].0);
        if alternate {
            let all: Vec<Win> = s.train.drain(..).chain(s.test.drain(..)).collect();
            for (i, w) in all.into_iter().enumerate() {
                if i % 2 == 0 { s.train.push(w) } else { s.test.push(w) }
            }
        }
    }
    out
}

fn csr(rows: &[Vec<f32>]) -> (u32, Vec<u32>, Vec<u32>, Vec<f32>) {
    let (mut p, mut i, mut v) = (vec![0u32], vec![], vec![]);
    for r in rows {
        for (c, &x) in r.iter().enumerate() {
            if x != 0.0 {
                i.push(c as u32);
                v.push(x);
            }
        }
        p.push(i.len() as u32);
    }
    (rows[0].len() as u32, p, i, v)
}

fn dense(ses: &mut Session, wins: &[&Win], learned: bool) -> Vec<Vec<f32>> {
    let r = ses.transform(Pack::of(wins).view(), learned).unwrap();
    r.row_ptr
        .windows(2)
        .map(|w| {
            let mut row = vec![0f32; r.columns as usize];
            for k in w[0] as usize..w[1] as usize {
                row[r.idx[k] as usize] = r.val[k];
            }
            row
        })
        .collect()
}

fn quality(scored: &[(f64, bool)]) -> (f64, f64, f64) {
    let mut s = scored.to_vec();
    s.sort_by(|a, b| b.0.total_cmp(&a.0));
    let pos = s.iter().filter(|x| x.1).count() as f64;
    let neg = s.len() as f64 - pos;
    let (mut tp, mut fp, mut auc, mut ap, mut f1) = (0.0, 0.0, 0.0, 0.0, 0.0f64);
    let mut i = 0;
    while i < s.len() {
        let mut j = i;
        let (mut p, mut n) = (0.0, 0.0);
        while j < s.len() && s[j].0 == s[i].0 {
            if s[j].1 {
                p += 1.0
            } else {
                n += 1.0
            }
            j += 1;
        }
        auc += n * (tp + p / 2.0);
        tp += p;
        fp += n;
        ap += p / pos * tp / (tp + fp);
        f1 = f1.max(2.0 * tp / (pos + tp + fp));
        i = j;
    }
    (auc / (pos * neg), ap, f1)
}

fn env(k: &str, d: &str) -> String {
    std::env::var(k).unwrap_or_else(|_| d.to_owned())
}

fn main() {
    let buckets: usize = env("BUCKETS", "32").parse().unwrap();
    let drop: Vec<String> = env("DROP", "").split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect();
    let only: Vec<String> = env("ONLY", "").split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect();
    let fset: Vec<(String, String)> = env("FOREST", "")
        .split(',')
        .filter(|s| !s.is_empty())
        .map(|s| {
            let (a, b) = s.split_once('=').unwrap();
            (a.to_owned(), b.to_owned())
        })
        .collect();
    let seeds: u64 = env("SEEDS", "3").parse().unwrap();
    let settings = Settings::parse(&fset).unwrap();
    for (set, path, alt) in [("hdfs", "hdfs", false), ("hdfs-alt", "hdfs", true), ("trainticket", "trainticket", false)]
    {
        if !env("SETS", "hdfs,hdfs-alt,trainticket").split(',').any(|s| s == set) {
            continue;
        }
        let data = load(&format!("{}/{path}.jsonl.gz", env("DATA", "../shared/data")), alt);
        let vs = foghorn_vectorizer::Settings { columns: 41 + buckets, ..Default::default() };
        let names: Vec<String> = Session::open(vs).columns().into_iter().map(|c| c.0).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut cols: BTreeMap<usize, Vec<(f64, bool)>> = BTreeMap::new();
        let mut raw: Vec<Vec<(f64, bool)>> = vec![vec![]; seeds as usize];
        let mut cal: Vec<Vec<(f64, bool)>> = vec![vec![]; seeds as usize];
        let mut per = vec![];
        let mut tops: Vec<(f32, bool, String, usize, u64, String)> = vec![];
        let t0 = std::time::Instant::now();
        for (name, s) in &data {
            if s.train.len() < 5 {
                continue;
            }
            let train: Vec<&Win> = s.train.iter().collect();
            let test: Vec<&Win> = s.test.iter().collect();
            let mut ses = Session::open(vs);
            for k in 0..5 {
                let part = &train[train.len() * k / 5..train.len() * (k + 1) / 5];
                ses.learn(Pack::of(part).view()).unwrap();
            }
            ses.settle();
            let keep = |rows: Vec<Vec<f32>>| -> Vec<Vec<f32>> {
                rows.into_iter()
                    .map(|r| {
                        r.into_iter()
                            .enumerate()
                            .map(|(c, x)| {
                                let n = names.get(c).copied().unwrap_or("bucket");
                                if drop.iter().any(|d| n.starts_with(d.as_str()))
                                    || (!only.is_empty() && !only.iter().any(|d| n.starts_with(d.as_str())))
                                {
                                    0.0
                                } else {
                                    x
                                }
                            })
                            .collect()
                    })
                    .collect()
            };
            let tr = keep(dense(&mut ses, &train, true));
            let te = keep(dense(&mut ses, &test, false));
            let judged: Vec<usize> = (0..test.len()).filter(|&i| test[i].anomaly || !test[i].grey).collect();
            for &i in &judged {
                for (c, x) in te[i].iter().enumerate() {
                    cols.entry(c).or_default().push((*x as f64, test[i].anomaly));
                }
            }
            let (c, p, i, v) = csr(&tr);
            let (c2, p2, i2, v2) = csr(&te);
            let tr_rows = Rows::check(c, &p, &i, &v).unwrap();
            let te_rows = Rows::check(c2, &p2, &i2, &v2).unwrap();
            for seed in 0..seeds {
                let m = Model::train(&settings, &tr_rows, seed, 0, 1).unwrap();
                let mut st = m.score(&tr_rows).unwrap();
                let sc = m.score(&te_rows).unwrap();
                st.sort_by(f32::total_cmp);
                let q = |f: f64| st[((st.len() - 1) as f64 * f) as usize] as f64;
                let (q50, q95) = (q(0.5), q(0.95));
                let one: Vec<(f64, bool)> = judged.iter().map(|&i| (sc[i] as f64, test[i].anomaly)).collect();
                if seed == 0 && env("TOP", "") != "" {
                    let nc = names.len();
                    let mx: Vec<f32> = (0..nc).map(|c| tr.iter().map(|r| r[c]).fold(0.0, f32::max)).collect();
                    let md: Vec<f32> = (0..nc)
                        .map(|c| {
                            let mut v: Vec<f32> = tr.iter().map(|r| r[c]).collect();
                            v.sort_by(f32::total_cmp);
                            v[v.len() * 9 / 10]
                        })
                        .collect();
                    for &i in &judged {
                        let mut big: Vec<(f32, String)> = (0..nc)
                            .filter(|&c| te[i][c] > md[c] + 1e-6)
                            .map(|c| {
                                (
                                    (te[i][c] - md[c]) / (mx[c] - md[c] + 0.01),
                                    format!("{}={:.2}>{:.2}/{:.2}", names[c], te[i][c], mx[c], md[c]),
                                )
                            })
                            .collect();
                        big.sort_by(|a, b| b.0.total_cmp(&a.0));
                        tops.push((
                            sc[i],
                            test[i].anomaly,
                            name.clone(),
                            test[i].lines.len(),
                            test[i].begin / 30_000_000_000 % 100_000,
                            big.iter().take(7).map(|x| x.1.clone()).collect::<Vec<_>>().join(" "),
                        ));
                    }
                }
                if seed == 0 && one.iter().any(|x| x.1) {
                    per.push((name.clone(), quality(&one)));
                }
                for x in &one {
                    raw[seed as usize].push(*x);
                    cal[seed as usize].push(((x.0 - q50) / (q95 - q50 + 0.02), x.1));
                }
            }
        }
        let avg = |v: &Vec<Vec<(f64, bool)>>| {
            let q: Vec<_> = v.iter().map(|s| quality(s)).collect();
            let n = q.len() as f64;
            (
                q.iter().map(|x| x.0).sum::<f64>() / n,
                q.iter().map(|x| x.1).sum::<f64>() / n,
                q.iter().map(|x| x.2).sum::<f64>() / n,
            )
        };
        let (a, b) = (avg(&raw), avg(&cal));
        println!(
            "{set:12} raw auc {:.4} ap {:.4} f1 {:.4} | scaled auc {:.4} ap {:.4} f1 {:.4}  ({:.1}s)",
            a.0,
            a.1,
            a.2,
            b.0,
            b.1,
            b.2,
            t0.elapsed().as_secs_f64()
        );
        tops.sort_by(|a, b| b.0.total_cmp(&a.0));
        let show: usize = env("TOP", "0").parse().unwrap_or(0);
        for (k, t) in tops.iter().enumerate().filter(|(k, t)| *k < show || t.1) {
            println!("  {k:4} {:.3} {} {} n={} w={} {}", t.0, if t.1 { "ANOM" } else { "norm" }, t.2, t.3, t.4, t.5);
        }
        if env("PER", "") != "" {
            for (n, q) in &per {
                println!("   {n:32} auc {:.4} ap {:.4} f1 {:.4}", q.0, q.1, q.2);
            }
        }
        if env("COLS", "") != "" {
            for (c, v) in &cols {
                let q = quality(v);
                println!("   {c:3} {:16} auc {:.3} ap {:.3}", names.get(*c).copied().unwrap_or("bucket"), q.0, q.1);
            }
        }
    }
}
