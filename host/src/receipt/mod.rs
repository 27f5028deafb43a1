//! Receipts: by them the verdict on an alert's window can be computed again, bit for bit, later and elsewhere.
//!
//! A `case` names all that the verdict depends on, by the digests of their bytes: the three components, what they had learned, what the thresholds
//! knew, and the window. `evidence` is those bytes. `replay` puts them together again in the usual sandbox, and trusts nothing: every digest is
//! checked before anything is used. `gather` finds all of it in the store, `export` is all of it as one file.

pub mod case;
pub mod evidence;
pub mod export;
pub mod gather;
pub mod replay;
#[cfg(test)]
mod tests;
