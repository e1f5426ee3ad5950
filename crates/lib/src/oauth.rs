//! Sign-in through providers: the client of OAuth 2.0 (RFC 6749, RFC 7636, RFC 9207) and OpenID Connect Core 1.0.
//!
//! A provider is a stranger: of its answers only what is proven comes out of here, as a [`ProviderIdentity`]. What
//! follows from it, whose account it is, is decided elsewhere. No token of a provider leaves this room, and none is kept.

mod algorithm;
mod apple_user;
mod cache;
mod credential;
mod error;
mod exchange;
mod id_token;
mod identity;
mod issuer;
mod keys;
mod metadata;
mod presets;
mod probe;
mod provider;
mod providers;
#[cfg(test)]
mod tests;
mod userinfo;

pub use error::{Doing, ProviderError, Refusal, UnavailableCause};
pub use identity::ProviderIdentity;
pub use probe::Probe;
pub use provider::{AuthorizationRequest, Exchange, Provider};
pub use providers::Providers;
