//! The operator's view: the existing keys, the lost ones, and their replacement.

use palisade_core::identity::Operator;
use palisade_lib::store::{DocumentId as _, StoreError, Stored};

use super::opened::Service;
use super::opening::{Examined, all_missing, examine, resting_on_keys, unknown_peppers};
use super::setup::Setup;
use super::{rotation, sealing};
use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::keys::repository::{Change, Repository};
use crate::keys::schema::{Key, KeyName};
use crate::keys::types::{KeyKind, KeySummary, KeysError, Lost, LostKey, SigningSummary};
use crate::retry::{Attempt, retry_on_stale};
use crate::staged::Staged;

impl Service {
    /// All keys, the oldest first, as far as they are visible without opening them. Needs no secret, so that it
    /// works also when [`open`](Self::open) refuses.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down.
    pub(crate) async fn list(setup: &Setup) -> Result<Vec<KeySummary>, KeysError> {
        let repository = Repository::new(&setup.store)?;
        let (stored, now) = (repository.all().await?, repository.now());
        Ok(stored
            .iter()
            .map(|key| KeySummary {
                name: key.id().to_string(),
                kind: key.id().kind(),
                sealed_by: key.value().sealed.key_id().map(str::to_owned),
                created_at: key.created_at(),
                signing: key.value().signing.as_ref().map(|signing| SigningSummary {
                    state: signing.state(now),
                    activates_at: signing.activates_at,
                    retires_at: signing.retires_at,
                }),
            })
            .collect())
    }

    /// The needed but unusable keys, without changing anything: [`reset_lost`](Self::reset_lost) would replace
    /// these. [`KeyKind::cost`] gives the cost of each.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down.
    pub(crate) async fn lost(setup: &Setup) -> Result<Vec<LostKey>, KeysError> {
        let repository = Repository::new(&setup.store)?;
        let stored = repository.all().await?;
        Ok(examined(setup, &repository, &stored).await?.lost)
    }

    /// Whether some key can still be opened: then the secret is not simply lost.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down.
    pub(crate) async fn any_opens(setup: &Setup) -> Result<bool, KeysError> {
        let stored = Repository::new(&setup.store)?.all().await?;
        Ok(stored.iter().any(|key| sealing::open(&setup.secrets, key).is_ok()))
    }

    /// Gives up the unusable keys and creates new ones, all in one write. This cannot be undone:
    ///
    /// - a lost **root** key ends every session and makes mailed links, waiting mails and sealed cookies worthless;
    /// - passwords hashed with a lost **pepper** can never be verified again: their owners must reset them by mail;
    /// - access tokens of a lost **signing** key are refused; a refresh replaces them where the session lives on.
    ///
    /// Stop every instance first: one that still has the old keys continues to use them. Usable keys stay as they
    /// are. Returns the replaced keys; empty if none was lost.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down; [`KeysError::Contended`].
    pub(crate) async fn reset_lost(
        operator: &Operator<'_>,
        setup: &Setup,
    ) -> Result<Vec<LostKey>, KeysError> {
        let repository = Repository::new(&setup.store)?;
        let reset = retry_on_stale(setup.rng.as_ref(), || async {
            let stored = repository.all().await?;
            let examined = examined(setup, &repository, &stored).await?;
            if examined.lost.is_empty() {
                return Ok(Attempt::Done(Vec::new()));
            }
            let event = replaced(operator, setup, &examined.lost).await?;
            let changes = replacements(setup, &repository, &stored, &examined).await?;
            match repository.change_by(changes, event).await {
                Ok(()) => Ok(Attempt::Done(examined.lost)),
                Err(error) => Attempt::unless_raced::<KeysError>(error),
            }
        });
        let replaced = reset.await?.ok_or(KeysError::Contended)?;
        give_up_named(setup, &repository, &replaced).await?;
        for LostKey { name, kind, .. } in &replaced {
            tracing::warn!(act = operator.name(), key = name, cost = kind.cost(), "replaced a lost key");
        }
        Ok(replaced)
    }
}

