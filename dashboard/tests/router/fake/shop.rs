//! A small shop in which one service has gone wrong.

use foghorn_dashboard::view::*;

use super::plugins::default_plugins;
use super::{Fake, MINUTE, SECOND};

/// Of the window of each alert.
const FIRST_LINE: u64 = 10_000;

impl Fake {
    /// A shop on the host `harbor`: one sick service, one that learns, one that is stopped, one that cannot be read.
    pub(crate) fn shop() -> Self {
        let mut fake = Self::empty();
        fake.plugins = fake.shop_plugins();
        fake.alerts = vec![fake.payment_alert(), fake.search_alert(), fake.old_alert()];
        fake.containers = vec![
            fake.container("harbor/shop/payment", State::Watching, 7),
            fake.container("harbor/shop/search", State::Watching, 2),
            fake.container("harbor/shop/web", State::Watching, 0),
            fake.container("harbor/registry", State::Silent { since: fake.ago(41 * MINUTE) }, 0),
            fake.container("harbor/shop/queue", learning(fake.now, 3), 0),
            fake.container("harbor/backup", State::Stopped { since: fake.ago(190 * MINUTE) }, 0),
            fake.container("harbor/legacy", unreadable(), 0),
        ];
        fake.choose();
        fake.windows = fake.containers.iter().flat_map(|container| windows_of(container, fake.now)).collect();
        fake
    }

    /// The shop among two hundred containers.
    pub(crate) fn many() -> Self {
        let mut fake = Self::shop();
        let more = (0..193).map(|n| fake.container(&format!("harbor/fleet/worker-{n:03}"), State::Watching, 0));
        fake.containers.extend(more.collect::<Vec<_>>());
        fake
    }

    fn line(&self, ns: u64, output: Output, text: &str) -> Line {
        Line { time: self.ago(ns), output, text: text.into() }
    }

    fn payment_alert(&self) -> Alert {
        let ids = ["9f31c2", "9f31d0", "9f31e4", "9f3201"];
        let mut lines = vec![
            self.line(75 * SECOND, Output::Stdout, "order 88123 accepted, amount 42.10 EUR"),
            self.line(74 * SECOND, Output::Stdout, "order 88124 accepted, amount 17.00 EUR"),
        ];
        for (id, n) in ids.iter().zip(0..) {
            let text = format!("charge {id}: connection refused by gateway 10.2.0.7:443 (attempt {})", n + 1);
            lines.push(self.line((70 - n) * SECOND, Output::Stderr, &text));
        }
        lines.push(self.line(64 * SECOND, Output::Stderr, "circuit breaker gateway: closed -> open"));
        lines.push(self.line(63 * SECOND, Output::Stdout, "order 88125 accepted, amount 5.95 EUR"));
        let card = AlertCard {
            id: 42,
            identity: "harbor/shop/payment".into(),
            severity: Severity::Critical,
            opened: self.ago(12 * MINUTE),
            last_seen: self.ago(20 * SECOND),
            resolved: None,
            phase: Phase::Escalating,
            label: None,
            attention: Attention::Wanted,
            first_seen: self.ago(12 * MINUTE),
            episodes: 1,
            windows: 7,
            windows_ever: 7,
            score_max: 2.31,
            reason: "4 lines say “connection refused by gateway”, never seen in 1,204 windows, and the circuit breaker opened".into(),
            lines: vec![lines[2].clone(), lines[3].clone(), lines[6].clone()],
        };
        let mut terms = vec![
            term(
                "charge <hex>: connection refused by gateway <ip> (attempt <n>)",
                TermKind::Template,
                &[2, 3, 4, 5],
                0,
                0.46,
            ),
            term("circuit breaker gateway: closed -> open", TermKind::Template, &[6], 0, 0.21),
            term("refused", TermKind::Token, &[2, 3, 4, 5], 3, 0.14),
            term("gateway", TermKind::Token, &[2, 3, 4, 5, 6], 12, 0.08),
            term("stderr_share", TermKind::Column, &[], 1_204, 0.06),
        ];
        terms[0] = Term { without: Some(0.58), change: Some("taken out".into()), needed: true, ..terms[0].clone() };
        let normal = NormalWindow {
            begin: self.ago(80 * MINUTE),
            end: self.ago(79 * MINUTE),
            score: 0.31,
            lines: vec![self.line(80 * MINUTE, Output::Stdout, "charge 7be1: accepted by gateway 10.0.4.7")],
            lines_total: 96,
        };
        Alert { without: Some(0.58), normal: Some(normal), ..self.alert(card, &lines, terms) }
    }

