//! What a service usually logs: a few kinds of lines, each at a rate of its own, with numbers that never repeat; and now and
//! then a line that is rare but means nothing, without which telling incidents from the usual would be too easy.

use super::super::chance::Chance;
use super::Written;

/// The services of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Service {
    /// Answers requests.
    Api,
    /// Works off a queue.
    Worker,
    /// Keeps data.
    Database,
}

/// One kind of line: how often it comes in a window, and its text.
type Habit = (u64, fn(&mut Chance) -> String);

/// One window in so many holds one line of these.
const ODD_ONE_IN: u64 = 16;
const ODD: [&str; 12] = [
    "log level set to info by operator",
    "certificate renewed, valid for 90 days",
    "configuration unchanged since last look",
    "time zone data updated",
    "statistics written to disk",
    "connected to metrics collector",
    "license checked: valid",
    "old log files removed",
    "address list refreshed from resolver",
    "profile sampled for 10 s",
    "welcome back, administrator",
    "feature flags refreshed",
];

impl Service {
    pub(in super::super) const ALL: [Self; 3] = [Self::Api, Self::Worker, Self::Database];

    /// The lines of one usual window.
    pub(super) fn window(self, chance: &mut Chance) -> Vec<Written> {
        let mut lines = Vec::new();
        for (often, text) in self.habits() {
            for _ in 0..often.div_ceil(2) + chance.below(often + 1) {
                insert(&mut lines, Written::usual(text(chance)), chance);
            }
        }
        if chance.below(ODD_ONE_IN) == 0 {
            let odd = ODD[chance.below(ODD.len() as u64) as usize];
            insert(&mut lines, Written::usual(odd.to_owned()), chance);
        }
        lines
    }

    fn habits(self) -> &'static [Habit] {
        match self {
            Self::Api => &API,
            Self::Worker => &WORKER,
            Self::Database => &DATABASE,
        }
    }
}

/// Puts a line at some place among others.
pub(super) fn insert(lines: &mut Vec<Written>, line: Written, chance: &mut Chance) {
    lines.insert(chance.below(lines.len() as u64 + 1) as usize, line);
}

const API: [Habit; 5] = [
    (6, |c| {
        format!(
            "10.0.{}.{} GET /users/{} 200 {} bytes in {} ms",
            c.below(4),
            c.below(250),
            c.below(90_000),
            200 + c.below(9_000),
            1 + c.below(60)
        )
    }),
    (3, |c| {
        format!(
            "10.0.{}.{} POST /orders 201 {} bytes in {} ms",
            c.below(4),
            c.below(250),
            80 + c.below(200),
            5 + c.below(90)
        )
    }),
    (2, |c| format!("session {:016x} renewed for {} s", c.next(), 600 + c.below(600))),
    (2, |c| format!("cache: {} hits, {} misses", c.below(900), c.below(40))),
    (1, |_| "health check: ok".to_owned()),
];

const WORKER: [Habit; 4] = [
    (4, |c| format!("job {} taken from queue emails", 100_000 + c.below(800_000))),
    (4, |c| format!("job {} done in {} ms", 100_000 + c.below(800_000), 20 + c.below(400))),
    (2, |c| format!("heartbeat of worker-{}, load 0.{:02}", 1 + c.below(4), c.below(100))),
    (1, |c| {
        format!(
            "{{\"level\":\"info\",\"msg\":\"batch sent\",\"count\":{},\"id\":\"{:08x}\"}}",
            c.below(90),
            c.next() >> 32
        )
    }),
];

const DATABASE: [Habit; 5] = [
    (4, |c| format!("connection received: host=10.0.1.{} port={}", c.below(250), 32_768 + c.below(20_000))),
    (4, |_| "connection authorized: user=app database=shop".to_owned()),
    (3, |c| {
        format!(
            "duration: {}.{:03} ms  statement: SELECT * FROM orders WHERE id = {}",
            c.below(30),
            c.below(1_000),
            c.below(90_000)
        )
    }),
    (1, |c| format!("checkpoint complete: wrote {} buffers ({}.{}%)", c.below(4_000), c.below(9), c.below(10))),
    (1, |c| {
        format!(
            "automatic vacuum of table \"shop.public.orders\": pages: {} removed, {} remain",
            c.below(90),
            c.below(9_000)
        )
    }),
];
