//! One run from beginning to end: normal load, quiet time, the faults one after another, the judgement.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::fault::{Fault, Scene};
use super::load::Load;
use super::page::{self, Row};
use super::score::{self, Period, Verdict};
use super::sighting::Sighting;
use super::stage::{Service, Stage};
use super::stored::{self, Line, Window};
use super::timeline::{Injected, Timeline};
use super::upkeep::Upkeep;
use super::watchman::{Watchman, now_ms};
use super::{Options, image, record};
use crate::api::AlertCard;
use crate::workspace::Workspace;

/// How often a fault is renewed while it lasts, where it is one that passes by itself.
const RENEW: Duration = Duration::from_secs(10);
/// Beyond the window: time to score it and to look.
const GRACE_MS: u64 = 3_000;
/// Beyond the normal minutes, for services that say little.
const LEARN_MORE: Duration = Duration::from_secs(900);

/// Everything that a service has left in the store.
type Stored = Vec<(Service, Vec<Line>, Vec<Window>)>;

pub(super) fn run(workspace: &Workspace, options: &Options, faults: &[&'static Fault]) -> Result<()> {
    let stage = Stage::set(image::ensure(workspace)?)?;
    let load = Load::start(stage.address()?);
    let upkeep = Upkeep::start();
    let flags = options.flags();
    let mut watchman = Watchman::start(workspace, &flags)?;

    let timeline = play(options, faults, &mut watchman, &Scene { stage: &stage, load: &load })?;
    drop((upkeep, load));
    let alerts = watchman.alerts()?;
    let sightings = watchman.sightings();
    let stored = read(&watchman)?;
    if let Some(path) = &options.record {
        let lines: Vec<_> = stored.iter().map(|(service, lines, _)| (*service, lines.clone())).collect();
        record::write(path, &timeline, &lines)?;
        say(&format!("the labelled lines are in {}", path.display()));
    }

    let grace_ms = options.window_age().as_millis() as u64 + GRACE_MS;
    let rows: Vec<Row> = timeline
        .faults
        .iter()
        .map(|injected| {
            let verdict = score::verdict(injected.period, grace_ms, injected.fault.signs, &sightings);
            Row {
                injected: *injected,
                verdict,
                alert: told(injected, verdict, &sightings),
                why: why(injected, &stored),
            }
        })
        .collect();
    let false_alarms = score::new_alerts(timeline.quiet, &sightings);
    let late: usize = timeline
        .faults
        .iter()
        .map(|injected| Period { begin_ms: injected.period.end_ms + grace_ms, ..injected.rest })
        .map(|rest| score::new_alerts(rest, &sightings).len())
        .sum();
    let result = tell(options, &flags, &timeline, &rows, &false_alarms, late, &alerts);
    println!("{result}");
    if options.write {
        page::write(&workspace.root().join(page::PAGE), &result)?;
    }
    Ok(())
}

fn play(options: &Options, faults: &[&'static Fault], watchman: &mut Watchman, scene: &Scene<'_>) -> Result<Timeline> {
    let begin_ms = now_ms();
    say(&format!("normal load for {} minutes; cycles of each service so far:", options.minutes_normal));
    let normal = Duration::from_secs(options.minutes_normal * 60);
    watchman.wait_until_learned(normal + LEARN_MORE)?;
    let learned = Duration::from_millis(now_ms() - begin_ms);
    thread::sleep(normal.saturating_sub(learned));
    let normal = Period { begin_ms, end_ms: now_ms() };
    say(&format!("all learned after {:.1} minutes; quiet for {} minutes", normal.minutes(), options.minutes_quiet));
    let quiet = period(Duration::from_secs(options.minutes_quiet * 60), || Ok(()))?;
    // One that cannot be injected is left out, so that it does not cost the hour.
    let inject =
        |fault: &&'static Fault| inject(options, fault, scene).inspect_err(|error| say(&format!("{error:#}"))).ok();
    Ok(Timeline { normal, quiet, faults: faults.iter().filter_map(inject).collect() })
}

fn inject(options: &Options, fault: &'static Fault, scene: &Scene<'_>) -> Result<Injected> {
    say(&format!("{}: {}", fault.name, fault.what));
    let begin_ms = now_ms();
    let lasted = (fault.begin)(scene)
        .and_then(|()| period(Duration::from_secs(options.fault_seconds), || (fault.during)(scene)))
        .with_context(|| format!("cannot inject {}, it is left out", fault.name));
    (fault.heal)(scene).with_context(|| format!("cannot heal {}, it is left out", fault.name))?;
    let period_of_fault = Period { begin_ms, ..lasted? };
    let rest = period(Duration::from_secs(options.rest_seconds), || Ok(()))?;
    Ok(Injected { fault, period: period_of_fault, rest: Period { begin_ms: period_of_fault.end_ms, ..rest } })
}

/// Waits, and acts every now and then.
fn period(length: Duration, act: impl Fn() -> Result<()>) -> Result<Period> {
    let begin_ms = now_ms();
    let end_ms = begin_ms + length.as_millis() as u64;
    loop {
        let left = Duration::from_millis(end_ms.saturating_sub(now_ms()));
        thread::sleep(left.min(RENEW));
        if left <= RENEW {
            return Ok(Period { begin_ms, end_ms: now_ms() });
        }
        act()?;
    }
}

fn read(watchman: &Watchman) -> Result<Stored> {
    let read = |service| {
        let lines = stored::lines(&watchman.history("export", service)?)?;
        Ok((service, lines, stored::windows(&watchman.history("windows", service)?)?))
    };
    Service::ALL.into_iter().map(read).collect()
}

/// The alert as it was when it was seen.
fn told(injected: &Injected, verdict: Verdict, sightings: &[Sighting]) -> Option<(String, String, String)> {
    let (Verdict::Found { alert, after_ms } | Verdict::Joined { alert, after_ms }) = verdict else { return None };
    let at_ms = injected.period.begin_ms + after_ms;
    let seen = sightings.iter().find(|seen| seen.alert == alert && seen.at_ms == at_ms)?;
    Some((seen.service.name().to_owned(), seen.severity.clone(), seen.reason.clone()))
}

/// What the host saw of a fault that it may have missed.
fn why(injected: &Injected, stored: &Stored) -> String {
    let of = |service: &Service| {
        let (_, lines, windows) = stored.iter().find(|(of, ..)| of == service)?;
        Some(match stored::score_max(injected.period, lines, windows) {
            Some(score) => format!("{} at most {score:.2} of the threshold", service.name()),
            None => format!("{} silent, nothing to score", service.name()),
        })
    };
    injected.fault.signs.iter().filter_map(of).collect::<Vec<_>>().join("; ")
}

fn tell(
    options: &Options,
    flags: &[String],
    timeline: &Timeline,
    rows: &[Row],
    false_alarms: &[u64],
    late: usize,
    alerts: &[AlertCard],
) -> String {
    let container_minutes = timeline.quiet.minutes() * Service::ALL.len() as f64;
    let mut told = format!(
        "{}\n\nQuiet time: {:.0} minutes of {} services, {container_minutes:.0} container-minutes, {} false alarms.",
        page::summary(rows),
        timeline.quiet.minutes(),
        Service::ALL.len(),
        false_alarms.len()
    );
    for alert in alerts.iter().filter(|alert| false_alarms.contains(&alert.id)) {
        told += &format!("\n- {} ({}): {}", page::service(&alert.identity), alert.severity, page::cell(&alert.reason));
    }
    told += &format!("\n\n{}\n", page::table(rows));
    told += &format!(
        "In the pauses after faults, while services recovered, {late} more alerts came; they are counted as neither.\n\n\
         Settings: {:.1} minutes of normal load, {} s for each fault, {} s of rest; `foghorn run {}`, all else as it is by default.",
        timeline.normal.minutes(),
        options.fault_seconds,
        options.rest_seconds,
        flags.join(" ")
    );
    told
}

fn say(text: &str) {
    eprintln!("faults: {text}");
}
