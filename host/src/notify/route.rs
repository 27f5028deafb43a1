//! Who gets a notice. Pure.

use super::notice::{Notice, Say};
use super::quiet::matches;
use crate::history::Severity;

/// Which notices go to which sinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The least severity.
    pub least: Severity,
    /// Identity, where `*` stands for any text.
    pub container: String,
    /// A label of the container.
    pub label: Option<(String, String)>,
    /// Names of sinks.
    pub sinks: Vec<String>,
    /// Whether the routes behind it are looked at too.
    pub goes_on: bool,
}

impl Route {
    /// Warnings and worse to all of these sinks: what holds where no route is written.
    pub fn all(sinks: &[&str]) -> Self {
        let sinks = sinks.iter().map(|&name| name.to_owned()).collect();
        Self { least: Severity::Warning, container: "*".into(), label: None, sinks, goes_on: false }
    }

    fn takes(&self, notice: &Notice) -> bool {
        let is_labelled = |(key, value): &(String, String)| notice.labels.get(key) == Some(value);
        (notice.severity >= self.least || notice.say == Say::Test)
            && matches(&self.container, &notice.container)
            && self.label.as_ref().is_none_or(is_labelled)
    }
}

/// Names of the sinks that get the notice, each once: those of the first route that takes it, and of further ones while these go on.
pub fn sinks<'a>(routes: &'a [Route], notice: &Notice) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for route in routes.iter().filter(|route| route.takes(notice)) {
        for sink in &route.sinks {
            if !found.contains(&sink.as_str()) {
                found.push(sink);
            }
        }
        if !route.goes_on {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sinks::tests::notice;

    fn route(least: Severity, container: &str, sinks: &[&str], goes_on: bool) -> Route {
        Route { least, container: container.into(), goes_on, ..Route::all(sinks) }
    }

    #[test]
    fn the_first_route_that_takes_it_decides_unless_it_goes_on() {
        let routes = [
            route(Severity::Critical, "*", &["phone"], true),
            route(Severity::Info, "h/shop/*", &["shop", "phone"], false),
            route(Severity::Warning, "*", &["all"], false),
        ];
        let told = |severity, container: &str| {
            let notice = Notice { severity, container: container.into(), ..notice(Say::Opened) };
            sinks(&routes, &notice).join(" ")
        };
        assert_eq!(told(Severity::Critical, "h/shop/api"), "phone shop");
        assert_eq!(told(Severity::Critical, "h/db"), "phone all");
        assert_eq!(told(Severity::Info, "h/shop/api"), "shop phone");
        assert_eq!(told(Severity::Info, "h/db"), "");
    }

    #[test]
    fn a_label_of_the_container_chooses() {
        let mut chosen = Route::all(&["db"]);
        chosen.label = Some(("team".into(), "db".into()));
        let mut notice = notice(Say::Opened);
        notice.labels.clear();
        assert!(sinks(std::slice::from_ref(&chosen), &notice).is_empty());
        notice.labels.insert("team".into(), "db".into());
        assert_eq!(sinks(&[chosen], &notice), ["db"]);
    }
}
