//! Log lines that attack the reader's browser. None may arrive as anything but text, wherever log text is shown.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use foghorn_dashboard::view::{AlertCard, ContainerPlugins, Line, Plugins, ShadowPhase, TermKind};
use foghorn_dashboard::{Options, Refusal, router};

use crate::fake::{Fake, FakeControl, shared};
use crate::harness::{PATHS, ask, dashboard, get, request};

const CORPUS: &str = include_str!("../../../tests/data/hostile.txt");

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

/// The shop, with `attack` wherever text comes from logs or from the engine.
fn attacked(attack: &str) -> Fake {
    let mut fake = Fake::shop();
    let poison = |lines: &mut Vec<Line>| lines.iter_mut().for_each(|line| line.text = attack.into());
    let poison_card = |card: &mut AlertCard| {
        card.reason = attack.into();
        poison(&mut card.lines);
    };
    for alert in &mut fake.alerts {
        poison_card(&mut alert.card);
        poison(&mut alert.lines);
        for term in alert.terms.iter_mut().filter(|term| term.kind != TermKind::Column) {
            term.text = attack.into();
        }
        alert.normal.iter_mut().for_each(|normal| poison(&mut normal.lines));
    }
    for container in &mut fake.containers {
        container.alerts.iter_mut().for_each(poison_card);
        container.pipeline.settings[0].value = attack.into();
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

/// The markup without the one attribute that holds text from logs; in it, a quote mark would be its end.
fn without_texts(markup: &str) -> String {
    let mut parts = markup.split("data-marks=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').map_or("", |(_, rest)| rest))
}

/// Tags and attributes of a page without any text: what the browser would act on.
fn markup(page: &str) -> String {
    page.split('<').skip(1).map(|rest| format!("<{}>", rest.split('>').next().unwrap_or(""))).collect()
}

#[tokio::test]
async fn an_attack_changes_no_markup_and_stays_readable() {
    let attacks = attacks();
    assert!(attacks.len() > 15);
    for path in PATHS.into_iter().filter(|path| !path.starts_with("/api") && !path.ends_with(".csv")) {
        let plain = markup(&get(&dashboard(attacked("plain")), path).await.text);
        for attack in &attacks {
            let page = get(&dashboard(attacked(attack)), path).await.text;
            // Marks follow the words, so they may differ; nothing else may.
            let without_marks = |markup: &str| markup.replace("<mark>", "").replace("</mark>", "");
            let stable = |markup: &str| without_texts(&without_marks(markup)).replace(char::is_numeric, "");
            assert_eq!(stable(&markup(&page)), stable(&plain), "{attack:?} on {path}");
        }
    }
}

#[tokio::test]
async fn no_unseen_character_leaves_the_dashboard() {
    for attack in attacks() {
        let router = dashboard(attacked(&attack));
        for path in PATHS {
            // The end of a row, as the format has it.
            let text = get(&router, path).await.text.replace("\r\n", "\n");
            let unseen = text.chars().find(|&c| {
                (c.is_control() && c != '\n' && c != '\t')
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            });
            assert_eq!(unseen, None, "{attack:?} on {path}");
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
