//! Log lines that attack the reader's browser, spreadsheet or scripts. None may arrive as anything but text, wherever text is shown that
//! comes from logs, plugins, engines, receivers or people.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use foghorn_dashboard::view::*;
use foghorn_dashboard::{Options, Refusal, router};
use serde_json::Value;

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{PATHS, ask, dashboard, get, request};

const CORPUS: &str = include_str!("../../../tests/data/hostile.txt");
/// What is for programs and not in [`PATHS`].
const TEXTS: [&str; 3] = ["/readyz", "/metrics", "/api/v1/mutes"];
/// All words that the script is told.
const KINDS: [&str; 3] = ["training", "failure", "plugin"];

/// Beside control characters. Written down here too, so that a gap in the dashboard's list is found.
const UNSEEN: [RangeInclusive<char>; 18] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// One attack a line, with `\e`, `\r`, `\n` and `\u{…}` written out.
fn attacks() -> Vec<String> {
    let decode = |line: &str| {
        let mut text = line.replace("\\e", "\u{1b}").replace("\\r", "\r").replace("\\n", "\n");
        while let Some(start) = text.find("\\u{") {
            let end = start + text[start..].find('}').unwrap();
            let c = char::from_u32(u32::from_str_radix(&text[start + 3..end], 16).unwrap()).unwrap();
            text.replace_range(start..=end, c.encode_utf8(&mut [0; 4]));
        }
        text
    };
    CORPUS.lines().filter(|line| !line.is_empty()).map(decode).collect()
}

/// The shop, with `attack` wherever text comes from logs or plugins.
fn attacked(attack: &str) -> Fake {
    let mut fake = Fake::shop();
    let poison = |lines: &mut Vec<Line>| lines.iter_mut().for_each(|line| line.text = attack.into());
    let poison_card = |card: &mut AlertCard| {
        card.reason = attack.into();
        poison(&mut card.lines);
    };
    for alert in &mut fake.alerts {
        poison_card(&mut alert.card);
        alert.lines.iter_mut().for_each(|numbered| numbered.line.text = attack.into());
        for term in alert.terms.iter_mut().filter(|term| term.kind != TermKind::Column) {
            term.text = attack.into();
        }
        alert.normal.iter_mut().for_each(|normal| poison(&mut normal.lines));
    }
    for container in &mut fake.containers {
        container.cycles.iter_mut().for_each(|cycle| {
            if let CycleOutcome::Failed { reason } = &mut cycle.outcome {
                *reason = attack.into();
            }
        });
        container.alerts.iter_mut().for_each(poison_card);
        container.pipeline.settings[0].value = attack.into();
        container.pipeline.plugins.model.notes = vec![attack.into()];
        poison_choice(&mut container.pipeline.plugins, attack);
        container.events.iter_mut().for_each(|event| event.text = attack.into());
    }
    fake.plugins.events.iter_mut().for_each(|event| (event.kind, event.text) = (attack.into(), attack.into()));
    poison_catalogue(&mut fake.plugins, attack);
    fake.windows.iter_mut().for_each(|(_, window)| poison(&mut window.lines));
    fake
}

fn poison_choice(chosen: &mut ContainerPlugins, attack: &str) {
    let slot = &mut chosen.slots[1];
    for text in [&mut slot.plugin.name, &mut slot.plugin.plugin_version, &mut slot.wanted] {
        *text = attack.into();
    }
    slot.note = slot.note.as_ref().map(|_| attack.into());
    if let Some(shadow) = &mut chosen.shadow {
        shadow.candidate.name = attack.into();
        if let ShadowPhase::Failed { reason } = &mut shadow.phase {
            *reason = attack.into();
        }
    }
}

fn poison_catalogue(plugins: &mut Plugins, attack: &str) {
    plugins.directory = Some(attack.into());
    for known in &mut plugins.known {
        for text in [&mut known.plugin.name, &mut known.plugin.plugin_version, &mut known.summary, &mut known.source] {
            *text = attack.into();
        }
        known.contract = attack.into();
        known.imports = vec![attack.into()];
        if let Some(quarantine) = &mut known.quarantine {
            quarantine.reason = attack.into();
        }
    }
    for file in &mut plugins.refused {
        (file.path, file.reason) = (attack.into(), attack.into());
    }
}

/// The shop, with `attack` wherever text comes from outside at all.
fn besieged(attack: &str) -> Fake {
    let mut fake = attacked(attack);
    poison_told(&mut fake, attack);
    poison_names(&mut fake, attack);
    let label = attack.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    fake.metrics = format!("foghorn_lines_total{{container=\"{label}\"}} 1\n# EOF\n");
    fake
}

