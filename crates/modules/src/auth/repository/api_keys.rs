//! API keys: made, used, revoked.

use palisade_core::identity::{ApiKeyId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::{Batch, StoreError, Stored};

use super::{New, Repository};
use crate::auth::schema::{ApiKeyDocument, Revocation, RevocationId};
use crate::staged::Staged;

impl Repository {
    /// Stores a key together with its event, and returns when. `owner` is the precondition that the owner is as read. Fails as
    /// stale if the owner changed meanwhile.
    pub(in crate::auth) async fn add_api_key(
        &self,
        (id, key): New<ApiKeyId, ApiKeyDocument>,
        owner: Staged,
        event: Staged,
    ) -> Result<Timestamp, StoreError> {
        let added = Batch::from(owner).insert(&id, key);
        Ok(self.store.commit(added.merge(event.into())).await?.at())
    }

    pub(in crate::auth) async fn api_key(
        &self,
        id: ApiKeyId,
    ) -> Result<Option<Stored<ApiKeyDocument>>, StoreError> {
        self.api_keys.get(&id).await
    }

    /// A page of the keys of a user, or of everybody, newest first.
    pub(in crate::auth) async fn list_api_keys(
        &self,
        owner: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<Stored<ApiKeyDocument>>, StoreError> {
        match owner {
            Some(owner) => self.api_keys.find(ApiKeyDocument::BY_USER.matching(&owner)).page(page).await,
            None => self.api_keys.find(ApiKeyDocument::NEWEST.all()).page(page).await,
        }
    }

    /// Records that a key is in use. Fails as stale if the key changed since the read.
    pub(in crate::auth) async fn mark_api_key_used(
        &self,
        read: &Stored<ApiKeyDocument>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let used = ApiKeyDocument { last_used_at: Some(at), ..read.value().clone() };
        self.store.commit(Batch::new().replace(read, used)).await.map(drop)
    }

    /// Revokes a key: removes it, and tells every instance. `because` has the event, and the preconditions of who decides.
    /// Fails as stale if one of them changed meanwhile.
    pub(in crate::auth) async fn end_api_key(
        &self,
        read: &Stored<ApiKeyDocument>,
        (id, revocation): New<RevocationId, Revocation>,
        because: Staged,
    ) -> Result<(), StoreError> {
        let ended = Batch::from(because).remove(read).insert(&id, revocation);
        self.store.commit(ended).await.map(drop)
    }

    /// Removes a key of a purged user: without its owner no instance admits it any more.
    pub(in crate::auth) async fn forget_api_key(
        &self,
        read: &Stored<ApiKeyDocument>,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::new().remove(read)).await.map(drop)
    }
}
