use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::collect::LINE_BYTES_MAX;
use crate::collect::trace::IDLE;

const OUT: Output = Output::Stdout;
const ERR: Output = Output::Stderr;

/// A frame as the engine writes it, stamped `nanos` after a fixed second.
fn frame(nanos: u64, text: &str) -> Vec<u8> {
    let (seconds, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    format!("2026-11-22T16:{:02}:{:02}.{nanos:09}Z {text}", seconds / 60, seconds % 60).into_bytes()
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().map(|line| String::from_utf8(line.text.to_vec()).unwrap()).collect()
}

#[test]
fn frames_become_clean_masked_lines() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
    let now = Instant::now();
    assembler.frame(now, OUT, &frame(1, "\x1b[31mlogin\x1b[0m pass\x1b[1mword=hunter2\n"));
    assembler.frame(now, ERR, &frame(2, "Error: x\n"));
    assembler.frame(now, ERR, &frame(3, "    at f (token=abc)\n"));
    assembler.finish(now);
    let batch = assembler.take().unwrap();
    assert_eq!(texts(&batch.lines), ["login password=[masked]", "Error: x\n    at f (token=[masked]"]);
    assert!(assembler.take().is_none());
}

#[test]
fn a_secret_over_the_seam_of_two_pieces_is_masked() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
    let now = Instant::now();
    assembler.frame(now, OUT, &frame(1, "x password=hun"));
    assembler.frame(now, OUT, &frame(1, "ter2 y\n"));
    assembler.finish(now);
    assert_eq!(texts(&assembler.take().unwrap().lines), ["x password=[masked] y"]);
}

#[test]
fn a_secret_at_the_cut_is_masked() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
    let now = Instant::now();
    let padding = "x ".repeat((LINE_BYTES_MAX - 60) / 2);
    let line = format!("{padding} password={} {}\n", "s3cret".repeat(40), "y".repeat(20_000));
    for piece in line.as_bytes().chunks(16 * 1024) {
        assembler.frame(now, OUT, &frame(1, std::str::from_utf8(piece).unwrap()));
    }
    assembler.finish(now);
    let batch = assembler.take().unwrap();
    let text = &texts(&batch.lines)[0];
    assert!(!text.contains("s3cret"), "{}", &text[text.len() - 100..]);
    assert!(text.ends_with(&format!("…[cut, {} bytes]", line.len() - 1)), "{}", &text[text.len() - 100..]);
    assert!(text.len() <= LINE_BYTES_MAX);
}

#[test]
fn the_place_does_not_pass_an_open_event() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
    let now = Instant::now();
    assembler.frame(now, OUT, &frame(10_000_000_000, "first\n"));
    assembler.frame(now, OUT, &frame(20_000_000_000, "Error: open\n"));
    let batch = assembler.take().unwrap();
    assert_eq!(texts(&batch.lines), ["first"]);
    let mut again = Assembler::new(batch.place, Shape::default());
    again.frame(now, OUT, &frame(10_000_000_000, "first\n"));
    again.frame(now, OUT, &frame(20_000_000_000, "Error: open\n"));
    again.frame(now, OUT, &frame(20_000_000_001, "    at f\n"));
    again.finish(now);
    assert_eq!(texts(&again.take().unwrap().lines), ["Error: open\n    at f"]);
}

#[test]
fn an_idle_end_is_given_out() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
    let now = Instant::now();
    assembler.frame(now, OUT, &frame(1, "panic: last\n"));
    assembler.idle(now + IDLE / 2);
    assert!(!assembler.has_lines());
    assembler.idle(now + IDLE);
    assert_eq!(texts(&assembler.take().unwrap().lines), ["panic: last"]);
}

#[test]
fn a_terminals_long_line_is_whole() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape { tty: true, short_ends: false });
    let now = Instant::now();
    let long = "a".repeat(16 * 1024);
    let glued = [frame(1, &long), frame(1, &long), frame(1, "end\r\n")].concat();
    assembler.frame(now, OUT, &glued);
    assembler.finish(now);
    assert_eq!(texts(&assembler.take().unwrap().lines), [format!("{long}{long}end")]);
}

#[test]
fn a_line_that_waits_is_new_once() {
    let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
    let now = Instant::now();
    assert!(assembler.frame(now, OUT, &frame(1, "waits\n")));
    assembler.rewind();
    assert!(!assembler.frame(now, OUT, &frame(1, "waits\n")), "the engine sends it again");
    assembler.finish(now);
    assert_eq!(texts(&assembler.take().unwrap().lines), ["waits"]);
}