/// What the engine, receivers and people say.
fn poison_told(fake: &mut Fake, attack: &str) {
    let said = || attack.to_owned();
    fake.checks.push(Check { name: said(), good: false, detail: said() });
    fake.servers[0].detail = said();
    fake.mutes = vec![Mute { id: 7, container: said(), until: fake.now, reason: said() }];
    for alert in &mut fake.alerts {
        alert.signs.iter_mut().for_each(|sign| (sign.kind, sign.text) = (said(), said()));
        alert.deliveries.iter_mut().for_each(|delivery| (delivery.sink, delivery.answer) = (said(), said()));
        alert.suppressed.iter_mut().for_each(|held| held.reason = said());
        alert.terms.iter_mut().for_each(|term| term.change = term.change.as_ref().map(|_| said()));
        for plugin in alert.receipt.iter_mut().flat_map(|receipt| &mut receipt.plugins) {
            (plugin.name, plugin.plugin_version) = (said(), said());
        }
    }
    for container in &mut fake.containers {
        container.way = Some(Way::Engine { because: said() });
        if let State::Unreadable { reason } = &mut container.card.state {
            *reason = said();
        }
    }
}

/// The host and each container have a name that attacks.
fn poison_names(fake: &mut Fake, attack: &str) {
    let poison = |identity: &mut String| *identity = poisoned(identity, attack);
    fake.host = attack.into();
    fake.alerts.iter_mut().for_each(|alert| poison(&mut alert.card.identity));
    for container in &mut fake.containers {
        poison(&mut container.card.identity);
        poison(&mut container.pipeline.plugins.identity);
        container.alerts.iter_mut().for_each(|card| poison(&mut card.identity));
        container.events.iter_mut().filter_map(|event| event.container.as_mut()).for_each(poison);
    }
    fake.plugins.events.iter_mut().filter_map(|event| event.container.as_mut()).for_each(poison);
    fake.windows.iter_mut().for_each(|(owner, _)| poison(owner));
}

/// `harbor/shop/payment` with an attack at either end.
fn poisoned(identity: &str, attack: &str) -> String {
    format!("{attack}{}{attack}", identity.strip_prefix("harbor").unwrap())
}

/// The path by which the same is asked for once its name attacks.
fn poisoned_path(path: &str, attack: &str) -> String {
    let Some(start) = path.find("harbor/") else { return path.into() };
    let end = path.find('?').unwrap_or(path.len());
    format!("{}{}{}", &path[..start], encoded(&poisoned(&path[start..end], attack)), &path[end..])
}

/// As a part of a path.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The markup without what two attributes say in words: names of containers. In them, a quote mark would be their end.
fn without_texts(markup: &str) -> String {
    [" title=\"", " data-announce=\""].into_iter().fold(markup.to_owned(), |markup, attribute| {
        let mut parts = markup.split(attribute);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + attribute + part.split_once('"').map_or("", |(_, rest)| rest))
    })
}

/// Tags and attributes of a page without any text: what the browser would act on.
fn markup(page: &str) -> String {
    page.split('<').skip(1).map(|rest| format!("<{}>", rest.split('>').next().unwrap_or(""))).collect()
}

/// What must be the same whatever the attack. Marks follow the words, so they may differ; an address holds the attack encoded.
fn stable(page: &str, attack: &str) -> String {
    let without_marks = markup(page).replace("<mark>", "").replace("</mark>", "");
    without_texts(&without_marks).replace(&encoded(attack), "plain").replace(char::is_numeric, "")
}

/// What scripts get from an attribute, as they get it.
fn data(page: &str, attribute: &str) -> Vec<String> {
    let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    let unescape =
        |text: &str| escapes.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain));
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).map(|rest| unescape(rest.split('"').next().unwrap())).collect()
}

#[tokio::test]
async fn an_attack_changes_no_markup_and_stays_readable() {
    let attacks = attacks();
    assert!(attacks.len() > 35);
    let paths: Vec<_> = PATHS.into_iter().filter(|path| !path.starts_with("/api") && !path.ends_with(".csv")).collect();
    let mut plain = Vec::new();
    let router = dashboard(besieged("plain"));
    for path in &paths {
        plain.push(stable(&get(&router, &poisoned_path(path, "plain")).await.text, "plain"));
    }
    for attack in &attacks {
        let router = dashboard(besieged(attack));
        for (path, plain) in paths.iter().zip(&plain) {
            let page = get(&router, &poisoned_path(path, attack)).await;
            assert_eq!(page.status, StatusCode::OK, "{attack:?} on {path}");
            assert_eq!(&stable(&page.text, attack), plain, "{attack:?} on {path}");
        }
    }
}

