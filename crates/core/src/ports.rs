//! Ports: what core needs from the outside and does not build itself. Tests and `lib` put their own in.
//!
//! Nothing domain-shaped may enter: a port speaks of time, chance, tokens and quotas, never of people.

use std::borrow::Cow;
use std::fmt;

use crate::errors::AppError;
use crate::identity::Principal;
use crate::system::time::Timestamp;

pub use crate::limits::LimitStore;
#[cfg(any(test, feature = "test-clock"))]
pub use crate::system::TestClock;
pub use crate::system::{Clock, Pending, Probe, Rng, SystemClock, SystemRng};

/// Tells whose access token it is. Built so that it cannot query: [`verify`](Self::verify) is not asynchronous.
pub trait Authenticator: Send + Sync + fmt::Debug {
    /// When what is known about revocations is too old to trust: reads what was missed. `None` when all is fresh.
    fn catch_up(&self) -> Option<Pending<'_, Result<(), AppError>>>;

    /// Verifies a token: signature, lifetime, revocation, withdrawn keys. From memory alone.
    ///
    /// # Errors
    /// Why the token does not hold; for the log only, the caller is told the same for all.
    fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenRefused>;

    /// Reads role, version and status of a super-admin from the store, and gives the principal as it is now.
    fn confirm(&self, principal: Principal) -> Pending<'_, Result<Principal, AppError>>;

    /// The device a cookie names, when it is one that is known to this account today: what ends the sessions of an
    /// account ends what its cookies were worth. That is in the store, which is read for a cookie that names a device of
    /// this account and for nothing else.
    ///
    /// # Errors
    /// 503 when the store cannot be read: then nobody can sign in, and nothing is to be charged for trying.
    fn known_device<'a>(
        &'a self,
        cookie: &'a str,
        account: &'a str,
        now: Timestamp,
    ) -> Pending<'a, Result<Option<KnownDevice>, AppError>>;
}

/// A device that is known to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: String,
    /// How often it has come back to sign in: what fails in a row fails since the last time.
    pub sign_ins: i64,
}

/// Why a token does not hold.
#[derive(Debug, thiserror::Error)]
#[error("the access token was refused: {0}")]
pub struct TokenRefused(pub Cow<'static, str>);
