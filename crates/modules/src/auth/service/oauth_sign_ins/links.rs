//! Linking an account at a provider to a user who is signed in.

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Client, FreshUser, SessionId};

use super::{OAuthSignIns, subject};
use crate::audit::Act;
use crate::auth::email_templates;
use crate::auth::identity_emails::IdentityNoticeEmail;
use crate::auth::oauth_cookies::AttemptFor;
use crate::auth::service::oauth_attempts::{Identified, OAuthRedirect, failure};
use crate::auth::types::RefreshCookies;
use crate::auth::types::oauth::LinkProvider;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};

impl OAuthSignIns {
    /// Sends the browser to a provider, to link an account there to the caller.
    ///
    /// # Errors
    /// 404 for an unknown provider; 400 for a `returnTo` that is not allowed.
    pub async fn start_link(
        &self,
        caller: FreshUser,
        input: LinkProvider,
    ) -> Result<OAuthRedirect, AppError> {
        let LinkProvider { provider, return_to, attempts, .. } = input;
        let session = caller.user().principal().session_id();
        let session = session.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        let purpose = AttemptFor::Link { session };
        self.attempts.begin(&provider, purpose, return_to.as_ref(), None, attempts.as_ref()).await
    }

    /// Links the account at the provider to the user who began the attempt, in the session in which it began: one that ended
    /// since, or a browser in which somebody else signed in since, links nothing.
    pub(super) async fn link(
        &self,
        client: &Client,
        identified: Identified,
        session: SessionId,
        refresh: Option<&RefreshCookies>,
    ) -> Result<OAuthRedirect, AppError> {
        let linked =
            retry_on_stale(self.rng.as_ref(), || self.link_once(client, &identified, session, refresh))
                .await?;
        let contended = || lost_every_race("the account changed faster than an identity could be linked");
        match linked.ok_or_else(contended)? {
            Ok(()) => Ok(identified.done(Vec::new())),
            Err(code) => Ok(identified.failed(code, Vec::new())),
        }
    }

    async fn link_once(
        &self,
        client: &Client,
        Identified { identity, provider: (provider, label), .. }: &Identified,
        session: SessionId,
        refresh: Option<&RefreshCookies>,
    ) -> Result<Attempt<Result<(), &'static str>>, AppError> {
        let Some(user) = self.sessions.user_of(session, refresh).await? else {
            return Ok(Attempt::Done(Err(failure::STATE_INVALID)));
        };
        let subject = subject(identity);
        if let Some(holder) = self.users.by_provider(&subject).await? {
            let is_theirs = holder.id() == user.id();
            return Ok(Attempt::Done(if is_theirs { Ok(()) } else { Err(failure::IDENTITY_TAKEN) }));
        }
        let account = self.users.new_provider_account(provider, subject, identity.address.clone());
        let notice = IdentityNoticeEmail::new(&user, label);
        let mail = self.mails.stage(email_templates::IDENTITY_LINKED, user.email(), &notice)?;
        let act = Act::of_proven(user.id(), client);
        let Some(link) = self.users.stage_link(&user, account, act).await? else {
            return Ok(Attempt::Done(Err(failure::FAILED)));
        };
        match self.repository.join_identity(link.and(mail)).await {
            Ok(()) => {}
            Err(error) => return Attempt::unless_raced(error),
        }
        tracing::info!(user_id = %user.id(), provider, "a user linked an account at a provider");
        self.mails.wake();
        Ok(Attempt::Done(Ok(())))
    }
}
