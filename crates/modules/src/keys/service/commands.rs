//! How signing keys change by command: the operator rotates them, or withdraws one that leaked.

use palisade_core::identity::Operator;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::{Batch, StoreError};

use super::opened::{Inner, Service};
use super::rotation::{Successor, living, signing, succeed, take_over, turned};
use super::setup::MAX_CAS_RETRIES;
use crate::keys::schema::{KeyName, Signing};
use crate::keys::types::{KeysError, SigningState};

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

impl Service {
    /// Gives the current key a successor, unless there is one already. It is published at once and signs after the time
    /// others may keep our published keys. Nobody is logged out.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down; [`KeysError::Contended`].
    pub async fn rotate(&self, operator: &Operator<'_>) -> Result<Successor, KeysError> {
        let Inner { setup, repository, .. } = &*self.0;
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
        let Inner { setup, repository, .. } = &*self.0;
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
