//! What must hold of every page: nothing of a log runs, the content policy is kept, who cannot see can use it, it fits.

use foghorn_tests::axe::Axe;
use foghorn_tests::webdriver::{Browser, Look};
use serde_json::Value;
use xtask::http;

use crate::dashboard::scene::Scene;

/// Every page, by the name of its picture.
pub(crate) fn all(scene: &Scene, alert: u64) -> Vec<(&'static str, String)> {
    let container = scene.web_identity();
    let shown = http::get(scene.host.address(), &format!("/api/v1/alerts/{alert}")).unwrap();
    let window = shown["window"].as_u64().expect("the alert has a window");
    vec![
        ("overview", "/".into()),
        ("alerts", "/alerts".into()),
        ("alert", format!("/alerts/{alert}")),
        ("container", format!("/containers/{container}")),
        ("log", format!("/logs/{container}")),
        ("templates", format!("/templates/{container}")),
        ("window", format!("/windows/{window}/{container}")),
        ("models", "/models".into()),
        ("model", format!("/models/{container}")),
        ("plugins", "/plugins".into()),
        ("notices", "/notices".into()),
        ("system", "/system".into()),
        ("nothing", "/no/such/page".into()),
    ]
}

pub(crate) fn every_page_is_sound(scene: &Scene, browser: &Browser, alert: u64) {
    let axe = Axe::fetch().unwrap();
    browser.complaints().unwrap();
    let mut findings = Vec::new();
    for (name, path) in all(scene, alert) {
        for theme in ["light", "dark"] {
            browser.open(&scene.url(&path)).unwrap();
            browser.run(&format!("localStorage.setItem('theme', '{theme}')"), &[]).unwrap();
            browser.open(&scene.url(&path)).unwrap();
            assert_eq!(browser.count("h1").unwrap(), 1, "{path} has one heading");
            nothing_of_a_log_runs(browser, &path);
            if let Some(axe) = &axe {
                let on_page = axe.findings(browser).unwrap();
                findings.extend(on_page.into_iter().map(|one| format!("{path} in {theme}: {one}")));
            }
            take_picture(browser, &format!("{name}-desktop-{theme}"));
        }
        let complaints: Vec<String> = browser.complaints().unwrap();
        // The page that says that there is none is answered as such.
        let other = |text: &&String| !(name == "nothing" && text.contains("404"));
        assert_eq!(complaints.iter().filter(other).collect::<Vec<_>>(), [] as [&str; 0], "{path}");
    }
    browser.run("localStorage.removeItem('theme')", &[]).unwrap();
    assert!(findings.is_empty(), "axe-core finds:\n{}", findings.join("\n"));
}

/// A dialog of an attack would have made every command fail already.
fn nothing_of_a_log_runs(browser: &Browser, path: &str) {
    let foreign = "return [...document.querySelectorAll('script, iframe, object, embed, link[rel=stylesheet]')]
        .map(one => one.getAttribute('src') || one.getAttribute('href') || one.outerHTML)
        .filter(from => !from.startsWith('/static/'))";
    assert_eq!(browser.run(foreign, &[]).unwrap(), Value::Array(Vec::new()), "{path}");
    let handlers = "return [...document.querySelectorAll('*')].filter(one => [...one.attributes].some(a => a.name.startsWith('on')))
        .map(one => one.outerHTML)";
    assert_eq!(browser.run(handlers, &[]).unwrap(), Value::Array(Vec::new()), "{path}");
}

pub(crate) fn every_page_fits_a_phone(scene: &Scene, alert: u64) {
    let Some(browser) = Browser::start(Look::PHONE).unwrap() else { return };
    let axe = Axe::fetch().unwrap();
    let mut findings = Vec::new();
    for (name, path) in all(scene, alert) {
        browser.open(&scene.url(&path)).unwrap();
        let width = browser.run("return document.documentElement.scrollWidth - screen.width", &[]).unwrap();
        assert!(width.as_i64().is_some_and(|more| more <= 0), "{path} is {width} pixels wider than a phone");
        if let Some(axe) = &axe {
            findings.extend(axe.findings(&browser).unwrap().into_iter().map(|one| format!("{path}: {one}")));
        }
        take_picture(&browser, &format!("{name}-phone"));
    }
    assert!(findings.is_empty(), "axe-core finds on a phone:\n{}", findings.join("\n"));
}

fn take_picture(browser: &Browser, name: &str) {
    if let Some(dir) = Scene::pictures() {
        browser.picture(&dir.join(format!("{name}.png"))).unwrap();
    }
}
