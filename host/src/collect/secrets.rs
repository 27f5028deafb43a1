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

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

pub(super) const MASK: &[u8] = b"[masked]";

static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(shapes::SIGNS.iter().map(|(word, _)| word))
        .expect("the table of signs is small")
});

/// `text` with `[masked]` for every secret; without a copy where there is none.
pub fn mask(text: &[u8]) -> Cow<'_, [u8]> {
    let mut masked = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = SIGNS.find(aho_corasick::Input::new(text).range(at..)) {
        at = found.end();
        let (_, matcher) = shapes::SIGNS[found.pattern().as_usize()];
        if let Some(secret) = matcher(text, found.range()).filter(|secret| is_new(text, secret, done)) {
            masked.extend_from_slice(&text[done..secret.start]);
            masked.extend_from_slice(MASK);
            (done, at) = (secret.end, secret.end.max(at));
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    masked.extend_from_slice(&text[done..]);
    Cow::Owned(masked)
}

fn is_new(text: &[u8], secret: &Range<usize>, done: usize) -> bool {
    secret.start >= done && secret.start < secret.end && !text[secret.clone()].starts_with(MASK)
}

#[cfg(test)]
mod tests;
