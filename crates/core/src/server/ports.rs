//! What the life of a request needs from outside core, put together once.

use std::sync::Arc;

use crate::health::Health;
use crate::identity::PermissionName;
use crate::limits::{AccountHasher, LimitStore};
use crate::ports::Authenticator;
use crate::system::{Clock, Rng};
use crate::utils::logger::AccessLog;

/// The ports of a server. Whoever is given them can serve with them, and can neither exchange one nor take one out: a
/// server without limits, or one that believes every token, is not made by changing a field.
#[derive(Clone, Debug)]
pub struct Ports(pub(super) PortParts);

impl Ports {
    /// Puts them together.
    pub fn new(parts: PortParts) -> Self {
        Self(parts)
    }
}

/// One implementation of each port.
#[derive(Clone, Debug)]
pub struct PortParts {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub rng: Arc<dyn Rng>,
    /// Counts requests.
    pub limiter: Arc<dyn LimitStore>,
    /// Knows whose token it is.
    pub authenticator: Arc<dyn Authenticator>,
    /// Every permission that somebody can hold: what a role has, or what can be given to one person.
    pub grantable: &'static [&'static PermissionName],
    /// Names accounts to the limiter without naming them.
    pub accounts: Arc<AccountHasher>,
    /// What is watched.
    pub health: Health,
    /// Where access lines go.
    pub access_log: AccessLog,
}
