//! The suites of the traits over the embedded backend.

use super::fresh;
use crate::{history, stream};

#[tokio::test]
async fn the_embedded_store_is_a_stream() {
    let (_dir, store) = fresh();
    stream::suite::run(&store).await;
}

#[tokio::test]
async fn the_embedded_store_is_a_history() {
    let (_dir, store) = fresh();
    history::suite::run(&store, &store).await;
}
