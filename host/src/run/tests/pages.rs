//! What the dashboard reads of a container that was learned, went wrong, and was labelled: on a real watch.

use std::collections::BTreeSet;

use foghorn_dashboard::view::{LogPlace, MarkKind, Time};
use foghorn_dashboard::{ReadError, Source};
use proptest::prelude::*;

use super::rig::{self, Rig, WINDOW_LINES};
use crate::alert::Label;
use crate::alert::attend::Deed;
use crate::clock::now_ns;

/// The source's calls block.
async fn read<T: Send + 'static>(
    rig: &Rig,
    read: impl FnOnce(&dyn Source, &str) -> Result<T, ReadError> + Send + 'static,
) -> T {
    let (source, container) = (rig.source(), rig.container());
    tokio::task::spawn_blocking(move || read(&source, &container).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_has_each_line_once_whichever_way_it_is_read() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let mut rig = Rig::start(&plugins, "").await;
    rig.write(137).await;
    let (back, forth, found) = read(&rig, |source, container| {
        let (mut back, mut place) = (Vec::new(), LogPlace::Newest);
        loop {
            let log = source.log(container, place, "", 10)?.unwrap();
            let numbers: Vec<u64> = log.lines.iter().map(|line| line.number).collect();
            assert!(numbers.is_sorted() && numbers.len() <= 10);
            back.splice(0..0, numbers);
            if !log.older {
                break;
            }
            place = LogPlace::Before(log.read_from);
        }
        let (mut forth, mut place) = (Vec::new(), LogPlace::After(0));
        loop {
            let log = source.log(container, place, "", 10)?.unwrap();
            forth.extend(log.lines.iter().map(|line| line.number));
            if !log.newer {
                break;
            }
            place = LogPlace::After(log.read_until - 1);
        }
        // As a page that follows asks: for lines that hold something, from where it has read to.
        let (mut found, mut place) = (Vec::new(), LogPlace::After(0));
        loop {
            let log = source.log(container, place, "ORDER", 3)?.unwrap();
            found.extend(log.lines.iter().map(|line| (line.number, line.line.text.contains("order"))));
            if !log.newer {
                break;
            }
            place = LogPlace::After(log.read_until - 1);
        }
        Ok((back, forth, found))
    })
    .await;
    let all: Vec<u64> = (1..=137).collect();
    assert_eq!((back, forth), (all.clone(), all));
    let numbers: BTreeSet<u64> = found.iter().map(|(number, _)| *number).collect();
    assert!(found.iter().all(|(_, holds)| *holds) && numbers.len() == found.len());
    let all_found =
        read(&rig, |source, container| source.log(container, LogPlace::Newest, "order", 1_000)).await.unwrap();
    assert_eq!(all_found.lines.len(), found.len());
    assert_eq!((all_found.read_from, all_found.read_until, all_found.older), (1, 138, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_to_a_time_lands_in_its_window_also_where_many_began_together() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&plugins, "").await;
    rig.write(20 * WINDOW_LINES).await;
    rig.drained().await;
    let windows = rig.windows().await;
    let mut together = 0;
    for pair in windows.windows(2).filter(|pair| pair[0].end_ns < pair[1].end_ns) {
        together += u64::from(pair[0].begin_ns == pair[1].begin_ns);
        let at = Time(pair[1].end_ns);
        let log = read(&rig, move |source, container| source.log(container, LogPlace::At(at), "", 5)).await.unwrap();
        assert_eq!(log.read_from, pair[1].first_seq);
    }
    assert!(together > 5, "{together} windows began with the one before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trend_counts_each_window_once_and_marks_each_cycle() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let rig = Rig::watched(&plugins, "").await;
    rig.drained().await;
    let (windows, now) = (rig.windows().await, Time(now_ns()));
    let until = Time(now.0 + 3_600_000_000_000);
    let from = Time(windows[0].begin_ns.min(now.0 - 3_600_000_000_000));
    let trend = read(&rig, move |source, container| source.trend(container, from, until, 100)).await.unwrap();
    assert_eq!(trend.points.iter().map(|point| point.windows).sum::<u64>(), windows.len() as u64);
    assert_eq!(trend.points.iter().map(|point| point.lines).sum::<u64>(), windows.len() as u64 * WINDOW_LINES);
    let trainings = trend.marks.iter().filter(|mark| mark.kind == MarkKind::Training).count();
    assert!(trainings >= 5, "{:?}", trend.marks);
    let nobody = read(&rig, move |source, _| source.trend("host/nobody", from, until, 100)).await;
    assert_eq!(nobody, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_reported_with_its_scores_and_the_rules_by_labels() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&plugins, "").await;
    rig.write(60 * WINDOW_LINES).await;
    rig.write_strange(2 * WINDOW_LINES).await;
    rig.write(2 * WINDOW_LINES).await;
    rig.drained().await;
    let alert = rig.alerts().await.pop().unwrap();
    rig.attend(alert.id, Deed::Label(Label::Real)).await.unwrap();
    let report = read(&rig, <dyn Source>::model).await.unwrap();
    assert_eq!(report.serving, report.generations.first().map(|generation| generation.number));
    let newest = &report.generations[0];
    assert!(newest.live.total() >= 60 && newest.trained.total() > 0 && newest.alarms >= 2, "{newest:?}");
    assert!(newest.stats.iter().any(|(name, _)| name == "templates"));
    let rules = report.rules.unwrap();
    assert!(rules.real >= 1 && rules.windows >= 40, "{rules:?}");
    assert_eq!(rules.judges[0].recall, Some(1.0), "the model found what was labelled: {rules:?}");
    let row = read(&rig, |source, _| source.models(10)).await.rows.pop().unwrap();
    assert_eq!((row.labelled_real, row.alerts_of_day >= 1, row.generation), (1, true, report.serving));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_of_the_host_are_those_of_the_store() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&plugins, "").await;
    rig.write_strange(2 * WINDOW_LINES + 3).await;
    rig.drained().await;
    let (system, metrics) = read(&rig, |source, _| Ok((source.system()?, source.metrics()?))).await;
    assert_eq!((system.containers, system.store.windows), (1, rig.windows().await.len() as u64));
    assert_eq!(system.alerts_open, rig.alerts().await.len() as u64);
    assert_eq!(system.lines_waiting, 3, "an open window waits");
    for line in [
        "foghorn_lines_waiting{container=\"host/web\"} 3",
        "foghorn_store_windows ",
        "foghorn_resident_memory_bytes ",
        "foghorn_lines_collected_total{container=\"host/web\"} 623",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_is_computed_again_on_the_page() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let mut rig = Rig::watched(&plugins, "").await;
    rig.write_strange(2 * WINDOW_LINES).await;
    rig.drained().await;
    let (id, control) = (rig.alerts().await[0].id, rig.source().control());
    let told = tokio::task::spawn_blocking(move || {
        use foghorn_dashboard::Control as _;
        (control.replay(id), control.replay(id + 1_000))
    });
    let (told, unknown) = told.await.unwrap();
    assert!(told.unwrap().contains("the same, bit for bit"));
    assert!(unknown.unwrap_err().to_string().contains("there is no alert"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Wherever a page begins, its neighbours meet it without a gap and without a line twice.
    #[test]
    fn pages_of_a_log_meet(lines in 1_u64..90, from in 1_u64..100, size in 1_usize..25) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let Some(plugins) = rig::directory(&[]) else { return };
            let mut rig = Rig::start(&plugins, "").await;
            rig.write(lines).await;
            let (older, newer) = read(&rig, move |source, container| {
                Ok((
                    source.log(container, LogPlace::Before(from), "", size)?.unwrap(),
                    source.log(container, LogPlace::After(from.saturating_sub(1)), "", size)?.unwrap(),
                ))
            })
            .await;
            let met = from.min(lines + 1);
            assert_eq!((older.read_until, newer.read_from), (met, met));
            assert_eq!(older.lines.last().map_or(met, |line| line.number + 1), met);
            assert_eq!(newer.lines.first().map_or(met, |line| line.number), met);
            assert_eq!(newer.newer, newer.read_until <= lines);
            assert_eq!(older.older, older.read_from > 1);
        });
    }
}
