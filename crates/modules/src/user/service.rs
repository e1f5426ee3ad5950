//! Users: finding, showing, renaming, listing and making them. Decisions only; the store is the repository's business.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{AuthenticatedUser, Granted, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_core::values::Id;
use palisade_lib::store::{Store, StoreError, Stored};

use super::handle::User;
use super::new_user::NewUser;
use super::repository::{Filter, Repository};
use super::schema::UserDocument;
use super::types::permission::UserRead;
use super::types::{EMAIL_TAKEN, Email, Flag, ListUsers, Rename, UserPath, UserView};
use crate::retry::{Attempt, retry_on_stale};
use crate::staged::Staged;

/// When too many super-admins are being made at once, try again after this.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How it stands with whom the environment names as the first super-admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There is a super-admin.
    Needless,
    /// There is none, and somebody was made or invited before. That happens once.
    NamedBefore,
    /// There is none and never was anybody named.
    Wanted,
}

/// The service of users. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    repository: Repository,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Service {
    pub(crate) fn new(store: &Store, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner { repository: Repository::new(store)?, clock, rng })))
    }

    /// Ends every session of every user, of deleted ones too, for a store that was put back from a backup: both counters
    /// rise past whatever they may have reached since it was made. Gives how many users there are.
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

    /// The peppers that the passwords of the newest users were hashed with, a page of them: enough to see that users
    /// and keys do not belong together, as after half of a backup was put back.
    pub(crate) async fn named_peppers(store: &Store) -> Result<BTreeSet<String>, StoreError> {
        let everybody = Filter { role: None, status: None, deleted: false };
        let newest = Repository::new(store)?.list(everybody, &PageRequest::new(PageSize::MAX, None)).await?;
        let hashes = newest.items.iter().filter_map(|user| user.value().password.as_ref());
        Ok(hashes.filter_map(PasswordHash::pepper_id).map(str::to_owned).collect())
    }

    /// The caller themselves: one read.
    ///
    /// # Errors
    /// 401 when they are gone; 503 when the store is down.
    pub async fn me(&self, caller: AuthenticatedUser) -> Result<UserView, AppError> {
        let user = self.0.repository.get(caller.user_id()).await?;
        user.map(|user| UserView::of(&user)).ok_or_else(|| AppError::new(&codes::AUTH_401))
    }

    /// Gives the caller another name.
    ///
    /// # Errors
    /// 401 when they are gone; 409 when others keep changing them; 503 when the store is down.
    pub async fn rename(&self, caller: AuthenticatedUser, input: Rename) -> Result<UserView, AppError> {
        let Inner { repository, rng, .. } = &*self.0;
        let renamed = retry_on_stale(rng.as_ref(), || async {
            let found = repository.get(caller.user_id()).await?;
            let user = found.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
            match repository.rename(&user, input.name.clone()).await {
                Ok(renamed) => shown(renamed).map(Attempt::Done),
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
        let deleted = deleted.is_some_and(Flag::get);
        let users = match q {
            Some(prefix) => self.0.repository.list_by_email(prefix.as_str(), deleted, &page).await?,
            None => self.0.repository.list(Filter { role, status, deleted }, &page).await?,
        };
        Ok(users.map(|user| UserView::of(&user)))
    }

    /// One user.
    ///
    /// # Errors
    /// 404 when there is no such user; 503 when the store is down.
    pub async fn show(&self, _by: Granted<UserRead>, input: UserPath) -> Result<UserView, AppError> {
        self.view(input.id).await
    }

    pub(crate) async fn view(&self, id: UserId) -> Result<UserView, AppError> {
        shown(self.0.repository.get(id).await?)
    }

    pub(crate) async fn by_id(&self, id: UserId) -> Result<Option<User>, AppError> {
        Ok(self.0.repository.get(id).await?.map(User::new))
    }

    /// The user who holds the claim of an address.
    pub(crate) async fn by_email(&self, email: &Email) -> Result<Option<User>, AppError> {
        let Some(claim) = self.0.repository.identity(email).await? else { return Ok(None) };
        self.by_id(claim.value().user).await
    }

    /// Whether somebody holds the claim of an address.
    pub(crate) async fn is_taken(&self, email: &Email) -> Result<bool, AppError> {
        Ok(self.0.repository.identity(email).await?.is_some())
    }

    /// Keeps the same password under another hash. Ends nothing.
    ///
    /// # Errors
    /// 409 when the user changed since they were read; 503 when the store is down.
    pub(crate) async fn rehash(&self, user: &User, hash: PasswordHash) -> Result<(), AppError> {
        Ok(self.0.repository.rehash(user.stored(), hash).await?)
    }

    /// The end of every session of a user, for whoever also has their access tokens refused. Gives the version below
    /// which they are. Fails as stale when the user changed since they were read.
    pub(crate) fn stage_end_of_sessions(user: &User) -> (i64, Staged) {
        Repository::stage_end_of_sessions(user.stored())
    }

    /// Another password, which ends every session of a user, for whoever also has their access tokens refused.
    pub(crate) fn stage_password(user: &User, hash: PasswordHash) -> (i64, Staged) {
        Repository::stage_password(user.stored(), hash)
    }

    /// Users whose retention has passed, the longest deleted first: at most a page of them.
    pub(crate) async fn due_for_purge(&self, retention: Duration) -> Result<Vec<User>, StoreError> {
        let repository = &self.0.repository;
        let due = repository.deleted_before(repository.now().minus(retention)).await?;
        Ok(due.into_iter().map(User::new).collect())
    }

    /// The end of a user who was deleted long enough ago. Fails as stale when they were restored meanwhile.
    pub(crate) async fn purge(&self, user: &User, retention: Duration) -> Result<(), StoreError> {
        self.0.repository.purge(user.stored(), retention).await
    }

    /// Whether there is a super-admin.
    pub(crate) async fn has_super_admin(&self) -> Result<bool, AppError> {
        Ok(self.0.repository.super_admins().await?.is_some_and(|guard| guard.value().count > 0))
    }

    /// A user and the claim of their address, to be committed together with what proves them. Fails as a duplicate
    /// when somebody else holds the claim by then.
    pub(crate) fn stage_creation(&self, newcomer: NewUser) -> (UserId, Staged) {
        let id = self.new_id();
        (id, Repository::stage_creation(id, newcomer.into_document()))
    }

    /// The same for one super-admin more. Fails as stale or duplicate also when another decision about super-admins got in
    /// first.
    pub(crate) async fn stage_super_admin(&self, newcomer: NewUser) -> Result<(UserId, Staged), AppError> {
        let (id, guard) = (self.new_id(), self.0.repository.super_admins().await?);
        Ok((id, Repository::stage_super_admin(id, newcomer.into_document(), guard.as_ref())))
    }

    /// The first super-admin, or `None` when there is one. That there is none is what the writes rest on: looked up
    /// any earlier, several could be the first.
    pub(crate) async fn stage_first_super_admin(
        &self,
        newcomer: NewUser,
    ) -> Result<Option<(UserId, Staged)>, AppError> {
        let (id, guard) = (self.new_id(), self.0.repository.super_admins().await?);
        let is_first = guard.as_ref().is_none_or(|guard| guard.value().count == 0);
        Ok(is_first
            .then(|| (id, Repository::stage_super_admin(id, newcomer.into_document(), guard.as_ref()))))
    }

    /// Makes one super-admin more.
    ///
    /// # Errors
    /// `EMAIL_TAKEN`; 503 when the store is down, or too many super-admins are being made at once.
    pub(crate) async fn create_super_admin(&self, newcomer: NewUser) -> Result<UserView, AppError> {
        let Inner { repository, rng, .. } = &*self.0;
        let made = retry_on_stale(rng.as_ref(), || async {
            let (id, guard) = (self.new_id(), repository.super_admins().await?);
            match repository.create_super_admin(id, newcomer.clone().into_document(), guard.as_ref()).await {
                Ok(()) => Ok(Attempt::Done(id)),
                Err(StoreError::Duplicate { collection: "identities", .. }) => {
                    Err(AppError::new(&EMAIL_TAKEN))
                }
                Err(error) => Attempt::unless_raced(error),
            }
        });
        self.view(made.await?.ok_or_else(crowded)?).await
    }

    /// Whether whom the environment names is to become the first super-admin.
    pub(crate) async fn standing_of_the_named(&self) -> Result<Standing, AppError> {
        let repository = &self.0.repository;
        if repository.super_admins().await?.is_some_and(|guard| guard.value().count > 0) {
            return Ok(Standing::Needless);
        }
        Ok(if repository.was_named().await? { Standing::NamedBefore } else { Standing::Wanted })
    }

    /// Makes whom the environment names a super-admin, which happens once. Stale when another instance was faster, or when
    /// there is a super-admin by now.
    pub(crate) async fn create_named(&self, newcomer: NewUser) -> Result<Attempt<()>, StoreError> {
        let (id, guard) = (self.new_id(), self.0.repository.super_admins().await?);
        if guard.as_ref().is_some_and(|guard| guard.value().count > 0) {
            return Ok(Attempt::Again);
        }
        let created = self.0.repository.create_named(id, newcomer.into_document(), guard.as_ref()).await;
        created.map_or_else(Attempt::unless_raced, |()| Ok(Attempt::Done(())))
    }

    /// Invites whom the environment names with this mail, which happens once. Stale as with
    /// [`create_named`](Self::create_named).
    pub(crate) async fn invite_named(&self, mail: Staged) -> Result<Attempt<()>, StoreError> {
        let guard = self.0.repository.super_admins().await?;
        if guard.as_ref().is_some_and(|guard| guard.value().count > 0) {
            return Ok(Attempt::Again);
        }
        let invited = self.0.repository.invite_named(guard.as_ref(), mail).await;
        invited.map_or_else(Attempt::unless_raced, |()| Ok(Attempt::Done(())))
    }

    fn new_id(&self) -> UserId {
        UserId::generate(self.0.clock.as_ref(), self.0.rng.as_ref())
    }
}

/// Too many super-admins are being made at once.
pub(crate) fn crowded() -> AppError {
    AppError::unavailable(RETRY_AFTER, "too many super-admins are being made at once")
}

fn shown(user: Option<Stored<UserDocument>>) -> Result<UserView, AppError> {
    user.map(|user| UserView::of(&user)).ok_or_else(|| AppError::new(&codes::NOT_FOUND))
}
