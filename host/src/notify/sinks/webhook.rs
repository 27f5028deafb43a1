//! A webhook: the body that Alertmanager sends to webhooks, version 4, so that whatever takes those takes ours; signed where a secret is set.
//!
//! <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>

use serde_json::{Value, json};
use url::Url;

use super::alertmanager::{annotations, ends_at, labels};
use super::http::Request;
use super::words::time;
use crate::notify::notice::Notice;
use crate::notify::sign;
use crate::settings::sinks::Secret;

pub(super) fn request(sink: &str, url: &Url, secret: Option<&Secret>, notice: &Notice, now_s: u64) -> Request {
    let mut request = Request::new(url, body(sink, notice));
    request.headers.push(("idempotency-key", notice.key.clone()));
    if let Some(secret) = secret {
        let signature = sign::hex(secret.reveal().as_bytes(), format!("{now_s}.{}", request.body).as_bytes());
        request.headers.push(("x-foghorn-signature", format!("t={now_s},v1={signature}")));
    }
    request
}

fn body(sink: &str, notice: &Notice) -> Value {
    let status = if notice.say.is_over() { "resolved" } else { "firing" };
    let (labels, annotations) = (labels(notice, notice.severity), annotations(notice));
    json!({
        "version": "4",
        "groupKey": format!("{{}}:{{fingerprint=\"{}\"}}", notice.fingerprint),
        "truncatedAlerts": 0,
        "status": status,
        "receiver": sink,
        "groupLabels": { "alertname": labels["alertname"] },
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": notice.url.as_deref().and_then(|url| url.split("/alerts/").next()).unwrap_or_default(),
        "alerts": [{
            "status": status,
            "labels": labels,
            "annotations": annotations,
            "startsAt": time(notice.opened_ns),
            // As Alertmanager says "not yet".
            "endsAt": ends_at(notice).unwrap_or_else(|| "0001-01-01T00:00:00Z".into()),
            "generatorURL": notice.url.clone().unwrap_or_default(),
            "fingerprint": notice.fingerprint,
        }],
    })
}
