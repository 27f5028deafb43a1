//! What every history must do, as tests over the trait. A backend calls `run` with a history that is empty, and with
//! the stream from which its lines come.

use super::{History, Severity, Step, Steps, TrainingRecord, Verdict, WindowRecord, window_lines};
use crate::identity::Identity;
use crate::stream::Stream;
use crate::stream::suite::{entry, numbered};

/// Runs all of it, each part on containers of its own.
pub(crate) async fn run(history: &dyn History, stream: &dyn Stream) {
    a_container_never_heard_of_has_nothing(history).await;
    lines_are_cut_to_what_is_asked(history, stream).await;
    windows_come_back_as_they_went_in(history).await;
    the_same_windows_again_change_nothing(history).await;
    of_windows_between_times_the_newest_are_given(history).await;
    of_windows_from_a_line_the_oldest_are_given(history).await;
    windows_are_summed_up_step_by_step(history).await;
    a_window_has_its_lines(history, stream).await;
    trainings_come_newest_but_in_order(history).await;
}

fn container(name: &str) -> Identity {
    Identity::of_name("suite", name)
}

/// Window number `number` holds the ten lines from `10 * number + 1` and begins at `100 * number`.
pub(crate) fn window(number: u64) -> WindowRecord {
    WindowRecord {
        first_seq: 10 * number + 1,
        end_seq: 10 * number + 11,
        begin_ns: 100 * number,
        end_ns: 100 * number + 100,
        stderr_lines: 3,
        verdict: None,
        in_alert: false,
    }
}

/// Cycle number `generation` began at `1000 * generation`.
pub(crate) fn training(generation: u64) -> TrainingRecord {
    TrainingRecord {
        generation,
        begun_ns: 1000 * generation,
        duration_ms: 12,
        windows: 34,
        lines: 567,
        failure: None,
        stats: vec![("trees".to_owned(), 100.0), ("depth_mean".to_owned(), 0.1)],
    }
}

fn numbers(windows: &[WindowRecord]) -> Vec<u64> {
    windows.iter().map(|window| window.begin_ns / 100).collect()
}

async fn a_container_never_heard_of_has_nothing(history: &dyn History) {
    let nobody = container("nobody-in-history");
    assert_eq!(history.lines(&nobody, 1, 10, 10).await.unwrap(), None);
    assert_eq!(history.windows(&nobody, 0, u64::MAX, 10).await.unwrap(), []);
    assert_eq!(history.windows_from(&nobody, 1, 10).await.unwrap(), []);
    assert_eq!(history.trainings(&nobody, 10).await.unwrap(), []);
}

async fn lines_are_cut_to_what_is_asked(history: &dyn History, stream: &dyn Stream) {
    let identity = container("history-lines");
    stream.append(vec![entry(&identity, numbered(1, 8), b""), entry(&identity, numbered(9, 8), b"")]).await.unwrap();
    for (from_seq, end_seq, lines_max, first_seq, count) in
        [(1, 17, 100, 1, 16), (5, 12, 100, 5, 7), (5, 12, 3, 5, 3), (16, 99, 9, 16, 1), (0, 3, 9, 1, 2)]
    {
        let batch = history.lines(&identity, from_seq, end_seq, lines_max).await.unwrap().unwrap();
        assert_eq!((batch.first_seq, batch.lines), (first_seq, numbered(first_seq, count)));
    }
    for (from_seq, end_seq, lines_max) in [(17, 99, 9), (5, 5, 9), (7, 3, 9), (1, 9, 0)] {
        let batch = history.lines(&identity, from_seq, end_seq, lines_max).await.unwrap();
        assert_eq!(batch, None, "{from_seq} .. {end_seq}");
    }
}

async fn windows_come_back_as_they_went_in(history: &dyn History) {
    let identity = container("windows-as-is");
    let verdict =
        Verdict { score: 0.1 + 0.2, threshold: f32::MIN_POSITIVE, severity: Severity::Critical, generation: 7 };
    let all = vec![window(0), WindowRecord { verdict: Some(verdict), in_alert: true, ..window(1) }];
    history.put_windows(&identity, all.clone()).await.unwrap();
    assert_eq!(history.windows(&identity, 0, u64::MAX, 10).await.unwrap(), all);
    assert_eq!(history.windows_from(&identity, 0, 10).await.unwrap(), all);
}

