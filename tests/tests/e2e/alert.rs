//! The main promise: a failure never logged before raises one alert that says why, and nothing else does.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use foghorn_test_servers::{influx, redis};
use foghorn_tests::cast::{self, Player};
use foghorn_tests::host::{Host, binary};
use foghorn_tests::{browser, wait};
use jiff::Timestamp;
use xtask::api::{self, AlertCard, State};

const WINDOW: Duration = Duration::from_secs(2);
const SETTINGS: [&str; 6] = [
    "--window-age=2s",
    "--train-interval=16s",
    "--train-windows-min=8",
    "--retrain-interval=60s",
    "--resolve-after=60s",
    // Of a model that saw 40 windows only what is far out is asked: the failure is, a machine that stalls is not.
    "--set=thresholds.alerts_per_week=0.01",
];
/// Standard output is the host's log here.
const NOTICES: &str = "[[sink]]\nname = 'out'\nkind = 'stdout'\n[[route]]\nseverity = 'info'\nsinks = ['out']\n";
const LEARNED_LIMIT: Duration = Duration::from_secs(240);
const ALERT_LIMIT: Duration = Duration::from_secs(30);
/// Long enough for further, wrong alerts to come.
const AFTERMATH: Duration = Duration::from_secs(12);

#[test]
fn a_failure_never_logged_before_raises_one_alert_that_says_why() {
    if cast::has_engine() {
        promise_holds(&[]);
    }
}

#[test]
fn it_does_so_on_redis_and_influxdb() {
    if !cast::has_engine() || !redis::available() || !influx::available() {
        return;
    }
    let (redis, influx) = (redis::Redis::start().unwrap(), influx::Influx::start().unwrap());
    let (redis_url, influx_url) = (redis.url(), influx.url());
    let bucket = influx.database();
    promise_holds(&["--redis-url", &redis_url, "--influx-url", &influx_url, "--influx-bucket", bucket]);
    for (measurement, field) in [("line", "seq"), ("window", "score"), ("alert", "id"), ("training", "windows")] {
        let stored = influx.query(&format!("SELECT count(\"{field}\") FROM foghorn_{measurement}")).unwrap();
        assert!(stored.contains(&format!("foghorn_{measurement}")), "{measurement} points are there: {stored}");
    }
    let keys = redis.cli(&["--scan"]).unwrap();
    // Containers of other tests carry other numbers.
    let ours = format!("-{}-", std::process::id());
    let streams = keys.lines().filter(|key| key.starts_with("foghorn:lines:") && key.contains(&ours));
    assert_eq!(streams.count(), 2, "a stream a container: {keys}");
}

/// The story, on a host with further settings.
fn promise_holds(settings: &[&str]) {
    let settings = [&SETTINGS, settings].concat();
    let web = Player::start("web", &["--seed", "11", "--rate", "40"]).unwrap();
    let worker = Player::start("worker", &["--seed", "12", "--rate", "40"]).unwrap();
    let data = tempfile::tempdir().unwrap();
    let config = data.path().join("foghorn.toml");
    std::fs::write(&config, NOTICES).unwrap();
    let config = format!("--config={}", config.display());
    let host = Host::start(&data.path().join("data"), &[settings.as_slice(), &[config.as_str()]].concat()).unwrap();

    learn_without_predicting(&host, [web.name(), worker.name()]);
    thread::sleep(5 * WINDOW);
    assert_eq!(host.alerts_of(web.name()).unwrap(), [], "nothing has gone wrong yet");

    web.trouble("database", 5).unwrap();
    let alert = wait::until("an alert", ALERT_LIMIT, || Ok(host.alerts_of(web.name())?.pop())).unwrap();
    let page = browser::open(&format!("http://{}/", host.address())).unwrap();
    thread::sleep(AFTERMATH);

    let alerts = host.alerts_of(web.name()).unwrap();
    assert_eq!(alerts.len(), 1, "one failure, one alert: {alerts:#?}");
    assert_eq!(host.alerts_of(worker.name()).unwrap(), [], "the other container is well");
    says_why(&alerts[0]);
    came_within_two_windows(&alerts[0], &web);
    if let Some(page) = page {
        assert!(page.document.contains(web.name()) && page.document.contains(worker.name()), "{}", page.document);
        assert!(page.document.contains(&format!("/alerts/{}", alert.id)), "{}", page.document);
        assert_eq!(page.complaints, [] as [&str; 0]);
    }
    is_computed_again_and_told(&host, &data.path().join("data"), alert.id);
    host.stop().unwrap();
}

/// A second process comes to the same bits; what a person says acts at once; and all of it is told.
fn is_computed_again_and_told(host: &Host, data: &Path, id: u64) {
    let foghorn = |words: &[&str]| {
        let mut command = Command::new(binary().unwrap());
        let output = command.arg("alert").args(words).arg("--data-dir").arg(data).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?}: {text}");
        text
    };
    let (number, file) = (id.to_string(), data.with_extension("gz"));
    let file = file.to_str().unwrap();
    assert!(foghorn(&["replay", &number]).contains("the same, bit for bit"));
    foghorn(&["export", &number, "--output", file]);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary().unwrap());
    let output =
        command.args(["alert", "replay", "--file", file, "--data-dir"]).arg(elsewhere.path()).output().unwrap();
    assert!(output.status.success(), "another machine: {}", String::from_utf8_lossy(&output.stderr));
    foghorn(&["label", &number, "normal"]);
    assert!(foghorn(&["show", &number]).contains("label        normal"));
    for say in ["opened", "resolved"] {
        wait::until("the notice", ALERT_LIMIT, || Ok(foghorn(&["deliveries", &number]).contains(say).then_some(())))
            .unwrap();
        let said = format!("\"say\":\"{say}\",\"alert\":{id},");
        wait::until("it to arrive", ALERT_LIMIT, || Ok(host.log_holds(&said)?.then_some(()))).unwrap();
    }
}

/// Waits until both are watched; until then no window of theirs may carry a score.
fn learn_without_predicting(host: &Host, names: [&str; 2]) {
    wait::until("both containers to be learned", LEARNED_LIMIT, || {
        let cards = host.containers()?;
        let cards: Vec<_> = names.iter().filter_map(|name| api::named(&cards, name)).collect();
        for card in &cards {
            if let State::Learning { done, needed } = card.state {
                assert_eq!(needed, 5, "five cycles are the default");
                assert!(done < needed, "{card:?}");
                assert_eq!(card.scores, 0, "scored while it learns: {card:?}");
            }
        }
        Ok((cards.len() == 2 && cards.iter().all(|card| card.state == State::Watching)).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error:#}\n{}", host.log_end()));
}

/// Of the strangest window lines are shown; one of the two that only the failure writes must be among them.
fn says_why(alert: &AlertCard) {
    let is_of_failure = |line: &String| line.contains("Connection refused") || line.contains("/checkout");
    assert!(alert.lines.iter().any(is_of_failure), "the new lines are shown: {alert:#?}");
}

/// The alert's first window is the one with the first bad line, or the next.
fn came_within_two_windows(alert: &AlertCard, player: &Player) {
    let first = player.first_said("Connection refused").unwrap().expect("the trouble was logged");
    let first: Timestamp = first.parse().unwrap();
    let opened: Timestamp = alert.opened.parse().unwrap();
    let late = opened.duration_since(first);
    assert!(late <= WINDOW.try_into().unwrap(), "opened at {opened}, first bad line at {first}");
    assert!(late >= -jiff::SignedDuration::from_secs(2), "opened at {opened} before the first bad line at {first}");
}
