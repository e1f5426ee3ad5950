//! How signing keys follow each other.
//!
//! Every change writes the document it rests on, so of several instances that decide the same, one comes through.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::{Batch, Stored};

use super::sealing;
use super::setup::Setup;
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

/// A stored signing key with its public side.
pub(super) type Candidate<'a> = (&'a Stored<Key>, &'a Signing);

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
pub(super) fn succeed(
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

pub(super) fn signing(stored: &[Stored<Key>]) -> Vec<Candidate<'_>> {
    stored.iter().filter_map(|key| key.value().signing.as_ref().map(|signing| (key, signing))).collect()
}

pub(super) fn turned(key: &Stored<Key>, signing: Signing) -> Batch {
    repository::change(key, Key { signing: Some(signing), ..key.value().clone() })
}
