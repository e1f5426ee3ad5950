//! How signing keys change by command: the operator rotates them, or withdraws one that leaked.

use palisade_core::identity::Operator;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;

use super::opened::{Inner, Service};
use super::rotation::{Successor, changed, living, signing, succeed, take_over};
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::keys::repository::Repository;
use crate::keys::schema::{KeyName, Signing};
use crate::keys::types::{KeysError, SigningState};
use crate::retry::{Attempt, retry_on_stale};
use crate::staged::Staged;

/// A withdrawal to be written, together with the revocation that makes every instance refuse the key's tokens.
#[derive(Debug)]
#[must_use = "nothing is withdrawn before the writes are committed"]
pub(crate) struct Withdrawal {
    /// The key.
    pub(crate) kid: KeyId,
    /// When the last token that it may have signed has expired everywhere: the revocation must be kept that long.
    pub(crate) until: Timestamp,
    /// The writes: the withdrawn key, and a replacement if it was the current one.
    pub(crate) writes: Staged,
}

impl Service {
    /// Gives the current key a successor, unless there is one already. It is published at once and signs after the
    /// time for which others may cache our published keys. Nobody is signed out.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down; [`KeysError::Contended`].
    pub async fn rotate(&self, operator: &Operator<'_>) -> Result<Successor, KeysError> {
        let Inner { setup, repository, .. } = &*self.0;
        let rotated = retry_on_stale(setup.rng.as_ref(), || async {
            let (stored, now) = (repository.all().await?, repository.now());
            let Some((newest, signing)) = living(&stored, now).pop() else {
                return Err(KeysError::NoSigningKey);
            };
            if let (SigningState::Next, KeyName::Signing(kid)) = (signing.state(now), newest.id()) {
                let there = Successor { kid: kid.clone(), activates_at: signing.activates_at };
                return Ok(Attempt::Done((there, false)));
            }
            let activates_at = now.plus(setup.rotation.lead);
            let (successor, succession) = succeed(setup, newest, signing, activates_at)?;
            let event = Act::of_operator(operator).did(EventType::SigningKeyPublished);
            let event = setup.audit.stage(event.about(successor.kid.as_str()));
            match repository.change_by(succession.into(), event).await {
                Ok(()) => Ok(Attempt::Done((successor, true))),
                Err(error) => Attempt::unless_stale(error),
            }
        });
        let (successor, is_new) = rotated.await?.ok_or(KeysError::Contended)?;
        if is_new {
            let Successor { kid, activates_at } = &successor;
            tracing::info!(act = operator.name(), %kid, %activates_at, "rotated the keys");
            self.refresh().await?;
        }
        Ok(successor)
    }

    /// Stages the withdrawal of a leaked key: its tokens are not accepted any more. If it is the current one, its
    /// successor takes over at once, or a new key does.
    ///
    /// Nothing is written yet. Commit the writes together with the revocation of the key, then [`refresh`](Self::refresh)
    /// here; the other instances refresh when they see the revocation. If the writes are stale, stage them again.
    ///
    /// # Errors
    /// [`KeysError::UnknownKey`] when there is no such key or it was already withdrawn; [`KeysError::Store`].
    pub(crate) async fn stage_withdrawal(
        &self,
        operator: &Operator<'_>,
        kid: &KeyId,
    ) -> Result<Withdrawal, KeysError> {
        let Inner { setup, repository, .. } = &*self.0;
        let (stored, now) = (repository.all().await?, repository.now());
        let (leaked, others): (Vec<_>, Vec<_>) = signing(&stored)
            .into_iter()
            .partition(|(key, _)| matches!(key.id(), KeyName::Signing(id) if id == kid));
        let leaked = leaked.into_iter().find(|(_, signing)| signing.withdrawn_at.is_none());
        let (key, signing) = leaked.ok_or_else(|| KeysError::UnknownKey { kid: kid.clone() })?;

        let withdrawn = Signing { withdrawn_at: Some(now), ..signing.clone() };
        let rest: Vec<_> = others.into_iter().filter(|(_, signing)| signing.is_living(now)).collect();
        let mut changes = vec![changed(key, withdrawn)];
        changes.extend(take_over(setup, &rest, now)?);
        tracing::warn!(act = operator.name(), %kid, "withdrew a signing key");
        let until = now.plus(setup.rotation.verifies_for);
        Ok(Withdrawal { kid: kid.clone(), until, writes: Repository::stage(changes) })
    }
}
