//! What an operator does about one user, by address.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Operator;
use palisade_core::output::write_view;
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::pagination::PageRequest;
use serde_json::{Value, json};

use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::auth::email_templates::EmailTemplates;
use crate::auth::repository::Repository;
use crate::auth::schema::{AccountLink, AccountTicketKey};
use crate::auth::user_changes::{Change, UserChanges};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::types::{Email, Role, Status, UserView};
use crate::user::{self, User};

/// A user as an operator sees them.
#[derive(Debug)]
pub struct UserReport {
    /// As everybody with the permission sees them.
    pub view: UserView,
    /// How many sessions they have.
    pub sessions: usize,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// The accounts at providers through which they sign in: the name of the provider, and the address at that time.
    pub identities: Vec<(String, Option<String>)>,
}

impl UserReport {
    /// As one JSON object: the fields of a user in the API, with `sessions`, `hasPassword` and `identities`.
    pub fn to_json(&self) -> String {
        let mut report = write_view(&self.view, serde_json::value::Serializer).unwrap_or_default();
        if let Value::Object(fields) = &mut report {
            fields.insert("sessions".to_owned(), self.sessions.into());
            fields.insert("hasPassword".to_owned(), self.has_password.into());
            let identities = self.identities.iter();
            let identities =
                identities.map(|(provider, address)| json!({"provider": provider, "address": address}));
            fields.insert("identities".to_owned(), identities.collect());
        }
        report.to_string()
    }
}

/// Administers users for an operator.
#[derive(Debug)]
pub struct UserAdministration {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) changes: Arc<UserChanges>,
    pub(in crate::auth) audit: audit::Service,
    pub(in crate::auth) templates: EmailTemplates,
    pub(in crate::auth) link_lifetime: Duration,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl UserAdministration {
    /// A user, by address, deleted or not.
    ///
    /// # Errors
    /// 404 when nobody has the address; 503 when the store is down.
    pub async fn show(&self, _operator: &Operator<'_>, email: &Email) -> Result<UserReport, AppError> {
        let user = self.found_including_deleted(email).await?;
        let live = self.repository.sessions_of(user.id()).await?;
        let sessions = live.iter().filter(|session| user.is_active_in(session.value().epoch)).count();
        let accounts = self.users.provider_accounts(user.id(), &PageRequest::largest()).await?;
        let identities =
            accounts.items.into_iter().map(|account| (account.provider, account.address)).collect();
        Ok(UserReport { view: user.view(), sessions, has_password: user.password().is_some(), identities })
    }

    /// Suspends a user: every session ends, and they cannot sign in.
    ///
    /// # Errors
    /// As [`show`](Self::show); `LAST_SUPER_ADMIN`.
    pub async fn suspend(&self, operator: &Operator<'_>, email: &Email) -> Result<UserReport, AppError> {
        self.set_status(operator, email, Status::Suspended).await
    }

    /// Lets a suspended user sign in again.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    pub async fn reactivate(&self, operator: &Operator<'_>, email: &Email) -> Result<UserReport, AppError> {
        self.set_status(operator, email, Status::Active).await
    }

    async fn set_status(
        &self,
        operator: &Operator<'_>,
        email: &Email,
        status: Status,
    ) -> Result<UserReport, AppError> {
        self.change(operator, email, Change::Status(status)).await?;
        tracing::warn!(act = operator.name(), %status, "changed the status of a user");
        self.show(operator, email).await
    }

    /// Gives a user another role. Sessions go on with the permissions of the new one.
    ///
    /// # Errors
    /// As [`show`](Self::show); `LAST_SUPER_ADMIN`.
    pub async fn set_role(
        &self,
        operator: &Operator<'_>,
        email: &Email,
        role: Role,
    ) -> Result<UserReport, AppError> {
        self.change(operator, email, Change::Role(role)).await?;
        tracing::warn!(act = operator.name(), %role, "changed the role of a user");
        self.show(operator, email).await
    }

    /// Ends every session of a user.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    pub async fn end_sessions(&self, operator: &Operator<'_>, email: &Email) -> Result<UserReport, AppError> {
        self.change(operator, email, Change::EndOfSessions).await?;
        tracing::warn!(act = operator.name(), "ended every session of a user");
        self.show(operator, email).await
    }

    /// A link with which a user chooses another password, for an operator to hand over. It replaces one that was mailed.
    ///
    /// # Errors
    /// As [`show`](Self::show); 409 for a suspended user.
    pub async fn reset_link(&self, operator: &Operator<'_>, email: &Email) -> Result<String, AppError> {
        let made = retry_on_stale(self.rng.as_ref(), || async {
            let user = self.found(email).await?;
            if user.is_suspended() {
                let message = "The account is suspended: reactivate it first";
                return Err(AppError::new(&codes::CONFLICT).with_message(message));
            }
            let token = OneTimeToken::generate(self.rng.as_ref());
            let key = AccountTicketKey::new(AccountLink::PasswordReset, user.id(), user.email());
            let bound = (user.email().clone(), user.session_epoch());
            let event = Act::of_operator(operator).on(user.id(), EventType::PasswordLinkCreated);
            let expires_at = self.repository.now().plus(self.link_lifetime);
            match self
                .repository
                .add_account_ticket(key, &token, bound, expires_at, self.audit.stage(event))
                .await
            {
                Ok(()) => Ok(Attempt::Done(self.templates.link("reset", &token))),
                Err(error) => Attempt::unless_raced(error),
            }
        });
        let link = made.await?.ok_or_else(contended)?;
        tracing::warn!(act = operator.name(), "made a link that resets the password of a user");
        Ok(link)
    }

    /// Restores a user who was deleted less than `DELETED_RETENTION` ago. Sessions and links of before stay ended.
    ///
    /// # Errors
    /// As [`show`](Self::show); 409 for a user who is not deleted.
    pub async fn restore(&self, operator: &Operator<'_>, email: &Email) -> Result<UserReport, AppError> {
        self.change(operator, email, Change::Restoration).await?;
        tracing::warn!(act = operator.name(), "restored a deleted user");
        self.show(operator, email).await
    }

    /// Changes a user, again when they changed meanwhile. Nothing is written if they are so already.
    async fn change(&self, operator: &Operator<'_>, email: &Email, change: Change) -> Result<(), AppError> {
        let changed = retry_on_stale(self.rng.as_ref(), || async {
            let user = match change {
                Change::Restoration => self.found_including_deleted(email).await?,
                _ => self.found(email).await?,
            };
            if change.is_needless(&user) {
                return Ok(Attempt::Done(()));
            }
            let event = Act::of_operator(operator).on(user.id(), change.event());
            let event = change.describe(&user, event);
            self.changes.make(&user, &change, event, Staged::nothing()).await
        });
        changed.await?.ok_or_else(contended)
    }

    async fn found_including_deleted(&self, email: &Email) -> Result<User, AppError> {
        self.users.by_email_including_deleted(email).await?.ok_or_else(nobody)
    }

    async fn found(&self, email: &Email) -> Result<User, AppError> {
        self.users.by_email(email).await?.ok_or_else(nobody)
    }
}

fn nobody() -> AppError {
    AppError::new(&codes::NOT_FOUND).with_message("No user has this address")
}

fn contended() -> AppError {
    lost_every_race("the account changed faster than it could be changed")
}
