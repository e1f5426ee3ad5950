//! A collection: reads of one document by id, and pages of many by an index.

use std::fmt;
use std::marker::PhantomData;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::values::KeyValue;

use super::decode::decode;
use super::document::{Document, SoftDocument, Stored};
use super::handle::Store;
use super::index::{Oldest, Query};
use super::running::RunningCall;
use super::specified::Specified as _;
use super::timing::Operation;
use crate::engine::StoreError;
use crate::engine::plan::{self, Deleted, PagePlan, Position, QueryPlan, Row};

/// The documents of one type. Cheap to clone.
pub struct Collection<T> {
    pub(crate) store: Store,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Collection<T> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), of: PhantomData }
    }
}

impl<T: Document> fmt::Debug for Collection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Collection({})", T::COLLECTION)
    }
}

impl Store {
    /// The documents of a type.
    ///
    /// # Errors
    /// [`StoreError::Undeclared`] when the store was opened without this type. Another type with a collection of
    /// the same name does not count.
    pub fn collection<T: Document>(&self) -> Result<Collection<T>, StoreError> {
        if self.declares(T::SPEC) {
            Ok(Collection::new(self.clone()))
        } else {
            Err(StoreError::Undeclared { collection: T::COLLECTION })
        }
    }
}

impl<T: Document> Collection<T> {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, of: PhantomData }
    }

    /// The document with this id. `None` when there is none, or it is deleted, or it has ended.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`], [`StoreError::NewerSchema`].
    pub async fn get(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        Ok(self.read(id).await?.filter(|stored| stored.meta.deleted_at.is_none()))
    }

    /// The documents of a query. The result can only be asked for a page, or for the first document.
    pub fn find<S>(&self, query: Query<T, S>) -> NeedsPage<'_, T> {
        NeedsPage { collection: self, query: query.plan }
    }

    /// A page of documents in the order of their insertion, for a reader who comes back for more: only those before which no
    /// other can appear any more, so the newest are missing: in MongoDB for [`BATCH_DEADLINE`](super::BATCH_DEADLINE), in the
    /// embedded store for a second. The cursor of the page is never `None` once there was a document: the reader keeps it and
    /// asks again.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] when the cursor was not created by this store for this query; otherwise like
    /// [`Collection::get`].
    pub async fn settled(
        &self,
        query: Query<T, Oldest>,
        request: &PageRequest,
    ) -> Result<Page<Stored<T>>, StoreError> {
        let (key, query) = (&self.store.cursor_key, query.plan);
        let after = request.cursor().map(|cursor| key.open(T::SPEC, &query, cursor)).transpose()?;
        let limit = request.limit();
        let mut settled = query.clone();
        settled.lower_to(KeyValue::Time(self.store.now().minus(self.store.settles_after())));
        let rows = self.rows(settled, after, limit.get()).await?;
        let last = rows.last().map(|last| Position { sort: last.sort.clone(), id: last.document.id.clone() });
        let next = last.map(|position| key.seal(T::SPEC, &query, &position)).or(request.cursor().cloned());
        let items = rows.into_iter().map(|row| decode(row.document)).collect::<Result<_, _>>()?;
        Ok(Page { items, limit, next })
    }

    /// Reads that also see deleted documents.
    pub fn including_deleted(&self) -> IncludingDeleted<'_, T>
    where
        T: SoftDocument,
    {
        IncludingDeleted { collection: self }
    }

    /// The documents that were deleted before a time, the oldest deletion first, for a purge.
    pub fn deleted_before(&self, time: Timestamp) -> NeedsPage<'_, T>
    where
        T: SoftDocument,
    {
        let upper = Some(KeyValue::Time(time));
        NeedsPage {
            collection: self,
            query: QueryPlan { upper, ..QueryPlan::over(&plan::DELETED, Deleted::Only) },
        }
    }

    /// Checks that a read may begin, and counts it.
    fn begin(&self, operation: Operation) -> Result<RunningCall<'_>, StoreError> {
        self.store.admit()?;
        self.store.count_read(T::COLLECTION);
        Ok(self.store.call(operation, T::COLLECTION))
    }

    async fn read(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        let call = self.begin(Operation::Get)?;
        let inner = &self.store.inner;
        let found = call.end(inner.engine.get(T::SPEC, &id.to_string()).await)?;
        let Some(raw) = found else { return Ok(None) };
        inner.remember_documents(T::COLLECTION);
        let now = self.store.now();
        if raw.meta.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        decode(raw).map(Some)
    }

    pub(crate) async fn rows(
        &self,
        query: QueryPlan,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        self.rows_as(Operation::Page, query, after, limit).await
    }

    /// The same under another name in the metrics.
    pub(super) async fn rows_as(
        &self,
        operation: Operation,
        query: QueryPlan,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        let index = query.index;
        if !(T::SPEC.has(index) || *index == plan::ID || *index == plan::DELETED) {
            return Err(StoreError::UndeclaredIndex { collection: T::COLLECTION, index: index.name });
        }
        let call = self.begin(operation)?;
        let now = self.store.now();
        let plan = PagePlan { collection: T::SPEC, query, after, limit, now };
        call.end(self.store.inner.engine.page(plan).await)
    }
}

/// A collection whose deleted documents are visible.
#[derive(Debug)]
pub struct IncludingDeleted<'a, T: Document> {
    collection: &'a Collection<T>,
}

impl<T: SoftDocument> IncludingDeleted<'_, T> {
    /// The document with this id, also when it is deleted.
    ///
    /// # Errors
    /// Like [`Collection::get`].
    pub async fn get(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        self.collection.read(id).await
    }
}

/// A query without a bound yet. Choose a page with `.page(&request).await`, or take the `.first().await`.
#[must_use = "a list is read a page at a time: call `.page(&request)`"]
pub struct NeedsPage<'a, T: Document> {
    collection: &'a Collection<T>,
    query: QueryPlan,
}

impl<T: Document> fmt::Debug for NeedsPage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NeedsPage({} by {})", T::COLLECTION, self.query.index.name)
    }
}

impl<T: Document> NeedsPage<'_, T> {
    /// One page.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] when the cursor was not created by this store for this query; otherwise like
    /// [`Collection::get`].
    pub async fn page(self, request: &PageRequest) -> Result<Page<Stored<T>>, StoreError> {
        let Self { collection, query } = self;
        let key = &collection.store.cursor_key;
        let after = request.cursor().map(|cursor| key.open(T::SPEC, &query, cursor)).transpose()?;
        let limit = request.limit();
        // One more than requested shows whether there is a next page.
        let mut rows = collection.rows(query.clone(), after, limit.get().saturating_add(1)).await?;
        let wanted = limit.get() as usize;
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next = rows.last().filter(|_| more).map(|last| {
            let position = Position { sort: last.sort.clone(), id: last.document.id.clone() };
            key.seal(T::SPEC, &query, &position)
        });
        let items = rows.into_iter().map(|row| decode(row.document)).collect::<Result<_, _>>()?;
        Ok(Page { items, limit, next })
    }

    /// The first document in the order of the index.
    ///
    /// # Errors
    /// Like [`Collection::get`].
    pub async fn first(self) -> Result<Option<Stored<T>>, StoreError> {
        let rows = self.collection.rows(self.query, None, 1).await?;
        rows.into_iter().next().map(|row| decode(row.document)).transpose()
    }
}
