//! What "nothing lost, nothing twice" means, as checks of what a host has kept. They panic with what is wrong.

use std::collections::BTreeMap;

use crate::kept::{Line, Window};

/// Lines numbered `seq=1` to `seq=COUNT` by their writer are there, each once and in order.
pub fn each_line_once(lines: &[Line], count: u64) {
    let mut seen = BTreeMap::new();
    for line in lines {
        let number = line.line.rsplit_once("seq=").and_then(|(_, number)| number.parse::<u64>().ok());
        *seen.entry(number.unwrap_or_else(|| panic!("no number in {line:?}"))).or_insert(0u32) += 1;
    }
    let missing: Vec<_> = (1..=count).filter(|number| !seen.contains_key(number)).collect();
    let repeated: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(missing.is_empty(), "lines lost: {missing:?}");
    assert!(repeated.is_empty(), "lines kept more than once: {repeated:?}");
    assert_eq!(lines.len() as u64, count);
    assert!(lines.is_sorted_by(|a, b| a.seq < b.seq), "history is out of order");
}

/// `count` lines are in windows, each in one.
pub fn each_line_in_one_window(windows: &[Window], count: u64) {
    for pair in windows.windows(2) {
        let end = pair[0].first_seq + pair[0].lines;
        assert_eq!(pair[1].first_seq, end, "a window must begin where the one before it ends: {pair:?}");
    }
    assert_eq!(windows.iter().map(|window| window.lines).sum::<u64>(), count);
}

/// Before the fifth cycle no window is scored, from then on each is.
pub fn scored_from_one_window_on(windows: &[Window]) {
    let learning = windows.iter().take_while(|window| window.score.is_none()).count();
    assert!(learning > 0, "the first windows came before the fifth cycle");
    assert!(windows.len() - learning > 10, "most windows came after the fifth cycle: {learning} of {}", windows.len());
    let missed: Vec<_> = windows[learning..].iter().filter(|window| window.score.is_none()).collect();
    assert!(missed.is_empty(), "windows that were never scored: {missed:?}");
}
