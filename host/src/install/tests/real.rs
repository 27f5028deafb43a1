//! From a real registry on loopback; where there is none, these tests say so and pass.

use foghorn_test_servers::registry::{LOGIN, Registry, available};
use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

use super::{COMPONENT, fetch, fetcher, rebuilt, sha256, with_login};
use crate::install::layout::{CONFIG, LAYER};

/// Pushes as other tools do; gives the manifest's digest, as the registry says it.
async fn push(registry: &Registry, tag: &str, bytes: &[u8], layer: &str, login: bool) -> String {
    // The client does without a provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() });
    let reference: Reference = format!("{}/team/frozen:{tag}", registry.name()).parse().unwrap();
    let auth = match login {
        true => RegistryAuth::Basic(LOGIN.0.into(), LOGIN.1.into()),
        false => RegistryAuth::Anonymous,
    };
    let layers = [ImageLayer::new(bytes.to_vec(), layer.into(), None)];
    let config = Config::new(b"{}".to_vec(), CONFIG.into(), None);
    let mut manifest = OciImageManifest::build(&layers, &config, None);
    manifest.media_type = Some(OCI_IMAGE_MEDIA_TYPE.into());
    client.push(&reference, &layers, config, &auth, Some(manifest)).await.unwrap();
    client.fetch_manifest_digest(&reference, &auth).await.unwrap()
}

#[tokio::test]
async fn a_component_is_pulled_by_tag_and_by_digest_and_stays_pinned_when_the_tag_moves() {
    if !available() {
        return;
    }
    let registry = Registry::start(false).unwrap();
    let digest = push(&registry, "0.1.0", COMPONENT, LAYER, false).await;
    let (tag, pinned) = (
        format!("oci://{}/team/frozen:0.1.0", registry.name()),
        format!("oci://{}/team/frozen@{digest}", registry.name()),
    );
    let fetched = fetch(&fetcher(), &tag).await.unwrap();
    assert_eq!((&fetched.bytes[..], &fetched.pinned), (COMPONENT, &pinned));
    let moved = push(&registry, "0.1.0", &rebuilt(), LAYER, false).await;
    assert_ne!(moved, digest);
    assert_eq!(fetch(&fetcher(), &tag).await.unwrap().bytes, rebuilt());
    assert_eq!(fetch(&fetcher(), &pinned).await.unwrap().bytes, COMPONENT);
}

#[tokio::test]
async fn what_is_not_there_or_no_component_is_refused() {
    if !available() {
        return;
    }
    let registry = Registry::start(false).unwrap();
    push(&registry, "1.0.0", b"tar", "application/vnd.oci.image.layer.v1.tar", false).await;
    let error = async |tail: &str| {
        fetch(&fetcher(), &format!("oci://{}/team/{tail}", registry.name())).await.unwrap_err().to_string()
    };
    assert!(error("frozen:1.0.0").await.contains("its layer is application/vnd.oci.image.layer.v1.tar"));
    assert!(error("frozen:2.0.0").await.contains("answers 404"));
    assert!(error(&format!("other@{}", sha256(b"x"))).await.contains("answers 404"));
}

#[tokio::test]
async fn a_registry_with_users_lets_in_who_has_a_login() {
    if !available() {
        return;
    }
    let registry = Registry::start(true).unwrap();
    push(&registry, "0.1.0", COMPONENT, LAYER, true).await;
    let source = format!("oci://{}/team/frozen:0.1.0", registry.name());
    assert_eq!(fetch(&with_login(&registry.name()), &source).await.unwrap().bytes, COMPONENT);
    let error = fetch(&fetcher(), &source).await.unwrap_err().to_string();
    assert!(error.contains("answers 401") && error.contains("FOGHORN_REGISTRY_LOGIN"), "{error}");
}
