//! Which API a server speaks: 1.x the v1 API, 2.x the v2 API, 3.x the v1 API with a token (it has no Flux).

use reqwest::Response;

use super::http::Http;
use super::text;
use crate::settings::servers::InfluxApi;
use crate::spool::ServerError;

const VERSION: &str = "x-influxdb-version";

/// Asks `/ping`, whose headers name the version, and where they do not, `/health`.
pub(super) async fn detect(http: &Http) -> Result<InfluxApi, ServerError> {
    let ping = http.get("/ping").await?;
    if let Some(api) = version_of(&ping).and_then(api_of) {
        return Ok(api);
    }
    let status = ping.status();
    if status.is_server_error() || matches!(status.as_u16(), 401 | 429) {
        return Err(http.refused(status, &http.said(ping).await, "say its version"));
    }
    let health = http.get("/health").await?;
    let health_status = health.status();
    if health_status.is_server_error() && health_status.as_u16() != 503 {
        return Err(http.refused(health_status, &http.said(health).await, "say its version"));
    }
    let version = health_version(health).await;
    version.as_deref().and_then(api_of).ok_or_else(|| {
        let found = version.map_or_else(String::new, |version| format!(", version {}", text::said(&version)));
        ServerError::Refused(format!(
            "what answers at {} does not say that it is InfluxDB 1.x, 2.x or 3.x (/ping: {}, /health: {}{found}); check \
             --influx-url, or choose with --influx-api v1 or v2",
            http.server(),
            status.as_u16(),
            health_status.as_u16(),
        ))
    })
}

/// What the header of an answer says.
pub(super) fn version_of(response: &Response) -> Option<&str> {
    response.headers().get(VERSION)?.to_str().ok()
}

/// `v2.7.1`, `1.6.7~rc0`, `3.0.1-core`.
fn api_of(version: &str) -> Option<InfluxApi> {
    match version.trim_start_matches('v').split('.').next()? {
        "1" | "3" => Some(InfluxApi::V1),
        "2" => Some(InfluxApi::V2),
        _ => None,
    }
}

async fn health_version(mut response: Response) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Health {
        version: String,
    }
    // A health answer is short; what is longer is none.
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > 4096 {
            return None;
        }
    }
    serde_json::from_slice::<Health>(&body).ok().map(|health| health.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_servers_in_the_field_name_their_api() {
        for version in ["1.6.7~rc0", "1.8.10", "1.11.3-c1.11.3", "3.0.0-beta", "3.10.1"] {
            assert_eq!(api_of(version), Some(InfluxApi::V1), "{version}");
        }
        for version in ["v2.7.1", "2.0.0"] {
            assert_eq!(api_of(version), Some(InfluxApi::V2), "{version}");
        }
        for version in ["", "0.13.0", "dev", "unknown", "10.1"] {
            assert_eq!(api_of(version), None, "{version}");
        }
    }
}
