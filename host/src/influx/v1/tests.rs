//! The v1 dialect against real and hostile servers.
