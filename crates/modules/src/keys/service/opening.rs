//! The start: reading all keys, creating the first ones, and refusing when a needed one is unusable.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::Peppers;
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::secret::Key256;
use palisade_lib::store::{StoreError, Stored};

use super::sealing::{self, Opened};
use super::setup::Setup;
use crate::keys::repository::{Change, Repository};
use crate::keys::schema::{Key, KeyName};
use crate::keys::types::{KeyKind, KeysError, Lost, LostKey};

/// How often the first creation is tried: the loser of a race reads the winner's keys.
const ATTEMPTS: usize = 3;

/// The note about a copy is in a store before its keys are. Everything else comes after them.
const BEFORE_KEYS: &str = "copies";

/// All stored keys; the first ones are created if the store has none, and nothing else either.
pub(super) async fn read_or_create(
    setup: &Setup,
    repository: &Repository,
) -> Result<Vec<Stored<Key>>, KeysError> {
    for _ in 0..ATTEMPTS {
        let stored = repository.all().await?;
        if !stored.is_empty() {
            return Ok(stored);
        }
        if let Some(collection) = resting_on_keys(setup).await? {
            // A faster instance has written the keys before anything else, so if they exist they are visible now.
            let stored = repository.all().await?;
            return if stored.is_empty() {
                Err(KeysError::Lost(all_missing(collection)))
            } else {
                Ok(stored)
            };
        }
        // The names of the root key and of the first pepper are the claim: one of several batches succeeds.
        let (root, root_key) = sealing::new_root(setup);
        let (pepper, pepper_key) = sealing::new_pepper(setup, 1);
        let (signing, signing_key) = sealing::new_signing(setup, repository.now())?;
        let first = vec![
            Change::Add(root, root_key),
            Change::Add(pepper, pepper_key),
            Change::Add(signing.clone(), signing_key),
        ];
        match repository.change(first).await {
            Ok(()) => tracing::info!(%signing, "made the keys of this deployment"),
            Err(StoreError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(KeysError::Lost(vec![missing(KeyKind::Root, "root")]))
}

/// A collection with content that could not exist if there had never been keys.
pub(super) async fn resting_on_keys(setup: &Setup) -> Result<Option<&'static str>, StoreError> {
    for spec in setup.store.collections().iter().filter(|spec| spec.name() != BEFORE_KEYS) {
        if !setup.store.is_empty(spec).await? {
            return Ok(Some(spec.name()));
        }
    }
    Ok(None)
}

/// The lost keys if there is no key at all, but content in this collection.
pub(super) fn all_missing(collection: &'static str) -> Vec<LostKey> {
    let names = [(KeyKind::Root, "root"), (KeyKind::Pepper, "pepper-…"), (KeyKind::Signing, "signing-…")];
    let lost = |(kind, name): (KeyKind, &str)| LostKey {
        name: name.to_owned(),
        kind,
        why: Lost::MissingBeside { collection },
    };
    names.into_iter().map(lost).collect()
}

/// The peppers that stored hashes name and that never were in this store. A given-up one is known to be lost.
pub(super) async fn unknown_peppers(
    setup: &Setup,
    repository: &Repository,
) -> Result<Vec<LostKey>, StoreError> {
    if setup.named.is_empty() {
        return Ok(Vec::new());
    }
    let ever: Vec<String> = repository.all_ever().await?.iter().map(|key| key.id().to_string()).collect();
    let unknown = setup.named.iter().filter(|name| !ever.contains(name));
    let lost = |name: &String| LostKey { name: name.clone(), kind: KeyKind::Pepper, why: Lost::Named };
    Ok(unknown.map(lost).collect())
}

/// The root key and the peppers.
pub(super) fn open(
    secrets: &SecretKeys,
    stored: &[Stored<Key>],
    now: Timestamp,
) -> Result<(Key256, Peppers), KeysError> {
    let Examined { root, peppers, lost } = examine(secrets, stored, now);
    match (root, peppers.iter().map(|(number, _)| *number).max()) {
        (Some(root), Some(current)) if lost.is_empty() => {
            let named = |(number, key)| (KeyName::Pepper(number).to_string(), key);
            let current = KeyName::Pepper(current).to_string();
            Ok((root, Peppers::new(&current, peppers.into_iter().map(named))?))
        }
        _ => Err(KeysError::Lost(lost)),
    }
}

/// The usable keys, and the needed but unusable ones.
pub(super) struct Examined {
    pub(super) root: Option<Key256>,
    pub(super) peppers: Vec<(u32, Key256)>,
    pub(super) lost: Vec<LostKey>,
}

/// Tries every key. A retired or withdrawn signing key is not needed: a start must not fail because of it.
pub(super) fn examine(secrets: &SecretKeys, stored: &[Stored<Key>], now: Timestamp) -> Examined {
    let (mut root, mut peppers, mut lost, mut signs) = (None, Vec::new(), Vec::new(), false);
    for key in stored {
        let needed = key.value().signing.as_ref().is_none_or(|signing| signing.is_living(now));
        signs |= needed && key.id().kind() == KeyKind::Signing;
        match sealing::open(secrets, key) {
            Ok(Opened::Root(key)) => root = Some(key),
            Ok(Opened::Pepper(number, key)) => peppers.push((number, key)),
            Err(why) if needed => {
                lost.push(LostKey { name: key.id().to_string(), kind: key.id().kind(), why });
            }
            Ok(Opened::Signing(_)) | Err(_) => {}
        }
    }
    let is_there = |kind| stored.iter().any(|key| key.id().kind() == kind);
    if !is_there(KeyKind::Root) {
        lost.push(missing(KeyKind::Root, "root"));
    }
    if !is_there(KeyKind::Pepper) {
        lost.push(missing(KeyKind::Pepper, "pepper-1"));
    }
    if !signs {
        lost.push(missing(KeyKind::Signing, "signing-…"));
    }
    Examined { root, peppers, lost }
}

fn missing(kind: KeyKind, name: &str) -> LostKey {
    LostKey { name: name.to_owned(), kind, why: Lost::Missing }
}