/// The lost keys. If there never were any, none is lost: the first start creates the keys.
async fn examined(
    setup: &Setup,
    repository: &Repository,
    stored: &[Stored<Key>],
) -> Result<Examined, StoreError> {
    let none = || Examined { root: None, peppers: Vec::new(), lost: Vec::new() };
    if stored.is_empty() {
        return Ok(match resting_on_keys(setup).await? {
            Some(collection) => Examined { lost: all_missing(collection), ..none() },
            None => none(),
        });
    }
    let mut examined = examine(&setup.secrets, stored, repository.now());
    examined.lost.extend(unknown_peppers(setup, repository).await?);
    Ok(examined)
}

/// An event for each lost key. The store of an earlier release has no place for them until a server has started on it.
async fn replaced(operator: &Operator<'_>, setup: &Setup, lost: &[LostKey]) -> Result<Staged, StoreError> {
    let [events] = audit::COLLECTIONS;
    if !setup.store.has(events).await? {
        return Ok(Staged::nothing());
    }
    let event = |key: &LostKey| Act::of_operator(operator).did(EventType::KeyReplaced).about(&key.name);
    Ok(lost.iter().map(|key| setup.audit.stage(event(key))).fold(Staged::nothing(), Staged::and))
}

/// Records peppers that hashes name but that do not exist as given up, so that they are known to be lost.
async fn give_up_named(setup: &Setup, repository: &Repository, lost: &[LostKey]) -> Result<(), KeysError> {
    let mut named: Vec<String> =
        lost.iter().filter(|key| key.why == Lost::Named).map(|key| key.name.clone()).collect();
    if lost.iter().any(|key| matches!(key.why, Lost::MissingBeside { .. })) {
        named.extend(unknown_peppers(setup, repository).await?.into_iter().map(|key| key.name));
    }
    for name in named {
        let Some(KeyName::Pepper(number)) = KeyName::parse(&name) else { continue };
        let (name, key) = sealing::new_pepper(setup, number);
        repository.add_deleted(&name, key).await?;
    }
    Ok(())
}

async fn replacements<'a>(
    setup: &Setup,
    repository: &Repository,
    stored: &'a [Stored<Key>],
    examined: &Examined,
) -> Result<Vec<Change<'a>>, KeysError> {
    let is_lost = |key: &Stored<Key>| examined.lost.iter().any(|lost| lost.name == key.id().to_string());
    let mut changes = Vec::new();
    for key in stored.iter().filter(|key| is_lost(key)) {
        changes.push(match key.id() {
            KeyName::Root => Change::Replace(key, sealing::new_root(setup).1),
            KeyName::Pepper(_) | KeyName::Signing(_) => Change::Delete(key),
        });
    }
    if !stored.iter().any(|key| key.id().kind() == KeyKind::Root) {
        let (name, key) = sealing::new_root(setup);
        changes.push(Change::Add(name, key));
    }
    if examined.peppers.is_empty() {
        // Not under an old number: a hash that names a lost pepper must be recognized as lost, not only not match.
        let ever = repository.all_ever().await?;
        let last = ever.iter().filter_map(|key| match key.id() {
            KeyName::Pepper(number) => Some(*number),
            KeyName::Root | KeyName::Signing(_) => None,
        });
        // If all are gone, the old numbers are unknown: the seconds of the clock are beyond any number that was
        // counted.
        let gone = u32::try_from(repository.now().as_secs()).unwrap_or(u32::MAX / 2);
        let (name, key) = sealing::new_pepper(setup, last.max().unwrap_or(gone).saturating_add(1));
        changes.push(Change::Add(name, key));
    }
    if examined.lost.iter().any(|lost| lost.kind == KeyKind::Signing) {
        let now = repository.now();
        let mut left = rotation::living(stored, now);
        left.retain(|(key, _)| !is_lost(key));
        changes.extend(rotation::take_over(setup, &left, now)?);
    }
    Ok(changes)
}
