//! A session as bytes, and sessions from bytes that nobody vouches for.
//!
//! All numbers little-endian: head, sizes, then four tables, each with its length first.
//!
//! ```text
//!  0  magic "FGHVECTR"   8  format u32   12  columns u32   16  terms_max u32   20  windows u32   24  lines u64
//! 32  sizes u32 × 6 × 64
//!     templates: n u32, ids u64 × n, seen u32 × n, (bytes u32, text) × n
//!     tokens, successions: n u32, ids u64 × n, seen u32 × n
//!     pairs: n u32, relations u32 × 18 × n
//! ```
//!
//! What a length promises is checked against the bytes left before anything is allocated.

use crate::error::Error;
use crate::learned::Learned;
use crate::ratios::{RELATIONS, WATCHED_MAX, pairs_of};
use crate::settings::Settings;
use crate::terms::Terms;
use crate::text::TEXT_BYTES_MAX;

/// Format number of the bytes written here; the only one read. It also stands for the way ids are made: a change of
/// masking or hashing is a new format.
pub const FORMAT: u32 = 1;
const MAGIC: [u8; 8] = *b"FGHVECTR";

pub(crate) fn write(learned: &Learned, settings: Settings) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    put(&mut out, [FORMAT, settings.columns as u32, settings.terms_max as u32, learned.windows]);
    out.extend(learned.lines.to_le_bytes());
    put(&mut out, learned.sizes.counts.iter().flatten().copied());
    put_terms(&mut out, &learned.templates);
    for text in &learned.texts {
        put(&mut out, [text.len() as u32]);
        out.extend(text.as_bytes());
    }
    put_terms(&mut out, &learned.tokens);
    put_terms(&mut out, &learned.successions);
    put(&mut out, [learned.ratios.pairs.len() as u32]);
    put(&mut out, learned.ratios.pairs.iter().flatten().copied());
    out
}

fn put(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    out.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
}

fn put_terms(out: &mut Vec<u8>, terms: &Terms) {
    put(out, [terms.len() as u32]);
    out.extend(terms.ids().iter().flat_map(|id| id.to_le_bytes()));
    put(out, terms.seen().iter().copied());
}

/// What was learned, from the bytes of `write` made with the same settings.
pub(crate) fn read(format: u32, state: &[u8], settings: Settings) -> Result<Learned, Error> {
    let mut reader = Reader { rest: state };
    if format != FORMAT || reader.take(8)? != MAGIC || reader.number()? != FORMAT {
        return Err(Error::state(format!(
            "the state has format {format} or does not start like one; this vectorizer reads format {FORMAT}, train again"
        )));
    }
    let (columns, terms_max) = (reader.number()? as usize, reader.number()? as usize);
    if (columns, terms_max) != (settings.columns, settings.terms_max) {
        let Settings { columns: c, terms_max: t, .. } = settings;
        return Err(Error::state(format!(
            "the state was made with columns {columns} and terms_max {terms_max}, the settings say {c} and {t}; train again"
        )));
    }
    let mut learned = Learned::new(terms_max);
    learned.windows = reader.number()?;
    learned.lines = u64::from(reader.number()?) | u64::from(reader.number()?) << 32;
    for count in learned.sizes.counts.iter_mut().flatten() {
        *count = reader.number()?;
    }
    let windows = learned.windows;
    reader.terms(&mut learned.templates, windows)?;
    let templates = learned.templates.len();
    learned.texts = (0..templates).map(|_| reader.text()).collect::<Result<_, _>>()?;
    reader.terms(&mut learned.tokens, windows)?;
    reader.terms(&mut learned.successions, windows)?;
    let pairs = reader.number()? as usize;
    if pairs != pairs_of(templates.min(WATCHED_MAX)) {
        return Err(damaged(&format!("it has {pairs} pairs for {templates} templates")));
    }
    learned.ratios.pairs = reader.lists::<RELATIONS>(pairs)?;
    match reader.rest.len() {
        0 => Ok(learned),
        more => Err(damaged(&format!("{more} bytes follow its end"))),
    }
}

fn damaged(what: &str) -> Error {
    Error::state(format!("the state is damaged: {what}; take an older one or train again"))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or_else(|| damaged("it ends too early"))?;
        self.rest = rest;
        Ok(head)
    }

    fn number(&mut self) -> Result<u32, Error> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |n, &b| n << 8 | u32::from(b)))
    }

    fn numbers(&mut self, n: usize) -> Result<impl Iterator<Item = u32> + use<'a>, Error> {
        let bytes = self.take(n.checked_mul(4).ok_or_else(|| damaged("a length is too large"))?)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|c| u32::from_le_bytes(*c)))
    }

    fn terms(&mut self, terms: &mut Terms, windows: u32) -> Result<(), Error> {
        let n = self.number()? as usize;
        let ids = self.take(n.checked_mul(8).ok_or_else(|| damaged("a length is too large"))?)?.as_chunks::<8>().0;
        for (id, seen) in ids.iter().map(|c| u64::from_le_bytes(*c)).zip(self.numbers(n)?) {
            let before = terms.len();
            if id == 0 || seen > windows || terms.add(id, seen) != Some(before) {
                return Err(damaged(&format!(
                    "term {before} is none, stands twice, is one too many or was seen in {seen} of {windows} windows"
                )));
            }
        }
        Ok(())
    }

    fn lists<const N: usize>(&mut self, n: usize) -> Result<Vec<[u32; N]>, Error> {
        let numbers: Vec<u32> =
            self.numbers(n.checked_mul(N).ok_or_else(|| damaged("a length is too large"))?)?.collect();
        Ok(numbers.as_chunks::<N>().0.to_vec())
    }

    fn text(&mut self) -> Result<String, Error> {
        let len = self.number()? as usize;
        if len > TEXT_BYTES_MAX {
            return Err(damaged(&format!("a text has {len} bytes; allowed are {TEXT_BYTES_MAX}")));
        }
        String::from_utf8(self.take(len)?.to_vec()).map_err(|_| damaged("a text is not UTF-8"))
    }
}
