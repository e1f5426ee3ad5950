//! How long things live.

use std::time::Duration;

use palisade_core::config::Config;

/// How long things live. All from the environment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// Access tokens.
    pub(crate) access: Duration,
    /// How long a refresh token may be used twice.
    pub(crate) refresh_grace: Duration,
    /// A session without use.
    pub(crate) session_idle: Duration,
    /// A session at all.
    pub(crate) session_max: Duration,
    /// A registration, and the link that proves it.
    pub(crate) registration: Duration,
    /// A setup link.
    pub(crate) setup: Duration,
    /// The device cookie.
    pub(crate) device: Duration,
}

impl Lifetimes {
    /// As configured.
    pub(crate) fn of(config: &Config) -> Self {
        let auth = &config.auth;
        Self {
            access: auth.access_ttl.get(),
            refresh_grace: auth.refresh_grace.get(),
            session_idle: auth.session_idle_ttl.get(),
            session_max: auth.session_max_ttl.get(),
            registration: auth.registration_ttl.get(),
            setup: auth.setup_ttl.get(),
            device: auth.device_ttl.get(),
        }
    }
}
