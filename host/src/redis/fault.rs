//! What an error of Redis means: away for now, or refused until somebody changes something.
//!
//! Texts name the server without user and password, what it said, and what to do. Left out: errors that are an expected
//! answer to one command (no such key, id too small); who sends the command knows them.

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

use super::address::Address;
use crate::spool::ServerError;

/// What a user must be allowed: each of these is used, nothing else is.
pub(super) const RIGHTS: &str = "+ping +info +type +del +xadd +xack +xautoclaim +xgroup|create +xinfo|stream +xinfo|groups +xrange \
                      +xrevrange +xreadgroup +xtrim (+select for databases other than 0, +role behind sentinels, \
                      +cluster|slots in a cluster)";

/// Whether the connection cannot be trusted any more, or leads to a server that is not the right one now.
pub(super) fn ends_epoch(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
        ),
        ErrorKind::Extension => error.code() == Some("NOAUTH"),
        _ => true,
    }
}

pub(super) fn explain(error: &RedisError, address: &Address) -> ServerError {
    let said = said(error);
    match cure(error, &said, address) {
        Some(cure) => ServerError::Refused(format!("redis at {address} refuses: {said}; {cure}")),
        None => ServerError::Away(format!("redis at {address} is away: {said}")),
    }
}

/// What the server or the connection said, on one line.
pub(super) fn said(error: &RedisError) -> String {
    let text = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    };
    text.replace(['\r', '\n'], " ")
}

/// What to do, where somebody has to do something.
fn cure(error: &RedisError, said: &str, address: &Address) -> Option<String> {
    if said.contains("no permissions to run") {
        return Some(format!("the user needs {RIGHTS}, and +select for a database other than 0"));
    }
    match error.code() {
        Some("NOAUTH" | "WRONGPASS") => return Some(login_cure(address)),
        Some("NOPERM") => return Some(format!("the user needs the keys under redis-prefix and {RIGHTS}")),
        Some("READONLY" | "OOM" | "MISCONF" | "NOREPLICAS" | "LOADING" | "BUSY" | "UNBLOCKED") => return None,
        Some("MOVED" | "CROSSSLOT") if !matches!(address.kind, super::address::Kind::Cluster(_)) => {
            return Some("this server is part of a cluster, begin redis-url with redis+cluster://".into());
        }
        _ => {}
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => Some(login_cure(address)),
        ErrorKind::MasterNameNotFoundBySentinel => {
            Some("give the name under which the sentinels know it in redis-url".into())
        }
        ErrorKind::Server(ServerErrorKind::ResponseError) => Some(response_cure(said, address)),
        _ if said.contains("certificate") => Some(
            "set redis-ca-file to the certificate that signed the server's, and use a host name that it was made for"
                .into(),
        ),
        _ => None,
    }
}

fn login_cure(address: &Address) -> String {
    match (&address.user, address.password.is_some()) {
        (Some(user), _) => format!("check user {user} and its password in redis-url or redis-password-file"),
        (None, true) => {
            "check the password in redis-url or redis-password-file, and whether a user has to be named".into()
        }
        (None, false) => "set a password in redis-url or redis-password-file".into(),
    }
}

fn response_cure(said: &str, address: &Address) -> String {
    if said.contains("unknown command") || said.contains("syntax error") {
        return "Redis 6.2 or later is needed".into();
    }
    if said.contains("DB index") || said.contains("SELECT") {
        return format!("database {} is not there, change the number at the end of redis-url", address.database);
    }
    if said.contains("cluster support disabled") {
        return "this server is not part of a cluster, begin redis-url with redis://".into();
    }
    "this was not expected, see the server's log".into()
}
