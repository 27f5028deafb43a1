//! States that a plugin did not write: cut off, damaged, foreign. Its own state comes from a disk, and another plugin's from a
//! container whose plugin was replaced.

use super::chance::Chance;
use super::outcome::{Figures, Verdict, failed, tolerate};
use crate::plugins::{Plugin, PluginError};

/// Places at which a state is cut, and bits that are turned.
const CUTS: usize = 12;
const FLIPS: usize = 24;

/// Bytes that no plugin wrote.
const FOREIGN: [(&str, &[u8]); 4] = [
    ("a foreign text", b"{\"model\": \"of another plugin\", \"trees\": 100}"),
    ("a foreign state of zeros", &[0; 256]),
    ("a foreign state of ones", &[0xff; 256]),
    ("a component", b"\0asm\x0d\0\x01\0"),
];

/// `load` gives bytes that are said to be of a format to a fresh instance, and asks it one thing where it takes them.
pub(super) fn dishonest(
    plugin: &Plugin,
    state: &[u8],
    figures: &mut Figures,
    mut load: impl FnMut(u32, &[u8]) -> Result<(), PluginError>,
) -> Verdict {
    figures.add("state_bytes", state.len() as f64);
    formats(plugin, state, &mut load)?;
    let mut load = |bytes: &[u8]| load(plugin.state_format, bytes);
    let foreign = FOREIGN.iter().map(|(what, bytes)| ((*what).to_owned(), bytes.to_vec()));
    for (what, bytes) in foreign.chain(cut(state)) {
        if tolerate(&format!("given {what} to load"), load(&bytes))?.is_some() {
            return failed(format!(
                "it loaded {what} as if it were its own; begin a state with a mark and its length, and refuse what does not fit (code 2)"
            ));
        }
    }
    let mut taken = 0;
    for (bit, bytes) in flipped(state) {
        let when = format!("given its state with bit {bit} turned to load");
        taken += usize::from(tolerate(&when, load(&bytes))?.is_some());
    }
    figures.add("turned_bits_noticed", (FLIPS.min(state.len()) - taken) as f64);
    figures.add("turned_bits", FLIPS.min(state.len()) as f64);
    Ok(())
}

/// The state under the numbers of other formats. What may come of one that the plugin reads is its own affair; one that it
/// does not read must never reach it.
fn formats(plugin: &Plugin, state: &[u8], load: &mut impl FnMut(u32, &[u8]) -> Result<(), PluginError>) -> Verdict {
    for &format in plugin.reads_state.iter().filter(|&&format| format != plugin.state_format) {
        tolerate(&format!("given its state as one of format {format}"), load(format, state))?;
    }
    let newer = plugin.reads_state.iter().max().and_then(|format| format.checked_add(1));
    match newer.map(|format| (format, load(format, state))) {
        None | Some((_, Err(PluginError::Format { .. }))) => Ok(()),
        Some((format, _)) => failed(format!("a state of format {format} reached it, which its card does not name")),
    }
}

/// The state cut off at the front of many places. An empty state cannot be cut.
fn cut(state: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let cuts = CUTS.min(state.len());
    let ends = (0..cuts).map(move |at| state.len() * at / cuts);
    let last = state.len().checked_sub(1).filter(|_| cuts > 0);
    ends.chain(last)
        .map(|end| (format!("its state cut off after {end} of {} bytes", state.len()), state[..end].to_vec()))
}

/// The state with one bit turned, near its beginning, where counts and lengths are, and all over it.
fn flipped(state: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let mut chance = Chance::new(state.len() as u64);
    (0..FLIPS.min(state.len())).map(move |number| {
        let most = if number % 2 == 0 { state.len().min(64) } else { state.len() };
        let bit = chance.below(8 * most as u64) as usize;
        let mut bytes = state.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        (bit, bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_states_are_shorter_and_turned_ones_differ_in_one_bit() {
        let state: Vec<u8> = (0..200).collect();
        assert!(cut(&state).all(|(_, bytes)| bytes.len() < 200 && state.starts_with(&bytes)));
        assert!(cut(&state).any(|(_, bytes)| bytes.is_empty()) && cut(&state).any(|(_, bytes)| bytes.len() == 199));
        for (_, bytes) in flipped(&state) {
            assert_eq!(state.iter().zip(&bytes).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>(), 1);
        }
        assert_eq!((cut(&[]).count(), flipped(&[]).count()), (0, 0));
    }
}
