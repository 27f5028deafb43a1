//! The windows that were judged wrongly, to be looked at one by one.

use std::cmp::Ordering;
use std::fmt::Write;

use super::judged::Window;

/// First lines shown of a window.
pub(super) const LINES: usize = 5;

/// Characters shown of a line.
const SHOWN_MAX: usize = 160;

/// The normal windows with the highest scores that alarmed, and the anomalous ones with the lowest that did not; `most` of each.
pub(super) fn text(set: &str, windows: &[Window], most: usize) -> String {
    let mut text = String::new();
    let falling = |a: &Window, b: &Window| b.score.total_cmp(&a.score);
    let rising = |a: &Window, b: &Window| a.score.total_cmp(&b.score);
    let alarms = worst(windows, most, |window| window.alarmed && window.anomalous == Some(false), falling);
    let missed = worst(windows, most, |window| !window.alarmed && window.anomalous == Some(true), rising);
    for (what, (windows, of)) in
        [("false alarms, the highest score first", alarms), ("missed, the lowest score first", missed)]
    {
        let _ = writeln!(text, "{set}: {what} ({} of {of})", windows.len());
        windows.iter().for_each(|window| push(&mut text, window));
        text.push('\n');
    }
    text
}

/// The first `most` in `order` of those that are `wrong`, and how many are.
fn worst(
    windows: &[Window],
    most: usize,
    wrong: impl Fn(&Window) -> bool,
    order: impl Fn(&Window, &Window) -> Ordering,
) -> (Vec<&Window>, usize) {
    let mut found: Vec<&Window> = windows.iter().filter(|window| wrong(window)).collect();
    let of = found.len();
    found.sort_by(|a, b| order(a, b));
    found.truncate(most);
    (found, of)
}

fn push(text: &mut String, window: &Window) {
    let Window { container, start, lines, score, threshold, .. } = window;
    let sign = if window.alarmed { '≥' } else { '<' };
    let session = window.session.as_deref().unwrap_or_default();
    let _ = writeln!(text, "  {score:.4} {sign} {threshold:.4}  {container} {session} {start}, {lines} lines");
    for (mark, lines) in [("why ", &window.why), ("line", &window.head)] {
        for line in lines {
            let shown: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN_MAX).collect();
            let _ = writeln!(text, "    {mark} {shown}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(name: &str, score: f64, alarmed: bool, anomalous: Option<bool>) -> Window {
        let (why, head) = (vec![format!("why {name}")], vec![format!("first \u{7}line of {name}")]);
        let (container, start) = (name.to_owned(), "then".to_owned());
        Window { container, session: None, start, lines: 1, score, threshold: 0.5, alarmed, anomalous, why, head }
    }

    #[test]
    fn the_worst_of_both_kinds_come_first_and_right_ones_do_not_come() {
        let windows = [
            window("hit", 0.9, true, Some(true)),
            window("quiet", 0.1, false, Some(false)),
            window("alarm-1", 0.6, true, Some(false)),
            window("alarm-2", 0.8, true, Some(false)),
            window("missed-1", 0.4, false, Some(true)),
            window("missed-2", 0.2, false, Some(true)),
            window("unknown", 0.9, true, None),
        ];
        let text = text("set", &windows, 1);
        assert!(text.contains("(1 of 2)") && text.contains("0.8000 ≥ 0.5000  alarm-2"), "{text}");
        assert!(text.contains("0.2000 < 0.5000  missed-2") && text.contains("line first  line of missed-2"), "{text}");
        for other in ["hit", "quiet", "alarm-1", "missed-1", "unknown"] {
            assert!(!text.contains(other), "{text}");
        }
    }

    #[test]
    fn a_set_without_labels_has_none() {
        assert!(text("set", &[window("a", 0.9, true, None)], 3).contains("(0 of 0)"));
    }
}
