//! The service of signing in: its parts, and what they share.

mod budget;
mod first_admin;
mod key_revocation;
mod links;
mod login;
mod logout;
mod purging;
mod registration;
mod repeating;
mod restoring;
mod session;
mod setup;

pub(crate) use budget::Budgets;
pub use links::FirstSteps;
pub use registration::Proven;
pub(crate) use restoring::revoke_keys;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{NoteCookie, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::{SessionId, UserId};
use palisade_core::limits::AccountHasher;
use palisade_core::output::Document;
use palisade_core::ports::{Clock, LimitStore, Pending, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::{Keyring, MacKey};
use palisade_core::utils::crypto::password::PasswordHasher;
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::random::{decode_base64url, encode_base64url};
use palisade_core::utils::crypto::refresh::RefreshTokens;
use palisade_core::utils::crypto::seal::TokenSealer;
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::crypto::token::{Claims, Realm, TokenSubject, VerificationKeys};
use palisade_core::values::{Rules, uuid_v7};
use palisade_lib::store::{Batch, Store, StoreError};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::letters::{self, Letters};
use super::repository::Repository;
use super::revocations::Revocations;
use super::schema::{Revocation, Session};
use super::types::SessionView;
use crate::mail::{self, Compose, Intent, Verdict};
use crate::user::types::Email;
use crate::user::{self, Person};
use crate::{clocks, keys};

/// How long things live. All from the environment.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// Access tokens.
    pub access: Duration,
    /// How long a refresh token may be used twice.
    pub refresh_grace: Duration,
    /// A session without use.
    pub session_idle: Duration,
    /// A session at all.
    pub session_max: Duration,
    /// A registration, and the link that proves it.
    pub registration: Duration,
    /// A setup link.
    pub setup: Duration,
    /// The device cookie.
    pub device: Duration,
}

/// What the service is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) users: user::Service,
    pub(crate) mails: mail::Service,
    pub(crate) keys: keys::Service,
    pub(crate) hasher: PasswordHasher,
    pub(crate) limiter: Arc<dyn LimitStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) accounts: Arc<AccountHasher>,
    pub(crate) realm: Realm,
    pub(crate) rules: Rules,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) letters: Letters,
    pub(crate) budgets: Budgets,
}

/// The service of signing in. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

/// What the parts of the service in the files beside this one share.
#[derive(Debug)]
pub struct Inner {
    repository: Repository,
    revocations: Arc<Revocations>,
    refresh: RefreshTokens,
    notes: Notes,
    password_macs: MacKey,
    users: user::Service,
    mails: mail::Service,
    keys: keys::Service,
    hasher: PasswordHasher,
    limiter: Arc<dyn LimitStore>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    accounts: Arc<AccountHasher>,
    realm: Realm,
    rules: Rules,
    lifetimes: Lifetimes,
    letters: Letters,
    budgets: Budgets,
    /// That of the setup link which this start made.
    first_link: Mutex<Option<OneTimeToken>>,
}

impl Deref for Service {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Sealed notes that a browser keeps for us, one kind of cookie each.
#[derive(Debug)]
struct Notes {
    registration: Note,
    device: Note,
}

/// One kind of sealed note.
#[derive(Debug)]
struct Note {
    sealer: TokenSealer,
    rng: Arc<dyn Rng>,
}

impl Note {
    fn new(keyring: &Keyring, purpose: Purpose, rng: &Arc<dyn Rng>) -> Self {
        Self { sealer: keyring.sealer(purpose), rng: Arc::clone(rng) }
    }

    fn cookie<T: Serialize>(
        &self,
        kind: NoteCookie,
        note: &T,
        expires_at: Timestamp,
        max_age: Duration,
    ) -> Result<SetCookie, AppError> {
        let sealer = (&self.sealer, self.rng.as_ref());
        SetCookie::note(kind, sealer, note, expires_at, max_age).map_err(AppError::internal)
    }

    /// `None` for anything but a note of ours of this kind that has not expired.
    fn open<T: DeserializeOwned>(&self, text: &str, now: Timestamp) -> Option<T> {
        self.sealer.open(text, now).ok()
    }
}

/// Somebody is signed in: what to show, and the cookies that carry it.
#[derive(Debug)]
pub struct SignedIn {
    /// What to show.
    pub view: SessionView,
    /// The cookies to set.
    pub cookies: Vec<SetCookie>,
}

impl SignedIn {
    fn with_cookie(mut self, cookie: SetCookie) -> Self {
        self.cookies.push(cookie);
        self
    }
}

impl Service {
    pub(crate) fn new(parts: Parts) -> Result<Self, StoreError> {
        let Parts { store, users, mails, keys, hasher, limiter, clock, rng, accounts, .. } = parts;
        let repository = Repository::new(&store)?;
        let keyring = keys.keyring();
        Ok(Self(Arc::new(Inner {
            revocations: Arc::new(Revocations::new(&repository, keys.clone(), Arc::clone(&clock))),
            repository,
            refresh: RefreshTokens::new(&keyring),
            notes: Notes {
                registration: Note::new(&keyring, Purpose::RegistrationCookie, &rng),
                device: Note::new(&keyring, Purpose::DeviceCookie, &rng),
            },
            password_macs: keyring.mac(Purpose::RegistrationPassword),
            users,
            mails,
            keys,
            hasher,
            limiter,
            clock,
            rng,
            accounts,
            realm: parts.realm,
            rules: parts.rules,
            lifetimes: parts.lifetimes,
            letters: parts.letters,
            budgets: parts.budgets,
            first_link: Mutex::new(None),
        })))
    }

