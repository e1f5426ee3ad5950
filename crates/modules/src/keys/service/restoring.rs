//! Keys of a store that is restored from a backup: whether they are usable at all, and the withdrawal of all
//! signing keys.

use palisade_core::identity::Operator;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::{Source, Store, StoreError};

use super::opening::examine;
use super::sealing;
use super::setup::Setup;
use crate::keys::repository::{Change, Repository};
use crate::keys::schema::{Key, KeyName, Signing};
use crate::keys::types::{KeyKind, KeysError};
use crate::retry::{Attempt, retry_on_stale};

/// Refuses a source whose needed keys do not open under these secrets, or do not exist.
///
/// # Errors
/// [`KeysError::Lost`].
pub(crate) async fn refuse_sealed(source: &Source, secrets: &SecretKeys) -> Result<(), KeysError> {
    let stored: Vec<_> =
        source.all::<Key>().await?.into_iter().filter(|key| key.deleted_at().is_none()).collect();
    let lost = examine(secrets, &stored, source.read_at()).lost;
    if lost.is_empty() { Ok(()) } else { Err(KeysError::Lost(lost)) }
}

/// The secrets that seal the keys of a source.
pub(crate) async fn sealed_by(source: &Source) -> Result<Vec<String>, StoreError> {
    let all = source.all::<Key>().await?;
    let mut ids: Vec<String> =
        all.iter().filter_map(|key| key.value().sealed.key_id().map(str::to_owned)).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// The keys that stay as long as the deployment does, with their creation times: they identify a deployment.
pub(crate) async fn lasting(store: &Store) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let all = Repository::new(store)?.all().await?;
    let lasting = all.iter().filter(|key| key.id().kind() != KeyKind::Signing);
    Ok(lasting.map(|key| (key.id().to_string(), key.created_at())).collect())
}

/// Every signing key that the store still knows.
pub(crate) async fn signing_keys_ever(setup: &Setup) -> Result<Vec<KeyId>, StoreError> {
    if !setup.store.has(crate::keys::COLLECTION).await? {
        return Ok(Vec::new());
    }
    let ever = Repository::new(&setup.store)?.all_ever().await?;
    let kids = ever.iter().filter_map(|key| match key.id() {
        KeyName::Signing(kid) => Some(kid.clone()),
        KeyName::Root | KeyName::Pepper(_) => None,
    });
    Ok(kids.collect())
}

/// Withdraws every signing key and creates a new one that signs at once. Returns those that were not withdrawn
/// before.
///
/// # Errors
/// [`KeysError::Store`]; [`KeysError::Contended`].
pub(crate) async fn withdraw_all(operator: &Operator<'_>, setup: &Setup) -> Result<Vec<KeyId>, KeysError> {
    let repository = Repository::new(&setup.store)?;
    let withdrawn = retry_on_stale(setup.rng.as_ref(), || async {
        let (stored, now) = (repository.all().await?, repository.now());
        let (name, key) = sealing::new_signing(setup, now)?;
        let (mut changes, mut withdrawn) = (vec![Change::Add(name, key)], Vec::new());
        for key in &stored {
            let Some(signing) = key.value().signing.as_ref().filter(|signing| signing.withdrawn_at.is_none())
            else {
                continue;
            };
            let over = Signing { withdrawn_at: Some(now), ..signing.clone() };
            changes.push(Change::Replace(key, Key { signing: Some(over), ..key.value().clone() }));
            if let KeyName::Signing(kid) = key.id() {
                withdrawn.push(kid.clone());
            }
        }
        match repository.change(changes).await {
            Ok(()) => Ok(Attempt::Done(withdrawn)),
            Err(error) => Attempt::unless_stale::<KeysError>(error),
        }
    });
    let withdrawn = withdrawn.await?.ok_or(KeysError::Contended)?;
    tracing::warn!(act = operator.name(), keys = withdrawn.len(), "withdrew every signing key");
    Ok(withdrawn)
}
