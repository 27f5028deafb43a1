//! Redis: `put` and the whole way against pipelined `XADD`, of our entries and of one line an entry.

use std::sync::Arc;

use ::redis::{Client, Cmd, Commands as _, cmd, streams::StreamRangeReply};
use foghorn::redis::RedisStreams;
use foghorn::settings::servers::RedisSettings;
use foghorn::settings::units::Span;
use foghorn::spool::Forwarder;
use foghorn_test_servers::redis::Redis;

use crate::Outcome;
use crate::forward::{begin_again, forward_all};
use crate::load::put_all;
use crate::logs::{Log, lines};
use crate::raw::{self, Request};
use crate::spool::Filled;
use crate::table::{Row, heading};

/// Lines of one container in one `put`.
const LINES_EACH: usize = 2_000;
const ROUNDS: usize = 11;

/// Commands that are finished, those of one container after the other.
struct Commands {
    lines: usize,
    of_each: Vec<Vec<Vec<u8>>>,
}

/// How a limit sends: so many commands at once, on so many connections.
#[derive(Debug, Clone, Copy)]
struct Shape {
    pipeline: usize,
    connections: usize,
}

pub(crate) async fn measure(many: &Filled, one: &Filled) -> Outcome<()> {
    println!("\nRedis, append-only file synced each second; {ROUNDS} rounds");
    let (packed, single) = (packed(&many.logs).await?, one_line_each(&many.logs));
    let packed_shape = fastest("XADD of our entries", &packed, &[4, 16, 64])?;
    let single_shape = fastest("XADD of one line an entry", &single, &[64, 512])?;
    let mut rows = [
        "put",
        "the whole way",
        "the whole way, one container alone",
        "XADD of our entries",
        "XADD of one line an entry",
    ]
    .map(Row::new);
    for round in 0..ROUNDS {
        for turn in 0..rows.len() {
            let way = (round + turn) % rows.len();
            rows[way].add(match way {
                0 => put(&many.logs).await?,
                1 => whole(many).await?,
                2 => whole(one).await?,
                3 => limit(&packed, packed_shape)?,
                _ => limit(&single, single_shape)?,
            });
        }
    }
    let [ours @ .., packed, single] = &rows;
    heading(&["our entries", "one line an entry"]);
    ours.iter().for_each(|row| row.print(&[packed, single]));
    packed.print(&[]);
    single.print(&[]);
    Ok(())
}

pub(crate) fn open(server: &Redis) -> Outcome<Arc<RedisStreams>> {
    let settings = RedisSettings {
        url: server.url(),
        password_file: None,
        ca_file: None,
        prefix: "foghorn:".into(),
        stream_lines: 100_000,
        stream_age: Span::from_hours(24),
    };
    Ok(Arc::new(RedisStreams::open(&settings, 1)?))
}

async fn put(logs: &[Log]) -> Outcome<f64> {
    let server = Redis::start()?;
    put_all(open(&server)?, logs, LINES_EACH).await
}

async fn whole(Filled { store, logs }: &Filled) -> Outcome<f64> {
    let server = Redis::start()?;
    let sink = open(&server)?;
    begin_again(store, &*sink, false).await?;
    forward_all(Forwarder::new(store.clone(), sink, Arc::default()), logs).await
}

/// The entries that `put` made of all lines, read back and counted.
async fn packed(logs: &[Log]) -> Outcome<Commands> {
    let server = Redis::start()?;
    put_all(open(&server)?, logs, LINES_EACH).await?;
    let mut connection = Client::open(server.url())?.get_connection()?;
    let (mut all, mut found) = (Vec::new(), 0);
    for log in logs {
        let entries: StreamRangeReply = connection.xrange_all(format!("foghorn:lines:{{{}}}", log.identity))?;
        let mut commands = Vec::new();
        for entry in entries.ids {
            found += entry.get::<Vec<u8>>("outputs").map_or(0, |outputs| outputs.len());
            let mut command = xadd(log, &entry.id);
            for name in ["v", "store", "seq", "times", "outputs", "lengths", "text"] {
                command.arg(name).arg(entry.get::<Vec<u8>>(name).ok_or("an entry lacks a field")?);
            }
            commands.push(command.get_packed_command());
        }
        all.push(commands);
    }
    let expected = lines(logs);
    if found == expected {
        Ok(Commands { lines: found, of_each: all })
    } else {
        Err(format!("Redis holds {found} lines, not {expected}").into())
    }
}

fn one_line_each(logs: &[Log]) -> Commands {
    let command = |log, text: &[u8]| xadd(log, "*").arg("text").arg(text).get_packed_command();
    let of_each = logs.iter().map(|log| log.texts().map(|text| command(log, text)).collect()).collect();
    Commands { lines: lines(logs), of_each }
}

fn xadd(log: &Log, id: &str) -> Cmd {
    let mut command = cmd("XADD");
    command.arg(format!("limit:lines:{{{}}}", log.identity)).arg(id);
    command
}

/// Tries each shape.
fn fastest(what: &str, commands: &Commands, pipelines: &[usize]) -> Outcome<Shape> {
    let mut best: Option<(f64, Shape)> = None;
    for &pipeline in pipelines {
        for connections in [1, 2] {
            let shape = Shape { pipeline, connections };
            let rate = limit(commands, shape)?;
            println!("tried: {what}, {pipeline} in a pipeline, connections: {connections}: {rate:.0} lines/s");
            if best.is_none_or(|(before, _)| rate > before) {
                best = Some((rate, shape));
            }
        }
    }
    Ok(best.ok_or("no shape was tried")?.1)
}

/// Lines per second of finished commands. Containers take turns, as in `put`.
fn limit(commands: &Commands, shape: Shape) -> Outcome<f64> {
    let server = Redis::start()?;
    let queue = |commands: &[Vec<Vec<u8>>]| {
        let longest = commands.iter().map(Vec::len).max().unwrap_or_default();
        let in_turn: Vec<_> = (0..longest)
            .flat_map(|at| commands.iter().filter_map(move |of_one| of_one.get(at).map(Vec::as_slice)))
            .collect();
        let request = |some: &[&[u8]]| Request { bytes: some.concat(), answers: some.len() };
        in_turn.chunks(shape.pipeline).map(request).collect::<Vec<_>>()
    };
    let queues: Vec<_> =
        commands.of_each.chunks(commands.of_each.len().div_ceil(shape.connections)).map(queue).collect();
    let address = format!("127.0.0.1:{}", server.port());
    Ok(commands.lines as f64 / raw::send(&address, shape.connections, &queues, raw::ids)?)
}
