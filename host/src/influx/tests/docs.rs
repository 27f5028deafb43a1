//! The questions of docs/INFLUXDB.md, asked of a real server.

use super::*;
use crate::clock::now_ns;
use crate::history::{History as _, Severity, TrainingRecord, Verdict, WindowRecord};
use crate::store::{AlertRecord, AlertStatus};

const PAGE: &str = include_str!("../../../../docs/INFLUXDB.md");

fn questions() -> Vec<&'static str> {
    let blocks = PAGE.split("```influxql\n").skip(1);
    blocks.filter_map(|block| block.split_once("```")).map(|(question, _)| question.trim()).collect()
}

/// One of each, a minute old.
async fn store_one_of_each(influx: &Influx) {
    let identity = Identity::of_service("web-1", "shop", "api");
    let time_ns = now_ns() - 60 * SECOND_NS;
    let line = Line { time_ns, output: Output::Stderr, text: b"upstream refused" };
    put(influx, &Batch { identity: identity.clone(), first_seq: 1, lines: [line].into_iter().collect() }).await;
    let verdict = Some(Verdict { score: 2.0, threshold: 1.0, severity: Severity::Warning, generation: 6 });
    let (begin_ns, end_ns) = (time_ns, time_ns + SECOND_NS);
    let window = WindowRecord { first_seq: 1, end_seq: 2, begin_ns, end_ns, stderr_lines: 1, verdict, in_alert: true };
    influx.put_windows(&identity, vec![window]).await.unwrap();
    let run = TrainingRecord {
        generation: 6,
        begun_ns: time_ns,
        duration_ms: 5,
        windows: 30,
        lines: 900,
        failure: None,
        stats: Vec::new(),
    };
    influx.put_training(&identity, run).await.unwrap();
    let alert = AlertRecord {
        id: 1,
        identity,
        fingerprint: 1,
        status: AlertStatus::Open,
        severity: Severity::Warning,
        opened_ns: time_ns,
        last_ns: time_ns,
        resolved_ns: None,
        windows: 1,
        peak_scaled: 2.0,
        body: serde_json::json!({ "reason": { "sentence": "new: upstream refused" } }),
    };
    influx.put_alerts(&[alert]).await.unwrap();
}

#[tokio::test]
async fn questions_of_the_documentation_have_answers() {
    let Some((server, influx, _dir)) = begin(real::Options::default()) else { return };
    store_one_of_each(&influx).await;
    assert!(questions().len() >= 6);
    for question in questions() {
        let answer = server.query(question).unwrap();
        assert!(answer.lines().count() >= 2 && !answer.contains("error"), "{question}: {answer}");
    }
}

/// Whoever adds a field has to document it.
#[tokio::test]
async fn the_documentation_names_every_field_that_is_stored() {
    let Some((server, influx, _dir)) = begin(real::Options::default()) else { return };
    store_one_of_each(&influx).await;
    let keys = server.query("SHOW FIELD KEYS").unwrap();
    let fields: Vec<_> = keys.lines().skip(1).filter_map(|row| row.split(',').nth(2)).collect();
    assert!(fields.len() > 30, "{keys}");
    for field in fields {
        assert!(PAGE.contains(&format!("`{field}`")), "{field}");
    }
}
