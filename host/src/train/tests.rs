//! Cycles with the built-in components: what is refused, what is said, what goes on.

use std::sync::Arc;

use super::cycle::{self, CycleError, Material, Task};
use super::exam::REFUSALS_MAX;
use crate::history::Severity;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::Gate;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::pipeline::{Pinned, Pipeline};
use crate::plugins::tests::components;
use crate::plugins::{Catalogue, Plugins, PluginsOptions};
use crate::settings::Layer;
use crate::window::{Cut, Windows};

const WINDOW_NS: u64 = 30_000_000_000;

/// `None`, said aloud, where the built-in components are not built.
fn pipeline() -> Option<Pipeline> {
    if components::built_in_are_missing() {
        return None;
    }
    let catalogue = Catalogue::open(Plugins::new(PluginsOptions::default()).unwrap(), None).unwrap();
    let settings = Layer::default().check(Layer::default()).unwrap();
    Some(Pipeline::resolve(&catalogue, &settings.pipeline).unwrap())
}

/// Windows `from .. until`, each with the lines that `texts` gives it.
fn windows(from: u64, until: u64, texts: fn(u64) -> Vec<String>) -> Windows {
    let mut windows = Windows::default();
    for number in from..until {
        let (begin_ns, texts) = (number * WINDOW_NS, texts(number));
        let mut lines = Lines::default();
        for (place, text) in (0..).zip(&texts) {
            let time_ns =
                begin_ns + place * WINDOW_NS / texts.len() as u64 + chance(number * 1_000 + place) % 1_000_000;
            lines.push(Line { time_ns, output: Output::Stdout, text: text.as_bytes() });
        }
        windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns: begin_ns + WINDOW_NS });
    }
    windows
}

fn usual(number: u64) -> Vec<String> {
    let line = |place: u64| match chance(number * 64 + place) % 8 {
        0 => format!("cache refreshed, {} entries", 800 + chance(place) % 50),
        1 | 2 => format!("order {} stored with {} items", 10_000 + number, 1 + place % 7),
        _ => format!("GET /item/{} 200 in {} ms", place, 3 + chance(number + place) % 80),
    };
    (0..20 + chance(number) % 6).map(line).collect()
}

/// Nothing stands twice in it: after it, nothing that never was is strange any more.
fn garbage(number: u64) -> Vec<String> {
    let word = |salt: u64| {
        let mut chance = chance(salt);
        let letters = std::iter::from_fn(|| {
            chance = self::chance(chance);
            Some(char::from(b'a' + (chance % 26) as u8))
        });
        letters.take(7).collect::<String>()
    };
    let line = |place: u64| {
        let words: Vec<String> = (0..4 + chance(place) % 9).map(|at| word(number << 20 | place << 8 | at)).collect();
        match place % 4 {
            0 => format!(
                "ERROR {} exception\n\tat {}.{}(X.java:1)\n\tat y.z(Y.java:2)",
                words.join(" "),
                word(place),
                word(number)
            ),
            1 => format!("WARN {} failed", words.join(" ")),
            _ => words.join(" "),
        }
    };
    (0..2 + chance(number) % 120).map(line).collect()
}

fn heartbeat(_: u64) -> Vec<String> {
    vec!["heartbeat ok".into(); 3]
}

