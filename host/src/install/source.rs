//! Where a plugin is to come from, as the user wrote it: `FILE`, `https://…#sha256:…` or `oci://…`.

use std::net::IpAddr;
use std::path::PathBuf;

use oci_client::Reference;
use url::{Host, Url};

use crate::plugins::Digest;

const REGISTRY: &str = "oci://";
const DIGEST: &str = "sha256:";

/// A place to fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    File(PathBuf),
    /// Without its fragment.
    Url(Url),
    /// With a registry, and a tag or a digest. The digest is that of the manifest.
    Registry(Reference),
}

/// A place, and what is to be found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub source: Source,
    /// The digest of the component's bytes. Always there for a URL.
    pub digest: Option<Digest>,
}

impl Wanted {
    /// `text` is what the user calls the source, `digest` is the digest named beside it: `sha256:…`.
    pub fn parse(text: &str, digest: Option<&str>) -> Result<Self, SourceError> {
        let digest = digest.map(digest_of).transpose()?;
        if let Some(reference) = text.strip_prefix(REGISTRY) {
            return Ok(Self { source: Source::Registry(reference_of(reference)?), digest });
        }
        match text.split_once("://") {
            None => Ok(Self { source: Source::File(text.into()), digest }),
            Some(("http" | "https", _)) => url(text, digest),
            Some((scheme, _)) => Err(SourceError::Scheme { found: scheme.to_owned() }),
        }
    }
}

fn url(text: &str, beside: Option<Digest>) -> Result<Wanted, SourceError> {
    // What holds an `@` may hold a password, which is not repeated.
    let shown = if text.contains('@') { "it" } else { text };
    let mut url =
        Url::parse(text).map_err(|error| SourceError::Url { shown: shown.to_owned(), why: error.to_string() })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SourceError::UrlLogin);
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(SourceError::Plain { shown: shown.to_owned() });
    }
    let inside = url.fragment().map(digest_of).transpose()?;
    url.set_fragment(None);
    let digest = match (inside, beside) {
        (Some(inside), Some(beside)) if inside != beside => return Err(SourceError::TwoDigests { inside, beside }),
        (Some(digest), _) | (None, Some(digest)) => digest,
        (None, None) => return Err(SourceError::NoDigest { url: url.into() }),
    };
    Ok(Wanted { source: Source::Url(url), digest: Some(digest) })
}

/// A registry is never guessed: a name without one would be looked for at a place the user did not write.
fn reference_of(text: &str) -> Result<Reference, SourceError> {
    let bad = |why: &str| SourceError::Reference { found: text.to_owned(), why: why.to_owned() };
    let Some((registry, _)) = text.split_once('/') else { return Err(bad("it names no registry")) };
    if registry.contains('@') {
        return Err(SourceError::UrlLogin);
    }
    if !(registry.contains(['.', ':']) || registry == "localhost") {
        return Err(bad("it does not begin with a registry's host"));
    }
    // The tag that this type puts in where none was written is a moving one.
    let after_registry = &text[registry.len()..];
    if !after_registry.contains([':', '@']) {
        return Err(bad("it has neither a tag nor a digest"));
    }
    let reference: Reference = text.parse().map_err(|error: oci_client::ParseError| bad(&error.to_string()))?;
    if reference.digest().is_some_and(|digest| digest_of(digest).is_err()) {
        return Err(bad("its digest is not sha256: with 64 digits"));
    }
    Ok(reference)
}

/// Reads `sha256:…`, in full.
pub(super) fn digest_of(text: &str) -> Result<Digest, SourceError> {
    let bad = || SourceError::Digest { found: text.to_owned() };
    let digits = text.strip_prefix(DIGEST).ok_or_else(bad)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(bad());
    }
    digits.parse().map_err(|_| bad())
}

