//! Verified API keys in memory: a request with a known key asks the store for nothing.
//!
//! An entry is what was read, never a decision. Every request looks again whether the key has expired or is revoked, and
//! whether its owner changed since: then key and owner are read once more, by one request for all that wait. What the key
//! permits is what it and its owner have together. An entry is read again after [`REMEMBERED_FOR`] in any case, which is less
//! than the time that revocations are kept: none can be missed because it was forgotten.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{ApiKey, ApiKeyId, Credential, PermissionSet, Principal, UserId};
use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use palisade_lib::store::{StoreError, Stored};
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::repository::Repository;
use super::revocations::{KEPT, Revocations};
use super::schema::ApiKeyDocument;
use crate::retry::lost_every_race;
use crate::user::types::Role;
use crate::user::{self, User};

/// How many keys are remembered: about 1 KB each.
const REMEMBERED: usize = 10_000;

/// After this time an entry is read again, whether somebody announced a change or not.
const REMEMBERED_FOR: Duration = Duration::from_mins(30);

const _: () = assert!(REMEMBERED_FOR.as_secs() < KEPT.as_secs(), "a revocation is kept longer than a key");

/// How many keys are looked up at once. A flood of well-formed keys that nobody was given waits here, and does not take the
/// connections of the store away from others.
const LOOKUPS: usize = 16;

/// How often one request reads a key whose owner keeps changing.
const READS: usize = 4;

/// The time of the last use is not written again before it is this old.
const USE_NOTED_EVERY: Duration = Duration::from_hours(1);

/// The keys that this process has verified. Only a key with the right secret and an active owner enters, so nobody fills it
/// from outside.
pub(super) struct ApiKeyMemory {
    repository: Arc<Repository>,
    revocations: Arc<Revocations>,
    users: user::Service,
    /// The store's.
    clock: Arc<dyn Clock>,
    known: Cache<[u8; 32], Arc<KnownKey>>,
    lookups: Semaphore,
}

/// A key and its owner, as read.
struct KnownKey {
    id: ApiKeyId,
    permissions: PermissionSet,
    created_at: Timestamp,
    expires_at: Timestamp,
    owner: UserId,
    owner_role: Role,
    owner_permissions: PermissionSet,
    owner_version: i64,
    /// The generation of the revocations before the read.
    generation: u64,
    /// When it was read, by the store's clock and by the time that passes here.
    read_at: (Timestamp, Duration),
}

/// What an entry is worth now.
enum Standing {
    Good,
    Outdated,
    Over(&'static str),
}

impl ApiKeyMemory {
    pub(super) fn new(
        (repository, revocations): (Arc<Repository>, Arc<Revocations>),
        users: user::Service,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (known, lookups) = (Cache::new(REMEMBERED), Semaphore::new(LOOKUPS));
        Self { repository, revocations, users, clock, known, lookups }
    }

    /// Who presents this key, and what that permits. The revocations must be fresh.
    ///
    /// # Errors
    /// 401 for a key that is unknown, expired or revoked, and for one whose owner is suspended or deleted: all alike; 503 when
    /// the store is down.
    pub(super) async fn identify(&self, key: &ApiKey) -> Result<Principal, AppError> {
        let known = self.known(key).await?;
        if known.owner_role != Role::SuperAdmin {
            return Ok(known.principal(known.owner_role, &known.owner_permissions, known.owner_version));
        }
        // The exception of the specification, for keys as for tokens.
        let owner = self.active(known.owner).await?;
        Ok(known.principal(owner.role(), &owner.effective_permissions(), owner.session_version()))
    }

    async fn known(&self, key: &ApiKey) -> Result<Arc<KnownKey>, AppError> {
        let digest = key.digest();
        for _ in 0..READS {
            // Asked first, so that a program that goes on with a revoked key costs no read each time.
            if self.revocations.refuses_api_key(key.id()) {
                self.known.remove(&digest);
                return Err(refused("the API key is revoked"));
            }
            let known = self.known.get_or_insert_async(&digest, self.read(key)).await?;
            match self.standing(&known) {
                Standing::Good => return Ok(known),
                Standing::Over(why) => {
                    self.known.remove(&digest);
                    return Err(refused(why));
                }
                // Only this entry: another request may have read a newer one already.
                Standing::Outdated => {
                    self.known.remove_if(&digest, |entry| Arc::ptr_eq(entry, &known));
                }
            }
        }
        Err(lost_every_race("the owner of an API key changed faster than they could be read"))
    }

