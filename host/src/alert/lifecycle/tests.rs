//! What is one alert, and what is another.

use super::*;
use crate::alert::signal::SignalKind;
use crate::alert::{Attention, Counterfactual, Label, Phase, Term};

const MINUTE: u64 = 60_000_000_000;
pub(crate) const RULE: Rule = Rule { resolve_after_ns: 10 * MINUTE, together_ns: MINUTE };

fn term(id: u64, kind: &str) -> Term {
    let seen = if kind == "template" { 0 } else { 99 };
    let (text, kind) = (format!("t{id}"), kind.into());
    let line = u32::try_from(id % 1_000).unwrap();
    Term { text, kind, id, seen, of: 100, lines: vec![line], weight: 0.5, without: Some(3.0), change: None }
}

/// A window that needs all of these terms to be strange.
fn of_terms(time_ns: u64, terms: Vec<Term>) -> Strange {
    let needed = (0..u32::try_from(terms.len()).unwrap()).collect();
    let counterfactual = Some(Counterfactual { terms: needed, score: 0.4 });
    let reason = Reason { terms, counterfactual, ..Reason::default() };
    let receipt = Receipt { generation: 5, first_seq: 1, end_seq: 2, ..Receipt::default() };
    Strange { time_ns, severity: Severity::Warning, scaled: 1.5, reason, receipt }
}

pub(crate) fn window(time_ns: u64, templates: &[u64]) -> Strange {
    of_terms(time_ns, templates.iter().map(|&id| term(id, "template")).collect())
}

fn counts(time_ns: u64, id: u64) -> Strange {
    of_terms(time_ns, vec![term(id, "column")])
}

fn signal(time_ns: u64, kind: SignalKind, over: bool) -> Signal {
    Signal { kind, time_ns, severity: Severity::Warning, text: format!("it {}", kind.as_str()), over }
}

pub(crate) struct Book {
    pub(crate) open: Open,
    next: u64,
}

impl Book {
    pub(crate) fn new() -> Self {
        Self { open: Open::new(Identity::from_text("h/c"), RULE, Vec::new()), next: 0 }
    }

    /// The numbers of the alerts that the window belongs to.
    pub(crate) fn see(&mut self, window: &Strange) -> Vec<u64> {
        self.open.pass(window.time_ns);
        self.taken(window).alerts.iter().map(|alert| alert.id).collect()
    }

    pub(crate) fn taken(&mut self, window: &Strange) -> Taken {
        let next = &mut self.next;
        self.open.strange(window, || {
            *next += 1;
            *next
        })
    }

    fn hear(&mut self, signal: &Signal) -> Option<Alert> {
        let next = &mut self.next;
        self.open.signal(signal, || {
            *next += 1;
            *next
        })
    }

    fn alert(&self, id: u64) -> &Alert {
        self.open.alerts().iter().find(|alert| alert.id == id).expect("it lasts")
    }
}

#[test]
fn a_window_of_two_failures_is_counted_in_both_and_told_as_neither_ones_reason() {
    let mut book = Book::new();
    assert_eq!(book.see(&window(MINUTE, &[1])), [1]);
    let both = Strange { scaled: 9.0, ..window(2 * MINUTE, &[1, 7]) };
    assert_eq!(book.see(&both), [1, 2]);
    let first = book.alert(1);
    assert_eq!((first.windows, first.peak), (2, 9.0));
    assert_eq!(first.reason, window(MINUTE, &[1]).reason, "its own, though that window scored less");
    let alone = Strange { scaled: 9.5, ..window(3 * MINUTE, &[7]) };
    assert_eq!(book.see(&alone), [2]);
    assert_eq!(book.alert(2).reason, alone.reason);
}

#[test]
fn a_lasting_failure_is_one_alert_with_a_count() {
    let mut book = Book::new();
    for at in 1..=5 {
        assert_eq!(book.see(&window(at * MINUTE, &[1, 2])), [1]);
    }
    let alert = book.alert(1);
    assert_eq!((alert.windows, alert.last_ns, alert.phase()), (5, 5 * MINUTE, Phase::Ongoing));
}

