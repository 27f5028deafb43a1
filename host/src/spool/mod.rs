//! The spool: lines that wait, in the embedded store, to be taken by servers.
//!
//! With Redis or InfluxDB configured the embedded store stays what it is: the one place where lines and the collector's
//! cursor are stored in one write. A server is a `Sink`: a `Forwarder` sends it what the store holds, in order, and the
//! store remembers how far each sink has come (`Place`). A server that is away stops its own forwarder and nobody else;
//! what it has lost is sent again as far as the store still has it.

mod forward;
mod records;
mod round;
mod send;
mod sink;
mod state;
#[cfg(test)]
mod tests;
pub(crate) mod words;

pub use forward::Forwarder;
pub use records::Records;
pub use sink::{Place, PutError, ServerError, Sink};
pub use state::{Health, Marks};