async fn the_same_windows_again_change_nothing(history: &dyn History) {
    let identity = container("windows-again");
    let all: Vec<_> = (0..5).map(window).collect();
    for _ in 0..2 {
        history.put_windows(&identity, all.clone()).await.unwrap();
        assert_eq!(history.windows(&identity, 0, u64::MAX, 10).await.unwrap(), all);
    }
    let changed = WindowRecord { in_alert: true, ..window(2) };
    history.put_windows(&identity, vec![changed.clone()]).await.unwrap();
    assert_eq!(history.windows(&identity, 200, 300, 10).await.unwrap(), [changed], "same first line: replaced");
}

async fn of_windows_between_times_the_newest_are_given(history: &dyn History) {
    let identity = container("windows-between");
    history.put_windows(&identity, (0..10).map(window).collect()).await.unwrap();
    let between =
        async |from_ns, until_ns, limit| numbers(&history.windows(&identity, from_ns, until_ns, limit).await.unwrap());
    assert_eq!(between(300, 600, 10).await, [3, 4, 5]);
    assert_eq!(between(301, 601, 10).await, [4, 5, 6]);
    assert_eq!(between(0, u64::MAX, 2).await, [8, 9]);
    assert_eq!(between(600, 300, 10).await, [0; 0]);
}

async fn of_windows_from_a_line_the_oldest_are_given(history: &dyn History) {
    let identity = container("windows-from");
    history.put_windows(&identity, (0..10).map(window).collect()).await.unwrap();
    let from = async |from_seq, limit| numbers(&history.windows_from(&identity, from_seq, limit).await.unwrap());
    assert_eq!(from(31, 2).await, [3, 4]);
    assert_eq!(from(32, 2).await, [4, 5]);
    assert_eq!(from(1, 100).await, (0..10).collect::<Vec<_>>());
}

async fn windows_are_summed_up_step_by_step(history: &dyn History) {
    let identity = container("windows-summed");
    let verdict = |severity| Some(Verdict { score: 0.75, threshold: 0.5, severity, generation: 1 });
    let mut windows: Vec<_> = (0..6).map(window).collect();
    (windows[2].verdict, windows[3].verdict) = (verdict(Severity::Warning), verdict(Severity::None));
    history.put_windows(&identity, windows.clone()).await.unwrap();
    for steps in [
        Steps { from_ns: 0, step_ns: 200, count: 3 },
        Steps { from_ns: 150, step_ns: 200, count: 2 },
        Steps { from_ns: 10_000, step_ns: 1, count: 9 },
    ] {
        assert_eq!(history.steps(&identity, steps).await.unwrap(), steps.of(&windows), "{steps:?}");
    }
    let second = history.steps(&identity, Steps { from_ns: 200, step_ns: 200, count: 1 }).await.unwrap();
    let expected = Step {
        index: 0,
        windows: 2,
        score_max: Some(1.5),
        score_mean: Some(1.5),
        lines: 20,
        stderr_lines: 6,
        severities: [0, 1, 0],
    };
    assert_eq!(second, [expected]);
}

async fn a_window_has_its_lines(history: &dyn History, stream: &dyn Stream) {
    let identity = container("window-lines");
    stream.append(vec![entry(&identity, numbered(1, 30), b"")]).await.unwrap();
    assert_eq!(window_lines(history, &identity, &window(1)).await.unwrap(), numbered(11, 10));
}

async fn trainings_come_newest_but_in_order(history: &dyn History) {
    let identity = container("trainings");
    let failed = TrainingRecord { failure: Some("iforest trapped".to_owned()), begun_ns: 1_900, ..training(2) };
    let all = [training(1), failed, training(2)];
    for one in &all {
        history.put_training(&identity, one.clone()).await.unwrap();
    }
    assert_eq!(history.trainings(&identity, 10).await.unwrap(), all);
    assert_eq!(history.trainings(&identity, 2).await.unwrap(), all[1..]);
}