/// SplitMix64.
fn chance(of: u64) -> u64 {
    let mut mixed = of.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn learn(
    pipeline: &Pipeline,
    previous: Option<&Generation>,
    earlier: &Windows,
    slice: &Windows,
    refused: u32,
) -> Result<Generation, CycleError> {
    let identity = Identity::from_text("h/service");
    let number = previous.map_or(1, |previous| previous.number + 1);
    let task = Task { identity: &identity, pipeline, number, previous, now_ns: 0, windows_max: 4_096, refused };
    let material = Material { slice: slice.clone(), earlier: earlier.clone(), until_seq: 1 };
    cycle::run(&task, &material)
}

/// Five cycles of forty usual windows, none of which is refused.
fn learned(pipeline: &Pipeline) -> Generation {
    let mut last: Option<Generation> = None;
    for cycle in 0..5 {
        let (earlier, slice) = (windows(0, cycle * 40, usual), windows(cycle * 40, cycle * 40 + 40, usual));
        last = Some(learn(pipeline, last.as_ref(), &earlier, &slice, 0).unwrap());
    }
    last.unwrap()
}

#[test]
fn cycles_of_one_service_are_examined_and_none_is_refused() {
    let Some(pipeline) = pipeline() else { return };
    let exam = learned(&pipeline).exam.unwrap();
    let (before, now) = (exam.before.unwrap(), exam.now.unwrap());
    assert!(before.new > 0.9 && now.new > 0.9 && before.last.is_some() && now.last.is_some(), "{exam:?}");
    assert_eq!(exam.notes(), Vec::<String>::new());
    assert_eq!((exam.windows, before.windows, now.windows), (200, 16, 16));
}

#[test]
fn a_poisoned_slice_is_refused_and_leaves_nothing_behind() {
    let Some(pipeline) = pipeline() else { return };
    let (last, earlier) = (learned(&pipeline), windows(0, 200, usual));
    let slice = windows(200, 600, garbage);
    let refused = learn(&pipeline, Some(&last), &earlier, &slice, 0).unwrap_err();
    assert!(matches!(refused, CycleError::Refused { last: 5, .. }), "{refused}");
    assert!(refused.to_string().contains("generation 5 goes on: it tells made-up trouble from"), "{refused}");
    // Nothing of the refused cycle is kept: the last generation learns a good slice as if it had not been.
    let good = learn(&pipeline, Some(&last), &earlier, &windows(600, 640, usual), 1).unwrap();
    assert_eq!((good.number, good.exam.unwrap().worse()), (6, None));
}

#[test]
fn what_is_refused_for_the_fourth_time_serves_and_says_so() {
    let Some(pipeline) = pipeline() else { return };
    let (last, earlier) = (learned(&pipeline), windows(0, 200, usual));
    let exam = |refused| learn(&pipeline, Some(&last), &earlier, &windows(200, 600, garbage), refused);
    assert!(matches!(exam(REFUSALS_MAX - 1), Err(CycleError::Refused { .. })));
    let generation = exam(REFUSALS_MAX).unwrap();
    assert_eq!((generation.number, generation.windows), (6, 600), "the slice was not lost");
    let notes = generation.exam.unwrap().notes();
    assert!(notes.iter().any(|note| note.starts_with("it serves after 3 refusals in a row")), "{notes:?}");
}

#[test]
fn a_heartbeat_alone_is_said_to_look_alike_and_what_is_new_alarms_all_the_same() {
    let Some(pipeline) = pipeline() else { return };
    let generation = learn(&pipeline, None, &Windows::default(), &windows(0, 200, heartbeat), 0).unwrap();
    let notes = generation.exam.as_ref().unwrap().notes();
    assert_eq!(notes, ["every window looks alike (200 windows, 1 kind): only what is new can be found"]);
    let costs = Costs::new(Arc::default(), Identity::from_text("h/service"));
    let mut gate = Gate::open(&pipeline.thresholds, None, &costs).unwrap();
    gate.calibrate(1, &generation.calibration).unwrap();
    let mut live = Live::open(Arc::new(generation), &costs).unwrap();
    let mut judge = |windows: &Windows| {
        let scores = live.score(windows).unwrap();
        gate.decide(&scores, &windows.ends).unwrap()
    };
    let same = judge(&windows(200, 320, heartbeat));
    assert!(same.iter().all(|verdict| verdict.severity == Severity::None), "the same alarmed");
    let new = judge(&windows(320, 321, |_| [heartbeat(0), vec!["connection to the queue lost".into()]].concat()));
    assert!(new[0].severity > Severity::None, "{new:?}");
}

#[test]
fn too_few_windows_are_refused_with_their_number() {
    let Some(pipeline) = pipeline() else { return };
    let error = learn(&pipeline, None, &Windows::default(), &windows(0, 3, usual), 0).unwrap_err();
    assert_eq!(error.to_string(), "3 windows to learn from; at least 4 are needed");
}

#[test]
fn a_detector_that_tells_nothing_apart_is_said_but_left_to_probation_where_people_chose_it() {
    let (Some(pipeline), Some(bytes)) = (pipeline(), components::component("hostile")) else { return };
    let last = learned(&pipeline);
    let plugin = Plugins::new(PluginsOptions::default()).unwrap().load(bytes, "testplugins/hostile").unwrap();
    let detector = Pinned { plugin, settings: vec![("misbehave".into(), "constant".into())] };
    let changed = Pipeline { detector, ..pipeline };
    let (earlier, slice) = (windows(0, 200, usual), windows(200, 240, usual));
    let made = learn(&changed, Some(&last), &earlier, &slice, 0).unwrap();
    let exam = made.exam.clone().unwrap();
    assert_eq!((exam.now.unwrap().new, exam.flat), (0.5, true));
    assert!(exam.worse().is_some() && exam.notes().len() == 2, "{:?}", exam.notes());
    // Held to its own generation it is no worse than it was.
    assert!(learn(&changed, Some(&made), &earlier, &slice, 0).is_ok());
}
