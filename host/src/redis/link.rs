//! The connection that all share, and its epochs.
//!
//! Promises: a connection that broke is never used again; the next one has a higher epoch. What was known of the server
//! holds within an epoch only: in between it may have been restarted with less than it had.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult};

use super::dial::Dial;
use super::fault;
use super::wire::Wire;
use crate::settings::servers::RedisSettings;
use crate::spool::ServerError;

/// How long nobody connects after it failed.
const HOLD_OFF: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct Link {
    dial: Dial,
    /// Held while connecting, so that one connects and the others wait for it.
    dialing: tokio::sync::Mutex<()>,
    current: Mutex<Current>,
}

#[derive(Debug, Default)]
struct Current {
    epoch: u64,
    wire: Option<Wire>,
    /// How connecting failed the last time.
    failed: Option<(Instant, ServerError)>,
}

/// A connection of one epoch. Cheap to clone; clones share the socket.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) epoch: u64,
    wire: Wire,
    link: Arc<Link>,
}

impl Link {
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, ServerError> {
        Ok(Self { dial: Dial::new(settings)?, dialing: Default::default(), current: Mutex::default() })
    }

    /// The address without user and password.
    pub(super) fn shown(&self) -> String {
        self.dial.address.to_string()
    }

    /// Connects where that has to be. Those who ask meanwhile, or soon after it failed, share the outcome: a server that
    /// does not answer holds up each of them once, not one after the other.
    pub(super) async fn connected(self: &Arc<Self>) -> Result<Connected, ServerError> {
        let asked = Instant::now();
        if let Some(connected) = self.as_connected() {
            return Ok(connected);
        }
        let _dialing = self.dialing.lock().await;
        if let Some(connected) = self.as_connected() {
            return Ok(connected);
        }
        if let Some(error) = self.failed_after(asked) {
            return Err(error);
        }
        let dialed = self.dial.connect().await.map_err(|error| self.explain_dial(&error));
        let mut current = self.current();
        match dialed {
            Ok(wire) => {
                current.epoch += 1;
                current.wire = Some(wire.clone());
                Ok(Connected { epoch: current.epoch, wire, link: self.clone() })
            }
            Err(error) => {
                current.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    fn failed_after(&self, asked: Instant) -> Option<ServerError> {
        let current = self.current();
        let (at, error) = current.failed.as_ref()?;
        (*at + HOLD_OFF > asked).then(|| error.clone())
    }

    fn as_connected(self: &Arc<Self>) -> Option<Connected> {
        let current = self.current();
        current.wire.clone().map(|wire| Connected { epoch: current.epoch, wire, link: self.clone() })
    }

    /// Sentinels that once knew the master know none while another server becomes it.
    fn explain_dial(&self, error: &RedisError) -> ServerError {
        match self.explain(error) {
            ServerError::Refused(text)
                if error.kind() == ErrorKind::MasterNameNotFoundBySentinel && self.current().epoch > 0 =>
            {
                ServerError::Away(text)
            }
            explained => explained,
        }
    }

    pub(super) fn explain(&self, error: &RedisError) -> ServerError {
        fault::explain(error, &self.dial.address)
    }

    fn is_current(&self, epoch: u64) -> bool {
        let current = self.current();
        current.epoch == epoch && current.wire.is_some()
    }

    fn forget(&self, epoch: u64) {
        let mut current = self.current();
        if current.epoch == epoch {
            current.wire = None;
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        // Nothing here is left half done by a panic.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected {
    /// Sends a command and waits for the answer. An error that says the connection cannot be trusted any more ends its
    /// epoch, for all who hold it: a cluster's connection would mend itself, and with it what was known would be lost.
    pub(super) async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        if !self.link.is_current(self.epoch) {
            return Err((ErrorKind::Io, "the connection broke").into());
        }
        let answer = command.query_async(&mut self.wire).await;
        if let Err(error) = &answer
            && fault::ends_epoch(error)
        {
            self.link.forget(self.epoch);
        }
        answer
    }

    pub(super) fn explain(&self, error: &RedisError) -> ServerError {
        self.link.explain(error)
    }
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
