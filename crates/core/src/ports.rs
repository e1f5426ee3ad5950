//! Ports: the interfaces that core needs from outside. Tests and `lib` provide implementations.
//!
//! No domain type may enter: a port deals with time, randomness, tokens and quotas, never with people.

use std::borrow::Cow;
use std::fmt;

use crate::errors::AppError;
use crate::identity::{ApiKey, Principal, UserId};
use crate::system::time::Timestamp;
use crate::utils::crypto::secret::SecretString;

/// The boxed future of an asynchronous method of a trait object.
pub use futures_util::future::BoxFuture;

pub use crate::limits::LimitStore;
#[cfg(any(test, feature = "test-clock"))]
pub use crate::system::TestClock;
pub use crate::system::{Clock, Probe, Rng, SystemClock, SystemRng};

/// Authenticates access tokens and API keys. For a token it cannot query: [`verify`](Self::verify) is not asynchronous.
pub trait Authenticator: Send + Sync + fmt::Debug {
    /// If the known revocations are too old to trust: reads the missed ones. `None` if they are fresh.
    fn catch_up(&self) -> Option<BoxFuture<'_, Result<(), AppError>>>;

    /// Verifies a token: signature, lifetime, revocation, withdrawn keys. From memory alone.
    ///
    /// # Errors
    /// Why the token is invalid; for the log only, the caller always gets the same answer.
    fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenRefused>;

    /// Identifies the holder of an API key, and what key and owner permit together. It reads the store for a key that it does not
    /// remember, after a change of the owner, and for a super-admin; otherwise it decides from memory alone.
    ///
    /// # Errors
    /// 401 for a key that is unknown, expired or revoked, or whose owner is suspended or deleted: all alike. 503 when the store
    /// cannot be read.
    fn identify<'a>(&'a self, key: &'a ApiKey) -> BoxFuture<'a, Result<Principal, AppError>>;

    /// Reads role, version and status of a super-admin from the store, and returns the current principal.
    fn confirm(&self, principal: Principal) -> BoxFuture<'_, Result<Principal, AppError>>;

    /// Whether this is the password of the user. Costs the same whatever the answer.
    ///
    /// # Errors
    /// 503 when the store cannot be read or the hashing queue is full.
    fn verify_password<'a>(
        &'a self,
        user: UserId,
        password: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, AppError>>;

    /// The device that a cookie names, if this account knows it today: anything that ends the sessions of an
    /// account makes its device cookies worthless. The store has this information, and is read only for a cookie
    /// that names a device of this account.
    ///
    /// # Errors
    /// 503 when the store cannot be read: then nobody can sign in, and no attempt is to be charged.
    fn known_device<'a>(
        &'a self,
        cookie: &'a str,
        account: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<KnownDevice>, AppError>>;
}

/// A known device of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: String,
    /// The number of its successful sign-ins: a series of failures starts after the last one.
    pub sign_ins: i64,
}

/// Why a token is invalid.
#[derive(Debug, thiserror::Error)]
#[error("the access token was refused: {0}")]
pub struct TokenRefused(pub Cow<'static, str>);
