//! A stream in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foghorn::identity::Identity;
use foghorn::line::{Lines, Output};
use foghorn::stream::{Append, Batch, Stream, StreamError};

#[derive(Default)]
pub(crate) struct Memory {
    delay: Option<Duration>,
    streams: Mutex<HashMap<Identity, (Lines, Vec<u8>)>>,
}

impl Memory {
    pub(crate) fn new() -> Arc<Self> {
        // As long as a write to a disk may take, so that a kill can fall into it.
        Arc::new(Self { delay: Some(Duration::from_millis(2)), ..Self::default() })
    }

    /// Appends at once.
    pub(crate) fn fast() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn texts(&self, identity: &Identity, output: Output) -> Vec<String> {
        let streams = self.streams.lock().unwrap();
        let lines = streams.get(identity).into_iter().flat_map(|(lines, _)| lines.iter());
        lines.filter(|line| line.output == output).map(|line| String::from_utf8(line.text.to_vec()).unwrap()).collect()
    }

    /// The sequence numbers that the lines of an output carry, in order.
    pub(crate) fn numbers(&self, identity: &Identity, output: Output) -> Vec<u64> {
        let texts = self.texts(identity, output);
        let parts = texts.iter().flat_map(|text| text.split("seq=").skip(1));
        parts.map(|part| part[..10].parse().unwrap()).collect()
    }

    pub(crate) fn count(&self, identity: &Identity) -> usize {
        self.streams.lock().unwrap().get(identity).map_or(0, |(lines, _)| lines.len())
    }
}

#[async_trait::async_trait]
impl Stream for Memory {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
        let mut streams = self.streams.lock().unwrap();
        let append = |entry: Append| {
            let (lines, cursor) = streams.entry(entry.identity).or_default();
            let first = lines.len() as u64 + 1;
            lines.extend_from(&entry.lines, 0..entry.lines.len());
            *cursor = entry.cursor;
            first
        };
        Ok(entries.into_iter().map(append).collect())
    }

    async fn cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        Ok(self.streams.lock().unwrap().get(identity).map(|(_, cursor)| cursor.clone()))
    }

    async fn read(&self, _: &Identity, _: u64, _: usize) -> Result<Option<Batch>, StreamError> {
        unreachable!("the collector does not read")
    }

    async fn acknowledge(&self, _: &Identity, _: u64) -> Result<(), StreamError> {
        unreachable!("the collector does not acknowledge")
    }

    async fn acknowledged(&self, _: &Identity) -> Result<u64, StreamError> {
        unreachable!("the collector does not acknowledge")
    }
}
