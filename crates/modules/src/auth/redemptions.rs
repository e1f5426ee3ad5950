//! Repeated requests with a used link: the browser that used the link posts it again soon after, because of a
//! double click, a front end that sends twice, or a lost answer. The server gives the same answer as the first time
//! and changes nothing.
//!
//! Only a client that has both the link and a sealed note of the browser learns that the link was used. So a link
//! that somebody else used looks like an unknown link (docs/decisions/0033). One case needs no note: a request that
//! read the link while it was valid and lost it to a concurrent request. There the chosen password is proof enough.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::limits::Trial;
use palisade_core::utils::crypto::password::Priority;
use palisade_lib::store::Stored;

use super::passwords::Passwords;
use super::registration_cookies::{RegistrationCookies, RegistrationNote};
use super::repository::Repository;
use super::schema::{Redemption, RegistrationId, TicketKey};
use crate::user::types::{Email, NewPassword};
use crate::user::{self, FIRST_EPOCH, User};

/// How long a repeated request is recognized.
pub(super) const RECOGNIZED: Duration = Duration::from_mins(10);

/// A request that read a link while it was valid, but lost it to another request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost<'a> {
    /// The password that the request would have given the account.
    pub(super) password: &'a NewPassword,
    pub(super) trial: &'a Trial,
}

/// Records what used links were used for, and decides who may know.
#[derive(Debug)]
pub(super) struct Redemptions {
    repository: Arc<Repository>,
    users: user::Service,
    passwords: Arc<Passwords>,
    cookies: Arc<RegistrationCookies>,
}

impl Redemptions {
    pub(super) fn new(
        repository: Arc<Repository>,
        users: user::Service,
        (passwords, cookies): (Arc<Passwords>, Arc<RegistrationCookies>),
    ) -> Self {
        Self { repository, users, passwords, cookies }
    }

    /// The record of a use, to store together with the use.
    pub(super) fn redemption(&self, user: UserId, registration: Option<RegistrationId>) -> Redemption {
        Redemption { registration, ..self.redemption_in(user, FIRST_EPOCH) }
    }

    /// The same for a link of an account that exists, whose epoch this is after the use.
    pub(super) fn redemption_in(&self, user: UserId, epoch: i64) -> Redemption {
        let expires_at = self.repository.now().plus(RECOGNIZED);
        Redemption { user, registration: None, epoch, expires_at }
    }

    /// The cookie of the browser that used a link. A note about another, waiting registration is kept.
    pub(super) fn used_here(
        &self,
        link: TicketKey,
        email: &Email,
        here: Option<&RegistrationNote>,
    ) -> Result<Vec<SetCookie>, AppError> {
        if here.is_some_and(|note| note.password_mac.is_some() && note.email != *email) {
            return Ok(Vec::new());
        }
        let expires_at = self.repository.now().plus(RECOGNIZED);
        Ok(vec![self.cookies.of_used_link(link, email.clone(), expires_at, RECOGNIZED)?])
    }

    /// Finds the used link and its user for a repeated request: from the browser that used it or registered, or
    /// from a request that lost the link and has the same password, as long as that user's sessions were not ended.
    pub(super) async fn repeated(
        &self,
        redemption: Option<Stored<Redemption>>,
        note: Option<&RegistrationNote>,
        lost: Option<Lost<'_>>,
    ) -> Result<Option<(TicketKey, User)>, AppError> {
        let Some(redemption) = redemption else { return Ok(None) };
        let (link, used) = (*redemption.id(), redemption.value());
        let is_of_here = note.is_some_and(|note| {
            let used_here = note.redeemed.as_deref() == Some(link.to_string().as_str());
            used_here || (used.registration.is_some() && note.registration == used.registration)
        });
        if !is_of_here && lost.is_none() {
            return Ok(None);
        }
        let owner = self.users.by_id(used.user).await?;
        let Some(owner) = owner.filter(|owner| owner.is_active_in(used.epoch)) else { return Ok(None) };
        if let Some(Lost { password, trial }) = lost.filter(|_| !is_of_here) {
            let (hasher, stored) = (self.passwords.hasher(), owner.password());
            let verdict = hasher.verify(password.expose(), stored, Priority::Unknown, trial).await?;
            if !verdict.matches {
                return Ok(None);
            }
        }
        Ok(Some((link, owner)))
    }
}
