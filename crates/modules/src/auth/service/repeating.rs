//! A link that was used a moment ago, posted again by the browser that used it: a double click, a front end that asks twice,
//! an answer that got lost. It is answered like the first time, and nothing is done.
//!
//! That the link was used is known to nobody but who holds it and a sealed note of the browser. Both are asked for, so that
//! a link which somebody else used looks like one that never was (docs/decisions/0033). Only who came with the link while it
//! was good, and lost it to a request of the same moment, needs no note: the password that was chosen is as good.

use std::time::Duration;

use palisade_core::cookies::{NoteCookie, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::limits::Trial;
use palisade_core::utils::crypto::password::Priority;
use palisade_lib::store::{Batch, Stored};

use super::Service;
use super::registration::RegistrationNote;
use crate::auth::repository::Repository;
use crate::auth::schema::{Redemption, RegistrationId, TicketKey};
use crate::user::types::{Email, NewPassword};
use crate::user::{FIRST_EPOCH, Person};

/// How long a repeated request is recognized.
const RECOGNIZED: Duration = Duration::from_mins(10);

/// A request that saw a link while it was good, and was not the one to use it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost<'a> {
    /// What it would have made the password of the account.
    pub(super) password: &'a NewPassword,
    pub(super) trial: &'a Trial,
}

impl Service {
    /// Keeps what a link was used for, together with using it up.
    pub(super) fn stage_redemption(
        &self,
        link: TicketKey,
        user: UserId,
        registration: Option<RegistrationId>,
    ) -> Batch {
        let expires_at = self.repository.now().plus(RECOGNIZED);
        let redemption = Redemption { user, registration, epoch: FIRST_EPOCH, expires_at };
        Repository::add_redemption(link, redemption)
    }

    /// The note of the browser that used a link. It takes the place of the one about the registration that was proven, and
    /// says nothing of its password any more; one about another registration, which still waits, is left alone.
    pub(super) fn used_here(
        &self,
        link: TicketKey,
        email: &Email,
        here: Option<&RegistrationNote>,
    ) -> Result<Vec<SetCookie>, AppError> {
        if here.is_some_and(|note| note.password_mac.is_some() && note.email != *email) {
            return Ok(Vec::new());
        }
        let note = RegistrationNote {
            registration: None,
            email: email.clone(),
            password_mac: None,
            redeemed: Some(link.to_string()),
        };
        let expires_at = self.repository.now().plus(RECOGNIZED);
        let cookie = self.notes.registration.cookie(NoteCookie::Registration, &note, expires_at, RECOGNIZED);
        cookie.map(|cookie| vec![cookie])
    }

    /// The used link and whom it made, for the browser that used it or that registered, or who lost it to a request with the
    /// same password, and while that person's sessions have not been ended: then the request is a repetition.
    pub(super) async fn repeated(
        &self,
        redemption: Option<Stored<Redemption>>,
        note: Option<&RegistrationNote>,
        lost: Option<Lost<'_>>,
    ) -> Result<Option<(TicketKey, Person)>, AppError> {
        let Some(redemption) = redemption else { return Ok(None) };
        let (link, used) = (*redemption.id(), redemption.value());
        let is_of_here = note.is_some_and(|note| {
            let used_here = note.redeemed.as_deref() == Some(link.to_string().as_str());
            used_here || (used.registration.is_some() && note.registration == used.registration)
        });
        if !is_of_here && lost.is_none() {
            return Ok(None);
        }
        let person = self.users.by_id(used.user).await?;
        let unchanged = |person: &Person| !person.is_suspended() && person.session_epoch() == used.epoch;
        let Some(person) = person.filter(unchanged) else { return Ok(None) };
        if let Some(Lost { password, trial }) = lost.filter(|_| !is_of_here) {
            let stored = person.password();
            let verdict = self.hasher.verify(password.expose(), stored, Priority::Unknown, trial).await?;
            if !verdict.matches {
                return Ok(None);
            }
        }
        Ok(Some((link, person)))
    }
}
