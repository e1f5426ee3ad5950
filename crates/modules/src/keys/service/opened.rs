//! The keys of the deployment, open: what they are used for, and how they stay what is stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::output::Document;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::password::Peppers;
use parking_lot::Mutex;

use super::setup::Setup;
use super::tokens::Tokens;
use super::{opening, rotation, sealing};
use crate::keys::repository::Repository;
use crate::keys::types::KeysError;
use crate::retry::{Attempt, retry_on_stale};

/// How often the stored keys are read again. Far below the time for which a key is published ahead.
const REFRESH_EVERY: Duration = Duration::from_mins(1);

/// Tokens that name unknown keys cost a stranger nothing: they cause at most one read in this time.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(10);

/// The open keys of the deployment. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) setup: Setup,
    pub(super) repository: Repository,
    keyring: Keyring,
    peppers: Peppers,
    pub(super) tokens: Tokens,
    pub(super) reads: Reads,
}

/// Counts reads, so that waiting callers share one.
#[derive(Debug, Default)]
pub(super) struct Reads {
    pub(super) one_at_a_time: tokio::sync::Mutex<()>,
    began: AtomicU64,
    /// The last successful one.
    done: AtomicU64,
    /// Monotonic time of the last attempt.
    tried_at: Mutex<Duration>,
}

impl Service {
    /// Opens the keys of this deployment, and creates them if the store has nothing that depends on keys. Several
    /// instances may do so at once: one creates them, the others read them. The first secret reseals keys that an
    /// older one sealed.
    ///
    /// # Errors
    /// [`KeysError::Lost`] with every unusable key, by name and with the id of the secret that it needs; nothing is
    /// ever created in their place. [`KeysError::Store`] when the store is down.
    pub(crate) async fn open(setup: Setup) -> Result<Self, KeysError> {
        let repository = Repository::new(&setup.store)?;
        let stored = opening::read_or_create(&setup, &repository).await?;
        let (root, peppers) = opening::open(&setup.secrets, &stored, repository.now())?;
        let unknown = opening::unknown_peppers(&setup, &repository).await?;
        if !unknown.is_empty() {
            return Err(KeysError::Lost(unknown));
        }
        sealing::reseal(&setup, &repository, &stored).await?;
        let tokens = Tokens::new(setup.realm.clone(), Arc::clone(&setup.clock))?;
        let inner = Inner {
            setup,
            repository,
            keyring: Keyring::new(root),
            peppers,
            tokens,
            reads: Reads::default(),
        };
        let service = Self(Arc::new(inner));
        service.refresh().await?;
        Ok(service)
    }

    /// Derives from the root key.
    pub(crate) fn keyring(&self) -> Keyring {
        self.0.keyring.clone()
    }

    /// The peppers, for the password hasher.
    pub(crate) fn peppers(&self) -> Peppers {
        self.0.peppers.clone()
    }

    /// The JWK set (RFC 7517) of the keys that tokens are accepted under.
    ///
    /// # Errors
    /// None today; a key store elsewhere may not answer.
    #[expect(clippy::unused_async, reason = "a handler awaits its one service call, whatever it costs")]
    pub async fn jwks(&self) -> Result<Document, AppError> {
        Ok(Document::jwk_set(&self.0.tokens.verification()))
    }

    /// Signs and verifies access tokens. The handle follows the rotation.
    pub(crate) fn tokens(&self) -> Tokens {
        self.0.tokens.clone()
    }

    /// Reads the signing keys again and does what is due: publishes a successor, forgets expired keys. Callers who
    /// wait at the same time share one read, which begins after their calls.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down; the known keys stay in use.
    pub async fn refresh(&self) -> Result<(), KeysError> {
        self.read_again(None).await
    }

    /// The same for a token that names an unknown key, at most once in ten seconds: anybody can send such a token.
    ///
    /// # Errors
    /// Like [`refresh`](Self::refresh).
    pub async fn refresh_for_unknown_key(&self) -> Result<(), KeysError> {
        self.read_again(Some(UNKNOWN_KEY_PAUSE)).await
    }

    /// Refreshes every minute, and when a token named an unknown key, until the process ends.
    pub async fn keep_current(self) {
        loop {
            let outcome = tokio::select! {
                () = tokio::time::sleep(REFRESH_EVERY) => self.refresh().await,
                () = self.0.tokens.unknown_key_reported() => self.refresh_for_unknown_key().await,
            };
            if let Err(error) = outcome {
                tracing::warn!(cause = AppError::from(error).cause(), "could not read the keys");
            }
        }
    }

    async fn read_again(&self, pause: Option<Duration>) -> Result<(), KeysError> {
        let Reads { one_at_a_time, began, done, tried_at } = &self.0.reads;
        let asked = began.load(Ordering::SeqCst);
        let _one = one_at_a_time.lock().await;
        if done.load(Ordering::SeqCst) > asked {
            return Ok(());
        }
        let now = self.0.setup.clock.monotonic();
        if pause.is_some_and(|pause| now.saturating_sub(*tried_at.lock()) < pause) {
            return Ok(());
        }
        *tried_at.lock() = now;
        let read = began.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        self.read_and_turn().await?;
        done.store(read, Ordering::SeqCst);
        Ok(())
    }

    async fn read_and_turn(&self) -> Result<(), KeysError> {
        let Inner { setup, repository, tokens, .. } = &*self.0;
        let read = retry_on_stale(setup.rng.as_ref(), || async {
            let (stored, now) = (repository.all().await?, repository.now());
            // Before the write: an instance that cannot write must still see the writes of others.
            tokens.publish(setup, &stored, now)?;
            let due = rotation::due(setup, &stored, now)?;
            if due.is_empty() {
                return Ok(Attempt::Done(()));
            }
            // Also after a write of its own: what was written is to be published.
            match repository.change(due).await {
                Ok(()) => Ok(Attempt::Again),
                Err(error) => Attempt::unless_raced::<KeysError>(error),
            }
        });
        read.await?.ok_or(KeysError::Contended)
    }
}