/// Whether the URL's host is this machine by its very name.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The same for `HOST[:PORT]`, as registries are written.
pub(super) fn is_loopback_registry(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// What was written names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("'{found}://' cannot be fetched from; allowed are a file's path, https:// and oci://")]
    Scheme { found: String },
    #[error("{shown} is no address: {why}")]
    Url { shown: String, why: String },
    #[error(
        "the address holds a user or a password, which others could see; a registry's login is given in FOGHORN_REGISTRY_LOGIN or its file"
    )]
    UrlLogin,
    #[error("{shown} is plain http to another machine; allowed is https (and http to 127.0.0.1)")]
    Plain { shown: String },
    #[error("nothing says what {url} must hold; add --digest sha256:… or write URL#sha256:…")]
    NoDigest { url: String },
    #[error("the address asks for sha256:{inside}, --digest for sha256:{beside}; give one")]
    TwoDigests { inside: Digest, beside: Digest },
    #[error("'{found}' is no digest; write sha256: and 64 hexadecimal digits")]
    Digest { found: String },
    #[error("'oci://{found}' cannot be used: {why}; write oci://REGISTRY/NAME:TAG or oci://REGISTRY/NAME@sha256:…")]
    Reference { found: String, why: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONES: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    const TWOS: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

    fn error(text: &str, digest: Option<&str>) -> String {
        Wanted::parse(text, digest).unwrap_err().to_string()
    }

    #[test]
    fn a_path_is_a_file() {
        for text in ["a.wasm", "./sha256:x.wasm", "/tmp/a b.wasm"] {
            let wanted = Wanted::parse(text, Some(ONES)).unwrap();
            assert_eq!(wanted, Wanted { source: Source::File(text.into()), digest: Some(digest_of(ONES).unwrap()) });
        }
        assert!(Wanted::parse("a.wasm", None).unwrap().digest.is_none());
    }

    #[test]
    fn a_url_comes_with_a_digest() {
        let within = Wanted::parse(&format!("https://example.com/a.wasm#{ONES}"), None).unwrap();
        let beside = Wanted::parse("https://example.com/a.wasm", Some(ONES)).unwrap();
        assert_eq!(within, beside);
        assert!(matches!(&within.source, Source::Url(url) if url.as_str() == "https://example.com/a.wasm"));
        assert!(Wanted::parse(&format!("https://example.com/a.wasm#{ONES}"), Some(ONES)).is_ok());
        assert!(error("https://example.com/a.wasm", None).contains("--digest"));
        assert!(error(&format!("https://example.com/a.wasm#{ONES}"), Some(TWOS)).contains("give one"));
        assert!(error("https://example.com/a.wasm#top", None).contains("'top' is no digest"));
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for host in ["127.0.0.1:8000", "[::1]:8000", "localhost"] {
            assert!(Wanted::parse(&format!("http://{host}/a.wasm"), Some(ONES)).is_ok(), "{host}");
        }
        for host in ["example.com", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com"] {
            assert!(error(&format!("http://{host}/a.wasm"), Some(ONES)).contains("plain http"), "{host}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_refused_and_not_repeated() {
        for text in ["https://me:secret@example.com/a.wasm", "https://me:secret@exa mple/", "oci://me:secret@a.b/c:1"] {
            assert!(!error(text, Some(ONES)).contains("secret"), "{text}");
        }
    }

    #[test]
    fn other_schemes_are_named() {
        for (text, scheme) in [("ftp://example.com/a", "ftp"), ("file:///a.wasm", "file"), ("OCI://a.b/c:1", "OCI")] {
            assert!(error(text, None).contains(&format!("'{scheme}://'")), "{text}");
        }
    }

    #[test]
    fn a_registry_reference_names_registry_and_tag_or_digest() {
        for text in ["ghcr.io/me/plugin:1.0.0", "127.0.0.1:5000/plugin:v1", "localhost/plugin:1", "a.b/c:1"] {
            let Source::Registry(reference) = Wanted::parse(&format!("oci://{text}"), None).unwrap().source else {
                panic!("{text}");
            };
            assert_eq!(reference.whole(), text);
        }
        let pinned = format!("oci://127.0.0.1:5000/me/plugin@{ONES}");
        assert!(matches!(
            Wanted::parse(&pinned, None).unwrap().source,
            Source::Registry(reference) if reference.digest() == Some(ONES) && reference.tag().is_none()
        ));
        for (text, why) in [
            ("oci://plugin:1.0.0", "no registry"),
            ("oci://me/plugin:1.0.0", "registry's host"),
            ("oci://ghcr.io/me/plugin", "neither a tag nor a digest"),
            ("oci://ghcr.io:443/plugin", "neither a tag nor a digest"),
            ("oci://ghcr.io/me/plugin@sha256:12", "cannot be used"),
            ("oci://ghcr.io/Me/plugin:1", "cannot be used"),
        ] {
            assert!(error(text, None).contains(why), "{text}: {}", error(text, None));
        }
    }

    #[test]
    fn only_full_sha256_digests_are_taken() {
        for text in ["sha256:", "sha256:11", &ONES[7..], &ONES.replace("sha256", "sha512"), &ONES.replace("11", "+1")] {
            assert!(digest_of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn loopback_registries_are_told_from_others() {
        for (registry, loopback) in
            [("127.0.0.1:5000", true), ("localhost:5000", true), ("localhost", true), ("ghcr.io", false)]
        {
            assert_eq!(is_loopback_registry(registry), loopback, "{registry}");
        }
        assert!(!is_loopback_registry("127.0.0.1.example.com:5000"));
    }
}
