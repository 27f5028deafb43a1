//! Writes lines at a steady but not quite even rate, until told not to live any longer.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::args::Options;
use crate::chance::Chance;
use crate::line::Line;
use crate::{clock, trouble};

/// Share of lines that speak of a trouble while it lasts; the rest goes on as usual.
const TROUBLE_PERCENT: u64 = 60;

/// How often the file that tells of a trouble is looked at.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn write(options: &Options) -> io::Result<()> {
    let begin = Instant::now();
    let mut chance = Chance::new(options.seed);
    let mut due = Duration::ZERO;
    let mut looked = None;
    let mut trouble = None;
    for number in 1..=options.lines {
        due += Duration::from_secs_f64((0.5 + chance.fraction()) / options.rate);
        if due >= options.life {
            break;
        }
        thread::sleep(due.saturating_sub(begin.elapsed()));
        let now = clock::now();
        if looked.is_none_or(|at: Instant| at.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            trouble = trouble::current(now);
        }
        let line = match trouble {
            Some(kind) if chance.percent(TROUBLE_PERCENT) => options.character.in_trouble(kind, &mut chance, now),
            _ => options.character.usual(&mut chance, now),
        };
        print(&if options.numbered { options.character.numbered(line, number) } else { line })?;
    }
    thread::sleep(options.life.saturating_sub(begin.elapsed()));
    Ok(())
}

/// One write a line, so that no other process gets between its parts.
fn print(line: &Line) -> io::Result<()> {
    let text = format!("{}\n", line.text);
    if line.stderr { io::stderr().write_all(text.as_bytes()) } else { io::stdout().write_all(text.as_bytes()) }
}