    fn search_alert(&self) -> Alert {
        let lines = vec![
            self.line(
                170 * SECOND,
                Output::Stdout,
                "shard 3 rebalanced in 48,112 ms (usually under 900 ms), 1,204 documents moved",
            ),
            self.line(166 * SECOND, Output::Stdout, "slow query: GET /search?q=lamp took 9,120 ms"),
        ];
        let card = AlertCard {
            id: 43,
            identity: "harbor/shop/search".into(),
            severity: Severity::Warning,
            opened: self.ago(3 * MINUTE),
            last_seen: self.ago(2 * MINUTE),
            resolved: None,
            phase: Phase::Regressed,
            label: None,
            attention: Attention::Snoozed { until: Time(self.now.0 + 60 * MINUTE) },
            first_seen: self.ago(9_000 * MINUTE),
            episodes: 3,
            windows: 1,
            windows_ever: 12,
            score_max: 1.18,
            reason: "“shard <n> rebalanced” is rare: in 2 of 1,204 windows".into(),
            lines: lines.clone(),
        };
        self.alert(card, &lines, vec![term("rebalanced", TermKind::Token, &[0], 2, 0.71)])
    }

    fn old_alert(&self) -> Alert {
        let lines = vec![self.line(26 * 60 * MINUTE, Output::Stdout, "migration 0047 applied")];
        let card = AlertCard {
            id: 17,
            identity: "harbor/shop/web".into(),
            severity: Severity::Info,
            opened: self.ago(26 * 60 * MINUTE),
            last_seen: self.ago(26 * 60 * MINUTE),
            resolved: Some(self.ago(25 * 60 * MINUTE)),
            phase: Phase::Resolved,
            label: Some(Label::Normal),
            attention: Attention::Wanted,
            first_seen: self.ago(26 * 60 * MINUTE),
            episodes: 1,
            windows: 2,
            windows_ever: 2,
            score_max: 1.04,
            reason: "“migration <n> applied”, never seen in 310 windows".into(),
            lines: lines.clone(),
        };
        self.alert(card, &lines, Vec::new())
    }

    fn alert(&self, card: AlertCard, lines: &[Line], terms: Vec<Term>) -> Alert {
        Alert {
            window: Some(FIRST_LINE),
            signs: vec![Sign { time: card.opened, kind: "unhealthy".into(), text: "its health check fails".into() }],
            deliveries: vec![self.delivery(card.id)],
            suppressed: vec![Suppressed {
                reason: "rolled up".into(),
                first: card.opened,
                last: card.last_seen,
                times: 3,
            }],
            lines_total: lines.len() as u64 + 56,
            scores: scores(card.last_seen, 120, card.windows as usize),
            receipt: Some(Receipt {
                generation: 9,
                plugins: default_plugins(),
                window_begin: Time(card.last_seen.0 - 30 * SECOND),
                window_end: card.last_seen,
                score_raw: card.score_max * 0.611,
                threshold_raw: 0.611,
                fingerprint: "5c1e77a09b3d2f48".into(),
            }),
            card,
            // The last of them stands somewhat later.
            lines: (0..lines.len() as u64)
                .map(|place| FIRST_LINE + if place + 1 == lines.len() as u64 { place + 56 } else { place })
                .zip(lines)
                .map(|(number, line)| NumberedLine { number, line: line.clone() })
                .collect(),
            terms,
            without: None,
            normal: None,
        }
    }

    fn container(&self, identity: &str, state: State, strange: usize) -> Container {
        let has_scores = matches!(state, State::Watching | State::Silent { .. } | State::Stopped { .. });
        let has_lines = !matches!(state, State::Unreadable { .. });
        let last = match &state {
            State::Silent { since } | State::Stopped { since } => *since,
            _ => self.ago(4 * SECOND),
        };
        let points = if has_scores { scores(last, 60, strange) } else { Vec::new() };
        let alerts: Vec<_> =
            self.alerts.iter().map(|alert| &alert.card).filter(|card| card.identity == identity).cloned().collect();
        let worst_open = alerts.iter().filter(|card| card.resolved.is_none()).map(|card| card.severity).max();
        Container {
            windows: if has_lines { rows(&points, last) } else { Vec::new() },
            way: has_lines.then_some(Way::Files),
            windows_total: if has_lines { 3_412 } else { 0 },
            cycles: if has_lines { self.cycles(&state) } else { Vec::new() },
            pipeline: Pipeline {
                plugins: self.default_choice(identity, has_scores.then_some(9)),
                settings: settings(),
            },
            events: vec![self.event(
                Some(identity),
                "plugin switched",
                "generation 9 serves, with rules@1.2.0 instead of iforest@0.1.0",
            )],
            alerts,
            card: ContainerCard {
                identity: identity.into(),
                lines_per_minute: has_lines.then_some(if last.0 + MINUTE < self.now.0 { 0.0 } else { 1_312.4 }),
                last_line: has_lines.then_some(last),
                state,
                scores: points,
                worst_open,
            },
        }
    }

