//! Every mistake is told at the start, and no secret with it.

use super::*;
use crate::settings::Layer;

fn read(text: &str) -> Result<Notifications, String> {
    let layer: Layer = toml::from_str(&format!("data-dir = \"/x\"\n{text}")).map_err(|error| error.to_string())?;
    Layer::default().check(layer).map(|settings| settings.notifications).map_err(|error| error.to_string())
}

fn said(short: &str) -> Result<Notifications, String> {
    let flags = Layer { data_dir: Some("/x".into()), notify: Some(vec![short.into()]), ..Layer::default() };
    flags.check(Layer::default()).map(|settings| settings.notifications).map_err(|error| error.to_string())
}

#[test]
fn sinks_and_routes_are_tables() {
    let found = read(
        "public-url = 'https://fog.example'\n\
         [[sink]]\nname = 'ops'\nkind = 'webhook'\nurl = 'https://a/b'\n\
         [[sink]]\nname = 'phone'\nkind = 'ntfy'\nurl = 'https://ntfy.example'\ntopic = 'fog'\nresolved = false\n\
         [[sink]]\nname = 'mail'\nkind = 'email'\nurl = 'smtp://mail.example'\nfrom = 'Fog <fog@example.org>'\nto = ['ops@example.org']\n\
         [[route]]\nseverity = 'critical'\nsinks = ['phone']\ncontinue = true\n\
         [[route]]\ncontainer = 'h/shop/*'\nlabel = 'team=db'\nsinks = ['mail']",
    )
    .unwrap();
    assert_eq!(
        found.sinks.iter().map(|sink| (sink.name.as_str(), sink.resolved)).collect::<Vec<_>>(),
        [("ops", true), ("phone", false), ("mail", true)]
    );
    assert_eq!(found.routes.len(), 2);
    assert_eq!((found.routes[0].least, found.routes[0].goes_on), (Severity::Critical, true));
    assert_eq!(found.routes[1].label, Some(("team".into(), "db".into())));
    let SinkKind::Email(mail) = &found.sinks[2].kind else { panic!() };
    assert_eq!((mail.port, mail.tls), (587, EmailTls::Starttls));
}

#[test]
fn without_routes_every_sink_is_told_of_warnings_and_worse() {
    let found = said("ntfy+https://ntfy.example/fog").unwrap();
    assert_eq!(found.routes, [Route::all(&["ntfy"])]);
    let SinkKind::Ntfy { url, topic, .. } = &found.sinks[0].kind else { panic!() };
    assert_eq!((url.as_str(), topic.as_str()), ("https://ntfy.example/", "fog"));
}

#[test]
fn a_mail_server_fits_into_one_address() {
    let found =
        said("smtp://me:p%40ss+1@mail.example:2525/?from=a@example.org&to=b@example.org&to=c@example.org").unwrap();
    let SinkKind::Email(mail) = &found.sinks[0].kind else { panic!() };
    assert_eq!((mail.host.as_str(), mail.port, mail.to.len()), ("mail.example", 2525, 2));
    let (user, password) = mail.login.clone().unwrap();
    assert_eq!((user.as_str(), password.reveal()), ("me", "p@ss+1"));
    assert!(!format!("{found:?}").contains("p@ss"));
}

#[test]
fn mistakes_are_told_with_what_is_allowed() {
    for (text, told) in [
        ("[[sink]]\nname = 'a b'\nkind = 'stdout'", "letters, digits"),
        ("[[sink]]\nname = 'a'\nkind = 'pager'", "ntfy"),
        ("[[sink]]\nname = 'a'\nkind = 'slack'", "url-file"),
        ("[[sink]]\nname = 'a'\nkind = 'slack'\nurl = 'ftp://x'", "https://HOST"),
        ("[[sink]]\nname = 'a'\nkind = 'ntfy'\nurl = 'http://x'", "topic"),
        ("[[sink]]\nname = 'a'\nkind = 'email'\nurl = 'smtp://x'\nto = ['b@c']", "from"),
        ("[[sink]]\nname = 'a'\nkind = 'email'\nurl = 'smtp://x'\nfrom = 'b@c.de'\nto = ['nobody']", "no mail address"),
        ("[[sink]]\nname = 'a'\nkind = 'stdout'\n[[sink]]\nname = 'a'\nkind = 'stdout'", "two sinks"),
        ("[[sink]]\nname = 'a'\nkind = 'stdout'\n[[route]]\nsinks = ['b']", "there are: a"),
        ("[[sink]]\nname = 'a'\nkind = 'stdout'\n[[route]]\nsinks = ['a']\nlabel = 'team'", "KEY=VALUE"),
        ("[[sink]]\nname = 'a'\nkind = 'webhook'\nurl = 'http://x'\nsecret-file = '/nowhere'", "/nowhere"),
        ("public-url = 'fog.example'", "https://HOST"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(told), "{text}\n{error}");
    }
}

#[test]
fn a_short_address_that_cannot_be_meant_is_told_without_its_secrets() {
    for text in
        ["https://hunter2@x", "pager+https://hunter2@x", "smtp://me:hunter2@x", "ntfy+https://x/a/hunter2", "hunter2"]
    {
        let error = said(text).unwrap_err();
        assert!(error.contains("ntfy+https://HOST/TOPIC"), "{error}");
        assert!(!error.contains("hunter2") || text == "hunter2" || text.starts_with("ntfy"), "{error}");
    }
    let error = said("smtp://me:hunter2@x/?from=a@b.de&to=c@d.de&tls=none").unwrap_err();
    assert!(error.contains("as it is") && !error.contains("hunter2"), "{error}");
}
