//! One artifact of one registry, by the OCI distribution API.
//!
//! `oci-client` reads references and does the handshake of tokens; the answers are fetched by `http`, because that crate
//! follows every redirect and holds a manifest of any size.

use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use url::Url;

use super::fetch::{Bounds, FetchError, Fetcher};
use super::follow::Follow;
use super::http::{Answer, Http, HttpError, Pass, Question, broken};
use super::layout::{self, Layer};
use super::login::Login;
use super::source::{digest_of, is_loopback_registry};
use crate::plugins::Digest;
use crate::plugins::text::safe;

/// Bytes of a manifest; the specification asks registries for no more.
const MANIFEST_BYTES_MAX: usize = 4 << 20;

const DIGEST_HEADER: &str = "docker-content-digest";

/// Bytes kept of what the registry says to a login.
const SAID_BYTES_MAX: usize = 300;

/// A registry, about to be asked for one artifact.
#[derive(Debug)]
pub(super) struct Registry<'a> {
    reference: &'a Reference,
    login: Option<&'a Login>,
    ca_pem: Option<&'a [u8]>,
    plain: bool,
    bounds: Bounds,
    http: Http,
}

impl<'a> Registry<'a> {
    pub(super) fn open(fetcher: &'a Fetcher, reference: &'a Reference) -> Result<Self, FetchError> {
        let loopback = is_loopback_registry(reference.registry());
        let ca_pem = fetcher.ca_pem.as_deref();
        Ok(Self {
            reference,
            login: fetcher.logins.of(reference.registry()),
            ca_pem,
            plain: loopback && ca_pem.is_none(),
            bounds: fetcher.bounds,
            http: Http::new(&fetcher.bounds, ca_pem, loopback)?,
        })
    }

    /// The component's bytes, and the reference by digest that always gives them.
    pub(super) async fn pull(&self) -> Result<(Vec<u8>, String), FetchError> {
        let pass = self.pass().await?;
        let (manifest, digest) = self.manifest(pass.as_ref()).await?;
        let layer = layout::layer(&manifest)
            .map_err(|fault| FetchError::Layout { reference: self.reference.whole(), fault })?;
        let bytes = self.blob(&layer, pass.as_ref()).await?;
        let pinned = format!("oci://{}/{}@sha256:{digest}", self.reference.registry(), self.reference.repository());
        Ok((bytes, pinned))
    }

    /// The manifest and its digest. A tag stands for the digest of what was answered.
    async fn manifest(&self, pass: Option<&Pass>) -> Result<(Vec<u8>, Digest), FetchError> {
        let name = self.reference.digest().or(self.reference.tag()).unwrap_or_default();
        let url = self.url("manifests", name)?;
        let bytes_max = MANIFEST_BYTES_MAX;
        let question = Question { url, accept: layout::ACCEPT, pass, follow: Follow::SameHost, bytes_max };
        let Answer { headers, bytes } = self.http.get(question).await.map_err(|error| self.refused(error))?;
        let found = Digest::of(&bytes);
        let said = headers.get(DIGEST_HEADER).and_then(|said| said.to_str().ok());
        for expected in [self.reference.digest(), said].into_iter().flatten().flat_map(digest_of) {
            self.check("manifest", expected, found)?;
        }
        Ok((bytes, found))
    }

    async fn blob(&self, layer: &Layer, pass: Option<&Pass>) -> Result<Vec<u8>, FetchError> {
        let most = self.bounds.bytes_max;
        if layer.bytes > most as u64 {
            return Err(FetchError::LayerSize { reference: self.reference.whole(), found: layer.bytes, most });
        }
        let url = self.url("blobs", &format!("sha256:{}", layer.digest))?;
        let bytes_max = usize::try_from(layer.bytes).unwrap_or(most);
        let question = Question { url, accept: "*/*", pass, follow: Follow::AnyHost, bytes_max };
        let bytes = self.http.get(question).await.map_err(|error| self.refused(error))?.bytes;
        self.check("component", layer.digest, Digest::of(&bytes))?;
        Ok(bytes)
    }

    fn check(&self, what: &'static str, expected: Digest, found: Digest) -> Result<(), FetchError> {
        if expected == found {
            return Ok(());
        }
        Err(FetchError::Forged { reference: self.reference.whole(), what, expected, found })
    }

    /// What the registry wants to be shown: a token that it hands out, or user and password themselves.
    async fn pass(&self) -> Result<Option<Pass>, FetchError> {
        let auth = match self.login {
            None => RegistryAuth::Anonymous,
            Some(login) => RegistryAuth::Basic(login.user.clone(), login.password.clone()),
        };
        let (client, door) = (self.client()?, self.url("", "")?);
        let handshake = client.auth(self.reference, &auth, RegistryOperation::Pull);
        let token = match tokio::time::timeout(self.bounds.time_max, handshake).await {
            Ok(Ok(token)) => token,
            Ok(Err(OciDistributionError::RequestError(error))) => return Err(broken(&door, &error).into()),
            Ok(Err(error)) => return Err(self.locked(&error)),
            Err(_) => return Err(self.http.slow(&door).into()),
        };
        Ok(token.map(Pass::Token).or_else(|| self.login.cloned().map(Pass::Login)))
    }

    fn client(&self) -> Result<Client, FetchError> {
        let certificate = |pem: &[u8]| Certificate { encoding: CertificateEncoding::Pem, data: pem.to_vec() };
        let config = ClientConfig {
            protocol: if self.plain { ClientProtocol::Http } else { ClientProtocol::Https },
            extra_root_certificates: self.ca_pem.map(certificate).into_iter().collect(),
            connect_timeout: Some(self.bounds.silence_max),
            read_timeout: Some(self.bounds.silence_max),
            user_agent: concat!("foghorn/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        Client::try_from(config).map_err(|error| self.locked(&error))
    }

    fn url(&self, kind: &str, name: &str) -> Result<Url, FetchError> {
        let scheme = if self.plain { "http" } else { "https" };
        let (registry, repository) = (self.reference.resolve_registry(), self.reference.repository());
        Url::parse(&format!("{scheme}://{registry}/v2/{repository}/{kind}/{name}"))
            .map_err(|error| HttpError::Client { why: error.to_string() }.into())
    }

    /// Registries answer "not there" and "not for you" alike, so as not to tell what there is.
    fn refused(&self, fault: HttpError) -> FetchError {
        let cure = match self.login {
            Some(_) => "check the name, and what the user of FOGHORN_REGISTRY_LOGIN may read",
            None => "check the name, or give a login with FOGHORN_REGISTRY_LOGIN or its file",
        };
        match fault {
            HttpError::Status { status: 401 | 403 | 404, .. } => {
                FetchError::Refused { reference: self.reference.whole(), fault, cure }
            }
            fault => fault.into(),
        }
    }

    fn locked(&self, error: &OciDistributionError) -> FetchError {
        let why = safe(&error.to_string(), SAID_BYTES_MAX);
        FetchError::Login { registry: self.reference.registry().to_owned(), why }
    }
}