/// Prints rates; no claim that a busy machine could break.
#[test]
#[ignore = "a measurement"]
fn measure_lines_per_second() {
    let words = [
        "GET /api/v1/items",
        "user bob logged in",
        "token refreshed for session",
        "cache miss in shard 7",
        "http://a/b?c=d",
    ];
    let texts: Vec<String> = (0..200_000)
        .map(|n| format!("INFO  id=web seq={n:010} [worker-{}] {} {}", n % 31, words[n % words.len()], "x".repeat(75)))
        .collect();
    let frames: Vec<Vec<u8>> = (0..).zip(&texts).map(|(n, text)| frame(n * 10_000, &format!("{text}\n"))).collect();
    for _ in 0..5 {
        let rate = |began: Instant| texts.len() as f64 / began.elapsed().as_secs_f64() / 1e6;
        let began = Instant::now();
        let masked = texts.iter().filter(|text| matches!(mask(text.as_bytes()), std::borrow::Cow::Owned(_))).count();
        let (mask_rate, began) = (rate(began), Instant::now());
        let mut assembler = Assembler::new(Place::start("c", 0), Shape::default());
        let mut lines = 0;
        for frame in &frames {
            assembler.frame(began, OUT, frame);
            if assembler.is_full() {
                lines += assembler.take().unwrap().lines.len();
            }
        }
        println!("mask {mask_rate:.2} M lines/s ({masked} masked), all of it {:.2} M lines/s ({lines})", rate(began));
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// A frame of the log is read.
    Read,
    Wait,
    /// The batch is stored, or lost because we are killed before.
    Take,
    Kill,
    /// The engine's connection ends and begins again.
    Rewind,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => Just(Step::Read),
        2 => Just(Step::Wait),
        3 => Just(Step::Take),
        1 => Just(Step::Kill),
        1 => Just(Step::Rewind),
    ]
}

/// Frames of both outputs: usual lines, traces, long lines in pieces; each line has a number of its own.
fn any_log() -> impl Strategy<Value = Vec<(Output, u64, String)>> {
    let line = (any::<bool>(), 0u8..6, 0u64..3, 1usize..4);
    prop::collection::vec(line, 1..60).prop_map(|lines| {
        let mut frames = Vec::new();
        let mut times = [1_000_000_000_u64, 1_000_000_100];
        for (number, (err, shape, step, pieces)) in lines.into_iter().enumerate() {
            let output = if err { ERR } else { OUT };
            let time = &mut times[output as usize];
            *time += step * 200_000_000 + u64::from(pieces > 1);
            let start = ["n", "  n", "\tat n", "Caused by: n", "panic: n", "Traceback n"][usize::from(shape)];
            for _ in 1..pieces {
                frames.push((output, *time, format!("{start}{number},")));
            }
            frames.push((output, *time, format!("n{number};\n")));
            *time += 1;
        }
        frames
    })
}

fn numbers(output: Output, lines: &[(Output, String)]) -> Vec<usize> {
    let text: String = lines.iter().filter(|(of, _)| *of == output).map(|(_, text)| text.as_str()).collect();
    text.split(';').filter_map(|part| part.rsplit('n').next()?.parse().ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// However we are killed and however the connection breaks: what is stored in the end is every line, once, in the order of
    /// its output.
    #[test]
    fn every_line_is_stored_once(log in any_log(), steps in prop::collection::vec(any_step(), 0..400)) {
        let mut now = Instant::now();
        let mut saved = Place::start("c", 0);
        let mut stored: Vec<(Output, String)> = Vec::new();
        let mut assembler = Assembler::new(saved.clone(), Shape::default());
        let mut at = 0;
        let mut store = |assembler: &mut Assembler, saved: &mut Place| {
            if let Some(batch) = assembler.take() {
                stored.extend(batch.lines.iter().map(|line| (line.output, String::from_utf8(line.text.to_vec()).unwrap())));
                *saved = batch.place;
            }
        };
        let start_of = |since_ns: u64, log: &[(Output, u64, String)]| {
            let base = 1_795_363_200_000_000_000;
            log.iter().position(|(_, time, _)| base + time >= since_ns / 1_000_000_000 * 1_000_000_000).unwrap_or(log.len())
        };
        for step in steps {
            match step {
                Step::Read => if let Some((output, time, text)) = log.get(at) {
                    assembler.frame(now, *output, &frame(*time, text));
                    at += 1;
                },
                Step::Wait => {
                    now += Duration::from_millis(150);
                    assembler.idle(now);
                }
                Step::Take => store(&mut assembler, &mut saved),
                Step::Kill => {
                    assembler = Assembler::new(saved.clone(), Shape::default());
                    at = start_of(assembler.since_ns(), &log);
                }
                Step::Rewind => {
                    store(&mut assembler, &mut saved);
                    assembler.rewind();
                    at = start_of(assembler.since_ns(), &log);
                }
            }
        }
        for (output, time, text) in &log[at..] {
            assembler.frame(now, *output, &frame(*time, text));
        }
        assembler.finish(now);
        store(&mut assembler, &mut saved);
        for output in [OUT, ERR] {
            let sent: Vec<(Output, String)> = log.iter().map(|(output, _, text)| (*output, text.clone())).collect();
            prop_assert_eq!(numbers(output, &stored), numbers(output, &sent));
        }
    }
}