    /// What is refused although its signature holds; the authenticator looks there.
    pub(crate) fn revocations(&self) -> Arc<Revocations> {
        Arc::clone(&self.revocations)
    }

    pub(crate) fn verification_keys(&self) -> VerificationKeys {
        self.keys.tokens().verification()
    }

    pub(crate) fn report_unknown_key(&self) {
        self.keys.tokens().report_unknown_key();
    }

    pub(crate) async fn person(&self, id: UserId) -> Result<Option<Person>, AppError> {
        self.users.by_id(id).await
    }

    /// The JWK set.
    ///
    /// # Errors
    /// None today; a key store elsewhere may not answer.
    #[expect(clippy::unused_async, reason = "a handler awaits its one service call, whatever it costs")]
    pub async fn jwks(&self) -> Result<Document, AppError> {
        Ok(Document::jwk_set(&self.verification_keys()))
    }

    /// How many rounds of bcrypt were computed so far. For metrics, and to hold that a failed sign-in costs the same
    /// whatever its reason.
    pub fn hashing_rounds(&self) -> u64 {
        self.hasher.rounds()
    }

    /// Writes a decision that may end sessions, and lets this instance know before it answers.
    async fn write(&self, ending: SessionTermination) -> Result<(), StoreError> {
        let SessionTermination { batch, revocations } = ending;
        if batch.is_empty() {
            return Ok(());
        }
        self.repository.commit(batch).await?;
        let now = self.clock.now();
        for revocation in &revocations {
            self.revocations.apply(revocation, now);
        }
        Ok(())
    }

    /// Asks what time it is in the store when this machine slept, before anything is dated that others will judge.
    async fn know_the_time(&self) -> Result<(), AppError> {
        if self.repository.clock_jumped() { self.revocations.catch_up().await } else { Ok(()) }
    }

    /// How long access tokens live here.
    pub(crate) fn access_ttl(&self) -> Duration {
        self.lifetimes.access
    }

    /// The cookie with an access token for a person in a session, and when it ends: never after the session.
    fn access_cookie(
        &self,
        person: &Person,
        id: SessionId,
        session: &Session,
    ) -> Result<(SetCookie, Timestamp), AppError> {
        let subject = TokenSubject {
            user_id: person.id().to_string(),
            role: person.role().to_string(),
            permissions: person.effective_permissions().iter().map(str::to_owned).collect(),
            session_version: u64::try_from(person.session_version()).unwrap_or(0),
            session_id: id.to_string(),
            token_id: uuid_v7(self.clock.as_ref(), self.rng.as_ref()).simple().to_string(),
            authenticated_at: session.authenticated_at,
            methods: vec!["pwd".to_owned()],
        };
        clocks::check(self.repository.clock_reading())?;
        let now = self.clock.now();
        let ttl = self.lifetimes.access.min(session.ends_at.since(now));
        let claims = Claims::new(&self.realm, subject, now, ttl);
        let max_age = claims.expires_at().since(self.repository.now());
        let cookie = self.keys.tokens().cookie(&claims, max_age).map_err(AppError::internal)?;
        Ok((cookie, claims.expires_at()))
    }

    fn refresh_cookie(&self, id: SessionId, session: &Session) -> SetCookie {
        let generation = u64::try_from(session.generation).unwrap_or(0);
        let max_age = session.expires_at.since(self.repository.now());
        SetCookie::refresh(&self.refresh, &session.seed, &id.to_string(), generation, max_age)
    }

    /// How a browser's note recognizes the password it was made with.
    fn password_mac(&self, email: &Email, password: &SecretString) -> String {
        encode_base64url(self.password_macs.tag(&mac_message(email, password)))
    }

    fn is_password_mac(&self, mac: &str, email: &Email, password: &SecretString) -> bool {
        decode_base64url(mac)
            .is_some_and(|tag| self.password_macs.verify(&mac_message(email, password), &tag))
    }
}

/// Address and password, told apart by a NUL, which no address has.
fn mac_message(email: &Email, password: &SecretString) -> Vec<u8> {
    [email.as_str().as_bytes(), b"\0", password.expose_bytes()].concat()
}

/// A decision, with the revocations in it that this instance must know at once.
#[derive(Debug, Default)]
struct SessionTermination {
    batch: Batch,
    revocations: Vec<Revocation>,
}

impl SessionTermination {
    fn of(batch: Batch) -> Self {
        Self { batch, revocations: Vec::new() }
    }

    fn and(mut self, other: Self) -> Self {
        self.batch = self.batch.merge(other.batch);
        self.revocations.extend(other.revocations);
        self
    }
}

impl Compose for Service {
    fn compose<'a>(&'a self, intent: Intent<'a>) -> Pending<'a, Result<Verdict, AppError>> {
        let Intent { purpose, payload, is_new } = intent;
        Box::pin(async move {
            match purpose {
                letters::VERIFICATION => {
                    let intent = serde_json::from_str(payload).map_err(AppError::internal)?;
                    self.compose_verification(intent, is_new).await
                }
                letters::SETUP => {
                    let intent = serde_json::from_str(payload).map_err(AppError::internal)?;
                    self.compose_setup(intent).await
                }
                letters::SESSION_ENDED => {
                    let intent = serde_json::from_str(payload).map_err(AppError::internal)?;
                    self.compose_session_ended(intent, is_new).await
                }
                other => Err(AppError::internal(format!("no letter is known for the purpose `{other}`"))),
            }
        })
    }
}
