//! A sink as one address: `--notify URL`.

use url::Url;

use super::{EmailSettings, EmailTls, NotifyError, Secret, SinkKind, SinkSettings, email, topic_of, web};
use crate::notify::sinks::Login;

/// A sink as one address; its kind is its name.
pub(super) fn sink(text: &str) -> Result<SinkSettings, NotifyError> {
    let fail = |why: String| {
        let shown = text.split(':').next().unwrap_or_default();
        NotifyError::Short { found: format!("{shown}:…"), why }
    };
    let (name, kind) = short_kind(text).map_err(fail)?;
    Ok(SinkSettings { name: name.into(), kind, resolved: true, ca_pem: None })
}

fn short_kind(text: &str) -> Result<(&'static str, SinkKind), String> {
    if text == "stdout:" {
        return Ok(("stdout", SinkKind::Stdout));
    }
    let (scheme, _) = text.split_once(':').ok_or("it is no address")?;
    if matches!(scheme, "smtp" | "smtps") {
        return Ok(("email", SinkKind::Email(short_email(text)?)));
    }
    let (kind, address) = text
        .split_once('+')
        .filter(|(kind, _)| kind.len() < scheme.len())
        .ok_or("it does not say which kind of receiver that is")?;
    let mut url = web(address)?;
    Ok(match kind {
        "webhook" => ("webhook", SinkKind::Webhook { url, secret: None }),
        "slack" => ("slack", SinkKind::Slack { url }),
        "discord" => ("discord", SinkKind::Discord { url }),
        "alertmanager" => ("alertmanager", SinkKind::Alertmanager { url, login: Login::Nobody }),
        "ntfy" => {
            let topic = topic_of(url.path().trim_matches('/'))?;
            url.set_path("/");
            ("ntfy", SinkKind::Ntfy { url, topic, token: None })
        }
        other => return Err(format!("{other} is no kind of receiver")),
    })
}

fn short_email(text: &str) -> Result<EmailSettings, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let said = |key: &str| -> Vec<String> {
        url.query_pairs().filter(|(name, _)| name == key).map(|(_, value)| value.into_owned()).collect()
    };
    let plain = |text: &str| {
        let pairs = format!("x={}", text.replace('+', "%2B"));
        url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let login = url.password().map(|password| (plain(url.username()), Secret::new(plain(password))));
    let tls = said("tls").first().map(|text| match text.as_str() {
        "none" => Ok(EmailTls::None),
        "starttls" => Ok(EmailTls::Starttls),
        "implicit" => Ok(EmailTls::Implicit),
        other => Err(format!("tls is {other:?}; allowed are starttls, implicit and none")),
    });
    email(&url, tls.transpose()?, login, &said("from"), &said("to"))
}
