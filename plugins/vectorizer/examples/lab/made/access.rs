//! An access log in the combined format: all news is in values.

use super::{Fault, Page, stamp};

const PATHS: [&str; 9] = [
    "/",
    "/index.html",
    "/static/app.js",
    "/static/app.css",
    "/api/items",
    "/api/cart",
    "/api/search?q=shoe",
    "/favicon.ico",
    "/login",
];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/133.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Safari/605.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/131.0",
    "okhttp/4.12.0",
];

pub(super) fn write(page: &mut Page<'_>) {
    for _ in 0..page.load {
        let failing = page.is(Fault::Failing) && page.chance.is(0.5);
        let path = page.chance.of(&PATHS);
        let status = match page.chance.below(1_000) {
            _ if failing => "502",
            0..3 => "500",
            3..30 => "404",
            30..120 => "304",
            _ => "200",
        };
        get(page, "GET", path, status, None);
        if path == "/login" && !page.is(Fault::Unfinished) {
            get(page, "POST", "/api/session", "201", None);
        }
    }
    for _ in 0..3 {
        if !page.is(Fault::Missing) {
            get(page, "GET", "/healthz", "200", Some("kube-probe/1.29"));
        }
    }
    if page.chance.is(0.02) {
        get(page, "GET", "/robots.txt", "200", Some("Googlebot/2.1"));
    }
    match page.fault {
        Some(Fault::NewError) => (0..4).for_each(|_| get(page, "POST", "/api/cart", "503", None)),
        Some(Fault::Flood) => (0..page.load * 5).for_each(|_| get(page, "GET", "/api/items", "200", None)),
        Some(Fault::NewLine) => {
            for path in ["/wp-login.php", "/.env", "/admin/config.php", "/phpmyadmin/", "/.git/config"] {
                get(page, "GET", path, "404", Some("masscan/1.3"));
            }
        }
        Some(Fault::Subtle) => get(page, "DELETE", "/api/items", "204", None),
        _ => {}
    }
}

fn get(page: &mut Page<'_>, method: &str, path: &str, status: &str, agent: Option<&str>) {
    let at = page.moment();
    let clock = stamp(at).1;
    let agent = agent.unwrap_or_else(|| page.chance.of(&AGENTS));
    let (net, host, bytes) = (page.chance.below(250), page.chance.below(250), 200 + page.chance.below(9_000));
    let line = format!(
        "10.3.{net}.{host} - - [05/Jan/2026:{} +0000] \"{method} {path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\"",
        &clock[..8]
    );
    page.write(at, line);
}
