//! What pages and API say about plugins, and what they offer to do.

use axum::http::Method;
use foghorn_dashboard::view::Plugins;

use crate::fake::Fake;
use crate::harness::{ask, assert_says, dashboard, get, request};

#[tokio::test]
async fn the_catalogue_says_what_a_plugin_is_and_why_one_may_not_be_used() {
    let page = get(&dashboard(Fake::shop()), "/plugins").await.text;
    assert_says(&page, &["href=\"/plugins\" aria-current=\"page\"", "/var/lib/foghorn/plugins</bdi>", "5 plugins"]);
    assert_says(
        &page,
        &["<bdi>rules</bdi>@1.2.0", "patterns and their rates", "305 KiB", "wasi:clocks/monotonic-clock"],
    );
    assert_says(&page, &[&format!(">{}</code>", "d".repeat(64)), "built-in", "6 containers", "rules.wasm"]);
    assert_says(&page, &["in quarantine", "after 5 faults", "31 scores for 32 windows", "value=\"release\""]);
    assert_says(&page, &["Files that cannot be used", "notes.wasm", "not a component"]);
}

#[tokio::test]
async fn the_plugins_page_shows_what_containers_chose_and_what_is_tried() {
    let page = get(&dashboard(Fake::shop()), "/plugins").await.text;
    assert_says(
        &page,
        &["pin <code><bdi>rules@1.2</bdi></code>", "label <code><bdi>half-space-trees@0.4</bdi></code>"],
    );
    assert_says(&page, &["iforest@0.1.0 serves until then", "4 containers with the default ones", "on probation"]);
    assert_says(&page, &["of 400 windows", "Rank correlation of the newest scores: 0.91", "1.24 ms", "610 µs"]);
    assert_says(&page, &["class=\"dot added\"", "<title>Scores of both on the same windows</title>", "only serving"]);
    assert_says(&page, &["gave up", "for the 5th time", "it scores as soon as it is trained"]);
    assert_eq!(page.matches("value=\"promote\"").count(), 1, "only what scores can be promoted");
    assert_eq!(page.matches("value=\"stop-shadow\"").count(), 3);
}

#[tokio::test]
async fn a_host_without_plugins_of_its_own_says_how_to_get_them() {
    let page = get(&dashboard(Fake::empty()), "/plugins").await.text;
    assert_says(&page, &["--plugins-dir DIRECTORY", "foghorn plugin new NAME", "foghorn plugin pin NAME@VERSION"]);
}

#[tokio::test]
async fn a_container_page_shows_the_cost_of_its_plugins_and_offers_others() {
    let router = dashboard(Fake::shop());
    let page = get(&router, "/containers/harbor/shop/payment").await.text;
    assert_says(&page, &["<td class=\"number\" data-label=\"calls\">3,412", "812 µs", "2.31 ms", "of 6.0 MiB"]);
    assert_says(&page, &["<optgroup label=\"detector\"><option>iforest@0.1.0</option>", "value=\"unpin\""]);
    assert!(!page.contains("<option>half-space-trees"), "what is in quarantine is no choice");
    assert_says(&page, &["Roll back to generation 8", "value=\"rollback\"", "value=\"promote\"", "only candidate"]);
    let plain = get(&router, "/containers/harbor/backup").await.text;
    assert!(!plain.contains("value=\"unpin\"") && !plain.contains("value=\"promote\""));
    let learning = get(&router, "/containers/harbor/shop/queue").await.text;
    assert!(!learning.contains("value=\"rollback\""), "there is nothing to go back to");
    assert_says(&get(&router, "/containers/harbor/shop/web").await.text, &["On probation", "only before"]);
}

#[tokio::test]
async fn a_container_page_says_how_far_its_model_can_be_trusted() {
    let page = get(&dashboard(Fake::shop()), "/containers/harbor/shop/payment").await.text;
    assert_says(&page, &["Every window looks alike (412 windows, 1 kind)", "2 new models refused"]);
    assert_says(&page, &["Drift 0.12: like the training", "the newest 256 windows"]);
}

#[tokio::test]
async fn every_action_is_a_plain_form_with_a_button() {
    let router = dashboard(Fake::shop());
    for path in ["/plugins", "/containers/harbor/shop/payment"] {
        let page = get(&router, path).await.text;
        // One closes the help and sends nothing.
        let forms = page.matches("<form ").count() - page.matches("<form method=\"dialog\">").count();
        assert_eq!(forms, page.matches(" method=\"post\" action=\"/").count(), "{path}");
        assert!(!page.contains("hx-post") && page.contains("<button"), "{path}");
    }
}

#[tokio::test]
async fn the_api_gives_the_plugins_as_a_program_reads_them_back() {
    let router = dashboard(Fake::shop());
    let plugins: Plugins = serde_json::from_str(&get(&router, "/api/v1/plugins").await.text).unwrap();
    assert_eq!((plugins.known.len(), plugins.choices.total), (5, 7));
    let payment = &plugins.choices.rows[0];
    assert_eq!((payment.slots[1].origin.as_str(), payment.previous), ("pin", Some(8)));
    assert_eq!(payment.shadow.as_ref().unwrap().comparison.windows, 400);
}

#[tokio::test]
async fn metrics_are_given_in_the_format_that_is_asked_for() {
    let mut fake = Fake::shop();
    fake.metrics = "foghorn_plugin_calls_total{container=\"h/\u{202e}a\"} 7\n# EOF\n".into();
    let router = dashboard(fake);
    let plain = get(&router, "/metrics").await;
    assert_eq!(plain.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(plain.text, "foghorn_plugin_calls_total{container=\"h/‹U+202E›a\"} 7\n# EOF\n");
    let accept = ("accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
    let open = ask(&router, request(Method::GET, "/metrics", &[accept])).await;
    assert_eq!(open.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
}
