//! How signing keys follow each other.
//!
//! Every change writes the document that it is based on, so of several instances that decide the same, one
//! succeeds.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::Stored;

use super::sealing;
use super::setup::Setup;
use crate::keys::repository::Change;
use crate::keys::schema::{Key, KeyName, Signing};
use crate::keys::types::{KeysError, SigningState};

/// The next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its name.
    pub kid: KeyId,
    /// When it begins to sign.
    pub activates_at: Timestamp,
}

/// A stored signing key with its public side.
pub(super) type Candidate<'a> = (&'a Stored<Key>, &'a Signing);

/// The changes that are due: a successor, and the removal of expired keys. Empty most of the time.
pub(super) fn due<'a>(
    setup: &Setup,
    stored: &'a [Stored<Key>],
    now: Timestamp,
) -> Result<Vec<Change<'a>>, KeysError> {
    let over = |(_, signing): &Candidate<'_>| setup.rotation.over_at(signing).is_some_and(|end| end <= now);
    let mut changes = Vec::new();
    for (key, _) in signing(stored).into_iter().filter(over) {
        tracing::info!(key = %key.id(), "deletes a signing key: its tokens have expired");
        changes.push(Change::Delete(key));
    }
    if let Some((newest, signing)) = living(stored, now).pop()
        && let Some(at) = setup.rotation.successor_due(signing, now)
    {
        let (successor, succession) = succeed(setup, newest, signing, at)?;
        tracing::info!(kid = %successor.kid, activates_at = %at, "publishes the next signing key");
        changes.extend(succession);
    }
    Ok(changes)
}

/// A new key after the newest one. Both are written: one key cannot get two successors.
pub(super) fn succeed<'a>(
    setup: &Setup,
    newest: &'a Stored<Key>,
    signing: &Signing,
    at: Timestamp,
) -> Result<(Successor, [Change<'a>; 2]), KeysError> {
    let (name, key) = sealing::new_signing(setup, at)?;
    let KeyName::Signing(kid) = name.clone() else { return Err(KeysError::NoSigningKey) };
    let retiring = Signing { retires_at: Some(at), ..signing.clone() };
    Ok((Successor { kid, activates_at: at }, [Change::Add(name, key), changed(newest, retiring)]))
}

/// Continues the succession after a key was withdrawn: one of the others signs, and the newest has no end.
pub(super) fn take_over<'a>(
    setup: &Setup,
    left: &[Candidate<'a>],
    now: Timestamp,
) -> Result<Option<Change<'a>>, KeysError> {
    let Some((newest, signing)) = left.iter().max_by_key(|(_, signing)| signing.activates_at) else {
        let (name, key) = sealing::new_signing(setup, now)?;
        return Ok(Some(Change::Add(name, key)));
    };
    let signs = left.iter().any(|(_, signing)| signing.state(now) == SigningState::Current);
    let activates_at = if signs { signing.activates_at } else { now };
    let next = Signing { activates_at, retires_at: None, ..(*signing).clone() };
    Ok((next != **signing).then(|| changed(newest, next)))
}

/// The current and future keys, the newest last.
pub(super) fn living(stored: &[Stored<Key>], now: Timestamp) -> Vec<Candidate<'_>> {
    let mut living: Vec<_> =
        signing(stored).into_iter().filter(|(_, signing)| signing.is_living(now)).collect();
    living.sort_by_key(|(_, signing)| signing.activates_at);
    living
}

pub(super) fn signing(stored: &[Stored<Key>]) -> Vec<Candidate<'_>> {
    stored.iter().filter_map(|key| key.value().signing.as_ref().map(|signing| (key, signing))).collect()
}

pub(super) fn changed(key: &Stored<Key>, signing: Signing) -> Change<'_> {
    Change::Replace(key, Key { signing: Some(signing), ..key.value().clone() })
}
