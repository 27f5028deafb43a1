//! The kit on the components that are built: the built-in ones pass, and each way to misbehave fails for its own reason.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs};

use super::{Options, Outcome, Report, check, host_options};
use crate::plugins::{CallLimits, Catalogue, Limits, Plugins, PluginsOptions};

/// Calls end early, so that endless ones cost little, and compiled components are kept, because each is checked many times.
static CATALOGUE: LazyLock<(Catalogue, tempfile::TempDir)> = LazyLock::new(|| {
    let cache = tempfile::tempdir().unwrap();
    let options = host_options(false);
    let limits = options.limits;
    let training = CallLimits { deadline_ms: 4_000, ..limits.training };
    let limits = Limits { training, ..limits };
    let options = PluginsOptions { limits, cache_dir: Some(cache.path().to_owned()), ..options };
    (Catalogue::open(Plugins::new(options).unwrap(), None).unwrap(), cache)
});

fn catalogue() -> &'static Catalogue {
    &CATALOGUE.0
}

/// A component as `cargo xtask plugins` or `test-plugins` left it. Says so where there is none.
fn component(folder: &str, name: &str) -> Option<Vec<u8>> {
    // The test binary is `<target>/<profile>/deps/<name>`.
    let binary: PathBuf = env::current_exe().unwrap();
    let path = binary.ancestors().nth(3).unwrap().join(folder).join(format!("{name}.wasm"));
    let bytes = fs::read(&path).ok();
    if bytes.is_none() || catalogue().list().len() < 3 {
        eprintln!("skipped: {name} or a built-in component is not built; run cargo xtask build and test-plugins");
        return None;
    }
    bytes
}

/// Time does not matter here: on a busy machine, too, everything is looked at.
fn options(settings: &[(&str, &str)]) -> Options {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Options { settings, quick: true, time_max: Duration::from_secs(1_800), budget_ms: 1e6, ..Options::default() }
}

fn misbehave(bytes: &[u8], how: &str) -> Report {
    check(catalogue(), bytes, "test", &options(&[("misbehave", how)]))
}

fn failures(report: &Report) -> Vec<(&str, &str)> {
    report.failed().map(|check| (check.id, check.outcome.why().unwrap_or_default())).collect()
}

