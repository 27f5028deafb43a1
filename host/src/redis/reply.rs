//! Answers of Redis about streams, taken apart. Pure.
//!
//! What does not look as expected is passed over or `None`: who asked treats it as not there.

use ::redis::Value;

use super::entry::{Entry, decode};
use super::id::EntryId;

/// An entry as it was found; `entry` is `None` where it is not in our layout or not what its id says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) id: EntryId,
    pub(super) entry: Option<Entry>,
}

/// What `XINFO STREAM` says that matters here.
#[derive(Debug, PartialEq)]
pub(super) struct StreamInfo {
    pub(super) last: EntryId,
    pub(super) last_entry: Option<Found>,
}

/// What `XINFO GROUPS` says of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupInfo {
    pub(super) delivered: EntryId,
    pub(super) pending_entries: u64,
    /// Unknown to the server after some kinds of trimming, and before Redis 7.
    pub(super) unread_entries: Option<u64>,
}

/// Of `XRANGE` and `XREVRANGE`.
pub(super) fn entries(value: &Value) -> Vec<Found> {
    items(value).iter().filter_map(found).collect()
}

/// Of `XREADGROUP` with one stream.
pub(super) fn read_entries(value: &Value) -> Vec<Found> {
    let Some(stream) = items(value).first() else { return Vec::new() };
    items(stream).get(1).map(entries).unwrap_or_default()
}

/// Of `XAUTOCLAIM … JUSTID`: where to go on (nowhere when `None`), and what was claimed.
pub(super) fn claimed(value: &Value) -> (Option<EntryId>, Vec<EntryId>) {
    let parts = items(value);
    let next = parts.first().and_then(id).filter(|&next| next != EntryId::default());
    (next, parts.get(1).map(items).unwrap_or_default().iter().filter_map(id).collect())
}

pub(super) fn stream_info(value: &Value) -> Option<StreamInfo> {
    Some(StreamInfo {
        last: named(value, b"last-generated-id").and_then(id)?,
        last_entry: named(value, b"last-entry").and_then(found),
    })
}

pub(super) fn group_info(value: &Value, group: &str) -> Option<GroupInfo> {
    let ours = |info: &&Value| named(info, b"name").and_then(bytes) == Some(group.as_bytes());
    let info = items(value).iter().find(ours)?;
    Some(GroupInfo {
        delivered: named(info, b"last-delivered-id").and_then(id)?,
        pending_entries: named(info, b"pending").and_then(number).unwrap_or_default(),
        unread_entries: named(info, b"lag").and_then(number),
    })
}

fn found(value: &Value) -> Option<Found> {
    let [id_value, fields] = items(value) else { return None };
    let id = id(id_value)?;
    let pairs = items(fields).chunks_exact(2).filter_map(|pair| Some((bytes(&pair[0])?, bytes(&pair[1])?)));
    let entry = decode(pairs).filter(|entry| entry.lines.len() as u64 == id.lines);
    Some(Found { id, entry })
}

fn named<'a>(map: &'a Value, name: &[u8]) -> Option<&'a Value> {
    items(map).chunks_exact(2).find(|pair| bytes(&pair[0]) == Some(name)).map(|pair| &pair[1])
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

fn id(value: &Value) -> Option<EntryId> {
    EntryId::parse(bytes(value)?)
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}
