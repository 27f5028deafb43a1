//! Why a window is strange, in terms of its lines.
//!
//! The detector says which columns made a window strange. Each column speaks of templates, tokens or figures; its weight
//! is shared among those of them that filled it, in proportion to how much they did; evenly where none of them is a surprise, so that a usual
//! window can be asked for what stands in it. Shares add up to at most 1.

use std::collections::BTreeMap;

use crate::bag::{Bag, succession};
use crate::classes::Classes;
use crate::columns::{FIGURES, Role, bucket, tf_idf};
use crate::line::Line;
use crate::novelty::surprises;
use crate::packed::{Record, Window};
use crate::view::View;
use crate::{habits, hash, ratios, text};

/// Lines named for one term.
const LINES_MAX: usize = 1_000;

/// Something that helped to make a window strange.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub text: String,
    /// `template`, `token`, `missing` or `column`.
    pub kind: &'static str,
    pub id: u64,
    pub lines: Vec<u32>,
    pub seen: u64,
    pub of: u64,
    pub weight: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Template,
    Token,
    Missing,
    Column,
}

type Shares = BTreeMap<(Kind, u64), f32>;

/// At most `limit` terms, the heaviest first.
pub(crate) fn explain(view: View<'_>, bag: &Bag, window: Window<'_>, weights: &[f32], limit: usize) -> Vec<Term> {
    let total: f32 = weights.iter().sum();
    if total <= 0.0 || !total.is_finite() {
        return Vec::new();
    }
    let mut shares = Shares::new();
    let mut by_role: BTreeMap<u8, f32> = BTreeMap::new();
    for ((at, (.., role, _)), weight) in FIGURES.iter().enumerate().zip(weights).filter(|(_, w)| **w > 0.0) {
        match role {
            Role::Figure => add(&mut shares, Kind::Column, at as u64, weight / total),
            _ => *by_role.entry(*role as u8).or_default() += weight / total,
        }
    }
    for role in [Role::Templates, Role::Tokens, Role::Successions, Role::Missing, Role::Pairs] {
        if let Some(weight) = by_role.get(&(role as u8)) {
            share(&mut shares, parts(view, bag, window, role), *weight);
        }
    }
    share_buckets(view, bag, &weights[FIGURES.len()..], total, &mut shares);
    let mut heaviest: Vec<((Kind, u64), f32)> = shares.into_iter().collect();
    heaviest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    heaviest.truncate(limit);
    describe(view, window, &heaviest)
}

fn add(shares: &mut Shares, kind: Kind, id: u64, weight: f32) {
    if weight > 0.0 {
        *shares.entry((kind, id)).or_default() += weight;
    }
}

/// What filled the columns of a role, and how much.
fn parts(view: View<'_>, bag: &Bag, window: Window<'_>, role: Role) -> Vec<((Kind, u64), f32)> {
    let (learned, templates) = (view.learned, bag.templates.counts());
    let squared = |x: f32| x * x;
    match role {
        Role::Templates => {
            let surprises = surprises(view, &learned.templates, templates);
            or_evenly(templates.iter().map(|c| (Kind::Template, c.id)).zip(surprises.map(squared)).collect())
        }
        Role::Tokens => {
            let surprises = surprises(view, &learned.tokens, bag.tokens.counts());
            or_evenly(bag.tokens.counts().iter().map(|c| (Kind::Token, c.id)).zip(surprises.map(squared)).collect())
        }
        Role::Successions => successors(view, window),
        Role::Missing => {
            habits::missing(view, bag).map(|(at, nats)| ((Kind::Missing, learned.templates.ids()[at]), nats)).collect()
        }
        Role::Pairs => odd(view, bag),
        Role::Figure => Vec::new(),
    }
}

/// The templates that came after one they seldom follow.
fn successors(view: View<'_>, window: Window<'_>) -> Vec<((Kind, u64), f32)> {
    let (mut line, mut classes) = (Line::new(), Classes::new());
    let read = |record: Record<'_>| {
        line.read(record.text, &mut classes);
        line.template()
    };
    let templates: Vec<u64> = window.lines().map(read).collect();
    let surprise = |pair: &[u64]| view.surprise(view.learned.successions.seen_of(succession(pair[0], pair[1])));
    templates.windows(2).map(|pair| ((Kind::Template, pair[1]), surprise(pair))).collect()
}

