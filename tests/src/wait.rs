//! Waiting for something to become true, with a limit.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const LOOK: Duration = Duration::from_millis(200);

/// Asks again and again until there is an answer. An error of `ask` ends the waiting.
pub fn until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if Instant::now() >= end {
            bail!("waited {} s in vain for {what}", limit.as_secs());
        }
        thread::sleep(LOOK);
    }
}
