//! The trend, the log, templates, models and the system: as pages, as parts, as JSON.

use axum::http::StatusCode;
use serde_json::Value;

use crate::fake::Fake;
use crate::harness::{assert_says, dashboard, get};

const PAYMENT: &str = "harbor/shop/payment";

async fn json(path: &str) -> Value {
    let answer = get(&dashboard(Fake::shop()), path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

#[tokio::test]
async fn a_trend_is_drawn_with_links_to_the_lines_of_each_step() {
    let page = get(&dashboard(Fake::shop()), &format!("/containers/{PAYMENT}?range=1h")).await.text;
    assert_says(&page, &["aria-current=\"true\">1h", "range=24h#trend", "closer", "class=\"ribbon\""]);
    let trend = json(&format!("/api/v1/trends/{PAYMENT}?range=1h")).await;
    let steps = trend["points"].as_array().unwrap().len();
    assert!(steps > 20, "{steps}");
    assert_eq!(page.matches(&format!("href=\"/logs/{PAYMENT}?at=")).count(), steps);
}

#[tokio::test]
async fn a_span_without_windows_says_so() {
    let page = get(&dashboard(Fake::shop()), &format!("/containers/{PAYMENT}?from=1000&until=5000")).await.text;
    assert_says(&page, &["No window began in this span"]);
}

#[tokio::test]
async fn a_log_begins_at_its_end_and_goes_back_page_by_page() {
    let router = dashboard(Fake::shop());
    let page = get(&router, &format!("/logs/{PAYMENT}")).await.text;
    assert_says(
        &page,
        &["id=\"l1200\"", "id=\"l701\"", "?before=701\"", "sse-connect=\"/events/log/", "value=\"1200\""],
    );
    assert!(!page.contains("id=\"l700\""));
    let older = get(&router, &format!("/logs/{PAYMENT}?before=701")).await.text;
    assert_says(&older, &["id=\"l700\"", "id=\"l201\"", "newer lines"]);
    assert!(!older.contains("sse-connect"), "only the newest lines are followed");
}

#[tokio::test]
async fn a_page_that_follows_is_given_what_came_and_where_it_is() {
    let router = dashboard(Fake::shop());
    let part = get(&router, &format!("/fragments/log/{PAYMENT}?after=1190&q=")).await;
    assert_eq!(part.text.matches("<li ").count(), 10);
    assert_says(&part.text, &["hx-swap-oob=\"true\"", "name=\"after\" value=\"1200\""]);
    let nothing = get(&router, &format!("/fragments/log/{PAYMENT}?after=1200&q=")).await;
    assert_eq!((nothing.status, nothing.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let many = get(&router, &format!("/fragments/log/{PAYMENT}?after=1&q=")).await;
    assert_eq!(many.headers["hx-trigger-after-settle"], "more", "there is more than one part holds");
}

#[tokio::test]
async fn a_search_marks_what_it_found_and_a_link_names_one_line() {
    let router = dashboard(Fake::shop());
    let page = get(&router, &format!("/logs/{PAYMENT}?q=ORDER")).await.text;
    assert_says(&page, &["<mark>order</mark> 88124", "that were read", "value=\"ORDER\""]);
    let one = get(&router, &format!("/logs/{PAYMENT}?line=700")).await.text;
    assert_says(&one, &["id=\"l700\" class=\"stdout strange\"", "id=\"l680\""]);
    let none = get(&router, &format!("/logs/{PAYMENT}?q=%3Cb%3E")).await.text;
    assert_says(&none, &["None of these lines holds that", "value=\"&#60;b&#62;\""]);
}

#[tokio::test]
async fn models_are_listed_and_one_is_shown_with_its_rules() {
    let router = dashboard(Fake::shop());
    assert_says(&get(&router, "/models").await.text, &["like the training", "/models/harbor/shop/payment", " of 5"]);
    let page = get(&router, &format!("/models/{PAYMENT}")).await.text;
    assert_says(&page, &["Generation 9", "Roll back to generation 8", "level is error", "0.78", "No rule does better"]);
    assert_eq!(page.matches("class=\"histogram\"").count(), 6);
    let learning = get(&router, "/models/harbor/shop/queue").await.text;
    assert_says(&learning, &["No generation is kept", "too few scored windows"]);
}

#[tokio::test]
async fn the_system_is_told_in_figures() {
    let page = get(&dashboard(Fake::shop()), "/system").await.text;
    assert_says(&page, &["182 MiB", "4,812,331", "Redis 7.0.15", "153.4", "0 / 1", "/api/v1/openapi.json"]);
    assert_eq!(json("/api/v1/system").await["lines_waiting"], 912);
}

#[tokio::test]
async fn what_nobody_knows_is_not_found_everywhere() {
    let router = dashboard(Fake::shop());
    for path in ["logs", "templates", "models", "fragments/trend", "fragments/log", "api/v1/logs", "api/v1/trends"] {
        let answer = get(&router, &format!("/{path}/harbor/nobody")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_description_names_schemas_that_it_holds() {
    let description = json("/api/v1/openapi.json").await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    let text = description.to_string();
    let names: Vec<&str> =
        text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(names.len() > 50);
    for name in names {
        assert!(!description["components"]["schemas"][name].is_null(), "{name} is not described");
    }
    let alert = &description["components"]["schemas"]["AlertCard"]["properties"];
    assert_eq!(alert["opened"]["$ref"], "#/components/schemas/Time");
    assert_eq!(description["components"]["schemas"]["Time"]["format"], "date-time");
}

#[tokio::test]
async fn alerts_as_a_table_hold_one_row_each() {
    let answer = get(&dashboard(Fake::shop()), "/alerts.csv").await;
    assert!(answer.headers["content-disposition"].to_str().unwrap().contains("foghorn-alerts.csv"));
    let rows: Vec<&str> = answer.text.split("\r\n").collect();
    assert!(
        rows[0].starts_with("id,container,severity") && rows[1].starts_with("43,harbor/shop/search,warning,regressed")
    );
    assert_eq!(rows.len(), 5, "a head, three alerts, an end: {}", answer.text);
}

#[tokio::test]
async fn what_many_pages_ask_for_is_packed_and_a_page_too() {
    let router = dashboard(Fake::many());
    for path in ["/", "/fragments/containers", "/system"] {
        let request = crate::harness::request(axum::http::Method::GET, path, &[("accept-encoding", "gzip")]);
        let response = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
        assert_eq!(response.headers()["content-encoding"], "gzip", "{path}");
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert!(bytes.len() < 100_000, "{path} takes {} bytes", bytes.len());
    }
}

#[tokio::test]
async fn the_grid_is_filtered_by_name_and_shows_trouble_first() {
    let router = dashboard(Fake::shop());
    let all = get(&router, "/").await.text;
    let places: Vec<usize> = ["to-harbor/shop/payment", "to-harbor/legacy", "to-harbor/registry", "to-harbor/backup"]
        .map(|id| all.find(id).unwrap())
        .into();
    assert!(places.is_sorted(), "alerts, what cannot be read, the others, what is stopped: {places:?}");
    let some = get(&router, "/?q=SHOP").await.text;
    assert_eq!(some.matches("class=\"tile ").count(), 4);
    assert_says(&get(&router, "/?q=zebra").await.text, &["No container’s name holds", "zebra"]);
}
