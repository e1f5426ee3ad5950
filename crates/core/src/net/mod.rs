//! The wire below HTTP: addresses, networks, proxies and origins, as they are spelled and whom they name.
//!
//! Nothing of ours may enter: no limit, no rule of a route, no setting.

mod address;
mod client_ip;
mod forwarded;
mod front;
mod network;
mod origin;
mod proxies;

pub use client_ip::{ClientAddress, TrustedProxies, Word};
pub(crate) use front::Front;
pub use network::NetworkKey;
#[cfg(test)]
pub(crate) use origin::EVIL;
pub(crate) use origin::is_loopback;
pub use origin::{AllowedOrigins, Origin, OriginError, Sent};
pub use proxies::{Proxies, TrustedProxiesError};
