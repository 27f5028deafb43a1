//! Fills a store with made-up windows, for the benchmark of the dashboard:
//! `cargo run --release -p foghorn --example store_fill -- DIR CONTAINERS WINDOWS_EACH`. Each window has one line.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use foghorn::history::{History as _, Severity, Verdict, WindowRecord};
use foghorn::identity::Identity;
use foghorn::line::{Line, Lines, Output};
use foghorn::store::{ContainerInfo, ContainerState, Store, StoreOptions};
use foghorn::stream::{Append, Stream as _};

const WINDOW_NS: u64 = 30_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, containers, windows] = &arguments[..] else {
        return Err("usage: store_fill DIR CONTAINERS WINDOWS_EACH".into());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(fill(dir, containers.parse()?, windows.parse()?))
}

async fn fill(dir: &str, containers: u64, windows: u64) -> Result<(), Box<dyn Error>> {
    let store = Store::open(&StoreOptions::new(dir))?;
    let now_ns = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let begin_ns = now_ns / WINDOW_NS * WINDOW_NS - windows * WINDOW_NS;
    for container in 0..containers {
        let identity = Identity::from_text(&format!("bench/fleet/worker-{container:03}"));
        store.upsert_container(info(&identity), now_ns).await?;
        let mut lines = Lines::default();
        for window in 0..windows {
            let text = format!("job {} finished in {} ms", window * 7, 20 + window * container % 400);
            lines.push(Line { time_ns: begin_ns + window * WINDOW_NS, output: Output::Stdout, text: text.as_bytes() });
        }
        store.append(vec![Append { identity: identity.clone(), lines, cursor: Vec::new() }]).await?;
        store.put_windows(&identity, (0..windows).map(|at| window(container, at, begin_ns)).collect()).await?;
        store.acknowledge(&identity, windows + 1).await?;
    }
    println!("{} windows of {containers} containers in {dir}", containers * windows);
    Ok(())
}

fn info(identity: &Identity) -> ContainerInfo {
    ContainerInfo {
        identity: identity.clone(),
        name: identity.to_string(),
        container_id: String::new(),
        image: "bench".into(),
        image_id: String::new(),
        log_driver: "json-file".into(),
        labels: std::collections::BTreeMap::new(),
        state: ContainerState::Running,
    }
}

/// Scores that wander below the threshold, and one of five hundred above it.
fn window(container: u64, at: u64, begin_ns: u64) -> WindowRecord {
    let noise = (container * 31 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54;
    let is_strange = noise.is_multiple_of(512);
    let score = if is_strange { 1.4 } else { 0.3 + noise as f32 / 2_560.0 };
    let severity = if is_strange { Severity::Warning } else { Severity::None };
    WindowRecord {
        first_seq: at + 1,
        end_seq: at + 2,
        begin_ns: begin_ns + at * WINDOW_NS,
        end_ns: begin_ns + (at + 1) * WINDOW_NS,
        stderr_lines: 0,
        verdict: Some(Verdict { score, threshold: 1.0, severity, generation: 1 + at / 1_000 }),
        in_alert: false,
    }
}
