//! Lines and records are stored once and come back as they were, whatever is in them.

use super::*;
use crate::history::{History as _, Severity, Verdict, WindowRecord};
use crate::store::{AlertRecord, AlertStatus};

#[tokio::test]
async fn ten_thousand_lines_with_one_stamp_are_all_there() {
    let Some((server, influx, _dir)) = begin(real::Options::default()) else { return };
    let texts: Vec<_> = (0..10_000).map(|number| format!("line {number}")).collect();
    let lines: Vec<_> = texts.iter().map(|text| (BEGIN_NS, text.as_bytes())).collect();
    let batch = batch(&web(), &lines);
    for _ in 0..2 {
        put(&influx, &batch).await;
        assert_eq!(count(&server, "foghorn_line", "seq"), 10_000, "sent again, they are the same points");
        assert_eq!(whole(&influx, &web()).await, batch.lines);
    }
}

#[tokio::test]
async fn lines_come_back_in_order_after_the_clock_was_set_back() {
    let Some((_server, influx, _dir)) = begin(real::Options::default()) else { return };
    let times = [9_000, 9_001, 5_000, 5_000, 8_999, 1, 2].map(|second| BEGIN_NS + second * SECOND_NS);
    let texts: Vec<_> = (0..times.len()).map(|number| format!("line {number}")).collect();
    let lines: Vec<_> = times.into_iter().zip(texts.iter().map(String::as_bytes)).collect();
    let batch = batch(&web(), &lines);
    put(&influx, &batch).await;
    assert_eq!(whole(&influx, &web()).await, batch.lines);
    let part = influx.lines(&web(), 2, 6, 3).await.unwrap().unwrap();
    assert_eq!((part.first_seq, part.lines.times()), (2, &times[1..4]));
}

#[tokio::test]
async fn lines_far_apart_are_found_between_windows_that_say_where() {
    let Some((_server, influx, _dir)) = begin(real::Options::default()) else { return };
    let batch = numbered(&web(), 1, 3_000);
    put(&influx, &batch).await;
    let window = |number: u64| WindowRecord {
        first_seq: 100 * number + 1,
        end_seq: 100 * number + 101,
        begin_ns: BEGIN_NS + 100 * number * 1_000_000,
        end_ns: BEGIN_NS + 100 * (number + 1) * 1_000_000,
        stderr_lines: 0,
        verdict: None,
        in_alert: false,
    };
    influx.put_windows(&web(), (0..20).map(window).collect()).await.unwrap();
    for (from_seq, end_seq) in [(1, 101), (950, 1_250), (1_990, 2_500), (2_999, 9_999)] {
        let found = influx.lines(&web(), from_seq, end_seq, 10_000).await.unwrap().unwrap();
        assert_eq!(found, numbered(&web(), from_seq, (end_seq.min(3_001) - from_seq) as usize));
    }
    assert_eq!(influx.lines(&web(), 3_001, 4_000, 10).await.unwrap(), None);
}

#[tokio::test]
async fn lines_of_another_data_directory_are_not_ours() {
    let Some((server, influx, dir)) = begin(real::Options::default()) else { return };
    let other = Influx::open(&settings(server.url()), STORE_ID + 1, dir.path()).unwrap();
    put(&other, &numbered(&web(), 1, 5)).await;
    assert!(influx.is_empty().await.unwrap());
    assert_eq!(influx.lines(&web(), 1, 9, 9).await.unwrap(), None);
    put(&influx, &batch(&web(), &[(BEGIN_NS, b"ours")])).await;
    assert_eq!(whole(&influx, &web()).await.get(0).text, b"ours");
    assert_eq!(whole(&other, &web()).await, numbered(&web(), 1, 5).lines);
}

/// Texts that mean something to line protocol, InfluxQL, CSV, JSON or a terminal.
fn hostile() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        "",
        " ",
        "  spaces around  ",
        "\"",
        "\"\"",
        "\\",
        "\\\\",
        "\\\"",
        "ends in a backslash \\",
        "'",
        "';",
        "\\.",
        "#",
        "a,b=c d",
        "x\" 1\nfoghorn_line,container=evil seq=1i 5",
        "x\\\" 1\\nfoghorn_line seq=1i",
        "a\nb\r\nc\rd",
        "\n",
        "\r\n",
        "\t",
        "{\"error\":\"no\"}",
        "error",
        "name,tags,time,seq",
        "0",
        "1i",
        "true",
        "NaN",
        "\u{1b}[31mred\u{7}",
        "\u{7f}",
        "'; DROP DATABASE foghorn; --",
        "\" OR 1=1",
        "é π 漢 🦀 \u{202e}rtl",
        "\u{feff}",
        "\u{fffd}",
        "\0",
        "a\0b",
        "$$ %5C %",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    all.extend([b"\xff\xfe".to_vec(), b"half \xc3".to_vec(), b"\xed\xa0\x80".to_vec(), (0..=255).collect()]);
    all.push("\\\"\n,= ".repeat(10_000).into_bytes());
    all.push(vec![b'x'; 64 << 10]);
    all
}

#[tokio::test]
async fn hostile_text_comes_back_as_it_was() {
    let Some((server, influx, _dir)) = begin(real::Options::default()) else { return };
    let texts = hostile();
    let lines: Vec<_> = texts.iter().zip(BEGIN_NS..).map(|(text, time_ns)| (time_ns, text.as_slice())).collect();
    let batch = batch(&web(), &lines);
    put(&influx, &batch).await;
    for (line, text) in whole(&influx, &web()).await.iter().zip(&texts) {
        assert_eq!(line.text, text, "{}", String::from_utf8_lossy(text));
    }
    assert_eq!(whole(&influx, &web()).await, batch.lines);
    assert_eq!(count(&server, "foghorn_line", "seq"), texts.len() as u64, "no text made a point of its own");
    assert_eq!(influx.rejected_points(), 0);
}