    fn standing(&self, known: &KnownKey) -> Standing {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        if known.expires_at <= now {
            return Standing::Over("the API key has expired");
        }
        if self.revocations.refuses_api_key(known.id) {
            return Standing::Over("the API key is revoked");
        }
        let (read_at, read_here) = known.read_at;
        let is_old = now.since(read_at).max(monotonic.saturating_sub(read_here)) >= REMEMBERED_FOR;
        let (owner, version) = (known.owner, known.owner_version);
        if is_old || self.revocations.outdates(owner, version, known.generation) {
            return Standing::Outdated;
        }
        Standing::Good
    }

    /// Reads a key and its owner. A key that is refused here is not remembered.
    async fn read(&self, key: &ApiKey) -> Result<Arc<KnownKey>, AppError> {
        // Nobody closes it.
        let _place = self.lookups.acquire().await.map_err(AppError::internal)?;
        let (generation, read_at) =
            (self.revocations.generation(), (self.clock.now(), self.clock.monotonic()));
        let stored = self.repository.api_key(key.id()).await?;
        let stored = stored.ok_or_else(|| refused("there is no such API key"))?;
        if !stored.value().hash.is_of(key) {
            return Err(refused("the secret of the API key is wrong"));
        }
        let owner = self.active(stored.value().user).await?;
        let known = KnownKey {
            id: *stored.id(),
            permissions: stored.value().permissions.iter().collect(),
            created_at: stored.created_at(),
            expires_at: stored.expires_at(),
            owner: owner.id(),
            owner_role: owner.role(),
            owner_permissions: owner.effective_permissions(),
            owner_version: owner.session_version(),
            generation,
            read_at,
        };
        self.note_use(stored, read_at.0);
        Ok(Arc::new(known))
    }

    async fn active(&self, owner: UserId) -> Result<User, AppError> {
        let owner = self.users.by_id(owner).await?.filter(|owner| !owner.is_suspended());
        owner.ok_or_else(|| refused("the owner of the API key is suspended or deleted"))
    }

    /// Writes that the key is in use, beside the request: neither its answer nor its duration depends on it, and losing it is
    /// harmless. A key is read at most every [`REMEMBERED_FOR`] here, so this is not asked more often.
    fn note_use(&self, read: Stored<ApiKeyDocument>, now: Timestamp) {
        if read.value().last_used_at.is_some_and(|last| now.since(last) < USE_NOTED_EVERY) {
            return;
        }
        let repository = Arc::clone(&self.repository);
        tokio::spawn(async move {
            match repository.mark_api_key_used(&read, now).await {
                // Another instance was faster, or the key is revoked.
                Ok(()) | Err(StoreError::Stale { .. }) => {}
                Err(error) => {
                    tracing::debug!(key = %read.id(), %error, "could not note the use of an API key");
                }
            }
        });
    }
}

impl KnownKey {
    /// What the key and its owner permit together.
    fn principal(&self, role: Role, of_owner: &PermissionSet, version: i64) -> Principal {
        Principal {
            user_id: self.owner,
            credential: Credential::Key(self.id),
            role: role.as_str().into(),
            permissions: self.permissions.iter().filter(|word| of_owner.contains(word)).collect(),
            session_version: version,
            authenticated_at: self.created_at,
            expires_at: self.expires_at,
            confirm: role == Role::SuperAdmin,
            impersonator: None,
        }
    }
}

impl fmt::Debug for ApiKeyMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyMemory").field("len", &self.known.len()).finish_non_exhaustive()
    }
}

/// The answer is the same for every key that is refused; the reason goes to the log.
fn refused(why: &'static str) -> AppError {
    AppError::new(&codes::AUTH_401).with_cause(why)
}
