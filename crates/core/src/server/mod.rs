//! What stands between the socket and the life of a request.

pub mod client_ip;
mod forwarded;
