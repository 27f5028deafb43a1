//! Reasons by the built-in components: what they say is what a fresh instance says again.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::edit::{Base, Edit, Tries, Usual, templates_of};
use super::normal::Reference;
use super::reason::explain;
use super::suspects::{Suspect, Suspects};
use super::{Change, Reason, Term};
use crate::history::{Severity, Verdict};
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::pipeline::Pipeline;
use crate::pipeline::costs::Costs;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::{Catalogue, Plugins, PluginsOptions};
use crate::settings::Layer;
use crate::train::cycle::{self, Material, Task};
use crate::window::{Cut, Windows};

const LENGTH_NS: u64 = 30_000_000_000;
const LEARNED: u64 = 120;

/// What a service says: a request begins and ends, nine to fourteen times a window, and a heartbeat.
fn usual_lines(number: u64) -> Vec<String> {
    let requests = (0..9 + number * 7 % 6).flat_map(|request| {
        let id = number * 100 + request;
        [format!("INFO request {id} started"), format!("INFO request {id} done in {} ms", 5 + id % 40)]
    });
    requests.chain(["INFO heartbeat ok".to_owned()]).collect()
}

fn push(windows: &mut Windows, number: u64, texts: &[String]) {
    let begin_ns = number * LENGTH_NS;
    let step = LENGTH_NS / (texts.len() as u64 + 1 + number % 3);
    let line = |(at, text): (u64, &'static str)| Line {
        time_ns: begin_ns + at * step,
        output: Output::Stdout,
        text: text.as_bytes(),
    };
    let texts: Vec<&'static str> = texts.iter().map(|text| &*Box::leak(text.clone().into_boxed_str())).collect();
    let lines: Lines = (0..).zip(texts).map(line).collect();
    windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns: begin_ns + LENGTH_NS });
}

fn one(texts: &[String]) -> Windows {
    let mut windows = Windows::default();
    push(&mut windows, LEARNED + 5, texts);
    windows
}

struct Service {
    generation: Arc<Generation>,
    costs: Costs,
    windows: Windows,
    /// The highest score of what was learned, and a little.
    threshold: f32,
}

impl Service {
    fn live(&self) -> Live {
        Live::open(Arc::clone(&self.generation), &self.costs).unwrap()
    }

    fn explain(&self, window: &Windows) -> (Verdict, Reason) {
        let mut live = self.live();
        let score = live.score(window).unwrap()[0];
        let verdict = Verdict { score, threshold: self.threshold, severity: Severity::Warning, generation: 1 };
        let reason = explain(&mut live, window, &verdict, &mut Reference::new(&self.windows)).unwrap();
        (verdict, reason)
    }
}

/// Learned once for all tests; `None` where the components are not built.
static SERVICE: LazyLock<Option<Service>> = LazyLock::new(|| {
    let catalogue = Catalogue::open(Plugins::new(PluginsOptions::default()).unwrap(), None).unwrap();
    if catalogue.list().is_empty() {
        eprintln!("skipped: the built-in components are not built; run cargo xtask build");
        return None;
    }
    let settings = Layer::default().check(Layer::default()).unwrap();
    let pipeline = Pipeline::resolve(&catalogue, &settings.pipeline).unwrap();
    let identity = Identity::from_text("h/service");
    let mut windows = Windows::default();
    (0..LEARNED).for_each(|number| push(&mut windows, number, &usual_lines(number)));
    let material = Material { slice: windows.clone(), earlier: Windows::default(), until_seq: 1 };
    let task = Task {
        identity: &identity,
        pipeline: &pipeline,
        number: 1,
        previous: None,
        now_ns: 0,
        windows_max: 4_096,
        refused: 0,
    };
    let generation = Arc::new(cycle::run(&task, &material).unwrap());
    let costs = Costs::new(Arc::default(), identity);
    let mut live = Live::open(Arc::clone(&generation), &costs).unwrap();
    let threshold = 1.1 * live.score(&windows).unwrap().into_iter().fold(0.0, f32::max);
    Some(Service { generation, costs, windows, threshold })
});

#[test]
fn a_new_line_is_the_reason_and_without_it_nothing_is_strange() {
    let Some(service) = &*SERVICE else { return };
    let mut texts = usual_lines(7);
    texts.insert(6, "ERROR connection to database refused".into());
    let (verdict, reason) = service.explain(&one(&texts));
    assert!(verdict.scaled() > 1.0, "{verdict:?}");
    assert!(reason.is_faithful(), "{reason:?}");
    assert!(
        reason.sentence.starts_with("never seen in 120 windows: “ERROR connection to database refused”"),
        "{reason:?}"
    );
    assert!(reason.sentence.contains("; without “ERROR connection"), "{reason:?}");
    let normal = reason.normal.unwrap();
    assert!(normal.score < 1.0 && normal.lines_total >= 19, "{normal:?}");
}

#[test]
fn a_line_that_did_not_come_is_put_back_from_the_nearest_normal_window() {
    let Some(service) = &*SERVICE else { return };
    let texts: Vec<String> = usual_lines(7).into_iter().filter(|text| !text.contains("heartbeat")).collect();
    let (verdict, reason) = service.explain(&one(&texts));
    assert!(verdict.scaled() > 1.0, "{verdict:?}");
    assert!(reason.is_faithful(), "{reason:?}");
    let missing = reason.terms.iter().find(|term| term.kind == "missing" && term.text.contains("heartbeat")).unwrap();
    assert_eq!(missing.change, Some(Change::Added { lines: 1 }));
    assert!(missing.without.unwrap() < verdict.scaled());
}

