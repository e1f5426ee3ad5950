//! Removing keys for good.

use std::time::Duration;

use palisade_core::utils::pagination::{PageRequest, PageSize};
use palisade_lib::store::StoreError;

use super::opened::{Inner, Service};
use crate::keys::types::{KeyKind, KeysError};

impl Service {
    /// Removes the signing keys that were given up longer ago than this. Peppers stay: their numbers must never be
    /// reused, because stored hashes name them.
    ///
    /// # Errors
    /// [`KeysError::Store`] when the store is down.
    pub(crate) async fn purge(&self, retention: Duration) -> Result<u64, KeysError> {
        let Inner { repository, .. } = &*self.0;
        let (mut purged, mut cursor) = (0_u64, None);
        loop {
            let before = repository.now().minus(retention);
            let page = repository.deleted_before(before, &PageRequest::new(PageSize::MAX, cursor)).await?;
            for key in page.items.iter().filter(|key| key.id().kind() == KeyKind::Signing) {
                match repository.purge(key, retention).await {
                    Ok(()) => purged += 1,
                    // Another instance did the same.
                    Err(StoreError::Stale { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(purged),
            }
        }
    }
}
