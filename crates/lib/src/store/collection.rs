//! A collection: reads of one document by id, and pages of many by an index.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use mongodb::bson::{RawBsonRef, RawDocument as RawBsonDocument};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::values::KeyValue;
use serde::Deserialize;
use serde_json::Value;

use super::Store;
use super::batch::Batch;
use super::definition::Declared as _;
use super::document::{Document, DocumentId, SoftDocument, Stored};
use super::fields::Fields;
use super::index::{Oldest, Query};
use super::tail::Tail;
use super::upkeep::Rewritten;
use crate::engine::plan::{self, Body, Deleted, PagePlan, Position, QueryPlan, RawDocument, Row};
use crate::engine::{Cause, StoreError, WALK_STEP};
use crate::mongodb as bson;

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

    /// The documents of a query. What comes back can only be asked for a page, or for the first one.
    pub fn find<S>(&self, query: Query<T, S>) -> NeedsPage<'_, T> {
        NeedsPage { collection: self, query: query.plan }
    }

    /// Reads that also see deleted documents.
    pub fn including_deleted(&self) -> IncludingDeleted<'_, T>
    where
        T: SoftDocument,
    {
        IncludingDeleted { collection: self }
    }

    /// The documents that were deleted before a moment, the longest ago first: what a purge looks at.
    pub fn deleted_before(&self, moment: Timestamp) -> NeedsPage<'_, T>
    where
        T: SoftDocument,
    {
        let upper = Some(KeyValue::Time(moment));
        NeedsPage {
            collection: self,
            query: QueryPlan { upper, ..QueryPlan::over(&plan::DELETED, Deleted::Only) },
        }
    }

    /// Follows what is inserted, from the first document of the query on.
    pub fn tail(&self, query: Query<T, Oldest>) -> Tail<T> {
        Tail::new(self.clone(), query.plan)
    }

    /// Brings older documents to the newest version in place, [`WALK_STEP`] documents at a time, deleted ones too.
    /// Gives the id to go on from; `None` at the end.
    ///
    /// # Errors
    /// As [`get`](Self::get), and what [`Store::commit`] gives.
    pub async fn rewrite(&self, from: Option<&T::Id>) -> Result<Option<T::Id>, StoreError> {
        let from = from.map(ToString::to_string);
        let step = self.rewrite_after(from.as_deref()).await?;
        Ok(step.next.as_deref().and_then(T::Id::parse))
    }

    pub(crate) async fn rewrite_after(&self, from: Option<&str>) -> Result<Rewritten, StoreError> {
        let after = from.map(|id| Position { sort: KeyValue::Text(id.to_owned()), id: id.to_owned() });
        let query = QueryPlan::over(&plan::ID, Deleted::Included);
        let rows = self.rows(query, after, WALK_STEP).await?;
        let next = rows.last().filter(|_| rows.len() >= WALK_STEP as usize);
        let mut step =
            Rewritten { next: next.map(|row| row.document.id.clone()), examined: rows.len(), rewritten: 0 };
        let mut batches = Vec::new();
        for row in rows {
            let old = row.document.schema_version < i64::from(T::SCHEMA_VERSION);
            let stored: Stored<T> = decode(row.document)?;
            if old {
                batches.push(Batch::new().replace_expecting::<T>(&stored.id, stored.meta, stored.value));
            }
        }
        // Side by side, so that the engine can write them as one group, and apart, so that one that somebody else wrote
        // in between (and thereby brought up to date) holds up no other.
        let mut commits = tokio::task::JoinSet::new();
        for batch in batches {
            let store = self.store.clone();
            commits.spawn(async move { store.commit(batch).await.map(drop) });
        }
        while let Some(done) = commits.join_next().await {
            let failed = |error: tokio::task::JoinError| StoreError::Engine {
                doing: "rewriting",
                source: error.into(),
            };
            match done.map_err(failed)? {
                Ok(()) => step.rewritten += 1,
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(step)
    }

    /// A read begins: it may, and it counts.
    fn begin(&self) -> Result<(), StoreError> {
        self.store.admit()?;
        if !self.store.beside {
            self.store.inner.calls.read(T::COLLECTION);
        }
        Ok(())
    }

    async fn read(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        self.begin()?;
        let inner = &self.store.inner;
        let found = inner.noting(inner.engine.get(T::SPEC, &id.to_string()).await)?;
        let Some(raw) = found else { return Ok(None) };
        inner.has_documents(T::COLLECTION);
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
        let index = query.index;
        if !(T::SPEC.has(index) || *index == plan::ID || *index == plan::DELETED) {
            return Err(StoreError::UndeclaredIndex { collection: T::COLLECTION, index: index.name });
        }
        self.begin()?;
        let now = self.store.now();
        let inner = &self.store.inner;
        inner.noting(inner.engine.page(PagePlan { collection: T::SPEC, query, after, limit, now }).await)
    }
}

/// A collection whose deleted documents are seen.
#[derive(Debug)]
pub struct IncludingDeleted<'a, T: Document> {
    collection: &'a Collection<T>,
}

