//! The accounts at providers through which users sign in.

use palisade_core::identity::UserId;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::{Batch, StoreError, Stored};

use super::Repository;
use crate::staged::Staged;
use crate::user::schema::{Identity, IdentityKey, ProviderAccount, ProviderSubject, UserDocument};
use crate::user::types::IdentityId;

impl Repository {
    /// The claim of an account at a provider.
    pub(in crate::user) async fn provider_identity(
        &self,
        subject: &ProviderSubject,
    ) -> Result<Option<Stored<Identity>>, StoreError> {
        self.identities.get(&IdentityKey::of_provider(subject)).await
    }

    /// A page of the claims of a user, the earliest first.
    pub(in crate::user) async fn identities_page(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<Stored<Identity>>, StoreError> {
        self.identities.find(Identity::BY_USER.matching(&user)).page(page).await
    }

    /// Claims an account at a provider for a user who is written in the same batch. Fails as a duplicate if it is claimed.
    pub(in crate::user) fn stage_provider(user: UserId, account: ProviderAccount) -> Staged {
        let key = IdentityKey::of_provider(&account.subject);
        Batch::new().insert(&key, Identity { user, provider: Some(account) }).into()
    }

    /// Claims an account at a provider for a user, as read. Fails as a duplicate if it is claimed.
    pub(in crate::user) fn stage_link(read: &Stored<UserDocument>, account: ProviderAccount) -> Staged {
        let claim = Batch::from(Self::stage_provider(*read.id(), account));
        Batch::new().touch(read).merge(claim).into()
    }

    /// Releases the claims of all accounts at providers of a user, for a batch that also writes the user. Returns which.
    pub(in crate::user) async fn stage_unlink_all(
        &self,
        user: UserId,
    ) -> Result<(Vec<IdentityId>, Staged), StoreError> {
        let claims = self.identities_of(user).await?;
        let with_provider =
            || claims.iter().filter_map(|claim| Some((claim, claim.value().provider.as_ref()?)));
        let removal = with_provider().map(|(claim, _)| claim).fold(Batch::new(), Batch::remove);
        Ok((with_provider().map(|(_, account)| account.id).collect(), removal.into()))
    }

    /// Releases the claim of an account at a provider. The user is a precondition, so that two such decisions about one
    /// user cannot both rest on the claim that the other releases.
    pub(in crate::user) fn stage_unlink(read: &Stored<UserDocument>, claim: &Stored<Identity>) -> Staged {
        Batch::new().touch(read).remove(claim).into()
    }
}
