//! What each page says.

use axum::http::StatusCode;
use foghorn_dashboard::view::{Check, State};

use crate::fake::Fake;
use crate::harness::{PATHS, assert_says, dashboard, get};

#[tokio::test]
async fn every_page_is_there() {
    let router = dashboard(Fake::shop());
    for path in PATHS {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_open_alert_can_be_read_without_a_click() {
    let page = get(&dashboard(Fake::shop()), "/").await.text;
    assert_says(
        &page,
        &["2 open alerts", "critical", "shop/payment", "on <bdi>harbor", "12 min ago", "7 windows", "2.31"],
    );
    assert_says(&page, &["never seen in 1,204 windows", "circuit breaker gateway: closed -&#62; open", "attempt 2"]);
    assert!(!page.contains("attempt 3"), "three lines are enough on a card");
    assert!(page.find("shop/payment") < page.find("shop/search"), "the worst comes first");
    assert!(!page.contains("migration"), "a resolved alert is not open");
}

#[tokio::test]
async fn containers_show_their_state_and_their_scores_against_the_threshold() {
    let page = get(&dashboard(Fake::shop()), "/").await.text;
    assert_says(&page, &["learning 3 of 5", "ready about", "for 41 min", "stopped", "no readable log"]);
    assert_says(&page, &["log driver syslog keeps no readable log; use json-file", "1,312", "class=\"threshold\""]);
    assert_says(&page, &["3 watching · 1 learning · 1 silent · 1 stopped · 1 unreadable", "where 1 is the threshold"]);
}

#[tokio::test]
async fn a_fresh_host_says_what_to_do() {
    let router = dashboard(Fake::empty());
    assert_says(&get(&router, "/").await.text, &["All quiet", "No containers yet", "foghorn.enable=false"]);
    assert_says(&get(&router, "/alerts").await.text, &["No alert was ever raised"]);
}

#[tokio::test]
async fn a_failed_check_stands_above_everything_else() {
    let mut fake = Fake::shop();
    let detail = "cannot connect to /var/run/docker.sock: permission denied; add this user to the group docker";
    fake.checks.push(Check { name: "docker engine".into(), good: false, detail: detail.into() });
    let router = dashboard(fake);
    let page = get(&router, "/").await.text;
    assert!(page.find("Foghorn needs help") < page.find("2 open alerts"));
    assert_says(&page, &[detail]);
    let ready = get(&router, "/readyz").await;
    assert_eq!(
        (ready.status, ready.text),
        (StatusCode::SERVICE_UNAVAILABLE, format!("not ready\ndocker engine: {detail}\n"))
    );
}

#[tokio::test]
async fn a_container_page_shows_cycles_with_reasons_windows_and_pipeline() {
    let page = get(&dashboard(Fake::shop()), "/containers/harbor/shop/payment").await.text;
    assert_says(&page, &["generation 9 from 479 windows", "12 windows found, 20 are needed", "3,412"]);
    assert_says(
        &page,
        &[
            "<bdi>tfidf</bdi>@0.1.0",
            "<bdi>rules</bdi>@1.2.0",
            "<bdi>adaptive</bdi>@0.1.0",
            "aaaaaaaaaaaa</code>",
            "window_lines",
            "label",
        ],
    );
    assert_says(&page, &["href=\"/windows/10000/harbor/shop/payment\"", "href=\"/alerts/42\"", "0.61"]);
}

#[tokio::test]
async fn a_learning_container_says_that_nothing_is_scored_yet() {
    let page = get(&dashboard(Fake::shop()), "/containers/harbor/shop/queue").await.text;
    assert_says(&page, &["learning 3 of 5", "Nothing is scored before", "not scored"]);
}

#[tokio::test]
async fn an_alert_page_marks_the_terms_and_carries_its_receipt() {
    let page = get(&dashboard(Fake::shop()), "/alerts/42").await.text;
    assert_says(&page, &["<mark>refused</mark>", "<mark>gateway</mark>", "never seen before", "in 3 of 1,204 windows"]);
    assert_says(&page, &["46 %", "class=\"band\"", "5c1e77a09b3d2f48", "0.611", "iforest@0.1.0", "Since"]);
    assert!(!page.contains("Resolved</dt>"), "it is still open");
    assert_says(&page, &["window would score <strong>0.58</strong>", "taken out"]);
    assert_says(&page, &["Nearest normal window", "score 0.31", "96 lines, the first 1 shown", "accepted by gateway"]);
    assert_says(&get(&dashboard(Fake::shop()), "/alerts/17").await.text, &["Resolved</dt>", "named no single term"]);
}

#[tokio::test]
async fn the_alert_list_holds_resolved_ones_and_pages_by_id() {
    let router = dashboard(Fake::shop());
    let first = get(&router, "/alerts").await.text;
    assert_says(&first, &["migration &#60;n&#62; applied", "status resolved", "status open", "3 alerts"]);
    let second = get(&router, "/alerts?before=43").await.text;
    assert!(second.contains("\"/alerts/42\"") && !second.contains("\"/alerts/43\""));
}

#[tokio::test]
async fn the_alert_list_is_narrowed_by_what_is_asked() {
    let router = dashboard(Fake::shop());
    let shown = async |query: &str| {
        let page = get(&router, &format!("/alerts?{query}")).await.text;
        ["/alerts/42\"", "/alerts/43\"", "/alerts/17\""].map(|alert| page.contains(alert))
    };
    assert_eq!(shown("q=PAYMENT").await, [true, false, false]);
    assert_eq!(shown("q=rebalanced").await, [false, true, false]);
    assert_eq!(shown("state=resolved").await, [false, false, true]);
    assert_eq!(shown("state=open&severity=critical&label=none").await, [true, false, false]);
    assert_eq!(shown("label=normal").await, [false, false, true]);
    assert_eq!(shown("state=ajar&severity=&q=").await, [true; 3]);
    let none = get(&router, "/alerts?q=%3Cb%3E&state=open").await.text;
    assert_says(&none, &["None of that kind", "value=\"&#60;b&#62;\"", "option value=\"open\" selected"]);
    assert_says(&none, &["hx-get=\"/fragments/alert-table?q=%3Cb%3E&#38;state=open\"", "/alerts.csv?q=%3Cb%3E"]);
    let table = get(&router, "/alerts.csv?state=resolved").await.text;
    assert_eq!((table.lines().count(), table.contains("migration")), (2, true));
    let listing = get(&router, "/api/v1/alerts?state=open&before=43").await.text;
    assert_says(&listing, &["\"total\":2", "\"id\":42"]);
}

#[tokio::test]
async fn a_container_has_what_is_wrong_above_its_trend_and_live_update_brings_both() {
    let router = dashboard(Fake::shop());
    let page = get(&router, "/containers/harbor/shop/payment").await.text;
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what} in {page}"));
    assert!(at("1 open alert") < at("id=\"trend\"") && at("id=\"trend\"") < at("id=\"windows-heading\""));
    let part = get(&router, "/fragments/container/harbor/shop/payment").await.text;
    assert_says(&part, &["id=\"container-head\" hx-swap-oob=\"innerHTML\"", "1 open alert", "id=\"windows-heading\""]);
}

#[tokio::test]
async fn lines_that_are_left_out_are_counted_where_they_stood() {
    let page = get(&dashboard(Fake::shop()), "/alerts/42").await.text;
    assert_says(&page, &["56 lines left out", "href=\"/logs/harbor/shop/payment?line=10002#l10002\""]);
    assert!(page.find("56 lines left out") > page.find("line=10006#l10006"), "before the last one");
}

#[tokio::test]
async fn what_does_not_exist_gets_a_page_that_says_so() {
    let router = dashboard(Fake::shop());
    for (path, title) in [
        ("/nowhere", "Nothing here"),
        ("/containers/harbor/ghost", "No such container"),
        ("/windows/1/harbor/shop/web", "No such window"),
        ("/windows/x/harbor/shop/web", "No such window"),
        ("/alerts/99", "No such alert"),
        ("/alerts/%3Cscript%3E", "No such alert"),
    ] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_says(&answer.text, &[title, "Back to the overview"]);
    }
    assert_says(&get(&router, "/api/v1/alerts/99").await.text, &[r#""error":"No such alert""#]);
}

#[tokio::test]
async fn a_failed_read_tells_the_browser_nothing_of_its_cause() {
    let mut fake = Fake::shop();
    fake.is_broken = true;
    let answer = get(&dashboard(fake), "/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_says(&answer.text, &["This page could not be made"]);
    assert!(!answer.text.contains("secret"));
}

#[tokio::test]
async fn an_identity_of_odd_characters_has_a_link_that_works() {
    let mut fake = Fake::shop();
    let identity = "harbor/a b?c#d%25\"<é";
    fake.containers[0].card.identity = identity.into();
    fake.containers[0].card.state = State::Watching;
    let router = dashboard(fake);
    let page = get(&router, "/").await.text;
    let link = "/containers/harbor/a%20b%3Fc%23d%2525%22%3C%C3%A9";
    assert_says(&page, &[&format!("href=\"{link}\"")]);
    assert_eq!(get(&router, link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn health_is_text_and_the_api_is_json_of_the_same_reads() {
    let router = dashboard(Fake::shop());
    assert_eq!(get(&router, "/healthz").await.text, "ok\n");
    assert_eq!(get(&router, "/readyz").await.text, "ready\n");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let containers = json(&get(&router, "/api/v1/containers").await.text);
    assert_eq!(containers["total"], 7);
    assert_eq!(containers["rows"][4]["state"]["cycles_done"], 3);
    let alerts = json(&get(&router, "/api/v1/alerts").await.text);
    assert_eq!(alerts["rows"][0]["severity"], "warning");
    assert_eq!(json(&get(&router, "/api/v1/status").await.text)["host"], "harbor");
}

#[tokio::test]
async fn the_first_page_of_200_containers_is_under_280_kb() {
    let page = get(&dashboard(Fake::many()), "/").await.text;
    assert!(page.contains("worker-192"));
    assert!(page.len() < 280_000, "{} bytes", page.len());
}

#[tokio::test]
async fn what_happened_to_plugins_is_told_on_their_page_and_on_the_containers() {
    let router = dashboard(Fake::shop());
    let page = get(&router, "/plugins").await.text;
    assert_says(&page, &["rolled back", "far too many: alarms in 5 of 5 windows", "host</span>"]);
    let page = get(&router, "/containers/harbor/shop/payment").await.text;
    assert_says(&page, &["plugin switched", "instead of iforest@0.1.0"]);
}
