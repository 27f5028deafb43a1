//! Redis servers on loopback, alone, as a cluster, behind sentinels, with TLS.