#[test]
fn of_a_line_that_came_too_often_as_many_stay_as_usual() {
    let Some(service) = &*SERVICE else { return };
    let mut texts = usual_lines(7);
    texts.extend((0..60).map(|_| "INFO heartbeat ok".to_owned()));
    let (verdict, reason) = service.explain(&one(&texts));
    assert!(verdict.scaled() > 1.0, "{verdict:?}");
    let often = reason.terms.iter().find(|term| term.kind == "template" && term.text.contains("heartbeat")).unwrap();
    assert_eq!(often.change, Some(Change::Fewer { from: 61, to: 1 }));
    assert!(reason.is_faithful(), "{reason:?}");
}

#[test]
fn without_a_reference_lines_are_taken_out_and_nothing_else() {
    let Some(service) = &*SERVICE else { return };
    let mut texts = usual_lines(7);
    texts.insert(6, "ERROR connection to database refused".into());
    let window = one(&texts);
    let mut live = service.live();
    let score = live.score(&window).unwrap()[0];
    let verdict = Verdict { score, threshold: service.threshold, severity: Severity::Warning, generation: 1 };
    let reason = explain(&mut live, &window, &verdict, &mut Reference::default()).unwrap();
    assert_eq!(reason.normal, None);
    assert!(reason.terms.iter().all(|term| matches!(term.change, None | Some(Change::TakenOut))), "{reason:?}");
}

#[test]
fn a_reason_stored_by_an_older_host_is_still_read() {
    let stored = r#"{"sentence":"s","lines":[],"terms":[{"text":"t","kind":"template","id":1,"seen":0,"of":9,"lines":[1],"weight":0.5,
        "without":0.4}],"without_all":0.4}"#;
    let reason: Reason = serde_json::from_str(stored).unwrap();
    assert_eq!((reason.terms[0].change, reason.counterfactual.clone(), reason.normal.clone()), (None, None, None));
    let again = serde_json::to_string(&reason).unwrap();
    assert_eq!(serde_json::from_str::<Reason>(&again).unwrap(), reason);
}

/// All numbers of the reason again, by an instance of its own and an edit at a time.
fn assert_same_again(service: &Service, window: &Windows, verdict: &Verdict, reason: &Reason) {
    let mut live = service.live();
    let named = live.terms(window, 64).unwrap();
    let nearest = Reference::new(&service.windows).nearest(&mut live, window, verdict.threshold).unwrap().unwrap();
    let there = live.all_terms(&nearest.window, 2_000).unwrap();
    let usual = Usual::new(nearest.window, there);
    let here = live.all_terms(window, 2_000).unwrap();
    let templates = templates_of(window.lines.len(), &here);
    let columns = live.columns().unwrap();
    let base = Base { window, templates, usual: Some(&usual) };
    let suspects = Suspects::new(named, here, base.out_of_order(), Some(&usual), &columns);
    let mut rest = |edits: &[&Edit]| {
        let mut tries = Tries::default();
        tries
            .push(&base, edits)
            .then(|| live.score_as(&tries.windows, Some(&usual.window), &tries.columns).unwrap()[0] / verdict.threshold)
    };
    let edit = |term: &Term| {
        let same = |suspect: &&Suspect| (suspect.term.id, &suspect.term.kind) == (term.id, &term.kind);
        suspects.terms.iter().find(same).unwrap().edit.map(|edit| &suspects.edits[edit])
    };
    for term in &reason.terms {
        assert_eq!(term.change, edit(term).map(|edit| edit.change));
        assert_eq!(term.without, edit(term).and_then(|edit| rest(&[edit])), "{term:?}");
    }
    let all: Vec<&Edit> = suspects.edits.iter().collect();
    assert_eq!(reason.without_all, if all.is_empty() { None } else { rest(&all) });
    if let Some(found) = &reason.counterfactual {
        let needed: Vec<&Edit> = found.terms.iter().filter_map(|&place| edit(&reason.terms[place as usize])).collect();
        assert_eq!(needed.len(), found.terms.len());
        assert_eq!(Some(found.score), rest(&needed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Windows of usual lines, some of them lost or doubled, and new ones.
    #[test]
    fn the_numbers_of_a_reason_are_those_of_a_fresh_scoring(
        times in prop::collection::vec(0usize..4, 29),
        news in prop::collection::vec(("[a-z]{3,8} [a-z]{3,8} failed", 0usize..25), 0..4),
    ) {
        let Some(service) = &*SERVICE else { return Ok(()) };
        let mut texts: Vec<String> =
            usual_lines(3).into_iter().zip(times).flat_map(|(text, times)| std::iter::repeat_n(text, times)).collect();
        for (text, at) in news {
            texts.insert(at.min(texts.len()), text);
        }
        prop_assume!(!texts.is_empty());
        let window = one(&texts);
        let (verdict, reason) = service.explain(&window);
        assert_same_again(service, &window, &verdict, &reason);
        let weights: f32 = reason.terms.iter().map(|term| term.weight).sum();
        prop_assert!(weights <= 1.0 + 1e-5 && reason.terms.iter().all(|term| term.weight >= 0.0));
    }
}
