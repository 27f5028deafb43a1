//! What waits for a server, in one sentence for people.

use super::Health;
use crate::store::Backlog;

/// How a server is doing and what waits for it; and whether that is well.
pub(crate) fn of_server(health: &Health, backlog: &Backlog, set_aside: u64, now_ns: u64) -> (bool, String) {
    let mut waiting = of_backlog(backlog, now_ns);
    if set_aside > 0 {
        waiting.push_str(&format!(
            "; {set_aside} points were refused since the start and set aside in the data directory"
        ));
    }
    match health {
        Health::Unknown => (true, format!("not asked yet; {waiting}")),
        Health::Up { detail, refused: None } => (true, format!("{detail}; {waiting}")),
        Health::Up { detail, refused: Some(refused) } => (false, format!("{detail}, but {refused}; {waiting}")),
        Health::Down { since_ns, why } => (false, format!("away for {}: {why}; {waiting}", span(*since_ns, now_ns))),
    }
}

/// What waits in the spool, and what had to go.
pub(crate) fn of_backlog(backlog: &Backlog, now_ns: u64) -> String {
    let waiting = match (backlog.lines, backlog.oldest_ns) {
        (0, _) | (_, None) => "no line waits for it".into(),
        (lines, Some(oldest_ns)) => format!("{lines} lines wait for it, the oldest for {}", span(oldest_ns, now_ns)),
    };
    match backlog.lines_missed {
        0 => waiting,
        missed => format!(
            "{waiting}; {missed} lines had to go before it could take them: give the spool more room with --spool-size \
             (--retention-size where history is not in InfluxDB)"
        ),
    }
}

fn span(since_ns: u64, now_ns: u64) -> String {
    let seconds = now_ns.saturating_sub(since_ns) / 1_000_000_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;
    const NOW: u64 = 1_000_000 * SECOND_NS;

    #[test]
    fn what_waits_and_what_went_is_told() {
        let backlog = Backlog { lines: 12, oldest_ns: Some(NOW - 300 * SECOND_NS), lines_missed: 0 };
        let up = Health::Up { detail: "it answers".into(), refused: None };
        let told = of_server(&up, &backlog, 0, NOW);
        assert_eq!(told, (true, "it answers; 12 lines wait for it, the oldest for 5 min".into()));
        let partly = Health::Up { detail: "it answers".into(), refused: Some("takes no lines of h/a: no".into()) };
        let (good, text) = of_server(&partly, &Backlog::default(), 0, NOW);
        assert_eq!((good, text.as_str()), (false, "it answers, but takes no lines of h/a: no; no line waits for it"));
        let down = Health::Down { since_ns: NOW - 59 * SECOND_NS, why: "no answer".into() };
        let (good, text) = of_server(&down, &Backlog::default(), 0, NOW);
        assert_eq!((good, text.as_str()), (false, "away for 59 s: no answer; no line waits for it"));
        let (good, text) = of_server(&up, &Backlog { lines_missed: 3, ..backlog }, 7, NOW);
        assert!(
            good && text.contains("3 lines had to go") && text.contains("--spool-size") && text.contains("7 points"),
            "{text}"
        );
    }
}
