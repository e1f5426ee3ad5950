//! `/api/v1`: the versioned interface.

pub(crate) mod api_keys;
pub(crate) mod audit_events;
pub(crate) mod auth;
pub(crate) mod cron;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod invitations;
pub(crate) mod openapi;
pub(crate) mod permissions;
pub(crate) mod users;
pub(crate) mod webhooks;
