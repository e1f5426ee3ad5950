//! How signing keys follow each other: by schedule, by command, and when one must go at once.
//!
//! Every change writes the document it rests on, so of several instances that decide the same, one comes through.

use palisade_core::identity::Operator;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::{Batch, StoreError, Stored};

use super::{MAX_CAS_RETRIES, Service, Setup, sealing};
use crate::keys::repository;
use crate::keys::schema::{Key, KeyName, Signing};
use crate::keys::types::{KeysError, SigningState};

/// The key that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its name.
    pub kid: KeyId,
    /// When it begins to sign.
    pub activates_at: Timestamp,
}

/// A withdrawal that is to be written, together with whatever makes every instance refuse the key's tokens.
#[derive(Debug)]
#[must_use = "nothing is withdrawn before the batch is committed"]
pub struct Withdrawal {
    /// The key.
    pub kid: KeyId,
    /// When the last token it may have signed has expired everywhere: as long must the revocation be kept.
    pub until: Timestamp,
    /// The writes: the key as withdrawn, and another one in its place when it was the one that signs.
    pub batch: Batch,
}

/// A stored signing key with its public side.
type Candidate<'a> = (&'a Stored<Key>, &'a Signing);

impl Service {
    /// Gives the current key a successor, unless there is one already. It is published at once and signs after the time
    /// others may keep our published keys. Nobody is logged out.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down; [`KeysError::Contended`].
    pub async fn rotate(&self, operator: &Operator<'_>) -> Result<Successor, KeysError> {
        let super::Inner { setup, repository, .. } = &*self.0;
        for _ in 0..MAX_CAS_RETRIES {
            let (stored, now) = (repository.all().await?, repository.now());
            let Some((newest, signing)) = living(&stored, now).pop() else {
                return Err(KeysError::NoSigningKey);
            };
            if let (SigningState::Next, KeyName::Signing(kid)) = (signing.state(now), newest.id()) {
                return Ok(Successor { kid: kid.clone(), activates_at: signing.activates_at });
            }
            let activates_at = now.plus(setup.rotation.lead);
            let (successor, batch) = succeed(setup, newest, signing, activates_at)?;
            match repository.commit(batch).await {
                Ok(_) => {
                    tracing::info!(act = operator.name(), kid = %successor.kid, %activates_at, "rotates the keys");
                    self.refresh().await?;
                    return Ok(successor);
                }
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeysError::Contended)
    }

    /// Stages the withdrawal of a key, for one that leaked: nothing it signed is believed any more. When it is the one
    /// that signs, its successor takes over at once, or a new key does.
    ///
    /// Nothing is written yet. Commit the batch together with the revocation of the key, then [`refresh`](Self::refresh)
    /// here; the other instances refresh when they see the revocation. A stale batch is staged anew.
    ///
    /// # Errors
    /// [`KeysError::UnknownKey`] when there is no such key or it was withdrawn before; [`KeysError::Store`].
    pub async fn stage_withdrawal(
        &self,
        operator: &Operator<'_>,
        kid: &KeyId,
    ) -> Result<Withdrawal, KeysError> {
        let super::Inner { setup, repository, .. } = &*self.0;
        let (stored, now) = (repository.all().await?, repository.now());
        let (leaked, others): (Vec<_>, Vec<_>) = signing(&stored)
            .into_iter()
            .partition(|(key, _)| matches!(key.id(), KeyName::Signing(id) if id == kid));
        let leaked = leaked.into_iter().find(|(_, signing)| signing.withdrawn_at.is_none());
        let (key, signing) = leaked.ok_or_else(|| KeysError::UnknownKey { kid: kid.clone() })?;

        let withdrawn = Signing { withdrawn_at: Some(now), ..signing.clone() };
        let rest: Vec<_> = others.into_iter().filter(|(_, signing)| signing.is_living(now)).collect();
        let batch = turned(key, withdrawn).merge(take_over(setup, &rest, now)?);
        tracing::warn!(act = operator.name(), %kid, "withdraws a signing key");
        Ok(Withdrawal { kid: kid.clone(), until: now.plus(setup.rotation.verifies_for), batch })
    }
}

/// What the time asks for: a successor, and the end of what is over. Empty most of the time.
pub(super) fn due(setup: &Setup, stored: &[Stored<Key>], now: Timestamp) -> Result<Batch, KeysError> {
    let over = |(_, signing): &Candidate<'_>| setup.rotation.over_at(signing).is_some_and(|end| end <= now);
    let mut batch = Batch::new();
    for (key, _) in signing(stored).into_iter().filter(over) {
        tracing::info!(key = %key.id(), "forgets a signing key: what it signed has expired");
        batch = batch.merge(repository::delete(key));
    }
    if let Some((newest, signing)) = living(stored, now).pop()
        && let Some(at) = setup.rotation.successor_due(signing, now)
    {
        let (successor, succession) = succeed(setup, newest, signing, at)?;
        tracing::info!(kid = %successor.kid, activates_at = %at, "publishes the next signing key");
        batch = batch.merge(succession);
    }
    Ok(batch)
}

/// A new key after the newest one. Both are written: two successors of one key cannot be.
fn succeed(
    setup: &Setup,
    newest: &Stored<Key>,
    signing: &Signing,
    at: Timestamp,
) -> Result<(Successor, Batch), KeysError> {
    let (name, key) = sealing::new_signing(setup, at)?;
    let KeyName::Signing(kid) = name.clone() else { return Err(KeysError::NoSigningKey) };
    let batch = repository::add(&name, key)
        .merge(turned(newest, Signing { retires_at: Some(at), ..signing.clone() }));
    Ok((Successor { kid, activates_at: at }, batch))
}

/// Lets those that are left go on when one of the line is gone: one signs, and the newest has no end.
pub(super) fn take_over(setup: &Setup, left: &[Candidate<'_>], now: Timestamp) -> Result<Batch, KeysError> {
    let Some((newest, signing)) = left.iter().max_by_key(|(_, signing)| signing.activates_at) else {
        let (name, key) = sealing::new_signing(setup, now)?;
        return Ok(repository::add(&name, key));
    };
    let signs = left.iter().any(|(_, signing)| signing.state(now) == SigningState::Current);
    let activates_at = if signs { signing.activates_at } else { now };
    let next = Signing { activates_at, retires_at: None, ..(*signing).clone() };
    Ok(if next == **signing { Batch::new() } else { turned(newest, next) })
}

/// The keys that sign or will, the newest last.
pub(super) fn living(stored: &[Stored<Key>], now: Timestamp) -> Vec<Candidate<'_>> {
    let mut living: Vec<_> =
        signing(stored).into_iter().filter(|(_, signing)| signing.is_living(now)).collect();
    living.sort_by_key(|(_, signing)| signing.activates_at);
    living
}

fn signing(stored: &[Stored<Key>]) -> Vec<Candidate<'_>> {
    stored.iter().filter_map(|key| key.value().signing.as_ref().map(|signing| (key, signing))).collect()
}

fn turned(key: &Stored<Key>, signing: Signing) -> Batch {
    repository::change(key, Key { signing: Some(signing), ..key.value().clone() })
}
