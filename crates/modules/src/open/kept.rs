//! Opening what is kept: the store, and the keys in it.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::identity::Console;
use palisade_core::utils::crypto::random::random_array;
use palisade_lib::store::{CursorKey, Options, Store};

use super::error::OpenError;
use crate::deployment::collections::collections;
use crate::deployment::types::CopyState;
use crate::system::{System, location};
use crate::{deployment, keys};

pub(super) async fn open_store(
    console: &Console,
    config: &Config,
    system: &System,
) -> Result<Store, OpenError> {
    // The real cursor key is derived from the root key, which is in the store; until then no cursor is created.
    let cursor_key = CursorKey::new(&random_array(system.rng.as_ref()));
    let options = Options { clock: Arc::clone(&system.clock), rng: Arc::clone(&system.rng), cursor_key };
    // On the heap: the future of opening is large, and the caller would carry it along.
    Ok(Box::pin(Store::open(console, &location(config)?, &collections(&system.additions), options)).await?)
}

/// Opens the keys of a store that is not an unfinished copy, and creates them if there are none.
pub(super) async fn open_keys(
    config: &Config,
    system: &System,
    store: &Store,
) -> Result<keys::Service, OpenError> {
    loop {
        let copy = deployment::copy_state(store).await?;
        if let Some(CopyState { source, backup_of: Some(_), .. }) = &copy {
            return Err(OpenError::Backup { source_name: source.clone() });
        }
        if let Some(CopyState { source, finished_at: None, .. }) = &copy {
            return Err(OpenError::UnfinishedCopy { source_name: source.clone() });
        }
        let setup = deployment::keys_setup(config, system, store.clone())?;
        let setup = deployment::with_named(&setup).await?;
        let keys = keys::Service::open(setup).await?;
        // A copy may have claimed the store since, and replaced the keys that were just created. It checks for
        // documents after its claim, and this code checks for its claim after the keys: one of the two sees the
        // other.
        if deployment::copy_state(store).await? == copy {
            return Ok(keys);
        }
    }
}
