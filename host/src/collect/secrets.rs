//! Secrets are masked before anything is stored, learned or sent.
//!
//! One pass: an automaton finds the few words by which a secret gives itself away (`password`, `Bearer `, `://`, `AKIA`,
//! `eyJ`, …); a small matcher for each ([`shapes`]) looks at what follows and says which bytes are the secret. Those become
//! `[masked]`, the words around them stay: `password=[masked]` still tells an engineer, and the model, what was logged.
//!
//! Masked: values of password-, secret-, token- and key-like names in `name=value`, `name: value` and JSON, also when JSON is
//! quoted inside JSON; `Bearer` and `Basic` credentials; passwords in URLs; AWS key ids; JSON web tokens; private keys; GitHub,
//! GitLab and Slack tokens.
//! Left out: secrets without a sign, such as a bare password in a sentence. In doubt about prose (`token: unexpected end`)
//! the words stay; in doubt about `name=value` they go.
//!
//! Masking twice changes nothing.

mod shapes;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};

pub(super) const MASK: &[u8] = b"[masked]";

static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(shapes::SIGNS.iter().map(|(word, _)| word))
        .expect("the table of signs is small")
});

/// The same signs, looked for many bytes at once; `None` where the processor cannot. It minds case.
static QUICK: LazyLock<Option<packed::Searcher>> = LazyLock::new(|| {
    let signs = shapes::SIGNS.iter().map(|(word, _)| word);
    packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder().extend(signs).build()
});

/// Texts up to this length, which are nearly all, are looked at quickly first.
const QUICK_BYTES_MAX: usize = 512;

/// Tells from where on there may be a sign in a text, so that the automaton reads little of it.
struct Ahead {
    lower: [u8; QUICK_BYTES_MAX],
    quick: Option<(&'static packed::Searcher, usize)>,
}

impl Ahead {
    fn new(text: &[u8]) -> Self {
        let mut lower = [0; QUICK_BYTES_MAX];
        let quick = QUICK.as_ref().filter(|_| text.len() <= QUICK_BYTES_MAX).map(|quick| (quick, text.len()));
        if quick.is_some() {
            lower[..text.len()].copy_from_slice(text);
            lower[..text.len()].make_ascii_lowercase();
        }
        Self { lower, quick }
    }

    /// No sign begins between `at` and there; `None`: there is none at all.
    fn sign_from(&self, at: usize) -> Option<usize> {
        match self.quick {
            Some((quick, len)) => quick.find_in(&self.lower[..len], (at..len).into()).map(|sign| sign.start()),
            None => Some(at),
        }
    }
}

/// `text` with `[masked]` for every secret; without a copy where there is none.
pub fn mask(text: &[u8]) -> Cow<'_, [u8]> {
    let ahead = Ahead::new(text);
    let Some(first) = ahead.sign_from(0) else { return Cow::Borrowed(text) };
    let mut secrets = find(text, first, &ahead);
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    secrets.sort_unstable_by_key(|secret| secret.start);
    let mut masked = Vec::with_capacity(text.len());
    let mut done = 0;
    for secret in secrets {
        if secret.start >= done {
            masked.extend_from_slice(&text[done..secret.start]);
            masked.extend_from_slice(MASK);
        }
        done = done.max(secret.end);
    }
    masked.extend_from_slice(&text[done..]);
    Cow::Owned(masked)
}

/// Where the secrets are, in the order of their signs, none of which begins before `at`. Signs inside a secret are passed over, so that the work stays
/// linear.
fn find(text: &[u8], mut at: usize, ahead: &Ahead) -> Vec<Range<usize>> {
    let mut secrets: Vec<Range<usize>> = Vec::new();
    while let Some(from) = ahead.sign_from(at)
        && let Some(sign) = SIGNS.find(aho_corasick::Input::new(text).range(from..))
    {
        at = match secrets.last() {
            Some(last) if last.contains(&sign.start()) => last.end,
            _ => sign.end(),
        };
        if at > sign.end() {
            continue;
        }
        let (_, matcher) = shapes::SIGNS[sign.pattern().as_usize()];
        let secret = matcher(text, sign.range());
        secrets.extend(secret.filter(|secret| !secret.is_empty() && !text[secret.clone()].starts_with(MASK)));
    }
    secrets
}

#[cfg(test)]
mod tests;
