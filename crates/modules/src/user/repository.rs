//! What is asked of the store about people. Every write here is a whole decision, preconditioned on what was read.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{Batch, Collection, Commit, Store, StoreError, Stored};

use super::schema::{GuardKey, Identity, IdentityKey, SuperAdmins, User};
use super::types::{Email, Role, Status};

/// The collections of people.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    users: Collection<User>,
    identities: Collection<Identity>,
    guards: Collection<SuperAdmins>,
}

/// Which people to list.
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

    pub(super) async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.store.commit(batch).await
    }

    pub(super) async fn get(&self, id: UserId) -> Result<Option<Stored<User>>, StoreError> {
        self.users.get(&id).await
    }

    /// The claim of an address.
    pub(super) async fn identity(&self, email: &Email) -> Result<Option<Stored<Identity>>, StoreError> {
        self.identities.get(&IdentityKey::email(email)).await
    }

    /// A page of people, newest first. Every combination has an index of its own.
    pub(super) async fn list(
        &self,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Stored<User>>, StoreError> {
        let query = match (&filter.role, &filter.status) {
            (None, None) => User::NEWEST.all(),
            (Some(role), None) => User::BY_ROLE.matching(role),
            (None, Some(status)) => User::BY_STATUS.matching(status),
            (Some(role), Some(status)) => User::BY_ROLE_AND_STATUS.matching(role, status),
        };
        let query = if filter.deleted { query.only_deleted() } else { query };
        self.users.find(query).page(page).await
    }

    /// A page of everybody, deleted or not.
    pub(super) async fn everybody(&self, page: &PageRequest) -> Result<Page<Stored<User>>, StoreError> {
        self.users.find(User::NEWEST.all().including_deleted()).page(page).await
    }

    /// A page of people whose canonical address begins like this, by address.
    pub(super) async fn list_by_email(
        &self,
        prefix: &str,
        deleted: bool,
        page: &PageRequest,
    ) -> Result<Page<Stored<User>>, StoreError> {
        let query = User::BY_EMAIL.all().starting_with(prefix);
        let query = if deleted { query.only_deleted() } else { query };
        self.users.find(query).page(page).await
    }

    /// A page of the people who were deleted before this moment, the longest ago first.
    pub(super) async fn deleted_before(&self, moment: Timestamp) -> Result<Vec<Stored<User>>, StoreError> {
        Ok(self.users.deleted_before(moment).page(&PageRequest::new(PageSize::MAX, None)).await?.items)
    }

    /// The claims of a person: there are few, and one page holds them.
    pub(super) async fn identities_of(&self, user: UserId) -> Result<Vec<Stored<Identity>>, StoreError> {
        let page = PageRequest::new(PageSize::MAX, None);
        Ok(self.identities.find(Identity::BY_USER.matching(&user)).page(&page).await?.items)
    }

    /// The store's clock: it decides about retentions.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Whether somebody was made or invited because the environment names them.
    pub(super) async fn was_named(&self) -> Result<bool, StoreError> {
        Ok(self.guards.get(&GuardKey::NamedByEnvironment).await?.is_some())
    }

    /// The guard of whatever decides about super-admins; `None` before there was one.
    pub(super) async fn super_admins(&self) -> Result<Option<Stored<SuperAdmins>>, StoreError> {
        self.guards.get(&GuardKey::SuperAdmins).await
    }
}