    fn cycles(&self, state: &State) -> Vec<Cycle> {
        let succeeded = |number: u64| Cycle {
            number,
            ended: self.ago((12 - number) * 9 * MINUTE),
            seconds: 1.84,
            outcome: CycleOutcome::Succeeded { generation: number, windows: 200 + number * 31, lines: 21_040 * number },
        };
        let failed = Cycle {
            outcome: CycleOutcome::Failed { reason: "12 windows found, 20 are needed; waiting for more lines".into() },
            ..succeeded(3)
        };
        let last = if matches!(state, State::Learning { .. }) { 4 } else { 9 };
        let all = (4..=last).map(succeeded).chain([failed]).chain([succeeded(2), succeeded(1)]);
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|cycle| std::cmp::Reverse(cycle.number));
        all
    }
}

fn learning(now: Time, cycles_done: u32) -> State {
    State::Learning { cycles_done, cycles_needed: 5, ready_expected: Some(Time(now.0 + 14 * MINUTE)) }
}

fn unreadable() -> State {
    State::Unreadable { reason: "log driver syslog keeps no readable log; use json-file, local or journald".into() }
}

fn term(text: &str, kind: TermKind, lines: &[u32], seen: u64, weight: f32) -> Term {
    Term {
        text: text.into(),
        kind,
        lines: lines.into(),
        seen,
        of: 1_204,
        weight,
        without: None,
        change: None,
        needed: false,
    }
}

fn settings() -> Vec<Setting> {
    let setting =
        |key: &str, value: &str, origin: &str| Setting { key: key.into(), value: value.into(), origin: origin.into() };
    vec![setting("window_age", "30s", "default"), setting("window_lines", "100", "label")]
}

/// Scores that wander below the threshold; the last `strange` of them are over it.
fn scores(last: Time, count: usize, strange: usize) -> Vec<ScorePoint> {
    let point = |index: usize| {
        let noise = ((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40).wrapping_mul(2_654_435_761) % 1_000;
        let calm = 0.35 + noise as f32 / 1_000.0 * 0.35;
        let is_strange = index + strange >= count;
        let score = if is_strange { 1.05 + noise as f32 / 1_000.0 * 1.3 } else { calm };
        let severity = if score >= 1.5 { Severity::Critical } else { Severity::Warning };
        ScorePoint {
            time: Time(last.0 - (count - 1 - index) as u64 * 30 * SECOND),
            score,
            severity: is_strange.then_some(severity),
        }
    };
    (0..count).map(point).collect()
}

/// The newest first. Without scores: windows of a container that still learns.
fn rows(points: &[ScorePoint], last: Time) -> Vec<WindowRow> {
    let row = |index: usize| {
        let point = points.len().checked_sub(index + 1).map(|at| points[at]);
        let end = Time(last.0 - index as u64 * 30 * SECOND);
        WindowRow {
            id: 10_000 - index as u64,
            begin: Time(end.0 - 30 * SECOND),
            end,
            lines: 64,
            score: point.map(|point| point.score),
            threshold_raw: point.map(|_| 0.611),
            severity: point.and_then(|point| point.severity),
            generation: point.map(|_| 9),
            alert: point.and_then(|point| point.severity).map(|_| 42),
        }
    };
    (0..20).map(row).collect()
}

fn windows_of(container: &Container, now: Time) -> Vec<(String, Window)> {
    let texts = ["GET /cart 200 in 12 ms", "order 88124 accepted, amount 17.00 EUR", "cache miss for sku 4471"];
    let line = |index: usize| Line {
        time: Time(now.0 - (64 - index as u64) * SECOND / 2),
        output: Output::Stdout,
        text: texts[index % texts.len()].into(),
    };
    let window = |row: &WindowRow| Window { row: row.clone(), lines: (0..row.lines as usize).map(line).collect() };
    container.windows.iter().map(|row| (container.card.identity.clone(), window(row))).collect()
}
