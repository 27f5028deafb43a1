//! Pauses between tries: 100 ms, doubled up to 5 s, each shortened by chance so that many containers do not try at once.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(5);

/// Told to stop while waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cancelled;

#[derive(Debug, Clone, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    pub(super) async fn wait(&mut self, shutdown: &CancellationToken) -> Result<(), Cancelled> {
        let pause = pause(self.tries, spread());
        self.tries = self.tries.saturating_add(1);
        tokio::select! {
            () = shutdown.cancelled() => Err(Cancelled),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }
}

/// `spread` of 0 gives half the pause, of 255 all of it.
fn pause(tries: u32, spread: u8) -> Duration {
    let full = FIRST.saturating_mul(1 << tries.min(10)).min(LAST);
    full / 2 + full / 2 * u32::from(spread) / 255
}

/// Chance enough to part the tries of many containers; std seeds each hasher anew.
fn spread() -> u8 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        assert_eq!(pause(0, 255), FIRST);
        assert_eq!(pause(1, 0), FIRST);
        assert_eq!(pause(40, 255), LAST);
    }

    #[tokio::test]
    async fn a_shutdown_ends_the_pause() {
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        let mut backoff = Backoff { tries: 30 };
        assert_eq!(backoff.wait(&shutdown).await, Err(Cancelled));
    }
}
