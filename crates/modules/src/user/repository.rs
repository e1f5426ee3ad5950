//! The queries and writes about users. Every write is one decision, all or nothing, with the read state as its
//! precondition.

mod changes;
mod counters;
mod providers;

use std::time::Duration;

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{Batch, Collection, Store, StoreError, Stored};

use counters::{counting, risen};

use super::schema::{GuardKey, Identity, IdentityKey, ProvenBy, SuperAdmins, UserDocument};
use super::types::{Email, Name, Role, Status};
use crate::staged::Staged;

/// By how much the counters of every user rise when a backup is restored: more than the number of times that a
/// user's sessions can end between a backup and its restore.
const AGE: i64 = 1_000_000;

/// The collections of users.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    users: Collection<UserDocument>,
    identities: Collection<Identity>,
    guards: Collection<SuperAdmins>,
}

/// The users to list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    pub(super) role: Option<Role>,
    pub(super) status: Option<Status>,
    pub(super) deleted: bool,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            users: store.collection()?,
            identities: store.collection()?,
            guards: store.collection()?,
        })
    }

    pub(super) async fn get(&self, id: UserId) -> Result<Option<Stored<UserDocument>>, StoreError> {
        self.users.get(&id).await
    }

    /// The claim of an address.
    pub(super) async fn identity(&self, email: &Email) -> Result<Option<Stored<Identity>>, StoreError> {
        self.identities.get(&IdentityKey::email(email)).await
    }

    /// A page of users, newest first. Every combination of filters has its own index.
    pub(super) async fn list(
        &self,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Stored<UserDocument>>, StoreError> {
        let query = match (&filter.role, &filter.status) {
            (None, None) => UserDocument::NEWEST.all(),
            (Some(role), None) => UserDocument::BY_ROLE.matching(role),
            (None, Some(status)) => UserDocument::BY_STATUS.matching(status),
            (Some(role), Some(status)) => UserDocument::BY_ROLE_AND_STATUS.matching(role, status),
        };
        let query = if filter.deleted { query.only_deleted() } else { query };
        self.users.find(query).page(page).await
    }

    /// A page of all users, deleted or not.
    pub(super) async fn all(&self, page: &PageRequest) -> Result<Page<Stored<UserDocument>>, StoreError> {
        self.users.find(UserDocument::NEWEST.all().including_deleted()).page(page).await
    }

    /// A page of users whose canonical address starts with this text, by address.
    pub(super) async fn list_by_email(
        &self,
        prefix: &str,
        deleted: bool,
        page: &PageRequest,
    ) -> Result<Page<Stored<UserDocument>>, StoreError> {
        let query = UserDocument::BY_EMAIL.all().starting_with(prefix);
        let query = if deleted { query.only_deleted() } else { query };
        self.users.find(query).page(page).await
    }

    /// A page of the users who were deleted before this moment, the earliest deletion first.
    pub(super) async fn deleted_before(
        &self,
        moment: Timestamp,
    ) -> Result<Vec<Stored<UserDocument>>, StoreError> {
        Ok(self.users.deleted_before(moment).page(&PageRequest::new(PageSize::MAX, None)).await?.items)
    }

    /// The claims of a user: there are few, and one page contains them all.
    pub(super) async fn identities_of(&self, user: UserId) -> Result<Vec<Stored<Identity>>, StoreError> {
        let page = PageRequest::new(PageSize::MAX, None);
        Ok(self.identities.find(Identity::BY_USER.matching(&user)).page(&page).await?.items)
    }

    /// The time by the store's clock, which retentions are judged by.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Whether an administrator was created or invited because the environment names them.
    pub(super) async fn was_named(&self) -> Result<bool, StoreError> {
        Ok(self.guards.get(&GuardKey::NamedByEnvironment).await?.is_some())
    }

    /// The guard of all decisions about super-admins; `None` before the first one existed.
    pub(super) async fn super_admins(&self) -> Result<Option<Stored<SuperAdmins>>, StoreError> {
        self.guards.get(&GuardKey::SuperAdmins).await
    }

    /// Changes the name. Returns the user as stored; fails as stale if the user changed meanwhile.
    pub(super) async fn rename(
        &self,
        read: &Stored<UserDocument>,
        name: Name,
        event: Staged,
    ) -> Result<Option<Stored<UserDocument>>, StoreError> {
        let renamed = UserDocument { name: Some(name), ..read.value().clone() };
        let commit = self.store.commit(Batch::from(event).replace(read, renamed.clone())).await?;
        Ok(commit.stored(read.id(), renamed))
    }

    /// Stores another hash of the same password. Ends nothing.
    pub(super) async fn rehash(
        &self,
        read: &Stored<UserDocument>,
        hash: PasswordHash,
    ) -> Result<(), StoreError> {
        let upgraded = UserDocument { password: Some(hash), ..read.value().clone() };
        self.store.commit(Batch::new().replace(read, upgraded)).await.map(drop)
    }

    /// Another address, which ends every session of a user: releases the old claim and claims the new address. Returns the
    /// version below which access tokens are refused. Fails as a duplicate if another user holds the claim.
    pub(super) async fn stage_email(
        &self,
        read: &Stored<UserDocument>,
        email: Email,
    ) -> Result<(i64, Staged), StoreError> {
        let released = self.identity(&read.value().email).await?;
        let claim = Batch::new().insert(&IdentityKey::email(&email), Identity::of_address(*read.id()));
        let changed = UserDocument { email, proven_by: ProvenBy::Mailbox, ..risen(read.value(), 1) };
        let version = changed.session_version;
        let claims = released.iter().fold(claim, Batch::remove);
        Ok((version, claims.replace(read, changed).into()))
    }

    /// A user, deleted or not.
    pub(super) async fn get_including_deleted(
        &self,
        id: UserId,
    ) -> Result<Option<Stored<UserDocument>>, StoreError> {
        self.users.including_deleted().get(&id).await
    }

    /// Ends every session of these users, as they were at the time of a backup: raises both counters beyond any
    /// value they may have reached since.
    pub(super) async fn end_sessions_of_an_age(
        &self,
        read: &[Stored<UserDocument>],
    ) -> Result<(), StoreError> {
        let aged =
            read.iter().fold(Batch::new(), |batch, user| batch.replace(user, risen(user.value(), AGE)));
        self.store.commit(aged).await.map(drop)
    }

    /// A user, and the claim of their address. Fails as a duplicate if another user holds the claim.
    pub(super) fn stage_creation(id: UserId, user: UserDocument) -> Staged {
        creation(id, user).into()
    }

    /// The same for one more super-admin, with the guard that every decision about super-admins writes. Fails as
    /// stale or duplicate if another such decision was written first.
    pub(super) fn stage_super_admin(
        id: UserId,
        user: UserDocument,
        guard: Option<&Stored<SuperAdmins>>,
    ) -> Staged {
        super_admin(id, user, guard).into()
    }

    /// Creates one more super-admin.
    pub(super) async fn create_super_admin(
        &self,
        id: UserId,
        user: UserDocument,
        guard: Option<&Stored<SuperAdmins>>,
        event: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(super_admin(id, user, guard).merge(event.into())).await.map(drop)
    }

    /// Creates the super-admin that the environment names, with the claim that this happened, which can be written
    /// only once.
    pub(super) async fn create_named(
        &self,
        id: UserId,
        user: UserDocument,
        guard: Option<&Stored<SuperAdmins>>,
        event: Staged,
    ) -> Result<(), StoreError> {
        let batch = super_admin(id, user, guard).merge(named()).merge(event.into());
        self.store.commit(batch).await.map(drop)
    }

    /// Invites the super-admin that the environment names: writes the claim that this happened, and the mail. Fails
    /// as stale or duplicate, also if a super-admin exists by now.
    pub(super) async fn invite_named(
        &self,
        guard: Option<&Stored<SuperAdmins>>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let unchanged = match guard {
            Some(guard) => Batch::new().replace(guard, guard.value().clone()),
            None => Batch::new().insert(&GuardKey::SuperAdmins, SuperAdmins { count: 0 }),
        };
        self.store.commit(named().merge(unchanged).merge(mail.into())).await.map(drop)
    }

    /// Removes a user who was deleted long enough ago, and all their claims: the addresses are free again. Fails as
    /// stale if the user was restored meanwhile.
    pub(super) async fn purge(
        &self,
        read: &Stored<UserDocument>,
        retention: Duration,
        event: Staged,
    ) -> Result<(), StoreError> {
        let claims = self.identities_of(*read.id()).await?;
        let end = claims.iter().fold(Batch::from(event).purge(read, retention), Batch::remove);
        self.store.commit(end).await.map(drop)
    }
}

fn creation(id: UserId, user: UserDocument) -> Batch {
    let claim = IdentityKey::email(&user.email);
    Batch::new().insert(&claim, Identity::of_address(id)).insert(&id, user)
}

fn super_admin(id: UserId, user: UserDocument, guard: Option<&Stored<SuperAdmins>>) -> Batch {
    counting(creation(id, user), guard, 1)
}

/// The claim that the named administrator was handled.
fn named() -> Batch {
    Batch::new().insert(&GuardKey::NamedByEnvironment, SuperAdmins { count: 1 })
}
