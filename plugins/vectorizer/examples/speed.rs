//! How fast lines become rows: `cargo run --release --example speed`.
//!
//! Distinct made-up access-log, service and JSON lines, windows of 100, one core. Prints lines and bytes a second.

use std::time::Instant;

use foghorn_vectorizer::{Session, Settings, Windows};

const LINES: usize = 200_000;
const WINDOW: usize = 100;

fn line(i: usize) -> String {
    let n = i.wrapping_mul(2_654_435_761) % 1_000_003;
    match i % 4 {
        0 => format!(
            "10.0.{}.{} - - [12/Dec/2024:10:00:{:02} +0000] \"GET /api/v1/orders/{n} HTTP/1.1\" 200 {n}",
            n % 250,
            n % 199,
            i % 60
        ),
        1 => format!(
            "2024-12-12T10:00:{:02}.123Z INFO c.e.OrderService#88 order {n} stored for user={} in {} ms",
            i % 60,
            n % 97,
            n % 50
        ),
        2 => format!(
            r#"{{"ts":"2024-12-12T10:00:{:02}Z","level":"info","msg":"payment {n} accepted","amount":{n},"ok":true}}"#,
            i % 60
        ),
        _ => format!(
            "2024-12-12 10:00:{:02},007 DEBUG [worker-{}] cache {} refreshed with {n} entries",
            i % 60,
            n % 16,
            n % 7
        ),
    }
}

fn main() {
    let (mut data, mut offsets) = (Vec::new(), vec![0u32]);
    for i in 0..LINES {
        data.extend_from_slice(line(i).as_bytes());
        offsets.push(data.len() as u32);
    }
    let times: Vec<u64> = (0..LINES as u64).map(|i| i * 10_000_000).collect();
    let starts: Vec<u32> = (0..=LINES).step_by(WINDOW).map(|s| s as u32).collect();
    let begins: Vec<u64> = starts.iter().take(LINES / WINDOW).map(|s| times[*s as usize]).collect();
    let outputs = vec![0u8; LINES];
    let windows = Windows {
        data: &data,
        offsets: &offsets,
        times: &times,
        outputs: &outputs,
        starts: &starts,
        begins: &begins,
        ends: &begins,
    };
    let mut session = Session::open(Settings::default());
    let report = |what: &str, begun: Instant| {
        let seconds = begun.elapsed().as_secs_f64();
        println!("{what:9} {:8.0} lines/s  {:6.1} MB/s", LINES as f64 / seconds, data.len() as f64 / 1e6 / seconds);
    };
    for _ in 0..3 {
        let begun = Instant::now();
        session.learn(windows).expect("good windows");
        session.settle();
        report("learn", begun);
        let begun = Instant::now();
        let rows = session.transform(windows, true).expect("good windows");
        report("transform", begun);
        assert_eq!(rows.row_ptr.len(), LINES / WINDOW + 1);
    }
}
