//! Whom to tell, and with which links.

use url::Url;

use super::link::{BUTTONS, Key};
use super::notice::{Link, Notice};
use super::route::{self, Route};
use crate::settings::sinks::Notifications;

/// Knows routes, sinks and where the dashboard is reached.
#[derive(Debug)]
pub struct Audience {
    routes: Vec<Route>,
    /// Sinks that are not told when something is over.
    only_wrong: Vec<String>,
    public_url: Option<Url>,
    key: Key,
}

impl Audience {
    pub fn new(settings: &Notifications, key: Key) -> Self {
        let only_wrong = settings.sinks.iter().filter(|sink| !sink.resolved).map(|sink| sink.name.clone());
        Self {
            routes: settings.routes.clone(),
            only_wrong: only_wrong.collect(),
            public_url: settings.public_url.clone(),
            key,
        }
    }

    /// The sinks that get the notice, by name, and the notice as they get it.
    pub fn address(&self, mut notice: Notice, now_ns: u64) -> Vec<(String, Notice)> {
        let sinks = route::sinks(&self.routes, &notice);
        let is_over = notice.say.is_over();
        let told = sinks.into_iter().filter(|&name| !is_over || !self.only_wrong.iter().any(|only| only == name));
        let told: Vec<String> = told.map(str::to_owned).collect();
        if told.is_empty() {
            return Vec::new();
        }
        self.add_links(&mut notice, now_ns);
        told.into_iter().map(|sink| (sink, notice.clone())).collect()
    }

    fn add_links(&self, notice: &mut Notice, now_ns: u64) {
        let Some(base) = &self.public_url else { return };
        let base = base.as_str().trim_end_matches('/');
        notice.url = Some(format!("{base}/alerts/{}", notice.alert));
        if notice.say.is_over() {
            return;
        }
        for (verb, _) in BUTTONS {
            match self.key.token(notice.alert, verb, now_ns) {
                Ok(token) => notice.links.push(Link { verb: verb.into(), url: format!("{base}/act/{token}") }),
                Err(error) => tracing::warn!(%error, "a notice goes out without buttons"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::notice::Say;
    use crate::notify::sinks::tests::notice;
    use crate::settings::sinks::{SinkKind, SinkSettings};

    fn audience(dir: &tempfile::TempDir, public_url: Option<&str>) -> Audience {
        let sink =
            |name: &str, resolved| SinkSettings { name: name.into(), kind: SinkKind::Stdout, resolved, ca_pem: None };
        let settings = Notifications {
            sinks: vec![sink("a", true), sink("b", false)],
            routes: vec![Route::all(&["a", "b"])],
            public_url: public_url.map(|url| Url::parse(url).unwrap()),
        };
        Audience::new(&settings, Key::open(dir.path()).unwrap())
    }

    fn bare(say: Say) -> Notice {
        Notice { url: None, links: Vec::new(), ..notice(say) }
    }

    #[test]
    fn links_hold_a_token_and_no_word_of_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let told = audience(&dir, Some("https://fog.example/x/")).address(bare(Say::Opened), 5);
        assert_eq!(told.iter().map(|(sink, _)| sink.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let notice = &told[0].1;
        assert_eq!(notice.url.as_deref(), Some("https://fog.example/x/alerts/7"));
        assert_eq!(
            notice.links.iter().map(|link| link.verb.as_str()).collect::<Vec<_>>(),
            ["real", "normal", "snooze"]
        );
        let key = Key::open(dir.path()).unwrap();
        let token = notice.links[1].url.strip_prefix("https://fog.example/x/act/").unwrap();
        assert_eq!(key.open_token(token, 6).unwrap().alert, 7);
    }

    #[test]
    fn who_wants_no_resolutions_gets_none_and_without_an_address_there_are_no_links() {
        let dir = tempfile::tempdir().unwrap();
        let told = audience(&dir, None).address(bare(Say::Resolved), 5);
        assert_eq!((told.len(), told[0].0.as_str(), &told[0].1.url), (1, "a", &None));
        assert!(told[0].1.links.is_empty());
    }
}
