//! How near `put` comes to what the server takes: `cargo test --release -p foghorn --lib redis::tests::speed -- --ignored --nocapture`

use std::time::Instant;

use redis::{Cmd, cmd, pipe};

use super::*;
use crate::redis::entry::{ENTRY_LINES_MAX, encode};
use crate::redis::key;

const CONTAINERS: u64 = 40;
const LINES_EACH: u64 = 16_384;
const ROUNDS: usize = 7;
/// Commands in one pipeline.
const PIPELINE: usize = 16;

/// 150 bytes a line.
fn log() -> Lines {
    let text =
        |seq: u64| format!("{:<150}", format!("2026-01-01T00:00:00Z INFO request {seq} GET /cart/{} 200", seq * 7919));
    let mut lines = Lines::default();
    for seq in 1..=LINES_EACH {
        lines.push(Line { time_ns: time_of(seq), output: Output::Stdout, text: text(seq).as_bytes() });
    }
    lines
}

fn containers() -> Vec<Identity> {
    (0..CONTAINERS).map(|number| Identity::from_text(&format!("host/container-{number}"))).collect()
}

/// The entries that `put` makes, as finished commands.
fn commands(lines: &Lines) -> Vec<Cmd> {
    let mut all = Vec::new();
    for name in containers() {
        for from in (0..lines.len()).step_by(ENTRY_LINES_MAX) {
            let mut command = cmd("XADD");
            command.arg(key("plain:", &name)).arg(format!("{}-{ENTRY_LINES_MAX}", from + 1));
            encode(&mut command, STORE, from as u64 + 1, lines, from..from + ENTRY_LINES_MAX);
            all.push(command);
        }
    }
    all
}

async fn by_put(url: &str, lines: &Lines) -> f64 {
    let streams = open(url);
    let batch = |identity| (Batch { identity, first_seq: 1, lines: lines.clone() }, Place::default());
    let batches: Vec<_> = containers().into_iter().map(batch).collect();
    streams.check().await.unwrap();
    let begun = Instant::now();
    for answer in streams.put(&batches).await {
        answer.unwrap();
    }
    (CONTAINERS * LINES_EACH) as f64 / begun.elapsed().as_secs_f64()
}

async fn by_pipeline(url: &str, commands: &[Cmd]) -> f64 {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    connection.set_response_timeout(Duration::from_secs(60));
    let begun = Instant::now();
    for some in commands.chunks(PIPELINE) {
        let mut pipeline = pipe();
        some.iter().for_each(|command| {
            pipeline.add_command(command.clone()).ignore();
        });
        pipeline.exec_async(&mut connection).await.unwrap();
    }
    (CONTAINERS * LINES_EACH) as f64 / begun.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, to be run alone"]
async fn put_is_nearly_as_fast_as_a_bare_pipeline() {
    let Some(server) = server() else { return };
    let lines = log();
    let commands = commands(&lines);
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        server.cli(&["FLUSHALL", "SYNC"]).unwrap();
        let pipeline = by_pipeline(&server.url(), &commands).await;
        server.cli(&["FLUSHALL", "SYNC"]).unwrap();
        let put = by_put(&server.url(), &lines).await;
        println!(
            "put {:.2} M lines/s, pipeline {:.2} M lines/s, ratio {:.2}",
            put / 1e6,
            pipeline / 1e6,
            put / pipeline
        );
        ratios.push(put / pipeline);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!("median ratio {median:.2}");
    assert!(median >= 0.8, "median ratio {median:.2}");
}
