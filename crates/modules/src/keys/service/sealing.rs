//! From stored keys to usable ones and back: sealing, opening, and creating.

use std::sync::Arc;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::random::random_key;
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::secret::{ExposeSecret as _, Key256, SecretBytes};
use palisade_core::utils::crypto::token::SigningKey;
use palisade_lib::store::{StoreError, Stored};

use super::setup::Setup;
use crate::keys::repository::{Change, Repository};
use crate::keys::schema::{Key, KeyName, Point, Signing};
use crate::keys::types::{KeysError, Lost};

/// An opened key.
pub(super) enum Opened {
    Root(Key256),
    Pepper(u32, Key256),
    Signing(Arc<SigningKey>),
}

/// Opens a stored key. A value that was not sealed with `SECRET_KEYS` under this name is not a key, whoever put it
/// there; and the unencrypted public half counts only if it belongs to the private one.
pub(super) fn open(secrets: &SecretKeys, stored: &Stored<Key>) -> Result<Opened, Lost> {
    let (name, key) = (stored.id(), stored.value());
    let plain = secrets.open(&name.context(), &key.sealed).map_err(Lost::Sealed)?;
    match (name, &key.signing) {
        (KeyName::Root, None) => symmetric(&plain).map(Opened::Root),
        (KeyName::Pepper(number), None) => symmetric(&plain).map(|key| Opened::Pepper(*number, key)),
        (KeyName::Signing(kid), Some(signing)) => SigningKey::from_pkcs8(plain)
            .ok()
            .filter(|key| key.id() == kid && signing.point.belongs_to(key.public()))
            .map(|key| Opened::Signing(Arc::new(key)))
            .ok_or(Lost::NoKey),
        _ => Err(Lost::NoKey),
    }
}

fn symmetric(plain: &SecretBytes) -> Result<Key256, Lost> {
    plain.expose_secret().try_into().map(Key256::new).map_err(|_| Lost::NoKey)
}

/// A new root key.
pub(super) fn new_root(setup: &Setup) -> (KeyName, Key) {
    sealed(setup, KeyName::Root, Keyring::generate_root(setup.rng.as_ref()).expose_secret(), None)
}

/// A new pepper.
pub(super) fn new_pepper(setup: &Setup, number: u32) -> (KeyName, Key) {
    sealed(setup, KeyName::Pepper(number), random_key(setup.rng.as_ref()).expose_secret(), None)
}

/// A new signing key.
pub(super) fn new_signing(setup: &Setup, activates_at: Timestamp) -> Result<(KeyName, Key), KeysError> {
    let key = SigningKey::generate()?;
    let point = Point::of(key.public());
    let signing = Signing { point, activates_at, retires_at: None, withdrawn_at: None };
    Ok(sealed(setup, KeyName::Signing(key.id().clone()), key.pkcs8().expose_secret(), Some(signing)))
}

fn sealed(setup: &Setup, name: KeyName, plain: &[u8], signing: Option<Signing>) -> (KeyName, Key) {
    let sealed = setup.secrets.seal(setup.rng.as_ref(), &name.context(), plain);
    (name, Key { sealed, signing })
}

/// Reseals with the first secret what another one sealed, so that the other can be removed.
pub(super) async fn reseal(
    setup: &Setup,
    repository: &Repository,
    stored: &[Stored<Key>],
) -> Result<(), KeysError> {
    let Setup { secrets, rng, .. } = setup;
    for key in stored.iter().filter(|key| !secrets.is_current(&key.value().sealed)) {
        let context = key.id().context();
        // Needed keys have been opened before this; a remaining one is retired and will be deleted by itself.
        let Ok(plain) = secrets.open(&context, &key.value().sealed) else { continue };
        let sealed = secrets.seal(rng.as_ref(), &context, plain.expose_secret());
        let (from, to) = (key.value().sealed.key_id(), sealed.key_id().map(str::to_owned));
        let resealed = Key { sealed, ..key.value().clone() };
        match repository.change(vec![Change::Replace(key, resealed)]).await {
            Ok(()) => tracing::info!(key = %key.id(), from, to, "resealed a key with another secret"),
            // Another instance did the same.
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
