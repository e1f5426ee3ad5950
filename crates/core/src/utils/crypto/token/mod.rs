//! Access tokens: JWT (RFC 7519) in the profile of RFC 9068, signed with ES256 and nothing else, read by the rules
//! of RFC 8725.
//!
//! A verified token is a fact only about its signature. Whether it is still valid (its time, a revocation, a
//! withdrawn key) is checked each time it is presented; no decision is kept here.

mod cache;
mod claims;
mod error;
mod jwt;
mod keys;
mod verified;

pub use cache::TokenCache;
pub use claims::{ActorClaim, Claims, Realm, TokenSubject};
pub use error::{MAX_TOKEN_LENGTH, SignError, TokenError};
pub use keys::{KeyError, KeyId, PublicKey, SigningKey, VerificationKeys};
pub use verified::Verified;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
