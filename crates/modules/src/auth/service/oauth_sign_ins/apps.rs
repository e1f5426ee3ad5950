//! Apps that sign in through a browser: the browser carries a code to the app, which gets the session for it.

use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::net::AppCode;
use palisade_core::utils::crypto::random::{encode_base64url, sha256};
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::StoreError;

use super::OAuthSignIns;
use crate::auth::schema::{Proof, Ticket, TicketFor};
use crate::auth::service::oauth_attempts::{Identified, OAuthRedirect};
use crate::auth::session_tokens::SignedIn;
use crate::auth::types::TOKEN_INVALID;
use crate::auth::types::oauth::ExchangeCode;
use crate::user::User;

/// How long the code for an app is valid: as long as a redirect takes (RFC 6749, 4.1.2, names ten minutes at most).
const APP_CODE_LIFE: Duration = Duration::from_mins(1);

impl OAuthSignIns {
    /// Gives the app that began the sign-in a code for its session.
    pub(super) async fn hand_on(
        &self,
        identified: Identified,
        user: &User,
    ) -> Result<OAuthRedirect, AppError> {
        let token = OneTimeToken::generate(self.rng.as_ref());
        let challenge = identified.app_challenge.clone().unwrap_or_default();
        let purpose = TicketFor::AppSignIn { user: user.id(), epoch: user.session_epoch(), challenge };
        let expires_at = self.repository.now().plus(APP_CODE_LIFE);
        self.repository.add_app_code(&token, Ticket { purpose, expires_at }).await?;
        Ok(identified.handed_on(AppCode::new(token.expose_secret().as_str().to_owned())))
    }

    /// Gives an app the session that a browser made for it. A code works once: also a wrong verifier uses it up.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a code that is unknown, used, older than a minute, or of another verifier, and for a user whose
    /// sessions ended since; 503.
    pub async fn exchange(&self, visitor: Visitor, input: ExchangeCode) -> Result<SignedIn, AppError> {
        let ExchangeCode { code, code_verifier, device, refresh } = input;
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(code.expose()).ok_or_else(invalid)?;
        let ticket = self.repository.app_code(&token).await?.ok_or_else(invalid)?;
        let TicketFor::AppSignIn { user, epoch, challenge } = &ticket.value().purpose else {
            return Err(invalid());
        };
        match self.repository.use_app_code(&ticket).await {
            Ok(()) => {}
            Err(StoreError::Stale { .. }) => return Err(invalid()),
            Err(error) => return Err(error.into()),
        }
        if encode_base64url(sha256(&[code_verifier.expose().as_bytes()])) != *challenge {
            return Err(invalid());
        }
        let user = self.users.by_id(*user).await?.filter(|user| user.is_active_in(*epoch));
        let user = user.ok_or_else(invalid)?;
        let known = self.devices.note(device.as_ref(), user.email());
        self.sessions.sign_in(visitor.client(), (&user, Proof::Provider), known, refresh.as_ref()).await
    }
}
