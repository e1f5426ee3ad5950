//! API keys: made by their owner, revoked by the owner, by users of a higher rank with the permission, or by the operator.
//!
//! A key never has more than its owner: at its creation the owner must have every permission of it, and that is a precondition
//! of the write; afterwards it permits what both still have.

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{
    ApiKey, ApiKeyId, AuthenticatedUser, FreshGranted, Granted, GrantedInPerson, Operator, Person, UserId,
};
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_core::values::Id as _;
use palisade_lib::store::Stored;

use super::user_management::rank;
use crate::audit::types::EventType;
use crate::audit::{self, Act, Event};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::ApiKeyDocument;
use crate::auth::terminations::Terminations;
use crate::auth::types::api_keys::{
    ApiKeyPath, ApiKeyView, CreateApiKey, CreatedApiKeyView, KeyPermissions, ListApiKeys, ListUserApiKeys,
    UserApiKeyPath,
};
use crate::permissions::{ApiKeyCreate, ApiKeyManage};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::{self, User};

/// How many keys a user can have at once: each has a bucket of its own in the limiter.
const MOST: usize = 50;

/// Creates, lists and revokes API keys.
#[derive(Debug)]
pub struct ApiKeys {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) audit: audit::Service,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl ApiKeys {
    /// Creates a key of the caller's own. The whole key is in this answer only.
    ///
    /// # Errors
    /// 403 for a permission that the caller does not have; 409 for a caller who has 50 keys; 503.
    pub async fn create(
        &self,
        by: FreshGranted<ApiKeyCreate>,
        input: CreateApiKey,
    ) -> Result<CreatedApiKeyView, AppError> {
        self.revocations.know_the_time().await?;
        let id = ApiKeyId::generate(self.clock.as_ref(), self.rng.as_ref());
        let key = ApiKey::generate(id, self.rng.as_ref());
        let created = retry_on_stale(self.rng.as_ref(), || async {
            let owner = self.owner(&by).await?;
            self.judge(&by, &owner, &input.permissions).await?;
            let own = self.repository.list_api_keys(Some(owner.id()), &full_page()).await?;
            if own.items.len() >= MOST {
                let message = format!("You have {MOST} API keys: revoke one first");
                return Err(AppError::new(&codes::CONFLICT).with_message(message));
            }
            let document = ApiKeyDocument {
                user: owner.id(),
                name: input.name.clone(),
                permissions: input.permissions.clone(),
                hash: key.hash(),
                last_used_at: None,
                expires_at: self.repository.now().plus(input.lifetime.duration()),
            };
            let event = self.audit.stage(creation(&by, &input.permissions).about(&id));
            // Counted and judged by the owner as read: of two creations at once, and of one beside a demotion, one loses.
            let unchanged = user::Service::stage_unchanged(&owner);
            match self.repository.add_api_key((id, document.clone()), unchanged, event).await {
                Ok(created_at) => Ok(Attempt::Done((document, created_at))),
                Err(error) => Attempt::unless_stale(error),
            }
        });
        let contended = || lost_every_race("the account changed faster than a key could be made for it");
        let (document, created_at) = created.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %document.user, key = %id, "created an API key");
        Ok(CreatedApiKeyView { api_key: view(id, document, created_at), secret: key.into() })
    }

    /// A page of the caller's own keys, the newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503.
    pub async fn list(&self, caller: Person, input: ListApiKeys) -> Result<Page<ApiKeyView>, AppError> {
        let keys = self.repository.list_api_keys(Some(caller.user_id()), &input.page).await?;
        Ok(keys.map(shown))
    }

    /// Revokes one of the caller's own keys.
    ///
    /// # Errors
    /// 404 for any other; 503.
    pub async fn revoke(&self, caller: Person, input: ApiKeyPath) -> Result<(), AppError> {
        let act = Act::of(caller.user());
        self.end(input.id, act, |key| {
            let is_own = key.value().user == caller.user_id();
            async move { if is_own { Ok(Some(Staged::nothing())) } else { Ok(None) } }
        })
        .await
    }

    /// A page of the keys of a user, the newest first.
    ///
    /// # Errors
    /// 404; 400 for a cursor of another list; 503.
    pub async fn list_of(
        &self,
        _by: Granted<ApiKeyManage>,
        input: ListUserApiKeys,
    ) -> Result<Page<ApiKeyView>, AppError> {
        let user = self.users.by_id(input.id).await?.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
        let keys = self.repository.list_api_keys(Some(user.id()), &input.page).await?;
        Ok(keys.map(shown))
    }

    /// Revokes a key of a user of lower rank.
    ///
    /// # Errors
    /// 404; 403 for a user who is not of lower rank; 503.
    pub async fn revoke_of(
        &self,
        by: GrantedInPerson<ApiKeyManage>,
        input: UserApiKeyPath,
    ) -> Result<(), AppError> {
        let act = Act::of(by.user());
        self.end(input.key, act, |key| {
            let (owner, by) = (key.value().user, &by);
            let event = revocation(Act::of(by.user()), key);
            async move {
                if owner != input.id {
                    return Ok(None);
                }
                let Some(subject) = self.users.by_id(owner).await? else { return Ok(None) };
                let actor = self.manager(by).await?;
                if let Err(outranked) = rank::acts_on(&actor, &subject) {
                    self.audit.record(event.refused()).await?;
                    return Err(outranked);
                }
                let unchanged = user::Service::stage_unchanged;
                Ok(Some(unchanged(&actor).and(unchanged(&subject))))
            }
        })
        .await
    }

    /// A page of the keys of a user, or of everybody, for an operator.
    ///
    /// # Errors
    /// 503.
    pub async fn list_as_operator(
        &self,
        _operator: &Operator<'_>,
        owner: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<ApiKeyView>, AppError> {
        Ok(self.repository.list_api_keys(owner, page).await?.map(shown))
    }

    /// Revokes any key, for an operator.
    ///
    /// # Errors
    /// 404; 503.
    pub async fn revoke_as_operator(&self, operator: &Operator<'_>, id: ApiKeyId) -> Result<(), AppError> {
        self.end(id, Act::of_operator(operator), |_| async { Ok(Some(Staged::nothing())) }).await?;
        tracing::warn!(act = operator.name(), key = %id, "revoked an API key");
        Ok(())
    }

    /// Revokes a key, however often it changes meanwhile, with the preconditions that `decide` gives: `None` says that for this
    /// caller there is no such key. Of two who revoke it at once the other one finds it gone.
    async fn end<F>(
        &self,
        id: ApiKeyId,
        act: Act,
        decide: impl Fn(&Stored<ApiKeyDocument>) -> F + Sync,
    ) -> Result<(), AppError>
    where
        F: Future<Output = Result<Option<Staged>, AppError>> + Send,
    {
        self.revocations.know_the_time().await?;
        let nothing = || AppError::new(&codes::NOT_FOUND);
        let ended = retry_on_stale(self.rng.as_ref(), || async {
            let key = self.repository.api_key(id).await?.ok_or_else(nothing)?;
            let because = decide(&key).await?.ok_or_else(nothing)?;
            let event = revocation(act.clone(), &key);
            let ended = self.terminations.end_api_key(&key, event, because).await;
            ended.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        ended.await?.ok_or_else(|| lost_every_race("an API key changed faster than it could be revoked"))?;
        tracing::info!(key = %id, "revoked an API key");
        Ok(())
    }

    /// The caller as they are now: what the access token proved when it was made may be gone, and what is decided stays.
    async fn owner(&self, by: &FreshGranted<ApiKeyCreate>) -> Result<User, AppError> {
        let owner = self.active(by.granted().user()).await?;
        if !owner.effective_permissions().has::<ApiKeyCreate>() {
            return Err(AppError::new(&codes::FORBIDDEN));
        }
        Ok(owner)
    }

    async fn manager(&self, by: &GrantedInPerson<ApiKeyManage>) -> Result<User, AppError> {
        let manager = self.active(by.user()).await?;
        if !manager.effective_permissions().has::<ApiKeyManage>() {
            return Err(AppError::new(&codes::FORBIDDEN));
        }
        Ok(manager)
    }

    async fn active(&self, caller: &AuthenticatedUser) -> Result<User, AppError> {
        let user = self.users.by_id(caller.user_id()).await?.filter(|user| !user.is_suspended());
        user.ok_or_else(|| AppError::new(&codes::AUTH_401))
    }

    /// Whether the owner has everything that the key is to permit. An attempt that is refused is recorded.
    async fn judge(
        &self,
        by: &FreshGranted<ApiKeyCreate>,
        owner: &User,
        permissions: &KeyPermissions,
    ) -> Result<(), AppError> {
        let held = owner.effective_permissions();
        let Some(word) = permissions.iter().find(|word| !held.contains(word)) else { return Ok(()) };
        self.audit.record(creation(by, permissions).refused()).await?;
        let message = format!("You cannot give a key the permission `{word}`, which you do not have");
        Err(AppError::new(&codes::FORBIDDEN).with_message(message))
    }
}

fn revocation(act: Act, key: &Stored<ApiKeyDocument>) -> Event {
    act.on(key.value().user, EventType::ApiKeyRevoked).about(key.id())
}

fn creation(by: &FreshGranted<ApiKeyCreate>, permissions: &KeyPermissions) -> Event {
    let by = by.granted().user();
    let event = Act::of(by).on(by.user_id(), EventType::ApiKeyCreated);
    event.changing("permissions", "", &permissions.to_string())
}

fn full_page() -> PageRequest {
    PageRequest::new(PageSize::MAX, None)
}

/// A key as answers show it.
pub(super) fn shown(key: Stored<ApiKeyDocument>) -> ApiKeyView {
    let (id, created_at) = (*key.id(), key.created_at());
    view(id, key.into_value(), created_at)
}

fn view(id: ApiKeyId, document: ApiKeyDocument, created_at: Timestamp) -> ApiKeyView {
    let ApiKeyDocument { user, name, permissions, last_used_at, expires_at, .. } = document;
    ApiKeyView { id, name, user_id: user, permissions, created_at, expires_at, last_used_at }
}
