//! How near `put` comes to what the server takes: `cargo test --release -p foghorn --lib redis::tests::speed -- --ignored --nocapture`

use std::sync::Arc;
use std::time::Instant;

use redis::{Cmd, Pipeline, cmd, pipe};
use tokio::task::spawn;

use super::*;
use crate::redis::entry::{ENTRY_LINES_MAX, encode};
use crate::redis::key;

const LINES_EACH: u64 = 16_384;
const ROUNDS: usize = 15;

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

fn containers(count: usize) -> Vec<Identity> {
    (0..count).map(|number| Identity::from_text(&format!("host/container-{number}"))).collect()
}

/// The entries that `put` makes of as many lines, as finished commands, so many to a pipeline.
fn pipelines(lines: &Lines, count: usize, commands: usize) -> Vec<Pipeline> {
    let mut all = Vec::new();
    for name in containers(count) {
        for from in (0..lines.len()).step_by(ENTRY_LINES_MAX) {
            let mut command = cmd("XADD");
            command.arg(key("plain:", &name)).arg(format!("{}-{ENTRY_LINES_MAX}", from + 1));
            encode(&mut command, STORE, from as u64 + 1, lines, from..from + ENTRY_LINES_MAX);
            all.push(command);
        }
    }
    let pipeline = |some: &[Cmd]| {
        let mut pipeline = pipe();
        some.iter().for_each(|command| {
            pipeline.add_command(command.clone()).ignore();
        });
        pipeline
    };
    all.chunks(commands).map(pipeline).collect()
}

/// Seconds that `put` takes, from lines as the store gives them, after a first line has shown where the streams end.
async fn by_put(url: String, lines: Lines, count: usize) -> f64 {
    let streams = open(&url);
    let mut batches = Vec::new();
    for identity in containers(count) {
        let batch = |first_seq, lines| Batch { identity: identity.clone(), first_seq, lines };
        let place = put(&streams, batch(1, super::lines(1, 2)), &Place::default()).await.unwrap();
        batches.push((batch(2, lines.clone()), place));
    }
    let begun = Instant::now();
    for answer in streams.put(&batches).await {
        answer.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

/// Seconds that sending finished commands takes.
async fn by_pipelines(url: String, pipelines: Arc<[Pipeline]>) -> f64 {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    connection.set_response_timeout(Duration::from_secs(60));
    let begun = Instant::now();
    for pipeline in &*pipelines {
        pipeline.exec_async(&mut connection).await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

/// The median of put's rate in parts of the rate of a bare pipeline.
async fn ratio(server: &Redis, count: usize, commands: usize) -> f64 {
    let lines = log();
    let pipelines: Arc<[_]> = pipelines(&lines, count, commands).into();
    let millions = lines.len() as f64 * count as f64 / 1e6;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        server.cli(&["FLUSHALL", "SYNC"]).unwrap();
        let bare = spawn(by_pipelines(server.url(), pipelines.clone())).await.unwrap();
        server.cli(&["FLUSHALL", "SYNC"]).unwrap();
        let put = spawn(by_put(server.url(), lines.clone(), count)).await.unwrap();
        println!(
            "{count} containers: put {:.2} M lines/s, {commands} commands a pipeline {:.2} M lines/s, ratio {:.2}",
            millions / put,
            millions / bare,
            bare / put
        );
        ratios.push(bare / put);
    }
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, to be run alone"]
async fn put_is_nearly_as_fast_as_a_bare_pipeline() {
    let Some(server) = server() else { return };
    let one = ratio(&server, 1, 1).await;
    let many = ratio(&server, 40, 16).await;
    println!("median ratio: one container {one:.2}, 40 containers {many:.2}");
    assert!(many >= 0.8);
}
