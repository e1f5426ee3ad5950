//! The HTTP server: size limits and timeouts.
//!
//! The parser's own limits (64 headers, 16 KiB of them, 8 KiB of address) are not configurable: the error path
//! depends on them.

use super::reader::Reader;
use super::settings::settings;
use super::values::{Count, Period, Size};

/// The maximum of `HANDLER_TIMEOUT` that any instance can be set to.
pub const LONGEST_HANDLER_TIMEOUT: std::time::Duration = std::time::Duration::from_mins(5);

settings! {
    /// Limits and timeouts of the HTTP server.
    pub struct ServerConfig in "Server" {
        /// The largest request body.
        body_limit: Size<1024, 4_194_304> = BODY_LIMIT default("64KiB");
        /// How long a client may take to send the headers of a request; also how long a connection may stay idle
        /// before its first one.
        header_timeout: Period<1, 60> = HEADER_TIMEOUT default("10s");
        /// How long a client may take to send the body of a request; then the answer is 408. This time does not
        /// count toward `HANDLER_TIMEOUT`.
        body_timeout: Period<1, 300> = BODY_TIMEOUT default("15s");
        /// How long a request may take after its body has been read, or after its arrival if it has no body; then
        /// the answer is 503. The phases before the body (limits, authentication) may take as long, counted from
        /// the arrival.
        handler_timeout: Period<1, { LONGEST_HANDLER_TIMEOUT.as_secs() }> = HANDLER_TIMEOUT default("15s");
        /// How long a connection may wait for its next request. It must be longer than the proxy in front keeps an
        /// idle connection, or the proxy sends requests into connections that were just closed. Clients see one
        /// second less (`Keep-Alive: timeout=`).
        idle_timeout: Period<1, 3600> = IDLE_TIMEOUT default("130s");
        /// How many connections may be open at once; further ones wait to be accepted. Each takes a file
        /// descriptor: the server raises the limit of the process if the system allows it, and otherwise accepts
        /// fewer connections.
        max_connections: Count<1, 1_000_000> = MAX_CONNECTIONS default("10000");
        /// How long a start waits for a database that is not up yet. An error that waiting does not fix, such as a
        /// wrong password, ends the start at once.
        start_timeout: Period<1, 600> = START_TIMEOUT default("60s");
        /// How long requests under way may take to finish at shutdown. At least `HANDLER_TIMEOUT`.
        drain_timeout: Period<1, 600> = DRAIN_TIMEOUT default("25s");
    }
}

impl ServerConfig {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        let holds = self.drain_timeout.get() >= self.handler_timeout.get();
        reader.relate(Self::DRAIN_TIMEOUT, Self::HANDLER_TIMEOUT, holds, "at least as long as");
    }
}
