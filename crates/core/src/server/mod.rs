//! The server: connections, the outer band that all requests share, and the table of routes.
//!
//! Everything that it serves is a declared route. A host with its own connections calls the server as a
//! [`tower::Service`] instead of letting it listen.

mod answering;
mod connections;
mod grantable;
mod linger;
mod listening;
mod outer;
mod ports;
mod service;
mod stall;
mod table;
mod timeouts;
mod unreadable;

pub use listening::{Listening, Server};
pub use outer::ResponseBody;
pub use ports::{PortParts, Ports};
pub use service::{MakeService, PeerService};
