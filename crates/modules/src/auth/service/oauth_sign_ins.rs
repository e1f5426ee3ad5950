//! Signing in through a provider, and what joins an account at a provider to a user.
//!
//! The subject at the provider decides, never the address. Only when the subject is unknown does the address count: it
//! joins a user by itself only where the provider is authoritative for the mailbox. Otherwise the owner of the mailbox has
//! to confirm it, in the browser that came from the provider.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::{Client, Visitor};
use palisade_core::metrics::{Metrics, SignIn};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::languages::{LanguageTag, Languages};
use palisade_core::utils::pagination::{Cursor, Page, invalid_cursor};
use palisade_core::values::Id;
use palisade_lib::oauth::ProviderIdentity;

use super::new_sessions::NewSessions;
use super::oauth_attempts::{Identified, OAuthAttempts, OAuthRedirect, callback_path, failure};
use crate::audit::Act;
use crate::auth::devices::Devices;
use crate::auth::email_templates;
use crate::auth::identity_emails::{IdentityEmail, IdentityNoticeEmail};
use crate::auth::oauth_cookies::{AttemptFor, OAuthCookies};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{PendingIdentity, PendingIdentityId, Proof};
use crate::auth::types::oauth::{ListProviders, OAuthCallback, OAuthForm, ProviderView, StartOAuth};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::types::{Email, Name};
use crate::user::{self, NewUser, ProviderSubject, User};

mod apps;
mod links;

/// Signs in through providers.
#[derive(Debug)]
pub struct OAuthSignIns {
    pub(in crate::auth) attempts: Arc<OAuthAttempts>,
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) sessions: Arc<NewSessions>,
    pub(in crate::auth) metrics: Metrics,
    pub(in crate::auth) cookies: Arc<OAuthCookies>,
    pub(in crate::auth) languages: Languages,
    /// Of the link that confirms the address of an identity. The identity waits twice as long: the newest link in the
    /// mailbox may be half a life younger.
    pub(in crate::auth) lifetime: Duration,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

/// The longest answer of a provider that is sent on as a query, in bytes: addresses may be a little longer.
const LONGEST_ANSWER: usize = 7 * 1024;

/// What becomes of a sign-in.
#[derive(Debug)]
enum Decision {
    /// This user is signed in.
    User(Box<User>),
    /// The owner of this mailbox has to confirm it first.
    Confirm(Email),
    /// The code of an error.
    Failed(&'static str),
}

impl Decision {
    fn outcome(&self) -> &'static str {
        match self {
            Self::User(_) => SignIn::SUCCESS,
            Self::Confirm(_) => failure::CONFIRMATION_REQUIRED,
            Self::Failed(code) => code,
        }
    }
}