#[tokio::test]
async fn containers_of_hostile_names_keep_apart() {
    let Some((_server, influx, _dir)) = begin(real::Options::default()) else { return };
    let mut names: Vec<_> = hostile().iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    names.sort();
    names.dedup();
    for (name, number) in names.iter().zip(0u64..) {
        let text = format!("line of {number}");
        put(&influx, &batch(&Identity::from_text(name), &[(BEGIN_NS + number, text.as_bytes())])).await;
    }
    assert_eq!(influx.rejected_points(), 0);
    for (name, number) in names.iter().zip(0u64..) {
        let lines = whole(&influx, &Identity::from_text(name)).await;
        assert_eq!(lines.len(), 1, "{name:?}");
        assert_eq!(lines.get(0).text, format!("line of {number}").as_bytes(), "{name:?}");
    }
}

#[tokio::test]
async fn scores_come_back_to_the_bit_and_one_that_is_none_is_left_out() {
    let Some((_server, influx, _dir)) = begin(real::Options::default()) else { return };
    let scores = [0.1 + 0.2, f32::MIN_POSITIVE, f32::MAX, 1e-45, -0.0, 0.0, 1.0, 16_777_217.0, f32::EPSILON];
    let window = |number: usize, score| WindowRecord {
        first_seq: number as u64 + 1,
        end_seq: number as u64 + 2,
        begin_ns: BEGIN_NS + number as u64,
        end_ns: u64::MAX,
        stderr_lines: u32::MAX,
        verdict: Some(Verdict { score, threshold: 0.7, severity: Severity::Info, generation: 3 }),
        in_alert: true,
    };
    let mut all: Vec<_> = scores.into_iter().enumerate().map(|(number, score)| window(number, score)).collect();
    all.push(window(scores.len(), f32::NAN));
    influx.put_windows(&web(), all.clone()).await.unwrap();
    let bits =
        |window: &WindowRecord| window.verdict.map(|verdict| (verdict.score.to_bits(), verdict.threshold.to_bits()));
    let read = influx.windows_from(&web(), 0, 100).await.unwrap();
    assert_eq!(read.iter().map(bits).collect::<Vec<_>>(), all.iter().map(bits).collect::<Vec<_>>());
    assert_eq!(read[0].end_ns, i64::MAX as u64, "the largest number there is");
    assert_eq!(read.len(), scores.len() + 1, "windows that begin in one millisecond are points of their own");
}

#[tokio::test]
async fn more_windows_than_a_page_come_in_order() {
    let Some((_server, influx, _dir)) = begin(real::Options::default()) else { return };
    let window = |number: u64| WindowRecord {
        first_seq: 10 * number + 1,
        end_seq: 10 * number + 11,
        begin_ns: BEGIN_NS + number * SECOND_NS,
        end_ns: BEGIN_NS + (number + 1) * SECOND_NS,
        stderr_lines: 0,
        verdict: None,
        in_alert: false,
    };
    let all: Vec<_> = (0..25_000).map(window).collect();
    influx.put_windows(&web(), all.clone()).await.unwrap();
    assert!(influx.windows_from(&web(), 1, usize::MAX).await.unwrap() == all);
    assert!(influx.windows(&web(), 0, u64::MAX, 12_345).await.unwrap() == all[25_000 - 12_345..]);
    assert!(influx.windows_from(&web(), 50_001, 10_000).await.unwrap() == all[5_000..15_000]);
}

#[tokio::test]
async fn an_alert_is_one_point_with_its_newest_state() {
    let Some((server, influx, _dir)) = begin(real::Options::default()) else { return };
    let mut alert = AlertRecord {
        id: 7,
        identity: web(),
        fingerprint: 0xabc,
        status: AlertStatus::Open,
        severity: Severity::Warning,
        opened_ns: BEGIN_NS,
        last_ns: BEGIN_NS,
        resolved_ns: None,
        windows: 1,
        peak_scaled: 1.5,
        body: serde_json::json!({ "reason": { "sentence": "new: \"disk full\", it's said" } }),
    };
    let other = AlertRecord { id: 8, ..alert.clone() };
    influx.put_alerts(&[alert.clone(), other]).await.unwrap();
    (alert.status, alert.severity, alert.windows) = (AlertStatus::Resolved, Severity::Critical, 9);
    alert.resolved_ns = Some(BEGIN_NS + SECOND_NS);
    influx.put_alerts(&[alert]).await.unwrap();
    let shown = server
        .query("SELECT id, status, severity, severity_text, windows, peak, reason, resolved_ns, container FROM foghorn_alert")
        .unwrap();
    let mut rows = shown.lines().skip(1);
    let resolved = format!(
        "foghorn_alert,,{},7,resolved,3,critical,9,1.5,\"new: \"\"disk full\"\", it's said\",{},host/shop/web",
        BEGIN_NS + 7,
        BEGIN_NS + SECOND_NS
    );
    assert_eq!(rows.next(), Some(&*resolved));
    assert!(rows.next().unwrap().contains(",8,open,2,warning,1,"));
    assert_eq!(rows.next(), None);
}
