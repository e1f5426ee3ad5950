//! The accounts at providers through which users sign in.

use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::values::Id;

use super::Service;
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::staged::Staged;
use crate::user::handle::User;
use crate::user::repository::Repository;
use crate::user::schema::{ProviderAccount, ProviderSubject};
use crate::user::types::{IdentityId, LAST_SIGN_IN_METHOD};

/// The most accounts at providers that a user can link.
const MOST_ACCOUNTS: usize = 20;

impl Service {
    /// The user who signs in with this account at a provider, deleted or not.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn by_provider(&self, subject: &ProviderSubject) -> Result<Option<User>, AppError> {
        let repository = &self.0.repository;
        let Some(claim) = repository.provider_identity(subject).await? else { return Ok(None) };
        Ok(repository.get_including_deleted(claim.value().user).await?.map(|user| self.user(user)))
    }

    /// A page of the accounts at providers with which a user signs in, the earliest first. The claim of the user's address
    /// is on one of the pages and is left out, so a page may be shorter than asked for.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub(crate) async fn provider_accounts(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<ProviderAccount>, AppError> {
        let claims = self.0.repository.identities_page(user, page).await?;
        let accounts = claims.items.iter().filter_map(|claim| claim.value().provider.clone());
        Ok(Page { items: accounts.collect(), limit: claims.limit, next: claims.next })
    }

    /// An account at a provider that nobody has claimed yet.
    pub(crate) fn new_provider_account(
        &self,
        provider: &str,
        subject: ProviderSubject,
        address: Option<String>,
    ) -> ProviderAccount {
        let id = IdentityId::generate(self.0.clock.as_ref(), self.0.rng.as_ref());
        let linked_at = self.0.repository.now();
        ProviderAccount { id, provider: provider.to_owned(), subject, address, linked_at }
    }

    /// Stages the claim of an account at a provider, for a user who is created in the same batch. Fails as a duplicate if
    /// it is claimed.
    pub(crate) fn stage_provider(&self, user: UserId, account: ProviderAccount, act: Act) -> Staged {
        let event = act.on(user, EventType::IdentityLinked).about(&account.id);
        Repository::stage_provider(user, account).and(self.0.audit.stage(event))
    }

    /// Stages the claim of an account at a provider for a user who exists; `None` for a user who has the most already.
    /// Fails as stale if the user changed since the read, and as a duplicate if it is claimed.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_link(
        &self,
        user: &User,
        account: ProviderAccount,
        act: Act,
    ) -> Result<Option<Staged>, AppError> {
        let claims = self.0.repository.identities_of(user.id()).await?;
        if claims.iter().filter(|claim| claim.value().provider.is_some()).count() >= MOST_ACCOUNTS {
            tracing::warn!(user_id = %user.id(), "a user has the most accounts at providers already");
            return Ok(None);
        }
        let event = act.on(user.id(), EventType::IdentityLinked).about(&account.id);
        Ok(Some(Repository::stage_link(user.stored(), account).and(self.0.audit.stage(event))))
    }

    /// Stages the end of every account at a provider of a user, for a batch that also changes the user. Fails as stale if one
    /// of them was removed meanwhile.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_unlink_all(&self, user: &User, act: &Act) -> Result<Staged, AppError> {
        let (removed, removal) = self.0.repository.stage_unlink_all(user.id()).await?;
        let event = |id| act.clone().on(user.id(), EventType::IdentityRemoved).about(&id);
        Ok(removed.into_iter().fold(removal, |staged, id| staged.and(self.0.audit.stage(event(id)))))
    }

    /// Stages the end of a way to sign in; the account at the provider and the writes. `None` if the user has none of this
    /// id. `is_usable` says whether a provider is still configured. Fails as stale if the user changed since the read.
    ///
    /// # Errors
    /// `LAST_SIGN_IN_METHOD` if nothing else would be left; 503 when the store is down.
    pub(crate) async fn stage_unlink(
        &self,
        user: &User,
        id: IdentityId,
        act: Act,
        is_usable: impl Fn(&str) -> bool,
    ) -> Result<Option<(ProviderAccount, Staged)>, AppError> {
        let claims = self.0.repository.identities_of(user.id()).await?;
        let with_provider =
            || claims.iter().filter_map(|claim| Some((claim, claim.value().provider.as_ref()?)));
        let Some((claim, account)) = with_provider().find(|(_, account)| account.id == id) else {
            return Ok(None);
        };
        let mut others = with_provider().filter(|(_, other)| other.id != id);
        if user.password().is_none() && !others.any(|(_, other)| is_usable(&other.provider)) {
            return Err(AppError::new(&LAST_SIGN_IN_METHOD));
        }
        let event = act.on(user.id(), EventType::IdentityRemoved).about(&id);
        let removal = Repository::stage_unlink(user.stored(), claim).and(self.0.audit.stage(event));
        Ok(Some((account.clone(), removal)))
    }
}
