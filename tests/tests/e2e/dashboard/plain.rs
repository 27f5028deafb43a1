//! Without scripts every page is there, every link leads somewhere and every form does its work.

use foghorn_tests::webdriver::{Browser, Look};

use crate::dashboard::acts::pressed;
use crate::dashboard::pages;
use crate::dashboard::scene::Scene;

pub(crate) fn everything_but_live_update_works_without_scripts(scene: &Scene, alert: u64) {
    let Some(browser) = Browser::start(Look::NO_SCRIPTS).unwrap() else { return };
    for (_, path) in pages::all(scene, alert) {
        browser.open(&scene.url(&path)).unwrap();
        assert!(!browser.text("main h1").unwrap().is_empty(), "{path}");
        assert_eq!(
            browser.count("#theme:not([hidden]), #keys:not([hidden]), #pause:not([hidden])").unwrap(),
            0,
            "{path}"
        );
    }
    browser.open(&scene.url("/")).unwrap();
    browser.fill("#filter", "worker").unwrap();
    browser.fill("#filter", "\u{e007}").unwrap();
    browser.until_at("q=worker").unwrap();
    assert_eq!(browser.count(".tile").unwrap(), 1);
    browser.click(".tile a").unwrap();
    browser.until_at("/containers/").unwrap();
    assert!(browser.count(".trend svg .step").unwrap() > 0, "the drawn picture is there");
    browser.click(".ranges a[href*='range=24h']").unwrap();
    browser.until_at("range=24h").unwrap();
    browser.click(".ranges a[href^='/logs/']").unwrap();
    browser.until_at("/logs/").unwrap();
    assert!(browser.count("#log li").unwrap() > 0);

    browser.open(&scene.url("/alerts")).unwrap();
    browser.click("select[name=severity] option[value=warning]").unwrap();
    browser.fill("form.bar input[name=q]", "no reason says this").unwrap();
    browser.click("form.bar button").unwrap();
    browser.until_at("severity=warning").unwrap();
    assert!(browser.text("#alerts").unwrap().contains("None of that kind"));
    browser.click("form.bar a").unwrap();
    browser.until_at("/alerts").unwrap();
    assert!(browser.count(&format!("#alert-{alert}")).unwrap() > 0);

    browser.open(&scene.url(&format!("/alerts/{alert}"))).unwrap();
    let told = pressed(&browser, "button[value=real]");
    assert!(!told.contains("not done"), "{told}");
    let undone = pressed_undo(&browser, &scene.url(&format!("/alerts/{alert}")));
    assert!(!undone.contains("not done"), "{undone}");
}

fn pressed_undo(browser: &Browser, page: &str) -> String {
    assert_eq!(browser.attribute("#outcome + form button", "value").unwrap().as_deref(), Some("unlabel"));
    browser.open(page).unwrap();
    pressed(browser, "button[value=unlabel]")
}
