//! Signing in: registrations, sessions, tokens and revocations.

mod account_links;
mod api_key_memory;
mod authenticator;
mod devices;
mod email_templates;
mod emails;
mod first_admin;
mod identity_emails;
mod inviters;
mod lifetimes;
mod mail_budgets;
mod oauth_cookies;
mod passwords;
mod redemptions;
mod refresh_rule;
mod registration_cookies;
mod repository;
mod restoring;
mod revocations;
mod schema;
mod sealed_cookie;
mod service;
mod services;
mod session_entries;
mod session_tokens;
mod terminations;
pub mod types;
mod user_changes;

pub(crate) use email_templates::{EmailTemplates, MAIL_NAMES};
pub use first_admin::{FirstAdmin, FirstAdminState};
pub(crate) use mail_budgets::{MailBudgets, over_budget};
pub(crate) use restoring::revoke_keys;
pub(crate) use revocations::Revocations;
pub(crate) use schema::COLLECTIONS;
pub(crate) use service::redirect_uri;
pub use service::{
    Acceptances, AccountDeletions, AccountSecurity, AdminSetup, ApiKeys, Confirmed, EmailChanges,
    FirstAdminClaim, FirstSteps, Identities, IdentityConfirmations, Impersonations, Invitations, Links,
    Logins, OAuthRedirect, OAuthSignIns, PasswordChanges, PasswordResets, Proven, Registrations, Sessions,
    SigningKeyRevocation, UserAdministration, UserExport, UserExports, UserManagement, UserReport,
};
pub(crate) use services::Foundation;
pub use services::Services;
pub use session_tokens::SignedIn;
