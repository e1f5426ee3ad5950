//! The configured lifetimes.

use std::time::Duration;

use palisade_core::config::Config;

/// The lifetimes, all from the environment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// Of access tokens.
    pub(crate) access: Duration,
    /// Of access tokens of administrators who act as other users.
    pub(crate) impersonation: Duration,
    /// How long a refresh token may be used a second time.
    pub(crate) refresh_grace: Duration,
    /// Of an unused session.
    pub(crate) session_idle: Duration,
    /// Of any session.
    pub(crate) session_max: Duration,
    /// Of a registration, and of the link that confirms it.
    pub(crate) registration: Duration,
    /// Of a setup link.
    pub(crate) setup: Duration,
    /// Of a link that resets a password.
    pub(crate) reset: Duration,
    /// Of a link that confirms another address, and of the link with which the owner of the old one objects.
    pub(crate) email_change: Duration,
    /// Of an invitation, and of its link.
    pub(crate) invitation: Duration,
    /// Of the device cookie.
    pub(crate) device: Duration,
    /// Of a deleted account, until it is removed for good.
    pub(crate) deleted: Duration,
}

impl Lifetimes {
    /// Reads the configuration.
    pub(crate) fn of(config: &Config) -> Self {
        let auth = &config.auth;
        Self {
            access: auth.access_ttl.get(),
            impersonation: auth.impersonation_ttl.get(),
            refresh_grace: auth.refresh_grace.get(),
            session_idle: auth.session_idle_ttl.get(),
            session_max: auth.session_max_ttl.get(),
            registration: auth.registration_ttl.get(),
            setup: auth.setup_ttl.get(),
            reset: auth.reset_ttl.get(),
            email_change: auth.email_change_ttl.get(),
            invitation: auth.invitation_ttl.get(),
            device: auth.device_ttl.get(),
            deleted: config.store.deleted_retention.get(),
        }
    }
}
