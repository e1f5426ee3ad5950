//! The state that all requests share: created once, before the first of them.

use std::sync::Arc;
use std::time::Duration;

use crate::config::SchedulerConfig;
use crate::drain::Drain;
use crate::errors::error_handler::ErrorHandler;
use crate::health::Health;
use crate::limits::{AccountHasher, LimitStore, Policies};
use crate::metrics::Metrics;
use crate::net::{AllowedOrigins, SignedClients, TrustedProxies};
use crate::ports::Authenticator;
use crate::system::{Clock, Rng};
use crate::traces::Traces;
use crate::utils::logger::AccessLog;
use crate::values::Rules;

/// Bounds of one request and of its connection.
#[derive(Clone, Debug)]
pub(crate) struct HttpBounds {
    pub(crate) body_bytes: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) handler_timeout: Duration,
    pub(crate) drain_timeout: Duration,
}

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) limiter: Arc<dyn LimitStore>,
    pub(crate) policies: Policies,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) accounts: Arc<AccountHasher>,
    pub(crate) health: Health,
    pub(crate) drain: Arc<Drain>,
    pub(crate) access_log: AccessLog,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
    pub(crate) bounds: HttpBounds,
    pub(crate) rules: Rules,
    /// How long after a sign-in its user counts as present.
    pub(crate) fresh_for: Duration,
    pub(crate) error_handler: ErrorHandler,
    pub(crate) trusted_proxies: TrustedProxies,
    /// Verifies the addresses that a server of the operator signs.
    pub(crate) signed_clients: Option<SignedClients>,
    pub(crate) scheduler: SchedulerConfig,
    /// The origins that may send unsafe requests and read answers across origins.
    pub(crate) origins: AllowedOrigins,
    /// Whether cookies carry `__Host-` and Secure: always, except on `http://localhost` in development.
    pub(crate) secure_cookies: bool,
}
