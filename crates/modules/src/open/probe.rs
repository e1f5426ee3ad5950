//! Whether the store can do what requests need, as the health of the server says it.

use std::sync::Arc;

use palisade_core::errors::with_causes;
use palisade_core::ports::{BoxFuture, Probe};
use palisade_lib::store::Store;

use crate::auth::Revocations;

/// Whether documents can be read and written, and whether it is known which tokens are valid.
#[derive(Debug)]
pub(super) struct StoreProbe {
    pub(super) store: Store,
    pub(super) revocations: Arc<Revocations>,
}

impl Probe for StoreProbe {
    fn saw_trouble(&self) -> bool {
        self.store.has_trouble()
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            self.store.check().await.map_err(|error| with_causes(&error))?;
            if self.revocations.is_stale() {
                let read = self.revocations.catch_up().await;
                read.map_err(|error| {
                    let cause = error.cause().unwrap_or_default();
                    format!("the revocations cannot be read: {cause}")
                })?;
            }
            Ok(())
        })
    }
}
