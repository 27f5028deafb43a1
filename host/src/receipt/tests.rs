//! Receipts of a real watch, computed again elsewhere.

use std::collections::BTreeMap;

use super::evidence::digest;
use super::export::{Export, ExportError};
use super::replay::{ReplayError, Replayed, replay};
use crate::alert::Alert;
use crate::plugins::{Plugins, PluginsOptions};
use crate::run::tests::rig::{self, Rig, WINDOW_LINES};
use crate::store::Store;

/// Another process has another plugin host and nothing of the first one's cache.
fn elsewhere() -> Plugins {
    Plugins::new(PluginsOptions::default()).unwrap()
}

async fn evidence_of(store: &Store, alert: &Alert) -> BTreeMap<String, Vec<u8>> {
    let case = alert.receipt.case.clone().expect("what serves judged it");
    let bytes = store.evidence(&case).await.unwrap().expect("it is kept");
    let needs: super::case::Case = serde_json::from_slice(&bytes).unwrap();
    let mut found = BTreeMap::from([(case, bytes)]);
    for needed in needs.needs() {
        found.insert(needed.to_owned(), store.evidence(needed).await.unwrap().expect("it is kept"));
    }
    found
}

async fn again(found: BTreeMap<String, Vec<u8>>, case: String) -> Result<Replayed, ReplayError> {
    tokio::task::spawn_blocking(move || replay(&elsewhere(), &case, &|digest| found.get(digest).cloned()))
        .await
        .unwrap()
}

/// A container that was watched for a while, and then alarmed in the middle of a batch.
async fn alarmed(settings: &str) -> Option<(Rig, Alert)> {
    let dir = rig::directory(&[])?;
    let mut rig = Rig::watched(&dir, settings).await;
    rig.write(40 * WINDOW_LINES).await;
    rig.drained().await;
    rig.write(3 * WINDOW_LINES).await;
    rig.write_strange(WINDOW_LINES).await;
    rig.drained().await;
    let alert = rig.alerts().await.pop().expect("it is strange");
    Some((rig, alert))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verdict_is_computed_again_bit_for_bit_by_another_plugin_host() {
    let Some((rig, alert)) = alarmed("").await else { return };
    let found = evidence_of(&rig.store, &alert).await;
    let done = again(found, alert.receipt.case.clone().unwrap()).await.unwrap();
    assert!(done.is_same(), "{done:?}");
    let window = rig.windows().await.into_iter().find(|window| window.first_seq == alert.receipt.first_seq).unwrap();
    assert_eq!(done.again.score, window.verdict.unwrap().score.to_bits(), "it is the one that was stored");
    assert_eq!(done.again.threshold, window.verdict.unwrap().threshold.to_bits());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_are_counted_again() {
    let Some((rig, alert)) = alarmed("vote = 3").await else { return };
    let found = evidence_of(&rig.store, &alert).await;
    let done = again(found, alert.receipt.case.clone().unwrap()).await.unwrap();
    assert_eq!(done.case.voters.len(), 3);
    assert!(done.is_same(), "{done:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_kept_once_and_goes_with_the_last_alert() {
    let Some((mut rig, alert)) = alarmed("").await else { return };
    let (pieces, bytes) = rig.store.evidence_kept().await.unwrap();
    rig.write_strange(4 * WINDOW_LINES).await;
    rig.drained().await;
    let (more, larger) = rig.store.evidence_kept().await.unwrap();
    assert!(more <= pieces + 3 && larger < 2 * bytes, "only case, window and thresholds are new: {more} of {pieces}");
    let mut stored = rig.store.alert(alert.id).await.unwrap().unwrap();
    (stored.status, stored.resolved_ns, stored.last_ns) = (crate::store::AlertStatus::Resolved, Some(1), 1);
    rig.store.put_alerts(vec![stored]).await.unwrap();
    rig.store.retain(u64::MAX >> 2).await.unwrap();
    assert_eq!(rig.store.evidence_kept().await.unwrap(), (0, 0));
    let nothing = again(BTreeMap::new(), alert.receipt.case.unwrap()).await.unwrap_err();
    assert!(nothing.to_string().contains("not kept any more"), "{nothing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_goes_to_another_machine_and_a_changed_byte_is_refused() {
    let Some((rig, alert)) = alarmed("").await else { return };
    let found = evidence_of(&rig.store, &alert).await;
    let case = alert.receipt.case.clone().unwrap();
    let export = Export::new("h/c".into(), alert, case.clone(), found.clone().into_iter().collect());
    let mut file = Vec::new();
    export.write(&mut file).unwrap();
    let read = Export::read(file.as_slice()).unwrap();
    assert_eq!(read, export);
    let carried = found.keys().map(|digest| (digest.clone(), read.bytes(digest).unwrap())).collect();
    assert!(again(carried, case.clone()).await.unwrap().is_same());
    for changed in found.keys() {
        let mut forged = found.clone();
        forged.get_mut(changed).unwrap()[0] ^= 1;
        let error = again(forged, case.clone()).await.unwrap_err();
        assert!(matches!(error, ReplayError::Changed { .. }), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_verdict_is_told_and_what_is_no_case_refused() {
    let Some((rig, alert)) = alarmed("").await else { return };
    let mut found = evidence_of(&rig.store, &alert).await;
    let bytes = found.remove(&alert.receipt.case.clone().unwrap()).unwrap();
    let mut forged: super::case::Case = serde_json::from_slice(&bytes).unwrap();
    forged.verdict.score ^= 1;
    let forged = serde_json::to_vec(&forged).unwrap();
    let name = digest(&forged);
    found.insert(name.clone(), forged);
    let done = again(found.clone(), name).await.unwrap();
    assert!(!done.is_same(), "one bit is enough");
    let name = digest(b"{}");
    found.insert(name.clone(), b"{}".to_vec());
    assert!(matches!(again(found, name).await, Err(ReplayError::Unreadable { .. })));
}

#[test]
fn a_file_that_is_none_is_refused_with_what_it_is() {
    assert!(matches!(Export::read(&b"not packed"[..]), Err(ExportError::Packed(_))));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, b"{}").unwrap();
    assert!(matches!(Export::read(packed.finish().unwrap().as_slice()), Err(ExportError::Json(_))));
}