/// The templates that stand strangely to the others: those there, and those that should be.
fn odd(view: View<'_>, bag: &Bag) -> Vec<((Kind, u64), f32)> {
    let watched = ratios::watched(&view.learned.templates, bag.templates.counts());
    let odd = habits::oddness(view, &watched);
    let kind = |at: usize| if watched[at] > 0 { Kind::Template } else { Kind::Missing };
    odd.into_iter().enumerate().map(|(at, odd)| ((kind(at), view.learned.templates.ids()[at]), odd * odd)).collect()
}

fn share(shares: &mut Shares, parts: Vec<((Kind, u64), f32)>, weight: f32) {
    let sum: f32 = parts.iter().map(|p| p.1).sum();
    if sum > 0.0 {
        parts.into_iter().for_each(|((kind, id), part)| add(shares, kind, id, weight * part / sum));
    }
}

/// Where no part says anything, each is named alike.
fn or_evenly(mut parts: Vec<((Kind, u64), f32)>) -> Vec<((Kind, u64), f32)> {
    if parts.iter().all(|part| part.1 <= 0.0) {
        parts.iter_mut().for_each(|part| part.1 = 1.0);
    }
    parts
}

fn share_buckets(view: View<'_>, bag: &Bag, weights: &[f32], total: f32, shares: &mut Shares) {
    if weights.iter().all(|w| *w == 0.0) {
        return;
    }
    let mut parts = vec![Vec::new(); weights.len()];
    let templates = bag.templates.counts().iter().map(|c| (Kind::Template, c, view.learned.templates.seen_of(c.id)));
    let tokens = bag.tokens.counts().iter().map(|c| (Kind::Token, c, view.learned.tokens.seen_of(c.id)));
    for (kind, count, seen) in templates.chain(tokens) {
        parts[bucket(count.id, weights.len())].push(((kind, count.id), tf_idf(view, count.count, seen)));
    }
    for (parts, weight) in parts.into_iter().zip(weights).filter(|(_, w)| **w > 0.0) {
        share(shares, parts, weight / total);
    }
}

fn describe(view: View<'_>, window: Window<'_>, heaviest: &[((Kind, u64), f32)]) -> Vec<Term> {
    let mut found: BTreeMap<(Kind, u64), (String, Vec<u32>)> =
        heaviest.iter().map(|(key, _)| (*key, Default::default())).collect();
    let (mut line, mut classes) = (Line::new(), Classes::new());
    for (number, record) in (0u32..).zip(window.lines()) {
        line.read(record.text, &mut classes);
        note(&mut found, (Kind::Template, line.template()), number, || text::masked(record.text));
        for &token in line.tokens() {
            note(&mut found, (Kind::Token, token), number, || text::token(record.text, token));
        }
    }
    let learned = view.learned;
    let term = |&((kind, id), weight): &((Kind, u64), f32)| {
        let (text, lines) = found.remove(&(kind, id)).unwrap_or_default();
        let (text, name, seen) = match kind {
            Kind::Template => (text, "template", learned.templates.seen_of(id)),
            Kind::Token => (text, "token", learned.tokens.seen_of(id)),
            Kind::Missing => {
                let at = learned.templates.find(id);
                (at.map(|at| learned.texts[at].clone()).unwrap_or_default(), "missing", learned.templates.seen_of(id))
            }
            Kind::Column => (FIGURES.get(id as usize).map_or("", |f| f.2).to_owned(), "column", 0),
        };
        let id = if kind == Kind::Column { hash::word(text.as_bytes()) } else { id };
        Term { text, kind: name, id, lines, seen: u64::from(seen), of: u64::from(learned.windows), weight }
    };
    heaviest.iter().map(term).collect()
}

fn note(
    found: &mut BTreeMap<(Kind, u64), (String, Vec<u32>)>,
    key: (Kind, u64),
    line: u32,
    text: impl FnOnce() -> String,
) {
    let Some((name, lines)) = found.get_mut(&key) else { return };
    if name.is_empty() {
        *name = text();
    }
    if lines.last() != Some(&line) && lines.len() < LINES_MAX {
        lines.push(line);
    }
}