#[test]
fn another_failure_is_another_alert_seconds_later() {
    let mut book = Book::new();
    assert_eq!(book.see(&window(10, &[1])), [1]);
    assert_eq!(book.see(&window(11, &[9])), [2]);
    assert_ne!(book.alert(1).fingerprint, book.alert(2).fingerprint);
}

#[test]
fn another_failure_in_the_same_windows_is_another_alert_too() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    assert_eq!(book.see(&window(2 * MINUTE, &[1, 9])), [1, 2]);
    assert_eq!(book.see(&window(3 * MINUTE, &[9])), [2]);
    assert_eq!(book.alert(1).windows, 2);
}

#[test]
fn what_one_known_term_explains_alone_is_no_second_failure() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    let mut both = window(2 * MINUTE, &[9, 1]);
    both.reason.counterfactual = Some(Counterfactual { terms: vec![0], score: 0.4 });
    both.reason.terms[1].without = Some(0.8);
    assert_eq!(book.see(&both), [1], "without term 1 alone the window would not be strange");
}

#[test]
fn the_word_error_alone_does_not_make_two_failures_one() {
    let mut book = Book::new();
    let failure = |time_ns, template| {
        let mut error = term(500, "token");
        error.lines = vec![u32::try_from(template).unwrap()];
        error.seen = 0;
        of_terms(time_ns, vec![error, term(template, "template")])
    };
    assert_eq!(book.see(&failure(MINUTE, 1)), [1]);
    assert_eq!(book.see(&failure(2 * MINUTE, 2)), [2]);
}

#[test]
fn a_failure_that_unfolds_is_one_alert_and_a_word_of_many_failures_does_not_join_them_later() {
    let failure = |time_ns, templates: &[u64]| {
        let mut word = term(500, "token");
        word.lines = templates.iter().map(|&id| u32::try_from(id).unwrap()).collect();
        word.seen = 0;
        let lines = templates.iter().map(|&id| term(id, "template"));
        let mut window = of_terms(time_ns, std::iter::once(word).chain(lines).collect());
        window.reason.counterfactual = Some(Counterfactual { terms: vec![0], score: 0.4 });
        window
    };
    let mut book = Book::new();
    assert_eq!(book.see(&failure(MINUTE, &[1])), [1]);
    assert_eq!(book.see(&failure(MINUTE + 30, &[1, 2])), [1], "it goes on to say the word in a second line");
    assert_eq!(book.see(&failure(4 * MINUTE, &[2])), [1], "it is known by it from then on");
    assert_eq!(book.see(&failure(4 * MINUTE + 30, &[1, 3])), [1, 2], "it began long ago");
}

#[test]
fn counts_go_with_what_is_wrong_just_now_and_are_an_alert_where_nothing_is() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    assert_eq!(book.see(&counts(MINUTE + 30, 77)), [1]);
    assert_eq!(book.see(&counts(3 * MINUTE, 77)), [1], "it is known by them from then on");
    assert_eq!(book.see(&counts(6 * MINUTE, 88)), [2], "nothing is wrong just now");
}

#[test]
fn an_alert_of_counts_takes_in_the_written_failure_behind_it() {
    let mut book = Book::new();
    assert_eq!(book.see(&counts(MINUTE, 77)), [1]);
    assert_eq!(book.see(&window(MINUTE + 30, &[4])), [1]);
    assert_eq!(book.see(&window(MINUTE + 31, &[5])), [2], "now it is known what it was");
    assert_eq!(book.see(&window(2 * MINUTE, &[4])), [1]);
}

