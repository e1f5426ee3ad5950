//! The server: connections, the outer band that all requests share, and the table of routes.
//!
//! No axum or http type is in its public interface: what is served was declared as a route.

mod connections;
mod doors;
mod linger;
mod listening;
mod outer;
mod ports;
mod table;
mod timeouts;
mod unreadable;

pub use listening::{Listening, Server};
pub use ports::{PortParts, Ports};
