//! `cargo xtask test`: everything that must hold before a change goes in.
//!
//! All steps run even when one fails, so that one run tells everything. The tests come last: their closing lines stay in
//! sight, with one line a step below them.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{demo_image, examples, host, needs, plugins, process, wasm_std};

/// How a step ended.
#[derive(Debug)]
enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

/// Runs all steps; fails when one failed.
pub fn run(workspace: &Workspace) -> Result<()> {
    let missing = needs::install_programs();
    let engine = needs::start_engine(workspace);
    let mut steps = vec![("needs", outcome_of_needs(missing, engine.as_ref().err()))];
    for (name, step) in STEPS {
        eprintln!("xtask: {name}");
        steps.push((name, step(workspace)));
    }
    drop(engine);
    eprintln!();
    for (name, outcome) in &steps {
        match outcome {
            Outcome::Passed => eprintln!("xtask: {name:<12} passed"),
            Outcome::Skipped(why) => eprintln!("xtask: {name:<12} skipped: {why}"),
            Outcome::Failed(why) => eprintln!("xtask: {name:<12} FAILED: {why}"),
        }
    }
    match steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).count() {
        0 => Ok(()),
        failed => bail!("{failed} of {} steps failed", steps.len()),
    }
}

const NO_DENY: &str = "cargo-deny is missing (cargo install --locked cargo-deny)";
const FETCH_LIMIT: Duration = Duration::from_secs(60);

type Step = fn(&Workspace) -> Outcome;

/// In this order: what fails fast comes first, and everything is built before it is tested.
const STEPS: [(&str, Step); 8] = [
    ("format", format),
    ("build", build),
    ("examples", examples),
    ("lint", lint),
    ("lint plugins", lint_plugins),
    ("licences", deny),
    ("advisories", advisories),
    ("test", test),
];

fn outcome_of_needs(mut missing: Vec<String>, engine: Option<&anyhow::Error>) -> Outcome {
    missing.extend(engine.map(|error| format!("{error:#}")));
    if missing.is_empty() { Outcome::Passed } else { Outcome::Skipped(missing.join("; ")) }
}

fn format(workspace: &Workspace) -> Outcome {
    if !needs::cargo_has(workspace, "fmt") {
        return Outcome::Skipped("rustfmt is missing (rustup component add rustfmt)".to_owned());
    }
    outcome(process::run(workspace.cargo().args(["fmt", "--all", "--check"])))
}

/// The generator and the components that are misused too: the tests find them built.
fn build(workspace: &Workspace) -> Outcome {
    let built = host::build(workspace)
        .and_then(|()| plugins::build_for_tests(workspace))
        .and_then(|()| demo_image::build(workspace).map(drop));
    outcome(built)
}

fn examples(workspace: &Workspace) -> Outcome {
    match examples::build(workspace) {
        Ok(left_out) if left_out.is_empty() => Outcome::Passed,
        Ok(left_out) => Outcome::Skipped(left_out.join("; ")),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn lint(workspace: &Workspace) -> Outcome {
    if !needs::cargo_has(workspace, "clippy") {
        return Outcome::Skipped("clippy is missing (rustup component add clippy)".to_owned());
    }
    let clippy = ["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"];
    outcome(process::run(workspace.cargo().args(clippy)))
}

/// The plugins' glue exists only on their own target, so the lint above does not see it.
fn lint_plugins(workspace: &Workspace) -> Outcome {
    if !matches!(plugins::library(), Ok(wasm_std::WasmStd::Ready { .. })) || !needs::cargo_has(workspace, "clippy") {
        return Outcome::Skipped(format!("it takes clippy and a ready standard library for {}", wasm_std::TARGET));
    }
    let lint = || {
        let mut clippy = workspace.cargo();
        clippy.args(["clippy", "--lib", "--profile", "component", "--target", wasm_std::TARGET, "--target-dir"]);
        clippy.arg(workspace.target("plugins"));
        for name in workspace.plugins()? {
            clippy.arg("--package").arg(format!("foghorn-{name}"));
        }
        for name in workspace.test_plugins()? {
            clippy.arg("--package").arg(format!("foghorn-test-{name}"));
        }
        for name in workspace.examples()? {
            if workspace.example(&name).join("Cargo.toml").is_file() {
                clippy.arg("--package").arg(format!("foghorn-example-{name}"));
            }
        }
        process::run(clippy.args(["--", "-D", "warnings"]))
    };
    outcome(lint())
}

fn deny(workspace: &Workspace) -> Outcome {
    if !needs::on_path("cargo-deny") {
        return Outcome::Skipped(NO_DENY.to_owned());
    }
    outcome(process::run(workspace.cargo().args([
        "deny",
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ])))
}

/// Apart from the licences, because it needs the network.
fn advisories(workspace: &Workspace) -> Outcome {
    if !needs::on_path("cargo-deny") {
        return Outcome::Skipped(NO_DENY.to_owned());
    }
    let fetch = process::run_within(workspace.cargo().args(["deny", "--log-level", "off", "fetch", "db"]), FETCH_LIMIT);
    if fetch.is_err() {
        return Outcome::Skipped("the advisory database cannot be fetched from here".to_owned());
    }
    outcome(process::run(workspace.cargo().args([
        "deny",
        "--log-level",
        "error",
        "check",
        "--disable-fetch",
        "advisories",
    ])))
}

/// Packages that make components, and so switch on features of crates that wasmtime uses too.
const ENCODERS: [&str; 2] = ["xtask", "foghorn-tests"];

/// In two halves: tested in one go with the packages that make components, wasmtime would be compiled a second time, because
/// cargo would give it what they ask of the crates they share.
fn test(workspace: &Workspace) -> Outcome {
    let test = |chosen: &mut dyn Iterator<Item = &'static str>| {
        process::run(workspace.cargo().args(["test", "--release", "--no-fail-fast"]).args(chosen))
    };
    let rest = test(&mut ["--workspace"].into_iter().chain(ENCODERS.into_iter().flat_map(|name| ["--exclude", name])));
    // One after the other: end-to-end tests live by the clock, and a replay beside them stalls the containers they watch.
    let in_turn = ["--", "--test-threads=1"];
    let encoders = test(&mut ENCODERS.into_iter().flat_map(|name| ["--package", name]).chain(in_turn));
    outcome(rest.and(encoders))
}

fn outcome(result: Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Passed,
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}
