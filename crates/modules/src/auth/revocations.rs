//! Revocations in memory: what every request is checked against without a query.
//!
//! Every instance reads the live ones before it is ready and then follows the collection. Entries are compared by
//! version and id, never by time, and applying one twice changes nothing: neither clocks nor order matter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::{SessionId, UserId};
use palisade_core::utils::time::Timestamp;
use parking_lot::{Mutex, RwLock};

use palisade_core::ports::Clock;
use palisade_lib::store::Tail;

use super::repository::Repository;
use super::schema::{Revocation, Revoked};
use crate::keys;

/// How often the collection is followed.
pub(crate) const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// Past this age of the last good read a request first reads what was missed.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// When a read that was missed cannot be made up for, try again after this.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How many entries are kept at most: about 100 bytes each.
const BOUND: usize = 1_000_000;

/// What is refused, and since when it is known.
#[derive(Debug)]
pub(crate) struct Revocations {
    refused: RwLock<Refused>,
    /// Monotonic time of the last good read.
    read_at: Mutex<Option<Duration>>,
    /// When the last read began, good or not.
    tried_at: Mutex<Option<Duration>>,
    feed: tokio::sync::Mutex<Tail<Revocation>>,
    keys: keys::Service,
    clock: Arc<dyn Clock>,
    bound: usize,
}

#[derive(Debug, Default)]
struct Refused {
    users: HashMap<UserId, (i64, Timestamp)>,
    sessions: HashMap<SessionId, Timestamp>,
    keys: HashMap<String, Timestamp>,
    /// A key was withdrawn by somebody else, and the keys were not read since: this instance may still sign with it.
    withdrawn_unread: bool,
    /// Tokens issued before are refused: set when there was more to remember than the bound allows.
    issued_before: Timestamp,
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
    /// Nothing is known yet: until the first [`catch_up`](Self::catch_up) everything is stale.
    pub(super) fn new(repository: &Repository, keys: keys::Service, clock: Arc<dyn Clock>) -> Self {
        Self {
            refused: RwLock::default(),
            read_at: Mutex::new(None),
            tried_at: Mutex::new(None),
            feed: tokio::sync::Mutex::new(repository.revocation_feed()),
            keys,
            clock,
            bound: BOUND,
        }
    }

    /// Whether a token with these parts is refused.
    pub(crate) fn refuses(&self, subject: &Subject<'_>) -> bool {
        let refused = self.refused.read();
        refused.users.get(&subject.user).is_some_and(|(minimum, _)| subject.version < *minimum)
            || refused.sessions.contains_key(&subject.session)
            || refused.keys.contains_key(subject.kid)
            || subject.issued_at < refused.issued_before
    }

    /// Whether this key was withdrawn: what it signs proves nothing any more, not even whose session to end.
    pub(crate) fn is_withdrawn(&self, kid: &str) -> bool {
        self.refused.read().keys.contains_key(kid)
    }

    /// Whether the tokens of this session are refused.
    pub(crate) fn refuses_session(&self, session: SessionId) -> bool {
        self.refused.read().sessions.contains_key(&session)
    }

    /// Takes one in at once, so that the next request of this instance already sees it.
    pub(crate) fn apply(&self, revocation: &Revocation, now: Timestamp) {
        let mut refused = self.refused.write();
        let until = revocation.expires_at;
        match &revocation.revoked {
            Revoked::User { user, minimum_version } => {
                let entry = refused.users.entry(*user).or_insert((*minimum_version, until));
                *entry = (entry.0.max(*minimum_version), entry.1.max(until));
            }
            Revoked::Session { session } => drop(refused.sessions.insert(*session, until)),
            Revoked::Key { kid } => drop(refused.keys.insert(kid.clone(), until)),
        }
        if refused.len() > self.bound {
            refused.forget_expired(now);
        }
        if refused.len() > self.bound {
            tracing::warn!(
                bound = self.bound,
                "too many revocations to remember: all tokens issued until now are refused"
            );
            // Issue times are whole seconds: what was issued within this one must be refused as well.
            *refused = Refused {
                issued_before: Timestamp::from_secs(now.as_secs() + 1),
                withdrawn_unread: refused.withdrawn_unread,
                ..Refused::default()
            };
        }
    }

    /// Whether what is known is too old to decide by.
    pub(crate) fn is_stale(&self) -> bool {
        let now = self.clock.monotonic();
        self.read_at.lock().is_none_or(|read| now.saturating_sub(read) > TRUSTED_FOR)
    }

    /// Reads what was missed. Requests that wait for it share one read, and its failure: one after the other they
    /// would each wait for a store that is away.
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

    /// Follows the collection until the process ends.
    pub(crate) async fn keep_following(self: Arc<Self>) {
        loop {
            tokio::time::sleep(FOLLOW_EVERY).await;
            let mut feed = self.feed.lock().await;
            if let Err(error) = self.follow(&mut feed).await {
                tracing::warn!(cause = error.cause(), "could not read the revocations");
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
                    tracing::warn!(kid, "a signing key was withdrawn: what it signed is refused");
                    self.refused.write().withdrawn_unread = true;
                }
            }
            if read.caught_up {
                break;
            }
        }
        self.refused.write().forget_expired(self.clock.now());
        *self.read_at.lock() = Some(began);
        self.leave_withdrawn_keys().await;
        Ok(())
    }

    /// Reads the keys again after one was withdrawn, until it works: what this instance went on to sign with that key
    /// would be refused everywhere, also here. A failure is not the caller's: what is refused is known.
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
        self.users.len() + self.sessions.len() + self.keys.len()
    }

    fn forget_expired(&mut self, now: Timestamp) {
        self.users.retain(|_, (_, until)| *until > now);
        self.sessions.retain(|_, until| *until > now);
        self.keys.retain(|_, until| *until > now);
    }
}

#[cfg(test)]
mod tests;
