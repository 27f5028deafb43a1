//! The layout of a component in a registry: one manifest, a config of wasm, one layer of wasm.
//!
//! This is the CNCF's "Wasm OCI Artifact layout", version 0. Anything else is refused by name: an image for a container, a
//! plugin in many layers, an index of many platforms (a component is for all of them).

use oci_client::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciImageManifest};
use serde::Deserialize;

use super::source::digest_of;
use crate::plugins::Digest;
use crate::plugins::text::safe;

/// Bytes kept of what a manifest says, in an error.
const SAID_BYTES_MAX: usize = 200;

/// Media types of the layout.
pub(super) const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub(super) const LAYER: &str = "application/wasm";

/// What a registry is asked for. An index is taken too, so that it can be refused with the reason.
pub(super) const ACCEPT: &str =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json;q=0.5";

/// Where a component's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) digest: Digest,
    pub(super) bytes: u64,
}

/// What tells the kinds of manifests apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    schema_version: u32,
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
}

/// The layer that a manifest names.
pub(super) fn layer(manifest: &[u8]) -> Result<Layer, LayoutError> {
    let unread = |error: serde_json::Error| LayoutError::Unreadable { why: said(&error.to_string()) };
    let kind: Kind = serde_json::from_slice(manifest).map_err(unread)?;
    let media_type = kind.media_type.as_deref();
    if kind.manifests.is_some() || media_type == Some(OCI_IMAGE_INDEX_MEDIA_TYPE) {
        return Err(LayoutError::Index);
    }
    if kind.schema_version != 2 || media_type.is_some_and(|found| found != OCI_IMAGE_MEDIA_TYPE) {
        let found = media_type.map_or_else(|| format!("schema version {}", kind.schema_version), said);
        return Err(LayoutError::Manifest { found });
    }
    let manifest: OciImageManifest = serde_json::from_slice(manifest).map_err(unread)?;
    if manifest.config.media_type != CONFIG {
        return Err(LayoutError::Config { found: said(&manifest.config.media_type) });
    }
    let [layer] = &manifest.layers[..] else { return Err(LayoutError::Layers { found: manifest.layers.len() }) };
    if layer.media_type != LAYER {
        return Err(LayoutError::Layer { found: said(&layer.media_type) });
    }
    let digest = digest_of(&layer.digest).map_err(|error| LayoutError::Unreadable { why: said(&error.to_string()) })?;
    let bytes = u64::try_from(layer.size)
        .map_err(|_| LayoutError::Unreadable { why: format!("a layer of {} bytes", layer.size) })?;
    Ok(Layer { digest, bytes })
}

fn said(text: &str) -> String {
    safe(text, SAID_BYTES_MAX)
}

/// The artifact is no component in the layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("its manifest cannot be read: {why}")]
    Unreadable { why: String },
    #[error("it is an index of several manifests; name the one of the component by its digest")]
    Index,
    #[error("its manifest is {found}; allowed is {OCI_IMAGE_MEDIA_TYPE}")]
    Manifest { found: String },
    #[error("its config is {found}, that is no component; allowed is {CONFIG}")]
    Config { found: String },
    #[error("it has {found} layers; a component has one")]
    Layers { found: usize },
    #[error("its layer is {found}; allowed is {LAYER}")]
    Layer { found: String },
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest() -> Value {
        let digest = format!("sha256:{}", "1".repeat(64));
        json!({
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE_MEDIA_TYPE,
            "config": { "mediaType": CONFIG, "digest": digest, "size": 2 },
            "layers": [{ "mediaType": LAYER, "digest": digest, "size": 7 }],
            "annotations": { "org.opencontainers.image.title": "x" },
        })
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Result<Layer, LayoutError> {
        let mut manifest = manifest();
        change(&mut manifest);
        layer(&serde_json::to_vec(&manifest).unwrap())
    }

    #[test]
    fn the_layer_of_a_component_is_found() {
        let found = changed(|_| ()).unwrap();
        assert_eq!(found, Layer { digest: "1".repeat(64).parse().unwrap(), bytes: 7 });
        assert_eq!(changed(|manifest| drop(manifest["mediaType"].take())), Ok(found), "the media type may be left out");
    }

    #[test]
    fn other_artifacts_are_refused_by_name() {
        let image = "application/vnd.oci.image.config.v1+json";
        let error = changed(|manifest| manifest["config"]["mediaType"] = image.into()).unwrap_err();
        assert_eq!(error, LayoutError::Config { found: image.into() });
        let error = changed(|manifest| manifest["layers"][0]["mediaType"] = "application/x-tar".into()).unwrap_err();
        assert_eq!(error, LayoutError::Layer { found: "application/x-tar".into() });
        let error = changed(|manifest| manifest["mediaType"] = "application/json".into()).unwrap_err();
        assert_eq!(error, LayoutError::Manifest { found: "application/json".into() });
        let error = changed(|manifest| manifest["schemaVersion"] = 1.into()).unwrap_err();
        assert!(matches!(error, LayoutError::Manifest { .. }), "{error}");
        assert_eq!(changed(|manifest| manifest["manifests"] = json!([])), Err(LayoutError::Index));
    }

    #[test]
    fn a_component_has_one_layer() {
        let error = changed(|manifest| {
            let layer = manifest["layers"][0].clone();
            manifest["layers"] = json!([layer.clone(), layer]);
        });
        assert_eq!(error, Err(LayoutError::Layers { found: 2 }));
        assert_eq!(changed(|manifest| manifest["layers"] = json!([])), Err(LayoutError::Layers { found: 0 }));
    }

    #[test]
    fn hostile_manifests_are_unreadable() {
        for text in ["", "{}", "[]", "null", "{\"schemaVersion\":\"2\"}", "{\"schemaVersion\":2}"] {
            assert!(matches!(layer(text.as_bytes()), Err(LayoutError::Unreadable { .. })), "{text}");
        }
        for (key, value) in
            [("digest", json!("sha256:12")), ("digest", json!("sha512:1")), ("size", json!(-1)), ("size", json!("7"))]
        {
            let error = changed(|manifest| manifest["layers"][0][key] = value).unwrap_err();
            assert!(matches!(error, LayoutError::Unreadable { .. }), "{error}");
        }
    }
}