#[test]
fn an_alert_is_resolved_once_and_comes_back_under_its_number() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    assert!(book.open.pass(11 * MINUTE - 1).is_empty());
    let resolved = book.open.pass(11 * MINUTE);
    assert_eq!((resolved.len(), resolved[0].status, resolved[0].resolved_ns), (1, Status::Resolved, Some(11 * MINUTE)));
    assert!(book.open.pass(20 * MINUTE).is_empty());
    assert_eq!(book.see(&window(5_000 * MINUTE, &[1])), [1]);
    let alert = book.alert(1);
    assert_eq!((alert.episodes, alert.windows, alert.windows_before, alert.first_ns), (2, 1, 1, MINUTE));
    assert_eq!(alert.phase(), Phase::Regressed);
}

#[test]
fn what_comes_back_at_once_must_be_away_for_longer() {
    let mut book = Book::new();
    let mut at = MINUTE;
    for clear in [10, 20, 40, 80, 80] {
        book.see(&window(at, &[1]));
        assert!(book.open.pass(at + clear * MINUTE - 1).is_empty());
        assert_eq!(book.open.pass(at + clear * MINUTE).len(), 1, "after {clear} minutes");
        at += (clear + 1) * MINUTE;
    }
}

#[test]
fn a_restart_changes_nothing() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    let resolved = book.open.pass(30 * MINUTE);
    book.see(&window(31 * MINUTE, &[2]));
    let stored = |alerts: &[Alert]| -> Vec<Alert> {
        alerts.iter().map(|alert| serde_json::from_str(&serde_json::to_string(alert).unwrap()).unwrap()).collect()
    };
    let open = Open::new(Identity::from_text("h/c"), RULE, stored(book.open.alerts())).with_past(&stored(&resolved));
    let mut again = Book { open, next: 2 };
    for minute in [32, 33, 80, 81] {
        for templates in [[1, 1], [2, 2], [1, 3]] {
            let window = window(minute * MINUTE, &templates);
            assert_eq!(again.see(&window), book.see(&window));
        }
    }
    assert_eq!(again.open.alerts(), book.open.alerts());
}

#[test]
fn the_strangest_window_gives_the_reason_and_the_highest_severity_stays() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    let mut stranger = window(2 * MINUTE, &[1]);
    (stranger.scaled, stranger.severity, stranger.reason.sentence) = (2.0, Severity::Critical, "worse".into());
    book.see(&stranger);
    book.see(&window(3 * MINUTE, &[1]));
    let alert = book.alert(1);
    assert_eq!((alert.severity, alert.peak, alert.reason.sentence.as_str()), (Severity::Critical, 2.0, "worse"));
    assert_eq!(alert.phase(), Phase::Escalating);
    book.see(&window(12 * MINUTE, &[1]));
    assert_eq!(book.alert(1).phase(), Phase::Ongoing, "it is no worse than ten minutes ago");
}

#[test]
fn what_was_called_normal_is_not_alerted_and_hides_nothing_else() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    let (alert, _) = book.open.attend(1, Deed::Label(Label::Normal), 2 * MINUTE).unwrap().unwrap();
    assert_eq!((alert.status, alert.resolved_ns), (Status::Resolved, Some(2 * MINUTE)));
    let taken = book.taken(&window(3 * MINUTE, &[1]));
    assert_eq!((taken.alerts.len(), taken.normal), (0, vec![1]));
    let taken = book.taken(&window(4 * MINUTE, &[1, 9]));
    assert_eq!((taken.alerts.len(), taken.alerts[0].id, taken.normal), (1, 2, vec![1]));
    let mut unlabelled = alert;
    attend(&mut unlabelled, Deed::Unlabel, 5 * MINUTE).unwrap();
    book.open.remember(&unlabelled);
    assert_eq!(book.see(&window(6 * MINUTE, &[1])), [1], "taken back");
}

#[test]
fn somebody_who_took_care_of_it_hears_when_it_comes_back() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    book.open.attend(1, Deed::Acknowledge, MINUTE).unwrap().unwrap();
    book.see(&window(60 * MINUTE, &[1]));
    assert_eq!(book.alert(1).attention, Attention::Wanted);
    book.open.attend(1, Deed::Archive, 60 * MINUTE).unwrap().unwrap();
    book.see(&window(120 * MINUTE, &[1]));
    assert!(matches!(book.alert(1).attention, Attention::Archived { .. }));
}

