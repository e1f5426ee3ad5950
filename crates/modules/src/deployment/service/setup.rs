//! What a deployment is opened with: its store, and its keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::utils::crypto::random::random_array;
use palisade_core::utils::crypto::token::Realm;
use palisade_lib::store::{CursorKey, Options, Store, StoreError};

use crate::keys::types::Rotation;
use crate::system::System;
use crate::{audit, keys, user};

/// The same setup with the peppers that stored users need.
pub(crate) async fn with_named(setup: &keys::Setup) -> Result<keys::Setup, StoreError> {
    // A store from an earlier release may lack the collection, and then has no users.
    let has_people = setup.store.has(user::COLLECTIONS[0]).await?;
    let named = if has_people { user::Service::named_peppers(&setup.store).await? } else { BTreeSet::new() };
    Ok(keys::Setup { named, ..setup.clone() })
}

pub(super) fn options(system: &System) -> Options {
    // Nothing here creates a cursor for a client.
    let cursor_key = CursorKey::new(&random_array(system.rng.as_ref()));
    Options { clock: Arc::clone(&system.clock), rng: Arc::clone(&system.rng), cursor_key }
}

/// The dependencies of the keys of a deployment.
///
/// # Errors
/// [`StoreError`] for a store without the collection of events, a defect.
pub(crate) fn keys_setup(config: &Config, system: &System, store: Store) -> Result<keys::Setup, StoreError> {
    let clock = store.clock();
    let machine = (Arc::clone(&clock), Arc::clone(&system.rng));
    let audit = audit::Service::new(&store, config.store.audit_retention.get(), machine)?;
    Ok(keys::Setup {
        store,
        secrets: config.security.secret_keys.clone(),
        realm: Realm::new(config.app.url.origin().as_str(), config.app.url.origin().as_str()),
        rotation: Rotation::new(config.auth.access_ttl.get()),
        named: BTreeSet::new(),
        audit,
        clock,
        rng: Arc::clone(&system.rng),
    })
}
