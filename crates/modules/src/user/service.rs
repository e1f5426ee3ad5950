//! People: finding, showing, renaming, listing them. Decisions only; the store is the repository's business.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Account, Granted, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_core::values::Id;
use palisade_lib::store::{Batch, Store, StoreError, Stored};

use super::person::Person;
use super::repository::{Filter, Repository};
use super::schema::{GuardKey, Identity, IdentityKey, ProvenBy, SuperAdmins, User};
use super::types::permission::UserRead;
use super::types::{Email, Flag, ListUsers, Name, PermissionList, Rename, Role, Status, UserPath, UserView};

/// The epoch that a person begins with.
pub(crate) const FIRST_EPOCH: i64 = 1;

/// How often a change that lost a race is decided anew.
const MAX_CAS_RETRIES: usize = 32;

/// A person who does not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    email: Email,
    name: Option<Name>,
    password: PasswordHash,
    role: Role,
    proven_by: ProvenBy,
}

impl NewUser {
    /// Somebody who proved a mailbox.
    pub(crate) fn ordinary(email: Email, name: Option<Name>, password: PasswordHash) -> Self {
        Self { email, name, password, role: Role::User, proven_by: ProvenBy::Mailbox }
    }

    /// A super-admin, made by the operator's own hand.
    pub(crate) fn super_admin(email: Email, name: Option<Name>, password: PasswordHash) -> Self {
        Self { email, name, password, role: Role::SuperAdmin, proven_by: ProvenBy::Operator }
    }
}

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