/// How a component misbehaves, the first check that says so, and what it says.
type Case = (&'static str, &'static str, &'static str);

/// Every case fails in its check, for its reason; `none` and what the host bears pass. Every way that the component knows
/// stands in the table.
fn table(name: &str, borne: &[&str], cases: &[Case]) {
    let Some(bytes) = component("testcomponents", name) else { return };
    for how in borne {
        let report = misbehave(&bytes, how);
        assert!(report.passed(), "{name} {how}: {:?}", failures(&report));
    }
    for (how, id, said) in ENDS.iter().chain(cases) {
        let report = misbehave(&bytes, how);
        let failures = failures(&report);
        let first = failures.first();
        assert!(first.is_some_and(|(found, why)| found == id && why.contains(said)), "{name} {how}: {failures:?}");
    }
    for way in ways(name) {
        let known = borne.contains(&&way[..]) || ENDS.iter().chain(cases).any(|(how, ..)| *how == way);
        assert!(known, "{name} {way} is not in the table");
    }
}

/// The ways to misbehave that a test component's source lists.
fn ways(name: &str) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testplugins").join(name);
    let source = fs::read_to_string(folder.join("src/component.rs")).unwrap();
    let list = source.split_once("const WAYS").and_then(|(_, rest)| rest.split_once("];")).unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Ways that are alike in all slots.
const ENDS: [Case; 9] = [
    ("trap", "basics", "no score\\nfor you; whatever comes in, return an error"),
    ("loop", "basics", "was stopped in"),
    ("memory", "basics", "MiB of memory allowed"),
    ("stack", "basics", "its stack is exhausted"),
    ("frames", "basics", "it reached outside its memory"),
    ("leak", "steady", "its memory grew"),
    ("accept-any", "state", "it loaded a foreign text"),
    ("load-trap", "state", "given a foreign text to load"),
    ("validate-loop", "settings", "was stopped in validate-settings"),
];

#[test]
fn the_built_in_components_pass() {
    for name in ["vectorizer", "iforest", "thresholds"] {
        let Some(bytes) = component("components", name) else { return };
        let report = check(catalogue(), &bytes, name, &options(&[]));
        assert!(report.passed(), "{name}: {:?}", failures(&report));
        assert!(report.checks.iter().all(|check| check.outcome == Outcome::Passed), "{report:?}");
    }
}

#[test]
fn every_way_in_which_a_vectorizer_misbehaves_is_found() {
    table(
        "hostile-vectorizer",
        &["none", "chatty"],
        &[
            ("blind", "quality", "no better than by chance"),
            ("columns-twice", "basics", "two columns named twice"),
            ("explain-line", "basics", "returned a term in line"),
            ("explain-nan", "basics", "a term of weight NaN"),
            ("explain-weight", "basics", "weights add up to 1.5"),
            ("forgetful", "split", "when asked for in another order"),
            ("grow", "split", "when it learned in three calls"),
            ("huge-answer", "basics", "8388607 rows for 60 windows"),
            ("huge-state", "basics", "answered save in a way that cannot be read"),
            ("learn-trap", "basics", "failed in learn"),
            ("liar-list", "basics", "out of bounds of memory"),
            ("long", "basics", "61 rows for 60 windows"),
            ("long-line-trap", "hostile", "one line of 64 KiB"),
            ("nan", "basics", "returned NaN in row 0"),
            ("nondeterministic", "round-trip", "another one after save and load"),
            ("nondeterministic-terms", "explain", "the same window twice in two ways"),
            ("refuse", "basics", "refused transform"),
            ("refuse-own", "basics", "refused load"),
            ("settle-loop", "basics", "was stopped in settle"),
            ("short", "basics", "59 rows for 60 windows"),
            ("split", "split", "when it learned in three calls"),
            ("state-drift", "round-trip", "saved other bytes after it was loaded"),
            ("unsorted", "basics", "do not rise"),
            ("utf8-trap", "hostile", "invalid UTF-8"),
            ("wrong-columns", "basics", "for 5 columns"),
        ],
    );
}

#[test]
fn every_way_in_which_a_detector_misbehaves_is_found() {
    table(
        "hostile",
        &["none", "chatty", "memory-shy"],
        &[
            ("alias-list", "basics", "answered stats in a way that cannot be read"),
            ("constant", "quality", "no better than by chance"),
            ("divide", "basics", "divide by zero"),
            ("empty-trap", "hostile", "asked to score no row"),
            ("explain-trap", "basics", "failed in explain"),
            ("forgetful", "split", "asked in another order"),
            ("grow", "repeatable", "a model never changes"),
            ("huge-state", "basics", "answered save in a way that cannot be read"),
            ("huge-trap", "hostile", "asked to score huge values"),
            ("liar-list", "basics", "out of bounds of memory"),
            ("long", "basics", "241 scores for 240 windows"),
            ("nan", "basics", "returned score NaN"),
            ("negative", "basics", "returned score -1"),
            ("negative-weight", "basics", "returned weight -1"),
            ("nondeterministic", "repeatable", "asked again"),
            ("nondeterministic-weight", "explain", "the same question has one answer"),
            ("refuse", "basics", "refused score"),
            ("refuse-own", "basics", "refused load"),
            ("short", "basics", "239 scores for 240 windows"),
            ("state-drift", "repeatable", "a model never changes"),
            ("stats-nan", "basics", "returned figure calls = NaN"),
            ("train-parts", "parts", "trained in 2 parts and merged"),
            ("train-trap", "basics", "failed in train"),
            ("wide-trap", "hostile", "rows of one column"),
        ],
    );
}

#[test]
fn every_way_in_which_thresholds_misbehave_is_found() {
    table(
        "hostile-thresholds",
        &["none", "chatty"],
        &[
            ("alarm-all", "quality", "100 % of usual windows"),
            ("alarm-none", "quality", "alarms on none of 9 scores"),
            ("below", "basics", "below its threshold"),
            ("calibrate-trap", "basics", "failed in calibrate"),
            ("empty-trap", "hostile", "no score"),
            ("forgetful", "split", "when asked 240 at once"),
            ("grow", "split", "when asked 240 at once"),
            ("huge-answer", "basics", "answered decide in a way that cannot be read"),
            ("huge-state", "basics", "answered save in a way that cannot be read"),
            ("infinite", "basics", "returned threshold inf"),
            ("liar-list", "basics", "out of bounds of memory"),
            ("long", "basics", "481 severities for 480 scores"),
            ("nan", "basics", "returned threshold NaN"),
            ("nondeterministic", "split", "when asked 240 at once"),
            ("refuse", "basics", "refused decide"),
            ("refuse-own", "basics", "refused load"),
            ("severity", "basics", "returned severity 9"),
            ("short", "basics", "479 thresholds for 480 scores"),
            ("split", "split", "when asked 240 at once"),
            ("state-drift", "repeatable", "when it saved twice"),
            ("time-trap", "hostile", "times that run backwards"),
            ("zero", "basics", "returned threshold 0;"),
            ("zero-trap", "hostile", "zeros"),
        ],
    );
}

#[test]
fn what_only_grows_is_found_even_where_it_is_the_same_in_every_call() {
    for (name, said) in [("hostile-vectorizer", "its state grew from"), ("hostile-thresholds", "its state grew from")] {
        let Some(bytes) = component("testcomponents", name) else { return };
        let report = misbehave(&bytes, "grow");
        assert!(failures(&report).iter().any(|(id, why)| *id == "steady" && why.contains(said)), "{report:?}");
    }
}

#[test]
fn a_plugin_that_misbehaves_later_is_found_later() {
    for (name, after, id) in
        [("hostile", "3", "split"), ("hostile-vectorizer", "6", "steady"), ("hostile-thresholds", "4", "split")]
    {
        let Some(bytes) = component("testcomponents", name) else { return };
        let report = check(catalogue(), &bytes, name, &options(&[("misbehave", "trap"), ("after", after)]));
        let failures = failures(&report);
        assert!(!failures.is_empty() && failures.iter().all(|(id, _)| *id != "basics"), "{name}: {failures:?}");
        assert!(failures.iter().any(|(found, why)| *found == id && why.contains("no score")), "{name}: {failures:?}");
    }
}

#[test]
fn a_slow_plugin_fails_its_budget() {
    let Some(bytes) = component("testcomponents", "hostile-thresholds") else { return };
    let options = Options { budget_ms: 1e-6, ..options(&[]) };
    let report = check(catalogue(), &bytes, "test", &options);
    let failures = failures(&report);
    assert!(matches!(failures[..], [("speed", why)] if why.contains("--budget-ms")), "{failures:?}");
    let options = Options { budget_mib: 0.1, ..options };
    let report = check(catalogue(), &bytes, "test", &Options { budget_ms: 1e6, ..options });
    assert!(report.failed().any(|check| check.outcome.why().is_some_and(|why| why.contains("--budget-mib"))));
}

#[test]
fn settings_that_a_plugin_refuses_fail_the_check() {
    let Some(bytes) = component("testcomponents", "hostile") else { return };
    let report = misbehave(&bytes, "politely");
    assert!(failures(&report)[0].1.contains("no way to misbehave called politely"), "{report:?}");
}

#[test]
fn what_is_no_plugin_fails_alone() {
    for (bytes, said) in [(&b"<html>"[..], "not webassembly"), (b"\0asm\x01\0\0\0", "a core module")] {
        let report = check(catalogue(), bytes, "x", &options(&[]));
        assert!(matches!(failures(&report)[..], [("contract", why)] if why.contains(said)), "{report:?}");
        assert_eq!((report.plugin, report.checks.len()), (None, 1));
    }
    let Some(endless) = component("testcomponents", "endless") else { return };
    let report = check(catalogue(), &endless, "endless", &options(&[]));
    assert!(failures(&report)[0].1.contains("was stopped in describe"), "{report:?}");
    let wasi = component("testcomponents", "wasi").unwrap();
    let report = check(catalogue(), &wasi, "wasi", &options(&[]));
    assert!(failures(&report)[0].1.contains("it imports wasi:"), "{report:?}");
}

#[test]
fn without_time_checks_are_skipped_and_nothing_fails() {
    let Some(bytes) = component("components", "thresholds") else { return };
    let report = check(catalogue(), &bytes, "test", &Options { time_max: Duration::ZERO, ..options(&[]) });
    assert!(report.passed());
    let skipped = report
        .checks
        .iter()
        .filter(|check| matches!(&check.outcome, Outcome::Skipped(why) if why.contains("are over")));
    assert_eq!(skipped.count(), report.checks.len() - 1);
}
