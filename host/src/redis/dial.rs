//! Making connections: plain, TLS, unix socket, cluster, by way of sentinels.
//!
//! Promises: every connection stays broken once it broke, so that whoever holds it notices and asks what the server still
//! has. That is why the crate's connection manager is not used and why a cluster connection tries nothing a second time.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use ::redis::cluster::ClusterClient;
use ::redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisResult, TlsCertificates, TlsMode,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::address::{Address, Host, Kind};
use super::wire::Wire;
use crate::settings::servers::RedisSettings;
use crate::spool::ServerError;

const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A server that is busy for longer, or a network that is gone, is taken for away.
const RESPONSE_MAX: Duration = Duration::from_secs(10);

/// Knows how to reach one Redis.
pub(super) struct Dial {
    pub(super) address: Address,
    way: Way,
}

enum Way {
    Server(Client),
    Cluster(ClusterClient),
    /// The client remembers the sentinels it talked to.
    Sentinel(tokio::sync::Mutex<SentinelClient>),
}

impl Dial {
    /// Checks URL and files; connects to nothing.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, ServerError> {
        let mut address = Address::parse(&settings.url).map_err(ServerError::Refused)?;
        if let Some(path) = &settings.password_file {
            if address.password.is_some() {
                return refused(
                    "redis-url holds a password and redis-password-file is given too; take one of them out",
                );
            }
            address.password = Some(password(path)?);
        }
        if address.user.is_some() && address.password.is_none() {
            return refused("redis-url names a user but no password; add it, or set redis-password-file");
        }
        if settings.ca_file.is_some() && !address.tls {
            return refused("redis-ca-file is given but redis-url asks for no TLS; begin the URL with rediss");
        }
        let ca = settings.ca_file.as_deref().map(certificates).transpose()?;
        // Whoever comes first in this process decides; all of us install the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let way = Way::new(&address, ca)
            .map_err(|error| ServerError::Refused(format!("{address} cannot be used: {error}; check redis-url")))?;
        Ok(Self { address, way })
    }

    pub(super) async fn connect(&self) -> RedisResult<Wire> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_MAX))
            .set_response_timeout(Some(RESPONSE_MAX));
        match &self.way {
            Way::Server(client) => {
                Ok(Wire::One(Box::new(client.get_multiplexed_async_connection_with_config(&config).await?)))
            }
            Way::Cluster(client) => Ok(Wire::Cluster(client.get_async_connection().await?)),
            Way::Sentinel(client) => {
                let connection = client.lock().await.get_async_connection_with_config(&config).await?;
                Ok(Wire::One(Box::new(connection)))
            }
        }
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dial").field(&self.address).finish()
    }
}

impl Way {
    fn new(address: &Address, ca: Option<Vec<u8>>) -> RedisResult<Self> {
        let certificates = ca.map(|ca| TlsCertificates { client_tls: None, root_cert: Some(ca) });
        match &address.kind {
            Kind::Server(host) => server(address, host, certificates).map(Self::Server),
            Kind::Socket(path) => Client::open(info(address, ConnectionAddr::Unix(path.clone()))?).map(Self::Server),
            Kind::Cluster(hosts) => cluster(address, hosts, certificates).map(Self::Cluster),
            Kind::Sentinel { hosts, master } => {
                Ok(Self::Sentinel(sentinel(address, hosts, master, certificates)?.into()))
            }
        }
    }
}

fn server(address: &Address, host: &Host, certificates: Option<TlsCertificates>) -> RedisResult<Client> {
    let info = info(address, target(host, address.tls))?;
    match certificates {
        Some(certificates) => Client::build_with_tls(info, certificates),
        None => Client::open(info),
    }
}

fn cluster(address: &Address, hosts: &[Host], certificates: Option<TlsCertificates>) -> RedisResult<ClusterClient> {
    let nodes = hosts.iter().map(|host| info(address, target(host, address.tls))).collect::<RedisResult<Vec<_>>>()?;
    let builder = ClusterClient::builder(nodes)
        .retries(0)
        .connection_timeout(CONNECT_MAX)
        .response_timeout(RESPONSE_MAX)
        .overall_response_timeout(Some(RESPONSE_MAX));
    match certificates {
        Some(certificates) => builder.certs(certificates).build(),
        None => builder.build(),
    }
}

/// User, password and database are those of the servers; sentinels are asked without.
fn sentinel(
    address: &Address,
    hosts: &[Host],
    master: &str,
    certificates: Option<TlsCertificates>,
) -> RedisResult<SentinelClient> {
    let sentinels = hosts.iter().map(|host| target(host, address.tls));
    let mut builder = SentinelClientBuilder::new(sentinels, master, SentinelServerType::Master)?
        .set_client_to_redis_db(address.database);
    if let Some(user) = &address.user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = &address.password {
        builder = builder.set_client_to_redis_password(password);
    }
    if address.tls {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    if let Some(certificates) = certificates {
        builder = builder
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_certificates(certificates);
    }
    builder.build()
}

fn target(host: &Host, tls: bool) -> ConnectionAddr {
    if tls {
        ConnectionAddr::TcpTls { host: host.name.clone(), port: host.port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host.name.clone(), host.port)
    }
}

fn info(address: &Address, target: ConnectionAddr) -> RedisResult<ConnectionInfo> {
    // Telling the server the client's name would need one more right.
    let mut settings = RedisConnectionInfo::default().set_db(address.database).set_skip_set_lib_name();
    if let Some(user) = &address.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &address.password {
        settings = settings.set_password(password);
    }
    Ok(target.into_connection_info()?.set_redis_settings(settings))
}

fn password(path: &Path) -> Result<String, ServerError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ServerError::Refused(format!("redis-password-file {} cannot be read: {error}", path.display()))
    })?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => refused(format!("redis-password-file {} is empty; write the password into it", path.display())),
        password => Ok(password.to_string()),
    }
}

fn certificates(path: &Path) -> Result<Vec<u8>, ServerError> {
    let pem = std::fs::read(path)
        .map_err(|error| ServerError::Refused(format!("redis-ca-file {} cannot be read: {error}", path.display())))?;
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(pem),
        _ => refused(format!("redis-ca-file {} holds no certificate in PEM form", path.display())),
    }
}

fn refused<T>(text: impl Into<String>) -> Result<T, ServerError> {
    Err(ServerError::Refused(text.into()))
}
