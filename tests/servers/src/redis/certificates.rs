//! Certificates for a server on loopback, signed by an authority that nobody else knows.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Where the files lie. They go with the directory they were made in.
#[derive(Debug, Clone)]
pub struct Certificates {
    pub ca_file: PathBuf,
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
}

impl Certificates {
    pub fn make(directory: &Path) -> anyhow::Result<Self> {
        let files = Self {
            ca_file: directory.join("ca.pem"),
            certificate_file: directory.join("server.pem"),
            key_file: directory.join("server.key"),
        };
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "authority of a test");
        let authority_key = KeyPair::generate()?;
        std::fs::write(&files.ca_file, authority.self_signed(&authority_key)?.pem())?;

        let server = CertificateParams::new(vec!["127.0.0.1".to_string(), "localhost".to_string()])?;
        let server_key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        std::fs::write(&files.certificate_file, server.signed_by(&server_key, &issuer)?.pem())?;
        std::fs::write(&files.key_file, server_key.serialize_pem())?;
        Ok(files)
    }

    /// What `redis-server` is told of them; clients need no certificate.
    pub(super) fn arguments(&self) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let mut all = vec!["--tls-cert-file".into(), path(&self.certificate_file), "--tls-key-file".into()];
        all.extend([path(&self.key_file), "--tls-ca-cert-file".into(), path(&self.ca_file)]);
        all.extend(["--tls-auth-clients".into(), "no".into()]);
        all
    }
}
