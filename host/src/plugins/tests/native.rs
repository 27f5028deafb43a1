//! The built-in plugins natively and as components: the same calls give the same bytes.

use std::fmt::Write as _;

use foghorn_iforest::Model;
use foghorn_thresholds::Gate;
use foghorn_vectorizer::Session;

use crate::line::{Line, Lines, Output};
use crate::plugins::{Catalogue, Detector, Plugins, Rows, Slot, Thresholds, Vectorizer, train_model};
use crate::window::{Cut, Windows};

use super::components::options;

const SETTINGS: &[(String, String)] = &[];
const SEED: u64 = 5;

/// `count` windows of up to 30 lines from number `first` on, of several formats, with stack traces and bytes that are no text.
fn windows(first: u64, count: u64) -> Windows {
    let mut windows = Windows::default();
    for window in first..first + count {
        let mut lines = Lines::default();
        for line in 0..7 + window % 24 {
            let n = (window * 31 + line).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let mut text = match n % 7 {
                0 => format!("2026-08-07 10:42:{:02},{:03} INFO [worker-{}] order {n} stored in {} ms", n % 60, n % 999, n % 9, n % 77),
                1 => format!("10.0.0.{} - - \"GET /api/v1/items/{n}?page=2 HTTP/1.1\" {} {n}", n % 250, [200, 404, 500][n as usize % 3]),
                2 => format!(r#"{{"ts":{n},"level":"warn","msg":"cache \"{}\" missed","node":{{"id":"n{}"}}}}"#, n % 5, n % 11),
                3 => format!("level=error component=db{} msg=\"connection refused\" peer=fe80::1cd2:{:x} id={n:016x}", n % 4, n % 4096),
                4 => format!("job f3d4d4ef-693b-4456-8eed-59c0d717dd08 failed\n  at org.shop.Cart.add(Cart.java:{n})\nCaused by: java.io.IOException"),
                5 => "ü".repeat(n as usize % 90),
                _ => format!("Mon Jan {:02} took {}us, items=[1, {n}] blk_-{n} 'quoted {n}'", n % 28, n % 5_000),
            }
            .into_bytes();
            if n.is_multiple_of(13) {
                text.extend([0, 0xff, b' ', 0x80]);
            }
            let time_ns = window * 1_000_000_000 + line * (n % 40_000_000);
            lines.push(Line {
                time_ns,
                output: if n.is_multiple_of(5) { Output::Stderr } else { Output::Stdout },
                text: &text,
            });
        }
        let (begin_ns, end_ns) = (window * 1_000_000_000, (window + 1) * 1_000_000_000);
        windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns });
    }
    windows
}

fn view(windows: &Windows) -> foghorn_vectorizer::Windows<'_> {
    foghorn_vectorizer::Windows {
        data: windows.lines.data(),
        offsets: windows.lines.offsets(),
        times: windows.lines.times(),
        outputs: windows.lines.outputs(),
        starts: &windows.starts,
        begins: &windows.begins,
        ends: &windows.ends,
    }
}

fn transform(session: &mut Session, windows: &Windows, learned: bool) -> Rows {
    let rows = session.transform(view(windows), learned).unwrap();
    Rows { columns: rows.columns, row_ptr: rows.row_ptr, idx: rows.idx, val: rows.val }
}

fn forest_rows(rows: &Rows) -> foghorn_iforest::Rows<'_> {
    foghorn_iforest::Rows::check(rows.columns, &rows.row_ptr, &rows.idx, &rows.val).unwrap()
}

/// All values to the bit.
fn bits(values: &[f32]) -> String {
    values.iter().fold(String::new(), |mut text, value| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{:08x} ", value.to_bits());
        text
    })
}

#[test]
fn native_code_and_components_give_the_same_bytes() {
    let catalogue = Catalogue::open(Plugins::new(options()).unwrap(), None).unwrap();
    if catalogue.list().is_empty() {
        eprintln!("skipped: the built-in components are not built; run cargo xtask build");
        return;
    }
    let (learned, live) = (windows(0, 600), windows(600, 200));

    let plugin = catalogue.resolve("vectorizer", Slot::Vectorizer, &std::collections::BTreeSet::new()).unwrap();
    let mut session = Session::open(foghorn_vectorizer::Settings::default());
    let mut vectorizer = Vectorizer::open_to_learn(&plugin, SETTINGS, SEED).unwrap();
    session.learn(view(&learned)).unwrap();
    vectorizer.learn(&learned).unwrap();
    session.settle();
    vectorizer.settle().unwrap();
    assert!(session.save() == vectorizer.save().unwrap(), "sessions differ");
    let training = transform(&mut session, &learned, true);
    for (windows, learned, what) in [(&learned, true, "learned"), (&live, false, "live")] {
        let (native, hosted) =
            (transform(&mut session, windows, learned), vectorizer.transform(windows, learned).unwrap());
        assert!(native.row_ptr == hosted.row_ptr && native.idx == hosted.idx, "columns of {what} rows differ");
        assert_eq!(bits(&native.val), bits(&hosted.val), "{what} rows differ");
    }

    let forest = catalogue.resolve("iforest", Slot::Detector, &std::collections::BTreeSet::new()).unwrap();
    let part = Model::train(&foghorn_iforest::Settings::default(), &forest_rows(&training), SEED, 0, 1).unwrap();
    let model = Model::merge(foghorn_iforest::FORMAT, &[part.save()]).unwrap();
    assert!(model.save() == train_model(&forest, SETTINGS, &training, SEED).unwrap(), "models differ");
    let mut detector = Detector::load(&forest, SETTINGS, forest.state_format, &model.save()).unwrap();
    let rows = transform(&mut session, &live, false);
    let scores = model.strangeness(&forest_rows(&rows)).unwrap();
    assert_eq!(bits(&scores), bits(&detector.score(&rows).unwrap()), "scores differ");

    let gates = catalogue.resolve("thresholds", Slot::Thresholds, &std::collections::BTreeSet::new()).unwrap();
    let calibration = model.strangeness(&forest_rows(&training)).unwrap();
    let mut gate = Gate::new(foghorn_thresholds::Settings::default());
    let mut hosted = Thresholds::open(&gates, SETTINGS).unwrap();
    gate.calibrate(&calibration).unwrap();
    hosted.calibrate(&calibration).unwrap();
    let native: Vec<_> =
        gate.decide(&scores, &live.ends).unwrap().iter().map(|d| (d.threshold.to_bits(), d.severity)).collect();
    let decided = hosted.decide(&scores, &live.ends).unwrap();
    assert_eq!(
        native,
        decided.iter().map(|d| (d.threshold.to_bits(), d.severity)).collect::<Vec<_>>(),
        "decisions differ"
    );
}
