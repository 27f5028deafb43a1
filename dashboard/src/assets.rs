//! Files that pages link to, inside the binary.
//!
//! The URL of each holds the hash of its bytes: browsers may keep it for ever, and an updated host is never served an old
//! script. What is not ours lies in `assets/vendor`, with its licence and its source.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// One file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: [Asset; 8] = [
    Asset { name: "foghorn.css", media_type: CSS, bytes: include_bytes!("../assets/foghorn.css") },
    Asset { name: "foghorn.js", media_type: JAVASCRIPT, bytes: include_bytes!("../assets/foghorn.js") },
    Asset { name: "foghorn.svg", media_type: "image/svg+xml", bytes: include_bytes!("../assets/foghorn.svg") },
    Asset { name: "trend.js", media_type: JAVASCRIPT, bytes: include_bytes!("../assets/trend.js") },
    Asset { name: "htmx.js", media_type: JAVASCRIPT, bytes: include_bytes!("../assets/vendor/htmx/htmx.min.js") },
    Asset { name: "sse.js", media_type: JAVASCRIPT, bytes: include_bytes!("../assets/vendor/htmx-ext-sse/sse.min.js") },
    Asset {
        name: "uplot.js",
        media_type: JAVASCRIPT,
        bytes: include_bytes!("../assets/vendor/uplot/uPlot.iife.min.js"),
    },
    Asset { name: "uplot.css", media_type: CSS, bytes: include_bytes!("../assets/vendor/uplot/uPlot.min.css") },
];

/// The hash of each asset, in the order of `ASSETS`.
static HASHES: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(|asset| hash(asset.bytes)).collect());

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn find(name: &str) -> Option<(&'static Asset, &'static str)> {
    ASSETS.iter().zip(HASHES.iter()).find(|(asset, _)| asset.name == name).map(|(asset, hash)| (asset, hash.as_str()))
}

/// Where a page finds the asset `name`. Names are written in templates only; a test knows that each exists.
pub(crate) fn url(name: &str) -> String {
    let hash = find(name).map_or("missing", |(_, hash)| hash);
    format!("/static/{hash}/{name}")
}

pub(crate) async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    match find(&name) {
        // Another hash is another file: answering it with this one would poison the caches for a year.
        Some((asset, current)) if current == hash => (
            [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")],
            asset.bytes,
        )
            .into_response(),
        _ => (StatusCode::NOT_FOUND, "no such file; reload the page\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [&str; 4] = ["foghorn.css", "foghorn.js", "foghorn.svg", "trend.js"];

    #[test]
    fn vendored_files_are_as_published() {
        let source = include_str!("../assets/vendor/README.md");
        for asset in ASSETS.iter().filter(|asset| !OURS.contains(&asset.name)) {
            let digest: String = Sha256::digest(asset.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(source.contains(&digest), "{} has sha256 {digest}, not the recorded one", asset.name);
        }
    }
}
