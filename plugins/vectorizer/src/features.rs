//! One window as numbers.

use crate::bag::Bag;
use crate::counter::Count;
use crate::learned::{CLASSES, Learned, class};
use crate::terms::Terms;

pub(crate) const NAMES: &[&str] = &[
    "t_max",
    "t_sum",
    "t_mean",
    "t_unseen",
    "t_unseen_share",
    "t_top",
    "w_max",
    "w_sum",
    "w_mean",
    "w_unseen",
    "w_unseen_share",
    "w_top",
    "s_max",
    "s_sum",
    "s_mean",
    "s_unseen",
    "missing",
    "count_nll",
    "count_max",
    "lines",
    "bytes",
    "words",
    "span",
    "rate",
    "silence",
    "distinct",
    "distinct_share",
    "err",
    "warn",
    "fail",
    "stderr",
    "folded",
    "line_len",
];

struct View<'a> {
    l: &'a Learned,
    own: u32,
    n: f32,
}

struct Nov {
    max: f32,
    sum: f32,
    mean: f32,
    unseen: f32,
    share: f32,
    top: f32,
}

impl View<'_> {
    fn surprise(&self, seen: u32) -> f32 {
        let k = ((self.n + 1.0) / 0.5).ln();
        -((seen as f32 + 0.5) / (self.n + 1.0)).ln() / k
    }
    fn seen(&self, t: &Terms, id: u64) -> u32 {
        t.find(id).map_or(0, |at| t.seen()[at].saturating_sub(self.own))
    }
    fn novelty(&self, t: &Terms, counts: &[Count]) -> Nov {
        let (mut max, mut sum, mut wsum, mut tot, mut unseen, mut uc) = (0f32, 0f32, 0f32, 0f32, 0f32, 0f32);
        let mut all: Vec<f32> = vec![];
        for c in counts {
            let seen = self.seen(t, c.id);
            let s = self.surprise(seen).max(0.0);
            max = max.max(s);
            sum += s * s;
            let k = (1.0 + c.count as f32).ln();
            wsum += k * s;
            tot += k;
            if seen == 0 {
                unseen += 1.0;
                uc += c.count as f32;
            }
            all.push(s);
        }
        all.sort_by(|a, b| b.total_cmp(a));
        let top: f32 = all.iter().take(5).sum::<f32>() / 5.0;
        let lines: f32 = counts.iter().map(|c| c.count as f32).sum();
        Nov {
            max,
            sum: (1.0 + sum).ln(),
            mean: wsum / tot.max(1e-9),
            unseen: (1.0 + unseen).ln(),
            share: uc / lines.max(1.0),
            top,
        }
    }
}

pub(crate) fn row(bag: &Bag, l: &Learned, learned: bool, buckets: usize) -> Vec<f32> {
    let own = u32::from(learned);
    let v = View { l, own, n: l.windows.saturating_sub(own) as f32 };
    let t = v.novelty(&l.templates, bag.templates.counts());
    let w = v.novelty(&l.tokens, bag.tokens.counts());
    let s = v.novelty(&l.successions, bag.successions.counts());
    // missing
    let mut present = vec![0u32; l.templates.len()];
    for c in bag.templates.counts() {
        if let Some(at) = l.templates.find(c.id) {
            present[at] = c.count;
        }
    }
    let mut missing = 0.0;
    let mut cn = 0.0f32;
    let mut cm = 0.0f32;
    for at in 0..l.templates.len() {
        let df = l.templates.seen()[at];
        if present[at] == 0 {
            let p = (df as f32 + 0.5) / (v.n + 1.0);
            if p > 0.3 {
                missing += -((1.0 - p).max(0.5 / (v.n + 1.0))).ln();
            }
        } else {
            let d = df.saturating_sub(own) as f32;
            let k = class(present[at]);
            let h = l.classes[at][k].saturating_sub(own) as f32;
            let lo = if k > 0 { l.classes[at][k - 1] as f32 } else { 0.0 };
            let hi = if k + 1 < CLASSES { l.classes[at][k + 1] as f32 } else { 0.0 };
            let p = (h + 0.25 * (lo + hi) + 0.2) / (d + 1.0);
            let x = (-p.ln()).max(0.0);
            cn += x;
            cm = cm.max(x);
        }
    }
    let n = bag.lines as f32;
    let lines = (1.0 + n).ln();
    let span = bag.span_ns as f32 / 1e9;
    let mut r = vec![
        t.max,
        t.sum,
        t.mean,
        t.unseen,
        t.share,
        t.top,
        w.max,
        w.sum,
        w.mean,
        w.unseen,
        w.share,
        w.top,
        s.max,
        s.sum,
        s.mean,
        s.unseen,
        (1.0f32 + missing).ln(),
        (1.0 + cn).ln(),
        cm,
        lines,
        (1.0 + bag.bytes as f32).ln(),
        (1.0 + bag.words as f32).ln(),
        (1.0 + span).ln(),
        (1.0 + n / (1.0 + span)).ln(),
        (1.0 + bag.silence_ns as f32 / 1e9).ln(),
        (1.0 + bag.templates.counts().len() as f32).ln(),
        bag.templates.counts().len() as f32 / n,
        bag.errors as f32 / n,
        bag.warnings as f32 / n,
        bag.failures as f32 / n,
        bag.stderr as f32 / n,
        bag.folded as f32 / n,
        (1.0 + bag.bytes as f32 / n).ln(),
    ];
    let mut b = vec![0f32; buckets];
    for (terms, counts) in [(&l.templates, bag.templates.counts()), (&l.tokens, bag.tokens.counts())] {
        for c in counts {
            let idf = ((v.n + 1.0) / (v.seen(terms, c.id) as f32 + 1.0)).ln() + 1.0;
            b[(c.id >> 40) as usize % buckets.max(1)] += (1.0 + c.count as f32).ln() * idf;
        }
    }
    let norm = b.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
    r.extend(b.iter().map(|x| x / norm));
    r
}