impl OAuthSignIns {
    /// A page of the configured providers, in the order of the settings. The cursor is the name of the last one.
    ///
    /// # Errors
    /// 400 for a cursor of another list.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn providers(
        &self,
        _visitor: Visitor,
        input: ListProviders,
    ) -> Result<Page<ProviderView>, AppError> {
        let mut providers = self.attempts.providers();
        if let Some(last) = input.page.cursor() {
            let unknown = || AppError::validation(vec![invalid_cursor().at("cursor")]);
            providers.find(|(name, _)| *name == last.as_str()).ok_or_else(unknown)?;
        }
        let mut providers = providers.peekable();
        let view =
            |(name, label): (&str, &str)| ProviderView { name: name.to_owned(), label: label.to_owned() };
        let limit = input.page.limit();
        let items: Vec<_> = providers.by_ref().take(limit.get() as usize).map(view).collect();
        let last = items.last().filter(|_| providers.peek().is_some());
        let next = last.map(|provider| Cursor::from_sealed(provider.name.clone()));
        Ok(Page { items, limit, next })
    }

    /// Sends the browser to a provider.
    ///
    /// # Errors
    /// 404 for an unknown provider; 400 for a `returnTo` that is not allowed.
    pub async fn start(&self, _visitor: Visitor, input: StartOAuth) -> Result<OAuthRedirect, AppError> {
        let StartOAuth { provider, return_to, code_challenge, attempts } = input;
        let (wanted, challenge) = (return_to.as_ref(), code_challenge.as_ref());
        self.attempts.begin(&provider, AttemptFor::SignIn, wanted, challenge, attempts.as_ref()).await
    }

    /// The answer of a provider that was posted as a form, as parameters of the path that takes it as a query: the cookies
    /// of the attempt come only with the request that the browser makes then.
    ///
    /// # Errors
    /// 404 for an unknown provider; 400 for more than fits into an address.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn form(
        &self,
        _visitor: Visitor,
        input: OAuthForm,
    ) -> Result<(String, Vec<(&'static str, String)>), AppError> {
        let OAuthForm { provider, code, state, error, iss, user } = input;
        let sent = [
            ("code", code.map(|text| text.expose().to_owned())),
            ("state", state.map(|text| text.expose().to_owned())),
            ("error", error.map(|text| text.expose().to_owned())),
            ("iss", iss.map(|text| text.expose().to_owned())),
            ("user", user.map(|text| text.expose().to_owned())),
        ];
        let sent: Vec<_> = sent.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        // Each byte may become three.
        let length: usize = sent.iter().map(|(_, text)| 3 * text.len()).sum();
        if length > LONGEST_ANSWER {
            return Err(AppError::malformed("The form does not fit into an address"));
        }
        let provider = self.attempts.known(&provider)?;
        Ok((callback_path(provider.name()), sent))
    }

    /// Ends a round trip: signs in, links, or says in the address why not.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn callback(&self, visitor: Visitor, input: OAuthCallback) -> Result<OAuthRedirect, AppError> {
        self.revocations.know_the_time().await?;
        let identified = match self.attempts.end(&input).await? {
            Ok(identified) => identified,
            Err(redirect) => return Ok(redirect),
        };
        if let AttemptFor::Link { session } = identified.purpose {
            return self.link(visitor.client(), identified, session, input.refresh.as_ref()).await;
        }
        let language = self.languages.choice(&visitor.client().languages);
        let decision = self.decide(visitor.client(), &identified, language.as_ref()).await?;
        self.metrics.signed_in(SignIn { method: &identified.provider.0, outcome: decision.outcome() });
        match decision {
            Decision::Failed(code) => Ok(identified.failed(code, Vec::new())),
            Decision::Confirm(email) => {
                self.ask_for_confirmation(visitor.client().ip, identified, email, language).await
            }
            Decision::User(user) if identified.app_challenge.is_some() => {
                self.hand_on(identified, &user).await
            }
            Decision::User(user) => {
                let known = self.devices.note(input.device.as_ref(), user.email());
                let (client, refresh) = (visitor.client(), input.refresh.as_ref());
                let signed_in =
                    self.sessions.sign_in(client, (&user, Proof::Provider), known, refresh).await?;
                Ok(identified.done(signed_in.cookies))
            }
        }
    }

    async fn decide(
        &self,
        client: &Client,
        identified: &Identified,
        language: Option<&LanguageTag>,
    ) -> Result<Decision, AppError> {
        let decided =
            retry_on_stale(self.rng.as_ref(), || self.decide_once(client, identified, language)).await?;
        decided.ok_or_else(|| lost_every_race("a sign-in through a provider lost every race for its account"))
    }

    async fn decide_once(
        &self,
        client: &Client,
        Identified { identity, provider: (provider, label), .. }: &Identified,
        language: Option<&LanguageTag>,
    ) -> Result<Attempt<Decision>, AppError> {
        let subject = subject(identity);
        if let Some(user) = self.users.by_provider(&subject).await? {
            return Ok(Attempt::Done(admitted(user)));
        }
        let Some(email) = identity.address.as_deref().and_then(|text| Email::parse(text).ok()) else {
            tracing::warn!(provider, "a provider told no usable address of a new user");
            return Ok(Attempt::Done(Decision::Failed(failure::FAILED)));
        };
        if !identity.address_is_verified {
            return Ok(Attempt::Done(Decision::Confirm(email)));
        }
        let account = self.users.new_provider_account(provider, subject, identity.address.clone());
        let (id, writes) = match self.users.by_email_including_deleted(&email).await? {
            None => {
                let name = identity.name.as_deref().and_then(|name| Name::parse(name).ok());
                let newcomer = NewUser::of_provider(email, name).who_reads(language.cloned());
                let act = |id| Act::of_proven(id, client);
                let (id, creation) = self.users.stage_creation(newcomer, act);
                (id, creation.and(self.users.stage_provider(id, account, act(id))))
            }
            Some(owner) if identity.is_authoritative && !owner.is_deleted() => {
                if owner.is_suspended() {
                    return Ok(Attempt::Done(Decision::Failed(failure::SUSPENDED)));
                }
                let notice = IdentityNoticeEmail::new(&owner, label);
                let mail = self.mails.stage(email_templates::IDENTITY_LINKED, owner.email(), &notice)?;
                let act = Act::of_proven(owner.id(), client);
                let Some(link) = self.users.stage_link(&owner, account, act).await? else {
                    return Ok(Attempt::Done(Decision::Failed(failure::FAILED)));
                };
                (owner.id(), link.and(mail))
            }
            Some(_) => {
                // Another first sign-in of the same person may have created it since.
                let holder = self.users.by_provider(&account.subject).await?;
                return Ok(Attempt::Done(holder.map_or(Decision::Confirm(email), admitted)));
            }
        };
        if let Err(error) = self.repository.join_identity(writes).await {
            return Attempt::unless_raced(error);
        }
        tracing::info!(user_id = %id, provider, "an account at a provider was joined to a user");
        self.mails.wake();
        let user = self.users.by_id(id).await?;
        Ok(Attempt::Done(user.map_or(Decision::Failed(failure::FAILED), admitted)))
    }

    /// Keeps the identity and mails a link. Nothing is joined until the owner of the mailbox opens it in this browser.
    async fn ask_for_confirmation(
        &self,
        ip: IpAddr,
        identified: Identified,
        email: Email,
        language: Option<LanguageTag>,
    ) -> Result<OAuthRedirect, AppError> {
        let id = PendingIdentityId::generate(self.clock.as_ref(), self.rng.as_ref());
        let lifetime = self.lifetime.saturating_mul(2);
        let expires_at = self.repository.now().plus(lifetime);
        let (provider, label) = identified.provider.clone();
        let asked = IdentityEmail { pending: id, label, ip };
        let mail = self.mails.stage(email_templates::IDENTITY, &email, &asked)?;
        let name = identified.identity.name.as_deref().and_then(|name| Name::parse(name).ok());
        let subject = subject(&identified.identity);
        let pending = PendingIdentity { provider, subject, email, name, language, expires_at };
        self.repository.add_pending_identity((id, pending), mail).await?;
        self.mails.wake();
        let cookie = self.cookies.of_pending(id, expires_at, lifetime)?;
        Ok(identified.failed(failure::CONFIRMATION_REQUIRED, vec![cookie]))
    }
}

/// A user who has proven to be one, unless the account cannot be used. The owner of a deleted account gets a mail about it.
fn admitted(user: User) -> Decision {
    if user.is_deleted() {
        Decision::Confirm(user.email().clone())
    } else if user.is_suspended() {
        Decision::Failed(failure::SUSPENDED)
    } else {
        Decision::User(Box::new(user))
    }
}

pub(super) fn subject(identity: &ProviderIdentity) -> ProviderSubject {
    ProviderSubject { issuer: identity.issuer.clone(), subject: identity.subject.clone() }
}
