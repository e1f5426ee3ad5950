//! The dependencies of the request life cycle from outside core.

use std::sync::Arc;

use crate::health::Health;
use crate::identity::PermissionName;
use crate::limits::{AccountHasher, LimitStore};
use crate::metrics::Metrics;
use crate::ports::Authenticator;
use crate::system::{Clock, Rng};
use crate::traces::Traces;
use crate::utils::logger::AccessLog;

/// The ports of a server. A holder can serve with them, but cannot replace or extract one: changing a field cannot
/// create a server without limits, or one that accepts every token.
#[derive(Clone, Debug)]
pub struct Ports(pub(super) PortParts);

impl Ports {
    /// Assembles them.
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
    /// Authenticates tokens.
    pub authenticator: Arc<dyn Authenticator>,
    /// Every permission that can be granted: by a role, or to a single user.
    pub grantable: Vec<&'static PermissionName>,
    /// Derives the names of accounts for the limiter, as keyed hashes.
    pub accounts: Arc<AccountHasher>,
    /// The watched dependencies.
    pub health: Health,
    /// The destination of access lines.
    pub access_log: AccessLog,
    /// Where answers and refusals are counted.
    pub metrics: Metrics,
    /// Where the spans of requests go.
    pub traces: Traces,
}
