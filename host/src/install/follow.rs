//! Where a redirect may lead: decided without asking anybody.

use url::Url;

use super::source::is_loopback;

/// Where a redirect may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// To the host that was asked. Whoever named a host did not name another.
    SameHost,
    /// Anywhere over TLS, for bytes whose digest is known. Registries keep their layers with others.
    AnyHost,
}

/// Never from TLS to plain text, never in plain text to another machine.
pub(super) fn may_follow(from: &Url, to: &Url, follow: Follow) -> bool {
    let safe = match to.scheme() {
        "https" => true,
        "http" => from.scheme() == "http" && is_loopback(to),
        _ => false,
    };
    safe && (follow == Follow::AnyHost || same_host(from, to))
}

pub(super) fn same_host(a: &Url, b: &Url) -> bool {
    a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default() && a.scheme() == b.scheme()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(from: &str, to: &str, follow: Follow) -> bool {
        let from = Url::parse(from).unwrap();
        may_follow(&from, &from.join(to).unwrap(), follow)
    }

    #[test]
    fn a_redirect_stays_with_its_host_or_with_tls() {
        let here = "https://example.com/a.wasm";
        for (to, same_host, any_host) in [
            ("/b.wasm", true, true),
            ("https://example.com:443/b.wasm", true, true),
            ("https://example.com:8443/b.wasm", false, true),
            ("https://cdn.example.com/b.wasm", false, true),
            ("http://example.com/a.wasm", false, false),
            ("http://127.0.0.1/a.wasm", false, false),
            ("ftp://example.com/a.wasm", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            assert_eq!(may(here, to, Follow::SameHost), same_host, "{to}");
            assert_eq!(may(here, to, Follow::AnyHost), any_host, "{to}");
        }
    }

    #[test]
    fn plain_http_goes_from_this_machine_to_itself() {
        let here = "http://127.0.0.1:5000/a";
        assert!(may(here, "/b", Follow::SameHost));
        assert!(!may(here, "http://127.0.0.1:6000/b", Follow::SameHost));
        assert!(may(here, "http://127.0.0.1:6000/b", Follow::AnyHost));
        assert!(!may(here, "http://example.com/b", Follow::AnyHost));
    }
}