impl<T: SoftDocument> IncludingDeleted<'_, T> {
    /// The document with this id, also when it is deleted.
    ///
    /// # Errors
    /// As [`Collection::get`].
    pub async fn get(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        self.collection.read(id).await
    }
}

/// A query that is not bounded yet. Say which page is wanted: `.page(&request).await`, or take the `.first().await`.
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
    /// [`StoreError::InvalidCursor`] when the cursor was not made by this store for this query; else as
    /// [`Collection::get`].
    pub async fn page(self, request: &PageRequest) -> Result<Page<Stored<T>>, StoreError> {
        let Self { collection, query } = self;
        let key = &collection.store.cursor_key;
        let after = request.cursor().map(|cursor| key.open(T::SPEC, &query, cursor)).transpose()?;
        let limit = request.limit();
        // One more than wanted tells whether there is a next page.
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
    /// As [`Collection::get`].
    pub async fn first(self) -> Result<Option<Stored<T>>, StoreError> {
        let rows = self.collection.rows(self.query, None, 1).await?;
        rows.into_iter().next().map(|row| decode(row.document)).transpose()
    }
}

/// From the form of the engine to the type, upgrading on the way.
pub(crate) fn decode<T: Document>(raw: RawDocument) -> Result<Stored<T>, StoreError> {
    let RawDocument { id: name, schema_version: found, meta, body } = raw;
    let corrupt = |field: String, source: Option<Cause>| StoreError::Corrupt {
        collection: T::COLLECTION,
        id: name.clone(),
        field,
        source,
    };
    let Some(id) = <T::Id as DocumentId>::parse(&name) else { return Err(corrupt("_id".to_owned(), None)) };
    let value = match found.cmp(&i64::from(T::SCHEMA_VERSION)) {
        Ordering::Greater => {
            let (collection, known) = (T::COLLECTION, T::SCHEMA_VERSION);
            return Err(StoreError::NewerSchema { collection, found, id: name, known });
        }
        Ordering::Equal => match body {
            // The second look is only for the name of the field; the first is the fast one.
            Body::Json(text) => serde_json::from_str::<T>(&text)
                .or_else(|_| located(&mut serde_json::Deserializer::from_str(&text))),
            Body::Bson(document) => bson::decode(&document).or_else(|_| located(object(&document)?)),
        },
        Ordering::Less => {
            let done = usize::try_from(found).ok().and_then(|version| version.checked_sub(1));
            let Some(steps) = done.and_then(|done| T::UPGRADES.get(done..)) else {
                return Err(corrupt("schemaVersion".to_owned(), None));
            };
            let map = match body {
                Body::Json(text) => serde_json::from_str(&text).map_err(|error| explain(&error).1),
                Body::Bson(document) => match object(&document) {
                    Ok(Value::Object(map)) => Ok(map),
                    Ok(_) => Err("it is of another type".into()),
                    Err((_, cause)) => Err(cause),
                },
            };
            let map = map.map_err(|cause| corrupt(".".to_owned(), Some(cause)))?;
            let mut fields = Fields::new(map);
            for step in steps {
                step(&mut fields).map_err(|error| corrupt(error.field().to_owned(), Some(error.into())))?;
            }
            located(fields.into_value())
        }
    };
    let value = value.map_err(|(field, source)| corrupt(field, Some(source)))?;
    Ok(Stored { id, meta, value })
}

/// The detour of a document in BSON: as JSON.
fn object(document: &RawBsonDocument) -> Result<Value, (String, Cause)> {
    bson::json(RawBsonRef::Document(document)).map_err(|_| (".".to_owned(), "it is not BSON".into()))
}

fn located<'de, T, D>(input: D) -> Result<T, (String, Cause)>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(input).map_err(|error| {
        let path = error.path().to_string();
        let (missing, cause) = explain(error.inner());
        match (missing, path.as_str()) {
            (None, _) => (path, cause),
            (Some(name), ".") => (name, cause),
            (Some(name), _) => (format!("{path}.{name}"), cause),
        }
    })
}

/// The name of a missing field, and what is wrong in our own words: serde's quote the value, which may be a secret.
fn explain(error: &serde_json::Error) -> (Option<String>, Cause) {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let what = match error.classify() {
        _ if missing.is_some() => "it is missing",
        serde_json::error::Category::Data => "it is of another type",
        _ => "it is not JSON",
    };
    (missing.map(str::to_owned), what.into())
}
