//! The dashboard in a real browser, over a real host with real containers, one of which logs lines that attack the reader.
//!
//! One story, because a container takes a minute and a half to be learned: each chapter is a function of its own, and says in its
//! failure what it was about.

mod acts;
mod live;
mod pages;
mod plain;
mod scene;

use foghorn_tests::cast;
use foghorn_tests::webdriver::{Browser, Look};
use scene::Scene;

#[test]
fn pages_show_do_and_survive_what_they_promise() {
    if !cast::has_engine() {
        return;
    }
    let Some(browser) = Browser::start(Look::DESKTOP).unwrap() else { return };
    let scene = Scene::learned();
    live::an_alert_appears_by_itself(&scene, &browser);
    let alert = scene.alert();
    live::a_log_is_followed_searched_and_left(&scene, &browser);
    live::a_trend_is_zoomed_and_leads_to_its_lines(&scene, &browser);
    live::keys_work(&scene, &browser);
    live::more_tabs_than_connections_can_be_open(&scene, &browser);
    acts::an_alert_is_attended_to_and_each_step_undone(&scene, &browser, alert);
    acts::silence_is_asked_for_and_ended(&scene, &browser);
    acts::a_plugin_is_uploaded_tried_and_let_go(&scene, &browser);
    acts::a_model_is_rolled_back(&scene, &browser);
    pages::every_page_is_sound(&scene, &browser, alert);
    drop(browser);
    pages::every_page_fits_a_phone(&scene, alert);
    plain::everything_but_live_update_works_without_scripts(&scene, alert);
    scene.end();
}
