//! The wire below HTTP: addresses, networks, proxies and origins, in their notations.
//!
//! Nothing specific to Palisade may enter: no limit, no rule of a route, no setting.

mod address;
mod allowed_origins;
mod client_ip;
mod destination;
mod forwarded;
mod network;
mod origin;
mod outbound_allow;
mod proxies;
mod proxy_monitor;
mod return_to;
mod return_to_origins;
mod signed_client;

#[cfg(test)]
pub(crate) use allowed_origins::EVIL;
pub use allowed_origins::{AllowedOrigins, Sent};
pub use client_ip::{AddressSource, ClientAddress, TrustedProxies};
pub use destination::{AppCode, AuthorizationUrl, Destination};
pub use network::NetworkKey;
pub(crate) use origin::is_loopback;
pub use origin::{Origin, OriginError};
pub use outbound_allow::{OutboundAllow, OutboundAllowError};
pub use proxies::{Proxies, TrustedProxiesError};
pub(crate) use proxy_monitor::ProxyMonitor;
pub use return_to::{MAX_LENGTH as MAX_RETURN_TO, ReturnTo, ReturnToRefused};
pub use return_to_origins::{ReturnToOrigins, ReturnToOriginsError};
pub use signed_client::SignedClients;
