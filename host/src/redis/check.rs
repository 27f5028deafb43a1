//! Asking a server whether it can be used: does it answer, may we do what we have to, will it keep what it is given.

use ::redis::{Cmd, RedisResult, Value, cmd};

use super::link::Connected;
use super::{GROUP, RedisStreams};
use crate::spool::ServerError;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    version: String,
    policy: String,
    append_only: bool,
}

impl RedisStreams {
    pub(super) async fn check_server(&self) -> Result<String, ServerError> {
        let mut connected = self.link.connected().await?;
        let answer = self.ask_all(&mut connected).await;
        answer.map_err(|error| connected.explain(&error))
    }

    async fn ask_all(&self, connected: &mut Connected) -> RedisResult<String> {
        connected.ask::<()>(&cmd("PING")).await?;
        for command in self.probes() {
            connected.ask::<()>(&command).await?;
        }
        let said = texts(&connected.ask::<Value>(&cmd("INFO")).await?);
        let facts: Vec<_> = said.iter().map(|text| Facts::parse(text)).collect();
        let version = facts.first().map_or("", |facts| facts.version.as_str());
        let mut answer = format!("Redis {version} at {} answers and lets us write and read", self.link.shown());
        if let Some(facts) = facts.iter().find(|facts| facts.policy != "noeviction") {
            answer.push_str(&format!(
                "; warning: its maxmemory-policy is {}, which may throw whole streams away; set it to noeviction",
                facts.policy
            ));
        }
        if facts.iter().any(|facts| !facts.append_only) {
            answer.push_str(&format!(
                "; warning: {}, so after a crash lines are missing until they are sent again as far as the spool has \
                 them; set appendonly yes",
                self.snapshots(connected).await
            ));
        }
        Ok(answer)
    }

    /// Whoever may not read the settings of the server is not told more.
    async fn snapshots(&self, connected: &mut Connected) -> &'static str {
        match connected.ask::<Value>(cmd("CONFIG").arg("GET").arg("save")).await {
            Ok(answer) if texts(&answer).iter().all(|text| text.is_empty() || text == "save") => "it persists nothing",
            Ok(_) => "it persists by snapshots only",
            Err(_) => "its append-only file is off",
        }
    }

    /// Every command that is needed, on a key of its own that is deleted in the end.
    fn probes(&self) -> Vec<Cmd> {
        let key = format!("{}probe:{{{:016x}}}", self.prefix, self.store_id);
        let consumer = format!("{:016x}", self.store_id);
        let texts = [
            format!("DEL {key}"),
            format!("XGROUP CREATE {key} {GROUP} 0 MKSTREAM"),
            format!("XADD {key} NOMKSTREAM 1-1 v 1"),
            format!("XINFO STREAM {key}"),
            format!("XINFO GROUPS {key}"),
            format!("XREADGROUP GROUP {GROUP} {consumer} COUNT 1 STREAMS {key} >"),
            format!("XAUTOCLAIM {key} {GROUP} {consumer} 0 0-0 COUNT 1 JUSTID"),
            format!("XACK {key} {GROUP} 1-1"),
            format!("XRANGE {key} - + COUNT 1"),
            format!("XREVRANGE {key} + - COUNT 1"),
            format!("XTRIM {key} MINID = 2-0"),
            format!("TYPE {key}"),
            format!("DEL {key}"),
        ];
        texts.iter().map(|text| command(text, &key)).collect()
    }
}

/// The key may hold spaces, where the prefix does.
fn command(text: &str, key: &str) -> Cmd {
    let mut command = Cmd::new();
    for (index, part) in text.split(key).enumerate() {
        if index > 0 {
            command.arg(key);
        }
        part.split_whitespace().for_each(|word| {
            command.arg(word);
        });
    }
    command
}

impl Facts {
    /// Out of the answer to `INFO`.
    fn parse(info: &str) -> Self {
        let value = |name: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or("unknown").trim().to_string()
        };
        Self {
            version: value("redis_version"),
            policy: value("maxmemory_policy"),
            append_only: value("aof_enabled") == "1",
        }
    }
}

/// All texts in an answer: one of a server, one for each server of a cluster (without the servers' names).
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::BulkString(bytes) => vec![String::from_utf8_lossy(bytes).into_owned()],
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Map(pairs) => pairs.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_tells_version_and_policy() {
        let info = "# Server\r\nredis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n";
        let facts = Facts { version: "7.0.15".into(), policy: "noeviction".into(), append_only: true };
        assert_eq!(Facts::parse(info), facts);
        assert_eq!(Facts::parse("").policy, "unknown");
    }

    #[test]
    fn a_key_with_spaces_is_one_argument() {
        let command = command("XINFO STREAM a b", "a b");
        assert_eq!(command.args_iter().count(), 3);
    }
}
