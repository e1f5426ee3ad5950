//! The first super-admin: by a one-time link, or by the operator's own hand.

use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Operator, Visitor};
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::{Batch, StoreError};

use super::{Proven, Service};
use crate::auth::repository::Repository;
use crate::auth::schema::{Ticket, TicketFor};
use crate::auth::types::{Setup, TOKEN_INVALID, VerifiedView};
use crate::user::NewUser;
use crate::user::types::{EMAIL_TAKEN, Email, NewPassword, UserView};

/// How often the making of a super-admin that lost a race for the guard is decided again.
pub(super) const MAX_CAS_RETRIES: usize = 16;

impl Service {
    /// Makes a super-admin of whoever holds a setup link. Sent again within ten minutes by the same browser, it is answered
    /// like the first time.
    ///
    /// # Errors
    /// `TOKEN_INVALID`; `EMAIL_TAKEN`, the link stays usable; 404 once there is a super-admin and the link is not one
    /// the operator made since; 503.
    pub async fn setup(&self, _visitor: Visitor, input: Setup) -> Result<Proven, AppError> {
        let here = self.registration_note(input.registration.as_ref());
        let settled = self.users.has_super_admin().await?;
        let refused = || AppError::new(if settled { &codes::NOT_FOUND } else { &TOKEN_INVALID });
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(refused)?;
        let Some(ticket) = self.repository.setup_ticket(&token).await? else {
            let redemption = self.repository.redeemed_setup(&token).await?;
            let repeated = self.repeated(redemption, here.as_ref(), None).await?;
            let (link, person) =
                repeated.filter(|(_, person)| *person.email() == input.email).ok_or_else(refused)?;
            let cookies = self.used_here(link, person.email(), here.as_ref())?;
            return Ok(Proven { view: VerifiedView { user: person.view() }, cookies });
        };
        let TicketFor::Setup { email: named } = &ticket.value().purpose else { return Err(refused()) };
        match named {
            Some(email) if *email != input.email => return Err(refused()),
            // The link that the first start printed is for the first super-admin only.
            None if settled => return Err(refused()),
            _ => {}
        }
        let password = self.hash_chosen(&input.password, &input.email).await?;
        let email = input.email.clone();
        let newcomer = NewUser::super_admin(input.email, input.name, password);
        for _ in 0..MAX_CAS_RETRIES {
            let staged = match named {
                Some(_) => Some(self.users.stage_super_admin(newcomer.clone()).await?),
                None => self.users.stage_first_super_admin(newcomer.clone()).await?,
            };
            let (id, creation) = staged.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
            let redeemed = self.stage_redemption(*ticket.id(), id, None);
            match self.repository.commit(Batch::new().remove(&ticket).merge(redeemed).merge(creation)).await {
                Ok(_) => {
                    tracing::info!(user_id = %id, "a super-admin was made with a setup link");
                    let view = VerifiedView { user: self.users.view(id).await? };
                    return Ok(Proven {
                        view,
                        cookies: self.used_here(*ticket.id(), &email, here.as_ref())?,
                    });
                }
                // Whoever holds a setup link was sent by the operator, and may know.
                Err(StoreError::Duplicate { collection: "identities", .. }) => {
                    return Err(AppError::new(&EMAIL_TAKEN));
                }
                // Another super-admin was made at the same moment: that only ends the link that was for the first.
                Err(
                    StoreError::Stale { collection: "guards", .. }
                    | StoreError::Duplicate { collection: "guards", .. },
                ) if named.is_some() => {}
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => return Err(refused()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(crowded())
    }

    /// A one-time setup link for the first super-admin; `None` once there is one.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn first_setup_link(&self, _operator: &Operator<'_>) -> Result<Option<String>, AppError> {
        if self.users.has_super_admin().await? {
            return Ok(None);
        }
        let token = self.setup_token(None).await?;
        let link = self.letters.link("setup", &token);
        *self.first_link.lock() = Some(token);
        Ok(Some(link))
    }

    /// A one-time link with which this person becomes a super-admin.
    ///
    /// # Errors
    /// `EMAIL_TAKEN` when the address has an account; 503 when the store is down.
    pub async fn setup_link_for(&self, _operator: &Operator<'_>, email: Email) -> Result<String, AppError> {
        if self.users.is_taken(&email).await? {
            return Err(AppError::new(&EMAIL_TAKEN));
        }
        let token = self.setup_token(Some(email)).await?;
        Ok(self.letters.link("setup", &token))
    }

    async fn setup_token(&self, email: Option<Email>) -> Result<OneTimeToken, AppError> {
        let token = OneTimeToken::generate(self.rng.as_ref());
        let expires_at = self.repository.now().plus(self.lifetimes.setup);
        let ticket = Ticket { purpose: TicketFor::Setup { email }, expires_at };
        self.repository.commit(Repository::add_setup_ticket(&token, ticket)).await?;
        Ok(token)
    }

    /// Makes a super-admin with a password of the operator's choice.
    ///
    /// # Errors
    /// `EMAIL_TAKEN`; 400 for a password that breaks the rules; 503.
    pub async fn create_super_admin(
        &self,
        _operator: &Operator<'_>,
        email: Email,
        password: NewPassword,
    ) -> Result<UserView, AppError> {
        let hash = self.hash_chosen(&password, &email).await?;
        let newcomer = NewUser::super_admin(email, None, hash);
        for _ in 0..MAX_CAS_RETRIES {
            let (id, creation) = self.users.stage_super_admin(newcomer.clone()).await?;
            match self.repository.commit(creation).await {
                Ok(_) => return self.users.view(id).await,
                Err(StoreError::Duplicate { collection: "identities", .. }) => {
                    return Err(AppError::new(&EMAIL_TAKEN));
                }
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(crowded())
    }
}

pub(super) fn crowded() -> AppError {
    AppError::unavailable(Duration::from_secs(1), "too many super-admins are being made at once")
}
