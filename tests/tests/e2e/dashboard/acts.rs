//! What people do on pages.

use std::time::Duration;

use foghorn_tests::wait;
use foghorn_tests::webdriver::{Browser, NETWORK_NAME};
use xtask::workspace::Workspace;

use crate::dashboard::scene::{Scene, TOKEN};

const COMPONENT: &str = "host/src/plugins/tests/data/frozen-0.1.0.wasm";

/// Presses a button of a form and gives what the page says of it.
pub(crate) fn pressed(browser: &Browser, selector: &str) -> String {
    let before = browser.address().unwrap();
    browser.click(selector).unwrap();
    browser.until_after(&before, "#outcome").unwrap();
    browser.text("#outcome").unwrap()
}

pub(crate) fn an_alert_is_attended_to_and_each_step_undone(scene: &Scene, browser: &Browser, alert: u64) {
    let page = scene.url(&format!("/alerts/{alert}"));
    for verb in ["acknowledge", "snooze", "archive", "real", "normal"] {
        browser.open(&page).unwrap();
        let told = pressed(browser, &format!("#do-heading ~ form button[value={verb}]"));
        assert!(told.starts_with("✓ done") || told.starts_with("done"), "{verb}: {told}");
        let undone = {
            let back = browser.attribute("#outcome + form button", "value").unwrap().unwrap();
            assert!(["hear", "unlabel"].contains(&back.as_str()), "{verb}: {back}");
            browser.open(&page).unwrap();
            pressed(browser, &format!("#do-heading ~ form button[value={back}]"))
        };
        assert!(undone.contains("done") && !undone.contains("not done"), "{verb} taken back: {undone}");
    }
    browser.open(&page).unwrap();
    let told = pressed(browser, "button[value=replay]");
    assert!(told.contains("the same, bit for bit"), "{told}");
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}

pub(crate) fn silence_is_asked_for_and_ended(scene: &Scene, browser: &Browser) {
    muted_and_unmuted(browser, &scene.url("/notices"));
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
    // Under a name of the network browsers say less of where a form comes from.
    muted_and_unmuted(browser, &format!("http://{NETWORK_NAME}:{}/notices", scene.host.address().port()));
    browser.complaints().unwrap();
}

fn muted_and_unmuted(browser: &Browser, page: &str) {
    browser.open(page).unwrap();
    browser.fill("input[name=container]", "test/nobody").unwrap();
    browser.fill("input[name=reason]", "<b>moving</b>").unwrap();
    pressed(browser, "button[value=mute]");
    assert!(browser.text("main").unwrap().contains("<b>moving</b>"), "what people write is text");
    pressed(browser, "button[value=unmute]");
    assert_eq!(browser.count("button[value=unmute]").unwrap(), 0);
}

pub(crate) fn a_plugin_is_uploaded_tried_and_let_go(scene: &Scene, browser: &Browser) {
    let component = Workspace::find().unwrap().root().join(COMPONENT);
    let send = |token: &str| {
        browser.open(&scene.url("/plugins")).unwrap();
        browser.fill("input[name=token]", token).unwrap();
        browser.fill("input[name=component]", component.to_str().unwrap()).unwrap();
        browser.click("#upload button").unwrap();
    };
    send("a wrong one");
    browser.until_at("done=").unwrap();
    assert!(browser.text("#outcome").unwrap().contains("not the admin token"));
    send(TOKEN);
    browser.until_at("/plugins/upload").unwrap();
    let shown = browser.text("main").unwrap();
    assert!(shown.contains("Asks for") && shown.contains("Nothing is installed yet"), "{shown}");
    let told = pressed(browser, "form[action='/plugins/install'] button");
    assert!(told.contains("is installed as"), "{told}");
    let name = shown.split("Install ").nth(1).and_then(|rest| rest.split('@').next()).unwrap().to_owned();
    assert!(browser.text(".catalogue").unwrap().contains(&name), "{name} is in the catalogue");

    let told = tried(scene, browser, &name);
    assert!(!told.contains("not done"), "{told}");
    browser.open(&scene.url("/plugins")).unwrap();
    let told = pressed(browser, "button[value=stop-shadow]");
    assert!(!told.contains("not done"), "{told}");
    promoted_and_unpinned(scene, browser, &name);
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}

/// Has the worker try a plugin beside what serves; what the page says of it.
fn tried(scene: &Scene, browser: &Browser, name: &str) -> String {
    browser.open(&scene.url(&format!("/containers/test/{}", scene.worker.name()))).unwrap();
    browser.run("document.querySelectorAll('details.act').forEach(one => { one.open = true })", &[]).unwrap();
    let wanted = "return [...document.querySelectorAll('select[name=plugin] option')].map(one => one.value).find(one => one.startsWith(arguments[0]))";
    let wanted = browser.run(wanted, &[name.into()]).unwrap();
    browser.run("document.querySelector('select[name=plugin]').value = arguments[0]", &[wanted]).unwrap();
    pressed(browser, "button[value=shadow]")
}

fn promoted_and_unpinned(scene: &Scene, browser: &Browser, name: &str) {
    tried(scene, browser, name);
    wait::until("the candidate to score", Duration::from_secs(90), || {
        browser.open(&scene.url("/plugins"))?;
        Ok((browser.count("button[value=promote]")? > 0).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error:#}\n{}", scene.host.log_end()));
    let told = pressed(browser, "button[value=promote]");
    assert!(!told.contains("not done"), "{told}");
    browser.open(&scene.url(&format!("/containers/test/{}", scene.worker.name()))).unwrap();
    let pipeline = browser.text(".pipeline").unwrap();
    assert!(pipeline.contains(name) && pipeline.contains("pin"), "what was promoted is pinned: {pipeline}");
    let told = pressed(browser, "button[value=unpin]");
    assert!(!told.contains("not done"), "{told}");
    assert_eq!(browser.count("button[value=unpin]").unwrap(), 0);
}

pub(crate) fn a_model_is_rolled_back(scene: &Scene, browser: &Browser) {
    browser.open(&scene.url("/models")).unwrap();
    assert_eq!(browser.count(".models tbody tr").unwrap(), 2);
    let page = scene.url(&format!("/models/{}", scene.web_identity()));
    browser.open(&page).unwrap();
    assert!(browser.count(".multiple svg").unwrap() >= 1, "scores of generations are drawn");
    assert_eq!(browser.count(".judges tbody tr").unwrap() % 4, 0, "the model and three rules, or too few windows");
    if browser.count("button[value=rollback]").unwrap() > 0 {
        let told = pressed(browser, "button[value=rollback]");
        assert!(browser.address().unwrap().contains("/models/"), "{told}");
    }
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}
