//! What is spoken with: one bucket of one organization on one server. Knows the words in which errors name them and what to do
//! about them.
//!
//! Promises: no text holds the token, nor anything of a URL but scheme, host and port.

use url::Url;

use crate::spool::ServerError;

#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Scheme, host and port; the path is `/`.
    pub(super) base: Url,
    pub(super) org: String,
    pub(super) bucket: String,
}

impl Target {
    pub(super) fn new(url: &Url, org: &str, bucket: &str) -> Result<Self, ServerError> {
        let fault = match url.scheme() {
            "http" | "https" if !url.has_host() => Some("has no host"),
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                Some("holds a user, but InfluxDB 2 knows tokens: give one by --influx-token-file")
            }
            "http" | "https" if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
                Some("goes on after host and port, but the API of InfluxDB 2 begins right there")
            }
            "http" | "https" => None,
            _ => Some("is neither http:// nor https://"),
        };
        if let Some(fault) = fault {
            return Err(ServerError::Refused(format!("the URL of InfluxDB {fault}; write http://HOST:PORT")));
        }
        if org.is_empty() {
            return Err(ServerError::Refused(
                "InfluxDB 2 needs an organization: give its name by --influx-org (`influx org list`)".into(),
            ));
        }
        if bucket.is_empty() {
            return Err(ServerError::Refused(
                "InfluxDB 2 needs a bucket: give its name by --influx-bucket (`influx bucket list`)".into(),
            ));
        }
        Ok(Self { base: url.clone(), org: org.to_owned(), bucket: bucket.to_owned() })
    }

    pub(super) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    /// "InfluxDB at http://HOST:PORT".
    pub(super) fn name(&self) -> String {
        format!("InfluxDB at {}", self.base.as_str().trim_end_matches('/'))
    }

    pub(super) fn away(&self, why: &str) -> ServerError {
        ServerError::Away(format!("{} {why}", self.name()))
    }

    pub(super) fn refused(&self, why: &str) -> ServerError {
        ServerError::Refused(format!("{} {why}", self.name()))
    }

    pub(super) fn unknown_token(&self, said: &str) -> ServerError {
        let (org, bucket) = (&self.org, &self.bucket);
        self.refused(&format!(
            "does not take the token ({said}): it is not of this server, or has no right to bucket {bucket} of \
             organization {org}; put one that may read and write the bucket into --influx-token-file ({})",
            self.token_command()
        ))
    }

    pub(super) fn no_right(&self, to: &str, said: &str) -> ServerError {
        let (org, bucket) = (&self.org, &self.bucket);
        self.refused(&format!(
            "does not let the token {to} bucket {bucket} of organization {org} ({said}): put one that may read and write \
             it into --influx-token-file ({})",
            self.token_command()
        ))
    }

    pub(super) fn nothing_there(&self, said: &str) -> ServerError {
        let (org, bucket) = (&self.org, &self.bucket);
        self.refused(&format!(
            "has no bucket {bucket} in organization {org}, or does not show it to the token ({said}): make it with `influx \
             bucket create --name {bucket} --org {org} --retention 30d`, or name another by --influx-bucket and \
             --influx-org, or let the token read it"
        ))
    }

    fn token_command(&self) -> String {
        format!("`influx auth create --org {} --read-bucket BUCKET-ID --write-bucket BUCKET-ID`", self.org)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str, org: &str, bucket: &str) -> String {
        Target::new(&Url::parse(url).unwrap(), org, bucket).unwrap_err().to_string()
    }

    #[test]
    fn a_url_that_cannot_be_meant_is_refused_without_showing_its_secrets() {
        assert!(refusal("ftp://host", "o", "b").contains("neither http"));
        assert!(refusal("http://host/influx", "o", "b").contains("after host and port"));
        assert!(refusal("http://host/?db=x", "o", "b").contains("after host and port"));
        let text = refusal("http://me:secret@host:8086", "o", "b");
        assert!(text.contains("--influx-token-file") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn org_and_bucket_must_be_named() {
        assert!(refusal("http://host", "", "b").contains("--influx-org"));
        assert!(refusal("http://host", "o", "").contains("--influx-bucket"));
    }
}
