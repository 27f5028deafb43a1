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

/// Whether there may be a sign in the text. Most lines have none, and that is found out several times as fast as where it is.
fn may_have_sign(text: &[u8]) -> bool {
    let Some(quick) = QUICK.as_ref().filter(|_| text.len() <= QUICK_BYTES_MAX) else { return true };
    let mut lower = [0; QUICK_BYTES_MAX];
    let lower = &mut lower[..text.len()];
    lower.copy_from_slice(text);
    lower.make_ascii_lowercase();
    quick.find(&lower).is_some()
}

/// `text` with `[masked]` for every secret; without a copy where there is none.
pub fn mask(text: &[u8]) -> Cow<'_, [u8]> {
    if !may_have_sign(text) {
        return Cow::Borrowed(text);
    }
    let mut secrets = find(text);
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

/// Where the secrets are, in the order of their signs. Signs inside a secret are passed over, so that the work stays linear.
fn find(text: &[u8]) -> Vec<Range<usize>> {
    let mut secrets: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(sign) = SIGNS.find(aho_corasick::Input::new(text).range(at..)) {
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