/// The service of people. Clones share everything.
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

    /// Ends every session of everybody, of deleted people too, for a store that was put back from a backup: both counters
    /// rise past whatever they may have reached since it was made. Gives how many people there are.
    pub(crate) async fn end_every_session(store: &Store) -> Result<u64, StoreError> {
        let repository = Repository::new(store)?;
        let (mut people, mut cursor) = (0, None);
        loop {
            let page = repository.everybody(&PageRequest::new(PageSize::MAX, cursor)).await?;
            let mut batch = Batch::new();
            for stored in page.items {
                people += 1;
                batch = batch.merge(Person::new(stored).stage_end_of_an_age());
            }
            repository.commit(batch).await?;
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(people),
            }
        }
    }

    /// The peppers that the passwords of the newest people were hashed with, a page of them: enough to see that people
    /// and keys do not belong together, as after half of a backup was put back.
    pub(crate) async fn named_peppers(store: &Store) -> Result<BTreeSet<String>, StoreError> {
        let everybody = Filter { role: None, status: None, deleted: false };
        let newest = Repository::new(store)?.list(everybody, &PageRequest::new(PageSize::MAX, None)).await?;
        let hashes = newest.items.iter().filter_map(|person| person.value().password.as_ref());
        Ok(hashes.filter_map(PasswordHash::pepper_id).map(str::to_owned).collect())
    }

    /// The caller themselves: one read.
    ///
    /// # Errors
    /// 401 when they are gone; 503 when the store is down.
    pub async fn me(&self, account: Account) -> Result<UserView, AppError> {
        let person = self.0.repository.get(account.user_id()).await?;
        person.map(|user| UserView::of(&user)).ok_or_else(|| AppError::new(&codes::AUTH_401))
    }

    /// Gives the caller another name.
    ///
    /// # Errors
    /// 401 when they are gone; 409 when others keep changing them; 503 when the store is down.
    pub async fn rename(&self, account: Account, input: Rename) -> Result<UserView, AppError> {
        for _ in 0..MAX_CAS_RETRIES {
            let found = self.0.repository.get(account.user_id()).await?;
            let user = found.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
            let renamed = User { name: Some(input.name.clone()), ..user.value().clone() };
            match self.0.repository.commit(Batch::new().replace(&user, renamed.clone())).await {
                Ok(commit) => return shown(commit.stored(user.id(), renamed)),
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::new(&codes::CONFLICT))
    }

    /// A page of people: newest first, or by address with `q`.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(&self, _by: Granted<UserRead>, input: ListUsers) -> Result<Page<UserView>, AppError> {
        let ListUsers { role, status, q, deleted, page } = input;
        let deleted = deleted.is_some_and(Flag::get);
        let people = match q {
            Some(prefix) => self.0.repository.list_by_email(prefix.as_str(), deleted, &page).await?,
            None => self.0.repository.list(Filter { role, status, deleted }, &page).await?,
        };
        Ok(people.map(|user| UserView::of(&user)))
    }

    /// One person.
    ///
    /// # Errors
    /// 404 when there is no such person; 503 when the store is down.
    pub async fn show(&self, _by: Granted<UserRead>, input: UserPath) -> Result<UserView, AppError> {
        self.view(input.id).await
    }

    pub(crate) async fn view(&self, id: UserId) -> Result<UserView, AppError> {
        shown(self.0.repository.get(id).await?)
    }

    pub(crate) async fn by_id(&self, id: UserId) -> Result<Option<Person>, AppError> {
        Ok(self.0.repository.get(id).await?.map(Person::new))
    }

    /// The person who holds the claim of an address.
    pub(crate) async fn by_email(&self, email: &Email) -> Result<Option<Person>, AppError> {
        let Some(claim) = self.0.repository.identity(email).await? else { return Ok(None) };
        self.by_id(claim.value().user).await
    }

    /// Whether somebody holds the claim of an address.
    pub(crate) async fn is_taken(&self, email: &Email) -> Result<bool, AppError> {
        Ok(self.0.repository.identity(email).await?.is_some())
    }

    /// Whether there is a super-admin.
    pub(crate) async fn has_super_admin(&self) -> Result<bool, AppError> {
        Ok(self.0.repository.super_admins().await?.is_some_and(|guard| guard.value().count > 0))
    }

    /// People whose retention has passed, the longest deleted first: at most a page of them.
    pub(crate) async fn due_for_purge(&self, retention: Duration) -> Result<Vec<Person>, StoreError> {
        let repository = &self.0.repository;
        let due = repository.deleted_before(repository.now().minus(retention)).await?;
        Ok(due.into_iter().map(Person::new).collect())
    }

    /// The end of a person who was deleted long enough ago, and of every claim of theirs: the addresses are free again.
    /// Fails as stale when they were restored meanwhile.
    pub(crate) async fn stage_purge(
        &self,
        person: &Person,
        retention: Duration,
    ) -> Result<Batch, StoreError> {
        let claims = self.0.repository.identities_of(person.id()).await?;
        Ok(claims.iter().fold(person.stage_purge(retention), Batch::remove))
    }

    /// A person and the claim of their address, to be committed together with what proves them. Fails as a duplicate
    /// when somebody else holds the claim by then.
    pub(crate) fn stage_creation(&self, newcomer: NewUser) -> (UserId, Batch) {
        let NewUser { email, name, password, role, proven_by } = newcomer;
        let id = UserId::generate(self.0.clock.as_ref(), self.0.rng.as_ref());
        let claim = IdentityKey::email(&email);
        let user = User {
            email,
            name,
            role,
            permissions: PermissionList::default(),
            status: Status::Active,
            session_version: 1,
            session_epoch: FIRST_EPOCH,
            password: Some(password),
            proven_by,
        };
        (id, Batch::new().insert(&claim, Identity { user: id }).insert(&id, user))
    }

    /// A super-admin more: the person, the claim, and the guard that every decision about super-admins writes.
    /// Fails as stale or duplicate when another such decision got in first.
    pub(crate) async fn stage_super_admin(&self, newcomer: NewUser) -> Result<(UserId, Batch), AppError> {
        let guard = self.0.repository.super_admins().await?;
        Ok(self.stage_counted(newcomer, guard))
    }

    /// The first super-admin, or `None` when there is one. That there is none is what the batch rests on: looked up
    /// any earlier, several could be the first.
    pub(crate) async fn stage_first_super_admin(
        &self,
        newcomer: NewUser,
    ) -> Result<Option<(UserId, Batch)>, AppError> {
        let guard = self.0.repository.super_admins().await?;
        let first = guard.as_ref().is_none_or(|guard| guard.value().count == 0);
        Ok(first.then(|| self.stage_counted(newcomer, guard)))
    }

    /// Whether whom the environment names is to become the first super-admin.
    pub(crate) async fn standing_of_the_named(&self) -> Result<Standing, AppError> {
        let repository = &self.0.repository;
        if repository.super_admins().await?.is_some_and(|guard| guard.value().count > 0) {
            return Ok(Standing::Needless);
        }
        Ok(if repository.was_named().await? { Standing::NamedBefore } else { Standing::Wanted })
    }

    /// The claim that whom the environment names is being made (`newcomer`) or invited, which can be written once. Fails as
    /// stale or duplicate when another instance was faster, or when there is a super-admin by now.
    pub(crate) async fn stage_named(&self, newcomer: Option<NewUser>) -> Result<Batch, AppError> {
        let guard = self.0.repository.super_admins().await?;
        let claim = Batch::new().insert(&GuardKey::NamedByEnvironment, SuperAdmins { count: 1 });
        let rests_on = match (newcomer, guard) {
            (Some(newcomer), guard) => self.stage_counted(newcomer, guard).1,
            (None, Some(guard)) => Batch::new().replace(&guard, guard.value().clone()),
            (None, None) => Batch::new().insert(&GuardKey::SuperAdmins, SuperAdmins { count: 0 }),
        };
        Ok(claim.merge(rests_on))
    }

    fn stage_counted(&self, newcomer: NewUser, guard: Option<Stored<SuperAdmins>>) -> (UserId, Batch) {
        let (id, creation) = self.stage_creation(newcomer);
        let guard = match guard {
            Some(guard) => {
                let count = guard.value().count.saturating_add(1);
                Batch::new().replace(&guard, SuperAdmins { count })
            }
            None => Batch::new().insert(&GuardKey::SuperAdmins, SuperAdmins { count: 1 }),
        };
        (id, creation.merge(guard))
    }
}

fn shown(user: Option<Stored<User>>) -> Result<UserView, AppError> {
    user.map(|user| UserView::of(&user)).ok_or_else(|| AppError::new(&codes::NOT_FOUND))
}
