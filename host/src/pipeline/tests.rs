//! Generations of the built-in components that vote.

use std::sync::Arc;

use super::Pipeline;
use super::costs::Costs;
use super::generation::Generation;
use super::live::Live;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::plugins::{Catalogue, Plugins, PluginsOptions};
use crate::settings::Layer;
use crate::train::cycle::{self, Material, Task};
use crate::window::{Cut, Windows};

const LENGTH_NS: u64 = 30_000_000_000;

fn windows(numbers: std::ops::Range<u64>, extra: &str) -> Windows {
    let mut windows = Windows::default();
    for number in numbers {
        let begin_ns = number * LENGTH_NS;
        let requests = (0..5 + number * 7 % 4).map(|request| format!("INFO request {request} done in {number} ms"));
        let texts: Vec<String> = requests.chain([extra.to_owned()]).collect();
        let line = |(at, text)| Line { time_ns: begin_ns + at, output: Output::Stdout, text: str::as_bytes(text) };
        let lines: Lines = (1..).zip(texts.iter().map(String::as_str)).map(line).collect();
        windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns: begin_ns + LENGTH_NS });
    }
    windows
}

/// Three generations, each of twenty windows more; `None` where the components are not built.
fn three(set: &[String]) -> Option<Vec<Arc<Generation>>> {
    let catalogue = Catalogue::open(Plugins::new(PluginsOptions::default()).unwrap(), None).unwrap();
    if catalogue.list().is_empty() {
        eprintln!("skipped: the built-in components are not built; run cargo xtask build");
        return None;
    }
    let settings = Layer { set: set.to_vec(), ..Layer::default() }.check(Layer::default()).unwrap();
    let pipeline = Pipeline::resolve(&catalogue, &settings.pipeline).unwrap();
    let identity = Identity::from_text("h/voters");
    let mut made: Vec<Arc<Generation>> = Vec::new();
    for number in 1..=3 {
        let slice = windows((number - 1) * 20..number * 20, "INFO heartbeat");
        let material = Material { slice, earlier: windows(0..(number - 1) * 20, "INFO heartbeat"), until_seq: 1 };
        let previous = made.last().map(AsRef::as_ref);
        let (identity, pipeline) = (&identity, &pipeline);
        let task = Task { identity, pipeline, number, previous, now_ns: 0, windows_max: 4_096, refused: 0 };
        made.push(Arc::new(cycle::run(&task, &material).unwrap()));
    }
    Some(made)
}

fn median(values: &[f32]) -> f32 {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[test]
fn a_window_scores_the_median_of_what_three_generations_give() {
    let Some(made) = three(&[]) else { return };
    let costs = Costs::new(Arc::default(), Identity::from_text("h/voters"));
    let fresh = windows(100..110, "ERROR could not reach the store");
    let alone = |generation: &Arc<Generation>| {
        let mut live = Live::open(Arc::clone(generation), &costs).unwrap();
        let usual = median(&generation.calibration);
        live.score(&fresh).unwrap().into_iter().map(move |score| score / usual).collect::<Vec<_>>()
    };
    let each: Vec<Vec<f32>> = made.iter().map(alone).collect();
    let mut live =
        Live::open(Arc::clone(&made[2]), &costs).unwrap().with_elders(&[made[1].clone(), made[0].clone()], &costs);
    assert_eq!(live.voters().collect::<Vec<_>>(), [2, 1]);
    let usual = median(&made[2].calibration);
    for (index, score) in live.score(&fresh).unwrap().into_iter().enumerate() {
        let expected = usual * median(&[each[0][index], each[1][index], each[2][index]]);
        assert!((score / expected - 1.0).abs() < 1e-5, "window {index}: {score}, not {expected}");
    }
    let bits = |scores: Vec<f32>| scores.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let again = live.afresh(&costs).unwrap().score(&fresh).unwrap();
    assert_eq!(bits(live.score(&fresh).unwrap()), bits(again), "fresh instances say the same");
}

#[test]
fn a_generation_of_other_plugins_does_not_vote() {
    let (Some(made), Some(others)) = (three(&[]), three(&["detector.trees=50".into()])) else { return };
    let costs = Costs::new(Arc::default(), Identity::from_text("h/voters"));
    let live = Live::open(Arc::clone(&made[2]), &costs).unwrap();
    let live = live.with_elders(&[others[1].clone(), made[0].clone()], &costs);
    assert_eq!(live.voters().collect::<Vec<_>>(), [1]);
}