#[tokio::test]
async fn an_attack_stays_out_of_what_scripts_parse() {
    for attack in attacks() {
        let router = dashboard(besieged(&attack));
        for path in ["/containers/harbor/shop/payment", "/fragments/trend/harbor/shop/payment?range=7d"] {
            let page = get(&router, &poisoned_path(path, &attack)).await.text;
            for attribute in ["data-trend", "data-marks"] {
                let values = data(&page, attribute);
                assert_eq!(values.len(), 1, "{attribute}, {attack:?} on {path}");
                let parsed: Vec<Vec<Value>> = serde_json::from_str(&values[0]).unwrap();
                assert!(!parsed.is_empty(), "{attribute}, {attack:?} on {path}");
                let is_short = |value: &Value| value.as_str().is_none_or(|kind| KINDS.contains(&kind));
                assert!(parsed.iter().flatten().all(is_short), "{attribute}, {attack:?} on {path}: {}", values[0]);
            }
        }
        for path in PATHS.into_iter().filter(|path| path.starts_with("/api")) {
            let json = get(&router, &poisoned_path(path, &attack)).await;
            assert_eq!(json.status, StatusCode::OK, "{attack:?} on {path}");
            serde_json::from_str::<Value>(&json.text).unwrap_or_else(|error| panic!("{attack:?} on {path}: {error}"));
        }
    }
}

#[tokio::test]
async fn no_unseen_character_leaves_the_dashboard() {
    for attack in attacks() {
        let router = dashboard(besieged(&attack));
        for path in PATHS.into_iter().chain(TEXTS) {
            // The end of a row, as the format has it.
            let text = get(&router, &poisoned_path(path, &attack)).await.text.replace("\r\n", "\n");
            assert_eq!(text.chars().find(is_unseen), None, "{attack:?} on {path}");
        }
    }
}

fn is_unseen(c: &char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || UNSEEN.iter().any(|range| range.contains(c))
}

#[tokio::test]
async fn an_attack_forges_no_line_of_a_text() {
    for attack in attacks() {
        let router = dashboard(besieged(&attack));
        let ready = get(&router, "/readyz").await;
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ready.text.lines().count(), 2, "{attack:?}: {}", ready.text);
        let metrics = get(&router, "/metrics").await.text;
        assert_eq!(metrics.lines().count(), 2, "{attack:?}: {metrics}");
    }
}

#[tokio::test]
async fn no_cell_is_a_formula_wherever_a_spreadsheet_ends_it() {
    for attack in attacks() {
        let table = get(&dashboard(besieged(&attack)), "/alerts.csv").await.text;
        for cell in table.split([',', ';', '\t', '\n']) {
            let begin = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
            assert!(!begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{attack:?}: {cell:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_quotes_an_attack_is_text() {
    let attack = "<img src=x onerror=alert(1)>\u{202e}";
    let control = FakeControl { refusal: Some(Refusal::Refused(attack.into())), ..FakeControl::default() };
    let router = router(shared(Fake::shop()), Arc::new(control), &Options::default());
    let form = [("origin", "http://localhost:8080"), ("content-type", "application/x-www-form-urlencoded")];
    let answer = ask(&router, request(Method::POST, "/plugins", &form)).await;
    let location = answer.headers["location"].to_str().unwrap();
    assert!(!location.contains("img"), "{location}");
    let body = Body::from("action=release&digest=%3Cscript%3E");
    let answer = ask(&router, request(Method::POST, "/plugins", &form).map(|_| body)).await;
    let page = get(&router, answer.headers["location"].to_str().unwrap().split('#').next().unwrap()).await.text;
    assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;‹U+202E›") && !page.contains("<img src=x"));
}

#[tokio::test]
async fn an_escape_sequence_is_shown_as_what_it_is() {
    let page = get(&dashboard(attacked("\u{1b}[2Jgone\u{202e}txt")), "/alerts/42").await.text;
    assert!(page.contains("␛[2Jgone‹U+202E›txt"));
}

#[tokio::test]
async fn a_line_of_64_kib_is_cut_in_lists_and_whole_on_its_window_page() {
    let line = "x".repeat(64 * 1024);
    let router = dashboard(attacked(&line));
    for path in ["/fragments/alerts", "/alerts", "/alerts/42"] {
        let page = get(&router, path).await.text;
        assert!(!page.contains(&"x".repeat(2_001)), "{path}");
    }
    assert!(get(&router, "/fragments/alerts").await.text.contains("65,236 more bytes"));
    let part = get(&router, "/fragments/window/10000/harbor/shop/payment").await.text;
    assert!(part.contains("63,536 more bytes") && !part.contains(&"x".repeat(2_001)));
    let window = get(&router, "/windows/10000/harbor/shop/payment").await.text;
    assert!(window.contains(&line) && window.contains("48 lines more"), "16 lines of 64 KiB fit one page");
}
