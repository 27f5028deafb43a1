//! The stream that needs no server: the embedded store.

use super::{Append, Batch, Stream, StreamError};
use crate::identity::Identity;
use crate::store::Store;

#[async_trait::async_trait]
impl Stream for Store {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        Ok(self.append_lines(entries).await?)
    }

    async fn cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        Ok(self.read_cursor(identity).await?)
    }

    async fn read(&self, identity: &Identity, from_seq: u64, lines_max: usize) -> Result<Option<Batch>, StreamError> {
        Ok(self.read_lines(identity, from_seq, u64::MAX, lines_max).await?)
    }

    async fn acknowledge(&self, identity: &Identity, seq: u64) -> Result<(), StreamError> {
        Ok(self.acknowledge_lines(identity, seq).await?)
    }

    async fn acknowledged(&self, identity: &Identity) -> Result<u64, StreamError> {
        Ok(self.container(identity).await?.map_or(1, |container| container.acknowledged_seq))
    }
}
