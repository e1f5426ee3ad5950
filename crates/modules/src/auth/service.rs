//! The decisions of the auth module, one type per subject.

mod acceptances;
mod account_deletions;
mod account_security;
mod email_changes;
mod first_admin;
mod invitations;
mod key_revocation;
mod links;
mod logins;
mod new_sessions;
mod password_changes;
mod password_resets;
mod purging;
mod registrations;
mod sessions;
mod setup;
mod user_administration;

pub use acceptances::Acceptances;
pub use account_deletions::AccountDeletions;
pub use account_security::AccountSecurity;
pub use email_changes::{Confirmed, EmailChanges};
pub use first_admin::FirstAdminClaim;
pub use invitations::Invitations;
pub use key_revocation::SigningKeyRevocation;
pub use links::Links;
pub use logins::Logins;
pub(super) use new_sessions::NewSessions;
pub use password_changes::PasswordChanges;
pub use password_resets::PasswordResets;
pub(crate) use purging::UserPurge;
pub use registrations::{Proven, Registrations};
pub use sessions::Sessions;
pub use setup::{AdminSetup, FirstSteps};
pub use user_administration::{UserAdministration, UserReport};
