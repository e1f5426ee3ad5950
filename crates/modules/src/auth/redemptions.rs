//! A link that was used a moment ago, posted again by the browser that used it: a double click, a front end that asks twice,
//! an answer that got lost. It is answered like the first time, and nothing is done.
//!
//! That the link was used is known to nobody but who holds it and a sealed note of the browser. Both are asked for, so that
//! a link which somebody else used looks like one that never was (docs/decisions/0033). Only who came with the link while it
//! was good, and lost it to a request of the same moment, needs no note: the password that was chosen is as good.

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
const RECOGNIZED: Duration = Duration::from_mins(10);

/// A request that saw a link while it was good, and was not the one to use it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost<'a> {
    /// What it would have made the password of the account.
    pub(super) password: &'a NewPassword,
    pub(super) trial: &'a Trial,
}

/// What used links were used for, and who may know.
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

    /// What a link was used for, to be kept when it is.
    pub(super) fn redemption(&self, user: UserId, registration: Option<RegistrationId>) -> Redemption {
        let expires_at = self.repository.now().plus(RECOGNIZED);
        Redemption { user, registration, epoch: FIRST_EPOCH, expires_at }
    }

    /// The cookie of the browser that used a link. One about another registration, which still waits, is left alone.
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

    /// The used link and whom it made, for the browser that used it or that registered, or who lost it to a request with the
    /// same password, and while that user's sessions have not been ended: then the request is a repetition.
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
