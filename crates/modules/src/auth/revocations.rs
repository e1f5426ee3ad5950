//! Revocations in memory: every request is checked against them without a query.
//!
//! Every instance reads the live ones before it is ready and then follows the collection. Entries are compared by
//! version and id, never by time, and applying one twice changes nothing: neither clocks nor order matter. The
//! clock that dated an entry also decides when it is forgotten: the store's, which every read returns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::auth::LONGEST_ACCESS_TTL;
use palisade_core::config::server::LONGEST_HANDLER_TIMEOUT;
use palisade_core::errors::AppError;
use palisade_core::identity::{ApiKeyId, SessionId, UserId};
use palisade_core::system::time::Timestamp;
use parking_lot::{Mutex, RwLock};

use palisade_core::ports::Clock;
use palisade_lib::store::{BATCH_DEADLINE, Tail};

use super::repository::Repository;
use super::schema::{Revocation, Revoked};
use crate::{clocks, keys};

/// How often the collection is read.
pub(crate) const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// If the last good read is older than this, a request first reads the missed entries.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// When that read fails, the client should try again after this time.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The maximum number of entries, at about 100 bytes each.
const BOUND: usize = 1_000_000;

/// The time for work that decided before the sign-out and signs after it: a refresh that has read the session may
/// take as long as a request may, and the write of the sign-out as long as a batch may.
const SLACK: Duration =
    LONGEST_HANDLER_TIMEOUT.saturating_add(BATCH_DEADLINE).saturating_add(Duration::from_mins(1));

/// A revocation outlives every token that it revokes: it is kept for the longest lifetime that any instance may
/// have been configured with, even if today's setting is shorter, and for the difference of two clocks, in case
/// another clock replaces the one that dated it.
pub(super) const KEPT: Duration =
    LONGEST_ACCESS_TTL.saturating_add(clocks::BOUND.saturating_mul(2)).saturating_add(SLACK);

/// The known revocations, and the time of the last read.
#[derive(Debug)]
pub(crate) struct Revocations {
    refused: RwLock<Refused>,
    /// Monotonic time of the last good read.
    read_at: Mutex<Option<Duration>>,
    /// When the last read started, good or not.
    tried_at: Mutex<Option<Duration>>,
    feed: tokio::sync::Mutex<Tail<Revocation>>,
    repository: Arc<Repository>,
    keys: keys::Service,
    /// The store's.
    clock: Arc<dyn Clock>,
    bound: usize,
}

#[derive(Debug, Default)]
struct Refused {
    users: HashMap<UserId, (i64, Until)>,
    sessions: HashMap<SessionId, Until>,
    keys: HashMap<String, Until>,
    api_keys: HashMap<ApiKeyId, Until>,
    /// Another instance withdrew a key, and this instance has not read the keys since: it may still sign with it.
    withdrawn_unread: bool,
    /// Tokens issued before this time are refused: set when the entries exceed the maximum.
    issued_before: Timestamp,
    /// Rises whenever that happens, and when a signing key is withdrawn: what was read before may be different now.
    generation: u64,
}

/// The end of an entry: by the store's clock, which dated it, *and* by the time that passed here since it was read.
/// So neither a clock that jumps ahead nor a slow one makes an entry expire early.
#[derive(Clone, Copy, Debug, Default)]
struct Until {
    at: Timestamp,
    monotonic: Duration,
}

impl Until {
    /// The later of both: a later entry never shortens an earlier one.
    fn extend(&mut self, other: Self) {
        self.at = self.at.max(other.at);
        self.monotonic = self.monotonic.max(other.monotonic);
    }

    fn is_over(&self, now: Timestamp, monotonic: Duration) -> bool {
        self.at <= now && self.monotonic <= monotonic
    }
}

/// The parts of a token that a revocation can name.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) user: UserId,
    pub(crate) version: i64,
    pub(crate) session: SessionId,
    pub(crate) kid: &'a str,
    pub(crate) issued_at: Timestamp,
}

