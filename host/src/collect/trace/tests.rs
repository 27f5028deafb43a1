use proptest::prelude::*;

use super::*;

const OUT: Output = Output::Stdout;
const ERR: Output = Output::Stderr;

/// Lines a microsecond apart, all on one output; the events they make.
fn events(text: &str) -> Vec<String> {
    let mut traces = Traces::default();
    let now = Instant::now();
    for (count, line) in (0u64..).zip(text.lines()) {
        traces.push(now, line_at(OUT, count * 1000, line));
    }
    traces.finish();
    drain(&mut traces)
}

fn line_at(output: Output, time_ns: u64, text: &str) -> CleanLine<'_> {
    CleanLine { output, mark: Mark { time_ns, count: 1 }, time_ns, text: text.as_bytes(), bytes: text.len() as u64 }
}

fn drain(traces: &mut Traces) -> Vec<String> {
    std::iter::from_fn(|| traces.pop()).map(|event| String::from_utf8(event.text).unwrap()).collect()
}

/// `trace` is one event, between usual lines that stay outside.
fn is_one_event(trace: &str) {
    let text = format!("INFO before\n{trace}\nINFO after");
    assert_eq!(events(&text), ["INFO before", trace, "INFO after"]);
}

#[test]
fn usual_lines_stay_alone() {
    let text = "INFO a\nerror: b\nat the door\nCaused\n}\n... more\nfatal: c\nthread pool\ngoroutine leak";
    assert_eq!(events(text), text.lines().collect::<Vec<_>>());
}

#[test]
fn java() {
    is_one_event(
        "ERROR request failed\njava.lang.IllegalStateException: no\n\tat com.x.A.run(A.java:1)"
            .split_once('\n')
            .unwrap()
            .1,
    );
    is_one_event(
        "Exception in thread \"main\" java.lang.RuntimeException: outer\n\tat A.b(A.java:1)\n\tSuppressed: java.io.IOException: x\n\t\tat C.d(C.java:2)\nCaused by: java.io.IOException: inner\n\tat E.f(E.java:3)\n\t... 12 more\nCaused by: java.lang.Error: root\n\t... 13 common frames omitted",
    );
}

#[test]
fn python() {
    is_one_event(
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\n    ~^^\nValueError: bad\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3, in g\n    h()\napp.errors.Broken: worse",
    );
}

#[test]
fn python_logger_line_and_its_traceback_are_one() {
    let trace = "ERROR:root:failed\nTraceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'b'";
    assert_eq!(events(trace), [trace]);
}

#[test]
fn two_tracebacks_in_a_row_are_two() {
    let trace = "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'b'";
    assert_eq!(events(&format!("{trace}\n{trace}")), [trace, trace]);
}

#[test]
fn a_usual_line_ends_a_broken_traceback() {
    let text = "Traceback (most recent call last):\n  File \"a.py\", line 1\n2026-11-22 INFO request done";
    assert_eq!(events(text).len(), 2);
}

#[test]
fn go() {
    is_one_event(
        "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.(*Server).handle(0xc000012345, {0x1, 0x2})\n\t/app/main.go:10 +0x1d\nmain.main()\n\t/app/main.go:5 +0x20\ncreated by main.start in goroutine 1\n\t/app/main.go:3 +0x25\nexit status 2",
    );
    is_one_event(
        "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/a.go:1",
    );
}

