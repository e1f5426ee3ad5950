//! The first super-admin: by a one-time link, or by the operator's own hand.

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Operator, Visitor};
use palisade_core::utils::crypto::ticket::Ticket as Token;
use palisade_lib::store::{Batch, StoreError};

use super::Service;
use crate::auth::repository::Repository;
use crate::auth::schema::{Ticket, TicketFor};
use crate::auth::types::{Setup, TOKEN_INVALID, VerifiedView};
use crate::user::NewUser;
use crate::user::types::{Email, NewPassword, UserView};

impl Service {
    /// Makes a super-admin of whoever holds a setup link.
    ///
    /// # Errors
    /// `TOKEN_INVALID`; 404 once there is a super-admin and the link is not one the operator made since; 503.
    pub async fn setup(&self, _visitor: Visitor, input: Setup) -> Result<VerifiedView, AppError> {
        let settled = self.users.has_super_admin().await?;
        let refused = || AppError::new(if settled { &codes::NOT_FOUND } else { &TOKEN_INVALID });
        let token = Token::parse(input.token.expose()).ok_or_else(refused)?;
        let ticket = self.repository.setup_ticket(&token).await?.ok_or_else(refused)?;
        let TicketFor::Setup { email: named } = &ticket.value().purpose else { return Err(refused()) };
        match named {
            Some(email) if *email != input.email => return Err(refused()),
            // The link that the first start printed is for the first super-admin only.
            None if settled => return Err(refused()),
            _ => {}
        }
        let password = self.hash_chosen(&input.password, &input.email).await?;
        let newcomer = NewUser::super_admin(input.email, input.name, password);
        let (id, creation) = self.users.stage_super_admin(newcomer).await?;
        tracing::info!(user_id = %id, "a super-admin was made with a setup link");
        let user = self.admit(id, Batch::new().remove(&ticket).merge(creation)).await?;
        Ok(VerifiedView { user })
    }

    /// A one-time setup link for the first super-admin; `None` once there is one.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn first_setup_link(&self, _operator: &Operator) -> Result<Option<String>, AppError> {
        if self.users.has_super_admin().await? {
            return Ok(None);
        }
        self.setup_link(None).await.map(Some)
    }

    /// A one-time link with which this person becomes a super-admin.
    ///
    /// # Errors
    /// `EMAIL_TAKEN` when the address has an account; 503 when the store is down.
    pub async fn setup_link_for(&self, _operator: &Operator, email: Email) -> Result<String, AppError> {
        if self.users.is_taken(&email).await? {
            return Err(AppError::new(&crate::user::types::EMAIL_TAKEN));
        }
        self.setup_link(Some(email)).await
    }

    async fn setup_link(&self, email: Option<Email>) -> Result<String, AppError> {
        let token = Token::generate(self.rng.as_ref());
        let expires_at = self.repository.now().plus(self.lifetimes.setup);
        let ticket = Ticket { purpose: TicketFor::Setup { email }, expires_at };
        self.repository.commit(Repository::add_setup_ticket(&token, ticket)).await?;
        Ok(self.letters.link("setup", &token))
    }

    /// Makes a super-admin with a password of the operator's choice.
    ///
    /// # Errors
    /// `EMAIL_TAKEN`; 400 for a password that breaks the rules; 503.
    pub async fn create_super_admin(
        &self,
        _operator: &Operator,
        email: Email,
        password: NewPassword,
    ) -> Result<UserView, AppError> {
        let hash = self.hash_chosen(&password, &email).await?;
        let (id, creation) = self.users.stage_super_admin(NewUser::super_admin(email, None, hash)).await?;
        match self.repository.commit(creation).await {
            Ok(_) => self.users.view(id).await,
            Err(StoreError::Duplicate { collection: "identities", .. }) => {
                Err(AppError::new(&crate::user::types::EMAIL_TAKEN))
            }
            Err(error) => Err(error.into()),
        }
    }
}
