//! Users: find, show, rename, list and create them. Decisions only; the repository accesses the store.

mod catalogue;
mod changes;
mod providers;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{AuthenticatedUser, Granted, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::languages::LanguageTag;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_core::values::Id;
use palisade_lib::store::{Store, StoreError, Stored};

use super::handle::User;
use super::new_user::NewUser;
use super::repository::{Filter, Repository};
use super::schema::{SuperAdmins, UserDocument};
use super::types::{EMAIL_TAKEN, Email, ListUsers, Rename, Role, UserPath, UserView};
use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::permissions::UserRead;
use crate::product::Rights;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;

/// The state of the administrator that the environment names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A super-admin exists.
    Needless,
    /// No super-admin exists, and an earlier start created or invited one. That happens only once.
    NamedBefore,
    /// No super-admin exists, and none was ever named.
    Wanted,
}

/// The service of users. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    repository: Repository,
    audit: audit::Service,
    rights: Rights,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Service {
    pub(crate) fn new(
        store: &Store,
        audit: audit::Service,
        rights: Rights,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner { repository: Repository::new(store)?, audit, rights, clock, rng })))
    }

    /// Ends every session of every user, including deleted ones, for a store that was restored from a backup:
    /// raises both counters beyond any value they may have reached since the backup. Returns the number of users.
    pub(crate) async fn end_every_session(store: &Store) -> Result<u64, StoreError> {
        let repository = Repository::new(store)?;
        let (mut users, mut cursor) = (0, None);
        loop {
            let page = repository.all(&PageRequest::new(PageSize::MAX, cursor)).await?;
            repository.end_sessions_of_an_age(&page.items).await?;
            users += page.items.len() as u64;
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(users),
            }
        }
    }

    /// The peppers of the passwords of the newest users, one page of them: enough to detect that users and keys do
    /// not belong together, for example after only half of a backup was restored.
    pub(crate) async fn named_peppers(store: &Store) -> Result<BTreeSet<String>, StoreError> {
        let everybody = Filter { role: None, status: None, deleted: false };
        let newest = Repository::new(store)?.list(everybody, &PageRequest::new(PageSize::MAX, None)).await?;
        let hashes = newest.items.iter().filter_map(|user| user.value().password.as_ref());
        Ok(hashes.filter_map(PasswordHash::pepper_id).map(str::to_owned).collect())
    }

    /// The signed-in user: one read.
    ///
    /// # Errors
    /// 401 if the user no longer exists; 503 when the store is down.
    pub async fn me(&self, caller: AuthenticatedUser) -> Result<UserView, AppError> {
        let user = self.0.repository.get(caller.user_id()).await?;
        user.map(|user| UserView::of(&user, self.0.rights)).ok_or_else(|| AppError::new(&codes::AUTH_401))
    }

    /// Changes the caller's name.
    ///
    /// # Errors
    /// 401 if the user no longer exists; 409 if others keep changing the user; 503 when the store is down.
    pub async fn rename(&self, caller: AuthenticatedUser, input: Rename) -> Result<UserView, AppError> {
        let Inner { repository, audit, rng, .. } = &*self.0;
        let renamed = retry_on_stale(rng.as_ref(), || async {
            let found = repository.get(caller.user_id()).await?;
            let user = found.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
            let event = Act::of(&caller).on(*user.id(), EventType::UserRenamed).changing_personal("name");
            match repository.rename(&user, input.name.clone(), audit.stage(event)).await {
                Ok(renamed) => self.shown(renamed).map(Attempt::Done),
                Err(error) => Attempt::unless_stale(error),
            }
        });
        renamed.await?.ok_or_else(|| AppError::new(&codes::CONFLICT))
    }

    /// A page of users: newest first, or by address with `q`.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(&self, _by: Granted<UserRead>, input: ListUsers) -> Result<Page<UserView>, AppError> {
        let ListUsers { role, status, q, deleted, page } = input;
        let deleted = deleted.unwrap_or_default();
        let users = match q {
            Some(prefix) => self.0.repository.list_by_email(prefix.as_str(), deleted, &page).await?,
            None => self.0.repository.list(Filter { role, status, deleted }, &page).await?,
        };
        Ok(users.map(|user| UserView::of(&user, self.0.rights)))
    }

    /// One user.
    ///
    /// # Errors
    /// 404 if no such user exists; 503 when the store is down.
    pub async fn show(&self, _by: Granted<UserRead>, input: UserPath) -> Result<UserView, AppError> {
        self.view(input.id).await
    }

    pub(crate) async fn view(&self, id: UserId) -> Result<UserView, AppError> {
        self.shown(self.0.repository.get(id).await?)
    }

    pub(crate) async fn by_id(&self, id: UserId) -> Result<Option<User>, AppError> {
        Ok(self.0.repository.get(id).await?.map(|user| self.user(user)))
    }

    /// A user, deleted or not.
    pub(crate) async fn by_id_including_deleted(&self, id: UserId) -> Result<Option<User>, AppError> {
        Ok(self.0.repository.get_including_deleted(id).await?.map(|user| self.user(user)))
    }

    /// The same, for answers.
    pub(crate) async fn view_including_deleted(&self, id: UserId) -> Result<UserView, AppError> {
        self.shown(self.0.repository.get_including_deleted(id).await?)
    }

    /// The user who holds the claim of an address.
    pub(crate) async fn by_email(&self, email: &Email) -> Result<Option<User>, AppError> {
        let Some(claim) = self.0.repository.identity(email).await? else { return Ok(None) };
        self.by_id(claim.value().user).await
    }

    /// When the user who holds the claim of an address was deleted, and their language; `None` for an address of nobody,
    /// and of a user who exists.
    pub(crate) async fn deleted(
        &self,
        email: &Email,
    ) -> Result<Option<(Timestamp, Option<LanguageTag>)>, AppError> {
        let repository = &self.0.repository;
        let Some(claim) = repository.identity(email).await? else { return Ok(None) };
        let user = repository.get_including_deleted(claim.value().user).await?;
        Ok(user.and_then(|user| Some((user.deleted_at()?, user.value().language.clone()))))
    }

    /// The user who holds the claim of an address, deleted or not.
    pub(crate) async fn by_email_including_deleted(&self, email: &Email) -> Result<Option<User>, AppError> {
        let repository = &self.0.repository;
        let Some(claim) = repository.identity(email).await? else { return Ok(None) };
        Ok(repository.get_including_deleted(claim.value().user).await?.map(|user| self.user(user)))
    }

    /// Whether somebody holds the claim of an address.
    pub(crate) async fn is_taken(&self, email: &Email) -> Result<bool, AppError> {
        Ok(self.0.repository.identity(email).await?.is_some())
    }

    /// Stores another hash of the same password. Ends nothing.
    ///
    /// # Errors
    /// 409 if the user changed since the read; 503 when the store is down.
    pub(crate) async fn rehash(&self, user: &User, hash: PasswordHash) -> Result<(), AppError> {
        Ok(self.0.repository.rehash(user.stored(), hash).await?)
    }

    /// Stages the end of every session of a user, for a caller that also revokes the access tokens. Returns the
    /// version below which they are refused. Fails as stale if the user changed since the read.
    pub(crate) fn stage_end_of_sessions(user: &User) -> (i64, Staged) {
        Repository::stage_end_of_sessions(user.stored())
    }

    /// Stages another password, which ends every session of a user, for a caller that also revokes the access tokens.
    pub(crate) fn stage_password(user: &User, hash: PasswordHash) -> (i64, Staged) {
        Repository::stage_password(user.stored(), hash)
    }

    /// Stages another address, which ends every session of a user, for a caller that also revokes the access tokens. Fails
    /// as a duplicate if another user holds the claim.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_email(&self, user: &User, email: Email) -> Result<(i64, Staged), AppError> {
        Ok(self.0.repository.stage_email(user.stored(), email).await?)
    }

    /// Users whose retention has passed, the earliest deletion first: at most a page of them.
    pub(crate) async fn due_for_purge(&self, retention: Duration) -> Result<Vec<User>, StoreError> {
        let repository = &self.0.repository;
        let due = repository.deleted_before(repository.now().minus(retention)).await?;
        Ok(due.into_iter().map(|user| self.user(user)).collect())
    }

    /// Removes a user who was deleted long enough ago. Fails as stale if the user was restored meanwhile, or if one of their
    /// events ended: the user is then removed the next time.
    pub(crate) async fn purge(&self, user: &User, retention: Duration) -> Result<(), StoreError> {
        // What is left of a user afterwards names nobody. First, so that an interruption leaves the user to purge again.
        self.0.audit.forget_origins_of(user.id()).await?;
        let event = self.0.audit.stage(Act::of_system("purge").on(user.id(), EventType::UserPurged));
        self.0.repository.purge(user.stored(), retention, event).await
    }

    /// Whether a super-admin exists.
    pub(crate) async fn has_super_admin(&self) -> Result<bool, AppError> {
        Ok(self.0.repository.super_admins().await?.is_some_and(|guard| guard.value().count > 0))
    }

    /// Stages a user and the claim of their address, to commit together with the proof. `act` says who creates the user of
    /// this id. Fails as a duplicate if another user holds the claim.
    pub(crate) fn stage_creation(
        &self,
        newcomer: NewUser,
        act: impl FnOnce(UserId) -> Act,
    ) -> (UserId, Staged) {
        let id = self.new_id();
        (id, Repository::stage_creation(id, newcomer.into_document()).and(self.stage_created(id, act(id))))
    }

    /// The same for one more super-admin. Fails as stale or duplicate also if another decision about super-admins
    /// was written first.
    pub(crate) async fn stage_super_admin(
        &self,
        newcomer: NewUser,
        act: impl FnOnce(UserId) -> Act,
    ) -> Result<(UserId, Staged), AppError> {
        let (id, guard) = (self.new_id(), self.0.repository.super_admins().await?);
        let creation = Repository::stage_super_admin(id, newcomer.into_document(), guard.as_ref());
        Ok((id, creation.and(self.stage_created(id, act(id)))))
    }

    /// Stages the precondition that this user may invite somebody to the role: active, with the permission, and above
    /// the role. `None` if not. Fails as stale if the user changed since.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_inviter(&self, id: UserId, role: Role) -> Result<Option<Staged>, AppError> {
        let inviter = self.by_id(id).await?.filter(|user| user.may_invite_to(role));
        Ok(inviter.map(|user| Repository::stage_unchanged(user.stored())))
    }

    /// Stages the first super-admin; `None` if one exists. The writes have the precondition that none exists: with
    /// an earlier check several users could become the first.
    pub(crate) async fn stage_first_super_admin(
        &self,
        newcomer: NewUser,
        act: impl FnOnce(UserId) -> Act,
    ) -> Result<Option<(UserId, Staged)>, AppError> {
        let (id, guard) = (self.new_id(), self.0.repository.super_admins().await?);
        let is_first = guard.as_ref().is_none_or(|guard| guard.value().count == 0);
        let creation = || Repository::stage_super_admin(id, newcomer.into_document(), guard.as_ref());
        Ok(is_first.then(|| (id, creation().and(self.stage_created(id, act(id))))))
    }

    /// Creates one more super-admin.
    ///
    /// # Errors
    /// `EMAIL_TAKEN`; 503 when the store is down, or too many super-admins are created at once.
    pub(crate) async fn create_super_admin(
        &self,
        newcomer: NewUser,
        act: &Act,
    ) -> Result<UserView, AppError> {
        let Inner { repository, rng, .. } = &*self.0;
        let made = retry_on_stale(rng.as_ref(), || async {
            let (id, guard) = (self.new_id(), repository.super_admins().await?);
            let event = self.stage_created(id, act.clone());
            let document = newcomer.clone().into_document();
            match repository.create_super_admin(id, document, guard.as_ref(), event).await {
                Ok(()) => Ok(Attempt::Done(id)),
                Err(StoreError::Duplicate { collection: "identities", .. }) => {
                    Err(AppError::new(&EMAIL_TAKEN))
                }
                Err(error) => Attempt::unless_raced(error),
            }
        });
        self.view(made.await?.ok_or_else(crowded)?).await
    }

    /// Whether the named administrator should become the first super-admin.
    pub(crate) async fn standing_of_the_named(&self) -> Result<Standing, AppError> {
        let repository = &self.0.repository;
        if repository.super_admins().await?.is_some_and(|guard| guard.value().count > 0) {
            return Ok(Standing::Needless);
        }
        Ok(if repository.was_named().await? { Standing::NamedBefore } else { Standing::Wanted })
    }

    /// Creates the named super-admin, which happens only once. Stale if another instance was faster, or if a
    /// super-admin exists by now.
    pub(crate) async fn create_named(&self, newcomer: NewUser, act: Act) -> Result<Attempt<()>, StoreError> {
        let (id, guard) = (self.new_id(), self.0.repository.super_admins().await?);
        if guard.as_ref().is_some_and(|guard| guard.value().count > 0) {
            return Ok(Attempt::Again);
        }
        let event = self.stage_created(id, act);
        let created =
            self.0.repository.create_named(id, newcomer.into_document(), guard.as_ref(), event).await;
        created.map_or_else(Attempt::unless_raced, |()| Ok(Attempt::Done(())))
    }

    /// Invites the named administrator with this mail, which happens only once. Stale as with
    /// [`create_named`](Self::create_named).
    pub(crate) async fn invite_named(&self, mail: Staged) -> Result<Attempt<()>, StoreError> {
        let guard = self.0.repository.super_admins().await?;
        if guard.as_ref().is_some_and(|guard| guard.value().count > 0) {
            return Ok(Attempt::Again);
        }
        let invited = self.0.repository.invite_named(guard.as_ref(), mail).await;
        invited.map_or_else(Attempt::unless_raced, |()| Ok(Attempt::Done(())))
    }

    fn stage_created(&self, id: UserId, act: Act) -> Staged {
        self.0.audit.stage(act.on(id, EventType::UserCreated))
    }

    /// Every permission of this server.
    pub(crate) fn rights(&self) -> Rights {
        self.0.rights
    }

    fn user(&self, stored: Stored<UserDocument>) -> User {
        User::new(stored, self.0.rights)
    }

    fn shown(&self, user: Option<Stored<UserDocument>>) -> Result<UserView, AppError> {
        let user = user.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
        Ok(UserView::of(&user, self.0.rights))
    }

    fn new_id(&self) -> UserId {
        UserId::generate(self.0.clock.as_ref(), self.0.rng.as_ref())
    }
}

/// Whether nobody else is an active super-admin.
fn is_last(guard: Option<&Stored<SuperAdmins>>) -> bool {
    guard.is_none_or(|guard| guard.value().count <= 1)
}

/// Too many super-admins are created at once.
pub(crate) fn crowded() -> AppError {
    lost_every_race("too many super-admins are being created at once")
}
