//! Links of notices on a real host: looked at, pressed, pressed again.

use std::sync::Arc;

use foghorn_dashboard::{Control as _, MuteAction};
use tokio::runtime::Handle;
use tokio::sync::broadcast;

use super::rig::{self, Rig, WINDOW_LINES};
use crate::alert::Label;
use crate::clock::now_ns;
use crate::notify::link::Key;
use crate::web::control::HostControl;
use crate::web::uploads::Uploads;

/// The control of a host, whose calls block.
async fn call<T: Send + 'static>(
    rig: &Rig,
    dir: &tempfile::TempDir,
    call: impl FnOnce(HostControl) -> T + Send + 'static,
) -> T {
    let control = HostControl {
        desk: Arc::clone(&rig.desk),
        store: rig.store.clone(),
        changes: broadcast::channel(4).0,
        runtime: Handle::current(),
        link_key: Key::open(dir.path()).unwrap(),
        uploads: Arc::new(Uploads::new(None, None)),
    };
    tokio::task::spawn_blocking(move || call(control)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_does_its_work_once_and_only_when_it_is_pressed() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let keys = tempfile::tempdir().unwrap();
    let mut rig = Rig::watched(&plugins, "").await;
    rig.enrol();
    rig.write_strange(2 * WINDOW_LINES).await;
    rig.drained().await;
    let alert = rig.alerts().await.pop().unwrap();
    let token = Key::open(keys.path()).unwrap().token(alert.id, "normal", now_ns()).unwrap();
    for _ in 0..3 {
        let looked = token.clone();
        let seen = call(&rig, &keys, move |control| control.open_link(&looked)).await.unwrap();
        assert_eq!(seen.alert, alert.id);
    }
    assert_eq!(rig.alerts().await[0].label, None, "looking changes nothing");
    let pressed = token.clone();
    call(&rig, &keys, move |control| control.use_link(&pressed)).await.unwrap();
    assert_eq!(rig.alerts().await[0].label, Some(Label::Normal));
    let again = token.clone();
    let error = call(&rig, &keys, move |control| control.use_link(&again)).await.unwrap_err().to_string();
    assert!(error.contains("used before"), "{error}");
    let error = call(&rig, &keys, move |control| control.open_link(&token)).await.unwrap_err().to_string();
    assert!(error.contains("used before"), "{error}");
    let error = call(&rig, &keys, |control| control.use_link("real.1.9.x.y")).await.unwrap_err().to_string();
    assert!(error.contains("none of this Foghorn's"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_lasts_as_long_as_was_asked_or_until_it_is_ended() {
    let Some(plugins) = rig::directory(&[]) else { return };
    let keys = tempfile::tempdir().unwrap();
    let rig = Rig::start(&plugins, "").await;
    let mute = |minutes| MuteAction { container: "h/*".into(), minutes, reason: "backup".into() };
    let error = call(&rig, &keys, move |control| control.mute(mute(0))).await.unwrap_err().to_string();
    assert!(error.contains("allowed is 1 to 43200"), "{error}");
    call(&rig, &keys, move |control| control.mute(mute(60))).await.unwrap();
    let now = now_ns();
    let muted = rig.store.mutes(now).await.unwrap();
    assert_eq!((muted.len(), muted[0].reason.as_str()), (1, "backup"));
    assert!(rig.store.mutes(now + 61 * 60_000_000_000).await.unwrap().is_empty());
    let id = muted[0].id;
    call(&rig, &keys, move |control| control.unmute(id)).await.unwrap();
    assert!(rig.store.mutes(now).await.unwrap().is_empty());
    assert!(call(&rig, &keys, move |control| control.unmute(id)).await.is_err());
}