impl Revocations {
    /// Starts empty: until the first [`catch_up`](Self::catch_up) everything is stale.
    pub(super) fn new(repository: &Arc<Repository>, keys: keys::Service, clock: Arc<dyn Clock>) -> Self {
        Self {
            refused: RwLock::default(),
            read_at: Mutex::new(None),
            tried_at: Mutex::new(None),
            feed: tokio::sync::Mutex::new(repository.revocation_feed()),
            repository: Arc::clone(repository),
            keys,
            clock,
            bound: BOUND,
        }
    }

    /// Whether a token with these parts is revoked.
    pub(crate) fn refuses(&self, subject: &Subject<'_>) -> bool {
        let refused = self.refused.read();
        refused.users.get(&subject.user).is_some_and(|(minimum, _)| subject.version < *minimum)
            || refused.sessions.contains_key(&subject.session)
            || refused.keys.contains_key(subject.kid)
            || subject.issued_at < refused.issued_before
    }

    /// Whether this key is withdrawn: its signatures prove nothing any more, not even which session to end.
    pub(crate) fn is_withdrawn(&self, kid: &str) -> bool {
        self.refused.read().keys.contains_key(kid)
    }

    /// Whether the tokens of this session are revoked.
    pub(crate) fn refuses_session(&self, session: SessionId) -> bool {
        self.refused.read().sessions.contains_key(&session)
    }

    /// Whether this API key is revoked.
    pub(crate) fn refuses_api_key(&self, key: ApiKeyId) -> bool {
        self.refused.read().api_keys.contains_key(&key)
    }

    /// Whether a user has changed since they were read with this version, in this generation.
    pub(crate) fn outdates(&self, user: UserId, version: i64, generation: u64) -> bool {
        let refused = self.refused.read();
        refused.generation != generation
            || refused.users.get(&user).is_some_and(|(minimum, _)| version < *minimum)
    }

    /// Changes when entries were forgotten before their time, and when a signing key is withdrawn.
    pub(crate) fn generation(&self) -> u64 {
        self.refused.read().generation
    }

    /// Applies a revocation at once, so that the next request of this instance sees it.
    pub(crate) fn apply(&self, revocation: &Revocation, now: Timestamp) {
        let monotonic = self.clock.monotonic();
        let at = revocation.expires_at;
        let until = Until { at, monotonic: monotonic.saturating_add(at.since(now)) };
        let mut refused = self.refused.write();
        match &revocation.revoked {
            Revoked::User { user, minimum_version } => {
                let (minimum, end) = refused.users.entry(*user).or_default();
                *minimum = (*minimum).max(*minimum_version);
                end.extend(until);
            }
            Revoked::Session { session } => refused.sessions.entry(*session).or_default().extend(until),
            Revoked::Key { kid } => {
                // It may be part of a restore, which changes everything without a word about each document.
                if !refused.keys.contains_key(kid) {
                    refused.generation = refused.generation.wrapping_add(1);
                }
                refused.keys.entry(kid.clone()).or_default().extend(until);
            }
            Revoked::ApiKey { key } => refused.api_keys.entry(*key).or_default().extend(until),
        }
        if refused.len() > self.bound {
            refused.forget_expired(now, monotonic);
        }
        if refused.len() > self.bound {
            tracing::warn!(
                bound = self.bound,
                "too many revocations to remember: every token issued until now is refused"
            );
            // Issue times are whole seconds: tokens issued within this one must be refused as well.
            *refused = Refused {
                issued_before: Timestamp::from_secs(now.as_secs() + 1).max(refused.issued_before),
                withdrawn_unread: refused.withdrawn_unread,
                generation: refused.generation.wrapping_add(1),
                ..Refused::default()
            };
        }
    }

    /// Whether the entries are too old to decide by.
    pub(crate) fn is_stale(&self) -> bool {
        // Monotonic time may stand still while a machine sleeps; its wall clock then shows it.
        if self.repository.clock_jumped() {
            return true;
        }
        let now = self.clock.monotonic();
        self.read_at.lock().is_none_or(|read| now.saturating_sub(read) > TRUSTED_FOR)
    }

