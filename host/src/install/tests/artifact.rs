//! From a registry that lies, or has other things than components.

use foghorn_test_servers::artifacts::{Answer, Artifacts, Door};
use serde_json::{Value, json};

use super::{COMPONENT, Fetcher, fetch, fetcher, manifest, sha256, store, with_login};

/// `me:secret`, as HTTP writes it.
const BASIC: &str = "Basic bWU6c2VjcmV0";

fn reference(server: &Artifacts, tail: &str) -> String {
    format!("oci://{}/plugin{tail}", server.registry())
}

/// What comes of a manifest that was changed.
async fn refused(change: impl FnOnce(&mut Value)) -> String {
    let server = Artifacts::start(Door::Open).unwrap();
    let mut manifest = manifest(COMPONENT);
    change(&mut manifest);
    store(&server, &manifest, COMPONENT);
    fetch(&fetcher(), &reference(&server, ":1.0.0")).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_tag_becomes_the_digest_of_its_manifest() {
    let server = Artifacts::start(Door::Open).unwrap();
    let digest = store(&server, &manifest(COMPONENT), COMPONENT);
    let pinned = reference(&server, &format!("@{digest}"));
    for source in [&reference(&server, ":1.0.0"), &pinned, &reference(&server, &format!(":0.9.0@{digest}"))] {
        let fetched = fetch(&fetcher(), source).await.unwrap();
        assert_eq!((&fetched.bytes[..], &fetched.pinned), (COMPONENT, &pinned), "{source}");
    }
}

#[tokio::test]
async fn other_artifacts_than_components_are_refused() {
    let image = "application/vnd.oci.image.config.v1+json";
    assert!(refused(|manifest| manifest["config"]["mediaType"] = image.into()).await.contains(image));
    assert!(refused(|manifest| manifest["layers"][0]["mediaType"] = "a/b".into()).await.contains("its layer is a/b"));
    let layer = json!({ "mediaType": "application/wasm", "digest": sha256(COMPONENT), "size": COMPONENT.len() });
    assert!(refused(|manifest| manifest["layers"] = json!([layer, layer])).await.contains("2 layers"));
    assert!(refused(|manifest| manifest["manifests"] = json!([])).await.contains("an index"));
}

#[tokio::test]
async fn a_layer_larger_than_allowed_is_not_asked_for() {
    let error = refused(|manifest| manifest["layers"][0]["size"] = json!(64_u64 << 21)).await;
    assert!(error.contains("a component of 134217728 bytes; at most 67108864"), "{error}");
}

#[tokio::test]
async fn a_manifest_of_any_size_is_broken_off() {
    let server = Artifacts::start(Door::Open).unwrap();
    server.set("/v2/plugin/manifests/1.0.0", Answer::Endless);
    let error = fetch(&fetcher(), &reference(&server, ":1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains("larger than the 4194304 bytes"), "{error}");
}

#[tokio::test]
async fn forged_manifests_and_components_are_named() {
    let server = Artifacts::start(Door::Open).unwrap();
    let digest = store(&server, &manifest(COMPONENT), COMPONENT);
    let blob = format!("/v2/plugin/blobs/{}", sha256(COMPONENT));
    let forged = vec![7; COMPONENT.len()];
    server.set(&*blob, Answer::Bytes(forged.clone()));
    let error = fetch(&fetcher(), &reference(&server, ":1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains("a component with") && error.contains(&sha256(&forged)), "{error}");
    server.set(&*blob, Answer::Bytes([COMPONENT, b"more"].concat()));
    let error = fetch(&fetcher(), &reference(&server, ":1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains(&format!("larger than the {} bytes", COMPONENT.len())), "{error}");

    let other = serde_json::to_vec(&manifest(b"other")).unwrap();
    server.set(format!("/v2/plugin/manifests/{digest}"), Answer::Bytes(other.clone()));
    let error = fetch(&fetcher(), &reference(&server, &format!("@{digest}"))).await.unwrap_err().to_string();
    assert!(error.contains("a manifest with") && error.contains(&sha256(&other)), "{error}");
    server.set("/v2/plugin/manifests/1.0.0", Answer::With("docker-content-digest", digest, other));
    let error = fetch(&fetcher(), &reference(&server, ":1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains("a manifest with"), "{error}");
}

#[tokio::test]
async fn a_component_may_lie_elsewhere_but_a_manifest_may_not_and_no_login_goes_along() {
    let (here, there) = (Artifacts::start(Door::Basic(BASIC)).unwrap(), Artifacts::start(Door::Open).unwrap());
    store(&here, &manifest(COMPONENT), COMPONENT);
    here.set(format!("/v2/plugin/blobs/{}", sha256(COMPONENT)), Answer::Redirect(format!("{}/blob", there.url())));
    there.set("/blob", Answer::Bytes(COMPONENT.to_vec()));
    let fetcher = with_login(here.registry());
    assert_eq!(fetch(&fetcher, &reference(&here, ":1.0.0")).await.unwrap().bytes, COMPONENT);
    assert!(there.asked().iter().all(|asked| asked.authorization.is_none()), "{:?}", there.asked());

    here.set("/v2/plugin/manifests/1.0.0", Answer::Redirect(format!("{}/manifest", there.url())));
    let error = fetch(&fetcher, &reference(&here, ":1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains("not followed"), "{error}");
}

#[tokio::test]
async fn tokens_are_fetched_with_and_without_a_login() {
    for (door, login) in [(Door::Token(None), false), (Door::Token(Some(BASIC)), true)] {
        let server = Artifacts::start(door).unwrap();
        store(&server, &manifest(COMPONENT), COMPONENT);
        let fetcher = if login { with_login(server.registry()) } else { fetcher() };
        assert_eq!(fetch(&fetcher, &reference(&server, ":1.0.0")).await.unwrap().bytes, COMPONENT);
        let asked = server.asked();
        let token = asked.iter().find(|asked| asked.path.starts_with("/token")).unwrap();
        assert!(
            token.path.contains("repository%3Aplugin%3Apull") && token.path.contains("service=stand-in"),
            "{token:?}"
        );
    }
}

#[tokio::test]
async fn who_has_no_login_or_a_wrong_one_is_told_where_it_is_given() {
    let server = Artifacts::start(Door::Basic(BASIC)).unwrap();
    store(&server, &manifest(COMPONENT), COMPONENT);
    let wrong = with_login("127.0.0.1:1");
    for fetcher in [fetcher(), wrong] {
        let error = fetch(&fetcher, &reference(&server, ":1.0.0")).await.unwrap_err().to_string();
        assert!(error.contains("answers 401") && error.contains("FOGHORN_REGISTRY_LOGIN"), "{error}");
    }
    assert!(server.asked().iter().all(|asked| asked.authorization.is_none()), "a login is for its registry alone");
    let server = Artifacts::start(Door::Token(Some("Basic other"))).unwrap();
    let error = fetch(&with_login(server.registry()), &reference(&server, ":1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains("does not let us in") && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn with_certificates_a_registry_on_this_machine_is_asked_over_tls() {
    let server = Artifacts::start_tls(Door::Token(None)).unwrap();
    store(&server, &manifest(COMPONENT), COMPONENT);
    let trusting = Fetcher { ca_pem: Some(server.ca_pem().unwrap().into()), ..fetcher() };
    assert_eq!(fetch(&trusting, &reference(&server, ":1.0.0")).await.unwrap().bytes, COMPONENT);
}

#[tokio::test]
async fn a_registry_that_is_away_is_named() {
    let gone = Artifacts::start(Door::Open).unwrap().registry().to_owned();
    let error = fetch(&fetcher(), &format!("oci://{gone}/plugin:1.0.0")).await.unwrap_err().to_string();
    assert!(error.contains(&format!("http://{gone} does not answer")), "{error}");
}
