//! What the host may set.

/// How the dashboard serves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names, without port, under which the dashboard may be asked for beside loopback ones and IP addresses that are loopback.
    /// Default: none. Needed when it is reached as `foghorn.lan`: a foreign site could otherwise point a
    /// name of its own at this machine and read the page (DNS rebinding). An IP address may be listed too.
    pub allowed_hosts: Vec<String>,
    /// Open event streams at once. Default 200; the next is answered with 503.
    pub streams_max: usize,
    /// Reads of the source at once. Default 4; further ones wait.
    pub reads_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { allowed_hosts: Vec::new(), streams_max: 200, reads_max: 4 }
    }
}