    /// How long ago the entries were read; `None` before the first time.
    pub(crate) fn age(&self) -> Option<Duration> {
        let now = self.clock.monotonic();
        self.read_at.lock().map(|read| now.saturating_sub(read))
    }

    /// Reads the missed entries. Waiting requests share one read and its failure: otherwise each would wait in turn
    /// for an unreachable store.
    ///
    /// # Errors
    /// 503 when the store cannot be read: no token can be trusted then.
    pub(crate) async fn catch_up(&self) -> Result<(), AppError> {
        let asked_at = self.clock.monotonic();
        let mut feed = self.feed.lock().await;
        let since = |at: &Mutex<Option<Duration>>| at.lock().is_some_and(|at| at >= asked_at);
        if since(&self.read_at) {
            Ok(())
        } else if since(&self.tried_at) {
            Err(AppError::unavailable(
                RETRY_AFTER,
                "the read of the revocations that this request shares failed",
            ))
        } else {
            self.follow(&mut feed).await
        }
    }

    /// After this machine slept: reads the store's time before this instance dates anything that others will judge.
    ///
    /// # Errors
    /// As [`catch_up`](Self::catch_up).
    pub(super) async fn know_the_time(&self) -> Result<(), AppError> {
        if self.repository.clock_jumped() { self.catch_up().await } else { Ok(()) }
    }

    /// Follows the collection until the process ends.
    pub(crate) async fn keep_following(self: Arc<Self>) {
        let mut blind = false;
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            let mut feed = self.feed.lock().await;
            match self.follow(&mut feed).await {
                Ok(()) => blind = false,
                // Once per outage, not four times a second.
                Err(error) if !std::mem::replace(&mut blind, true) => {
                    tracing::warn!(cause = error.cause(), "could not read the revocations");
                }
                Err(_) => {}
            }
        }
    }

    async fn follow(&self, feed: &mut Tail<Revocation>) -> Result<(), AppError> {
        let began = self.clock.monotonic();
        *self.tried_at.lock() = Some(began);
        loop {
            let read = feed.poll().await.map_err(|error| AppError::unavailable(RETRY_AFTER, error))?;
            let now = self.clock.now();
            for stored in &read.items {
                self.apply(stored.value(), now);
                if let Revoked::Key { kid } = &stored.value().revoked {
                    tracing::warn!(kid, "a signing key was withdrawn: its tokens are refused");
                    self.refused.write().withdrawn_unread = true;
                }
            }
            if read.caught_up {
                break;
            }
        }
        // The entries that were read are applied anyway; but with such clocks no token can be judged.
        clocks::check(self.repository.clock_reading()).inspect_err(|_| *self.read_at.lock() = None)?;
        self.refused.write().forget_expired(self.clock.now(), self.clock.monotonic());
        *self.read_at.lock() = Some(began);
        self.leave_withdrawn_keys().await;
        Ok(())
    }

    /// Reads the keys again after one was withdrawn, until it succeeds: every instance, also this one, would refuse
    /// the tokens that this instance still signs with that key. A failure does not affect the caller: the
    /// revocations are known.
    async fn leave_withdrawn_keys(&self) {
        if !self.refused.read().withdrawn_unread {
            return;
        }
        match self.keys.refresh().await {
            Ok(()) => self.refused.write().withdrawn_unread = false,
            Err(error) => {
                let cause = AppError::from(error);
                tracing::warn!(cause = cause.cause(), "could not read the keys after one was withdrawn");
            }
        }
    }
}

impl Refused {
    fn len(&self) -> usize {
        self.users.len() + self.sessions.len() + self.keys.len() + self.api_keys.len()
    }

    fn forget_expired(&mut self, now: Timestamp, monotonic: Duration) {
        self.users.retain(|_, (_, until)| !until.is_over(now, monotonic));
        self.sessions.retain(|_, until| !until.is_over(now, monotonic));
        self.keys.retain(|_, until| !until.is_over(now, monotonic));
        self.api_keys.retain(|_, until| !until.is_over(now, monotonic));
    }
}

#[cfg(test)]
mod tests;