#[test]
fn a_signal_and_the_lines_that_go_with_it_are_one_alert() {
    let mut book = Book::new();
    let died = book.hear(&signal(MINUTE, SignalKind::Died, false)).unwrap();
    assert_eq!((died.kind, died.windows, died.signs.len()), (Kind::Signal, 0, 1));
    let again = book.hear(&signal(MINUTE + 10, SignalKind::RestartLoop, false)).unwrap();
    assert_eq!((again.id, again.reason.sentence.as_str()), (1, "it restart-loop"), "what makes it worse is said");
    assert_eq!(book.see(&window(MINUTE + 20, &[1])), [1], "the last words of what died");
    assert_eq!(book.hear(&signal(MINUTE + 30, SignalKind::Died, false)).unwrap().signs.len(), 3);
    let mut other = Book::new();
    other.see(&window(MINUTE, &[1]));
    assert_eq!(other.hear(&signal(MINUTE + 30, SignalKind::OutOfMemory, false)).unwrap().id, 1);
    assert_eq!(other.alert(1).phase(), Phase::Escalating, "another sign makes it worse");
    assert_eq!(other.hear(&signal(5 * MINUTE, SignalKind::Died, false)).unwrap().id, 2, "minutes later it is another");
}

#[test]
fn a_signal_that_lasts_keeps_its_alert_until_it_is_over_and_comes_back_as_the_same() {
    let mut book = Book::new();
    book.hear(&signal(MINUTE, SignalKind::Unhealthy, false));
    assert!(book.open.pass(500 * MINUTE).is_empty());
    assert!(book.hear(&signal(500 * MINUTE, SignalKind::Unhealthy, true)).unwrap().lasting.is_empty());
    assert_eq!(book.open.pass(510 * MINUTE).len(), 1);
    assert_eq!(book.hear(&signal(600 * MINUTE, SignalKind::Silent, true)), None, "nothing was said of it");
    let again = book.hear(&signal(9_000 * MINUTE, SignalKind::Unhealthy, false)).unwrap();
    assert_eq!((again.id, again.episodes), (1, 2));
}

#[test]
fn what_a_release_says_anew_is_one_alert_unless_it_is_critical() {
    let mut book = Book::new();
    book.see(&window(MINUTE, &[1]));
    book.open.deployed(Release::new("shop:1", "shop:2", 20 * MINUTE));
    assert_eq!(book.see(&window(11 * MINUTE, &[5])), [2]);
    assert_eq!(book.see(&window(12 * MINUTE, &[6])), [2]);
    let release = book.alert(2);
    assert_eq!((release.kind, release.severity), (Kind::Release, Severity::Info));
    assert!(release.reason.sentence.contains("2 new lines"), "{}", release.reason.sentence);
    let mut critical = window(13 * MINUTE, &[7]);
    critical.severity = Severity::Critical;
    assert_eq!(book.see(&critical), [3]);
    assert_eq!(book.see(&window(21 * MINUTE, &[6])), [2], "it is known what that is");
    assert_eq!(book.see(&window(21 * MINUTE + 1, &[8])), [4], "the grace is over");
}

#[test]
fn a_flood_of_different_failures_stays_bounded() {
    let mut book = Book::new();
    for id in 0..2 * OPEN_MAX as u64 {
        book.see(&window(MINUTE, &[id]));
    }
    assert_eq!(book.open.alerts().len(), OPEN_MAX);
    assert_eq!(book.alert(OPEN_MAX as u64).windows, 1 + OPEN_MAX as u64);
}

#[test]
fn windows_near_the_threshold_belong_to_the_incident_while_it_lasts() {
    let mut book = Book::new();
    assert!(!book.open.is_near(0.9));
    book.see(&window(MINUTE, &[1]));
    assert!(book.open.is_near(0.5) && !book.open.is_near(0.4));
    book.open.pass(30 * MINUTE);
    assert!(!book.open.is_near(0.9));
}