#[test]
fn rust() {
    is_one_event(
        "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds: the len is 3\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    );
    is_one_event(
        "thread 'main' panicked at 'old style', src/main.rs:2:5\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/library/std/src/panicking.rs:1\n   1: main\nnote: some details are omitted",
    );
}

#[test]
fn node() {
    is_one_event(
        "TypeError: x is not a function\n    at f (/app/a.js:1:2)\n    at node:internal/main:1 {\n  code: 'ERR'\n}",
    );
    is_one_event(
        "/app/a.js:10\n        throw new Error('no')\n        ^\n\nError: no\n    at f (/app/a.js:10:15)\n\nNode.js v20.1.0"
            .split("\n\nNode")
            .next()
            .unwrap(),
    );
}

#[test]
fn dotnet() {
    is_one_event(
        "Unhandled exception. System.InvalidOperationException: outer\n ---> System.Exception: inner\n   at A.B() in /a.cs:line 1\n   --- End of inner exception stack trace ---\n   at A.Main()",
    );
}

#[test]
fn ruby() {
    is_one_event("a.rb:1:in 'Object#f': no (RuntimeError)\n\tfrom a.rb:2:in 'block'\n\tfrom a.rb:3:in '<main>'");
}

#[test]
fn php() {
    is_one_event(
        "PHP Fatal error:  Uncaught Exception: no in /a.php:3\nStack trace:\n#0 /a.php(5): f()\n#1 {main}\n  thrown in /a.php on line 3",
    );
}

#[test]
fn a_private_key_is_one_event() {
    is_one_event("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n\nabc=\n-----END RSA PRIVATE KEY-----");
}

#[test]
fn an_indented_log_is_not_one_event() {
    assert_eq!(events("  a\n  b\n  c").len(), 3);
}

#[test]
fn empty_lines_stay_alone() {
    assert_eq!(events("a\n\nb\n\n\nc"), ["a", "", "b", "", "", "c"]);
}

#[test]
fn long_traces_go_on_in_another_event() {
    let text = format!("Error: deep\n{}", "    at f (a.js:1)\n".repeat(600));
    let lines: Vec<usize> = events(&text).iter().map(|event| event.lines().count()).collect();
    assert_eq!(lines, [256, 256, 89]);
}

#[test]
fn an_event_stays_under_the_cap() {
    let wide = format!("    {}", "x".repeat(30_000));
    let all = events(&format!("Error\n{wide}\n{wide}\n{wide}"));
    assert!(all.iter().all(|event| event.len() <= LINE_BYTES_MAX));
    assert_eq!(all.len(), 2);
}

#[test]
fn a_late_line_is_no_continuation() {
    let mut traces = Traces::default();
    let now = Instant::now();
    traces.push(now, line_at(OUT, 0, "a"));
    traces.push(now, line_at(OUT, IDLE_NS + 1, "  b"));
    traces.finish();
    assert_eq!(drain(&mut traces), ["a", "  b"]);
}

#[test]
fn the_end_of_a_log_is_not_held_back() {
    let mut traces = Traces::default();
    let now = Instant::now();
    traces.push(now, line_at(OUT, 7, "a"));
    traces.idle(now + PATIENCE / 2);
    assert!(traces.pop().is_none());
    assert_eq!(traces.pending_ns(OUT), Some(7));
    assert_eq!(traces.due(), Some(now + PATIENCE));
    traces.idle(now + PATIENCE);
    assert_eq!(drain(&mut traces), ["a"]);
    assert_eq!(traces.pending_ns(OUT), None);
}

#[test]
fn what_has_begun_as_a_trace_is_waited_for() {
    for trace in [&["panic: x"][..], &["Error: x", "    at f"]] {
        let mut traces = Traces::default();
        let now = Instant::now();
        trace.iter().for_each(|line| traces.push(now, line_at(OUT, 7, line)));
        assert_eq!(traces.due(), Some(now + IDLE));
        traces.idle(now + IDLE / 2);
        assert!(traces.pop().is_none());
        traces.idle(now + IDLE);
        assert_eq!(drain(&mut traces), [trace.join("\n")]);
    }
}

#[test]
fn who_is_slow_with_traces_is_given_more_time() {
    let mut traces = Traces::default();
    let mut now = Instant::now();
    let mut waits = |rest: &str, gap_ns: u64| {
        traces.push(now, line_at(OUT, 0, "Error: x"));
        let wait = traces.due().unwrap() - now;
        traces.idle(now + wait);
        traces.push(now + wait, line_at(OUT, gap_ns, rest));
        now += Duration::from_secs(1);
        traces.idle(now);
        drain(&mut traces);
        wait
    };
    assert_eq!([waits("another", 1), waits("  much later", IDLE_NS + 1), waits("   ", 1)], [PATIENCE; 3]);
    let found: Vec<_> = (0..5).map(|_| waits("    at f", 60_000_000)).collect();
    assert_eq!(found, [PATIENCE, 2 * PATIENCE, 4 * PATIENCE, IDLE, IDLE]);
}

#[test]
fn outputs_are_joined_apart_and_leave_in_order_of_arrival() {
    let mut traces = Traces::default();
    let now = Instant::now();
    traces.push(now, line_at(ERR, 1, "Error: x"));
    traces.push(now, line_at(OUT, 2, "usual"));
    traces.push(now, line_at(ERR, 3, "    at f"));
    traces.push(now, line_at(OUT, 4, "next"));
    assert!(traces.pop().is_none(), "the first event is still open");
    traces.finish();
    assert_eq!(drain(&mut traces), ["Error: x\n    at f", "usual", "next"]);
}

#[test]
fn what_waits_is_bounded() {
    let mut traces = Traces::default();
    let now = Instant::now();
    traces.push(now, line_at(ERR, 0, "open for long"));
    for time in 0..=WAITING_MAX as u64 {
        traces.push(now, line_at(OUT, time, "x"));
    }
    assert_eq!(traces.pop().map(|event| event.output), Some(ERR));
}

proptest! {
    /// Whatever the lines are, none is lost, doubled, changed or moved within its output.
    #[test]
    fn every_line_is_in_one_event(lines in prop::collection::vec(
        (any::<bool>(), prop::sample::select(vec![
            "usual", "", "  indented", "\tat x", "Caused by: y", "Traceback (most recent call last):", "ValueError: x",
            "panic: z", "goroutine 1 [running]:", "main.main()", "thread 'a' panicked at b:", "        ^", "}", "#0 x",
            "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "note: a", "Stack trace:",
        ]), 0u64..400), 0..120))
    {
        let mut traces = Traces::default();
        let (now, mut time) = (Instant::now(), 0);
        let mut sent = [Vec::new(), Vec::new()];
        for &(err, text, step) in &lines {
            let output = if err { ERR } else { OUT };
            time += step * 1_000_000;
            sent[output as usize].push(text);
            traces.push(now, line_at(output, time, text));
        }
        traces.finish();
        let mut found = [Vec::new(), Vec::new()];
        while let Some(event) = traces.pop() {
            let text = String::from_utf8(event.text).unwrap();
            found[event.output as usize].extend(text.split('\n').map(str::to_owned));
        }
        prop_assert_eq!(found, sent.map(|lines| lines.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    }
}
