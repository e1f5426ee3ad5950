//! Collections and indexes. An index begins with whether a document is deleted, then come the equality keys, the
//! sort key and the id: live documents are one contiguous, sorted piece of it, and so are deleted ones.
//!
//! An index is named after its collection and its keys. So if two releases declare an index differently, there are
//! two indexes, and each finds its own: under one name they would replace each other's at every start. All keys
//! ascend; a descending page walks backwards.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::{CommitQuorum, IndexOptions};
use mongodb::{Collection, Database, IndexModel};

use super::document::{path, sort_path};
use super::failure::{INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND, code};
use crate::engine::plan::{DELETED, Drift};
use crate::engine::{CollectionSpec, IndexSpec, SortSpec};

/// The server removes ended documents by itself only this long after their end: it cleans up where no instance
/// sweeps, and no decision depends on it. Its clock does not decide when a document ends.
const LEFT_TO_THE_SERVER: Duration = Duration::from_hours(24);

/// The server's own index.
pub(super) const PRIMARY: &str = "_id_";

/// The name of an index. Two declarations over the same keys, for example one for each direction, are one index
/// here: the server allows no two with the same keys.
pub(super) fn index_name(collection: &CollectionSpec, index: &IndexSpec) -> String {
    if matches!(index.sort, SortSpec::Id) {
        return PRIMARY.to_owned();
    }
    named(collection, &keys(collection, index))
}

/// The index that shows in one step whether a newer program wrote here.
pub(super) fn version_index(collection: &CollectionSpec) -> String {
    named(collection, &version_keys())
}

pub(super) fn expiry_index(collection: &CollectionSpec) -> String {
    named(collection, &expiry_keys())
}

fn named(collection: &CollectionSpec, keys: &Document) -> String {
    keys.keys().fold(collection.name.to_owned(), |name, key| name + "_" + key)
}

fn keys(collection: &CollectionSpec, index: &IndexSpec) -> Document {
    let first = (!collection.ephemeral).then(|| "isDeleted".to_owned());
    let rest = index.equality.iter().map(path).chain([sort_path(index), "_id".to_owned()]);
    first.into_iter().chain(rest).map(|key| (key, Bson::Int32(1))).collect()
}

fn version_keys() -> Document {
    doc! { "schemaVersion": 1 }
}

fn expiry_keys() -> Document {
    doc! { "expiresAt": 1 }
}

/// One index as it should be.
#[derive(Debug)]
struct Wanted {
    name: String,
    keys: Document,
    expire_after: Option<Duration>,
}

impl Wanted {
    fn is(&self, there: &IndexModel) -> bool {
        name_of(there) == self.name && self.does_the_same(there)
    }

    /// Whether it is this one, or has to be dropped before this one can be created: it has the same name, or the
    /// same definition under another name, and the server allows no two of those.
    fn is_in_place_of(&self, there: &IndexModel) -> bool {
        name_of(there) == self.name || self.does_the_same(there)
    }

    /// The same keys, and no condition or constraint.
    fn does_the_same(&self, there: &IndexModel) -> bool {
        let plain = |options: &IndexOptions| {
            options.unique != Some(true)
                && options.sparse != Some(true)
                && options.hidden != Some(true)
                && options.partial_filter_expression.is_none()
                && options.collation.is_none()
                && options.expire_after == self.expire_after
        };
        same_keys(&self.keys, &there.keys)
            && there.options.as_ref().map_or(self.expire_after.is_none(), plain)
    }

    fn model(&self) -> IndexModel {
        let options = IndexOptions::builder().name(self.name.clone()).expire_after(self.expire_after).build();
        IndexModel::builder().keys(self.keys.clone()).options(options).build()
    }
}

/// The same fields in the same order and direction. A server may return a direction as another kind of number.
fn same_keys(one: &Document, other: &Document) -> bool {
    let ascends = |value: &Bson| match value {
        Bson::Int32(direction) => *direction == 1,
        Bson::Int64(direction) => *direction == 1,
        Bson::Double(direction) => (*direction - 1.0).abs() < f64::EPSILON,
        _ => false,
    };
    one.keys().eq(other.keys()) && other.iter().all(|(_, value)| ascends(value))
}

pub(super) fn count(collection: &CollectionSpec) -> usize {
    indexes(collection).len()
}

fn indexes(collection: &CollectionSpec) -> Vec<Wanted> {
    let own = if collection.ephemeral { None } else { Some(&DELETED) };
    let wanted = |keys, expire_after| Wanted { name: named(collection, &keys), keys, expire_after };
    let declared =
        collection.indexes.iter().copied().chain(own).map(|index| wanted(keys(collection, index), None));
    let kept = if collection.ephemeral {
        wanted(expiry_keys(), Some(LEFT_TO_THE_SERVER))
    } else {
        wanted(version_keys(), None)
    };
    let mut all: Vec<Wanted> = Vec::new();
    for index in declared.chain([kept]) {
        if all.iter().all(|other| other.name != index.name) {
            all.push(index);
        }
    }
    all
}

async fn there(collection: &Collection<Document>) -> Result<Vec<IndexModel>, Error> {
    match collection.list_indexes().await {
        Ok(indexes) => indexes.try_collect().await,
        Err(error) if code(&error) == Some(NAMESPACE_NOT_FOUND) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn name_of(model: &IndexModel) -> &str {
    model.options.as_ref().and_then(|options| options.name.as_deref()).unwrap_or_default()
}

/// The collections that have the version index.
pub(super) async fn with_versions(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<Vec<&'static CollectionSpec>, Error> {
    let looked = collections.iter().filter(|spec| !spec.ephemeral).map(async |spec| {
        let there = there(&database.collection(spec.name)).await?;
        Ok::<_, Error>(there.iter().any(|model| name_of(model) == version_index(spec)).then_some(*spec))
    });
    Ok(try_join_all(looked).await?.into_iter().flatten().collect())
}

/// Creates missing indexes, and rebuilds those that somebody created differently; another release's indexes have
/// other names. Never called inside a transaction, which it would abort.
pub(super) async fn create(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<(), Error> {
    try_join_all(collections.iter().map(|spec| create_of(database.collection(spec.name), spec)))
        .await
        .map(drop)
}

async fn create_of(collection: Collection<Document>, spec: &CollectionSpec) -> Result<(), Error> {
    let there = there(&collection).await?;
    let mut missing = Vec::new();
    for wanted in indexes(spec) {
        match there.iter().find(|model| wanted.is_in_place_of(model)) {
            Some(model) if wanted.is(model) => continue,
            Some(model) => match collection.drop_index(name_of(model)).await {
                Ok(()) => {}
                // Another process that opens at the same moment was faster.
                Err(error) if code(&error) == Some(INDEX_NOT_FOUND) => {}
                Err(error) => return Err(error),
            },
            None => {}
        }
        missing.push(wanted.model());
    }
    if missing.is_empty() {
        return Ok(());
    }
    // Without this quorum the build would wait for every member, also for one that is down.
    collection.create_indexes(missing).commit_quorum(CommitQuorum::Majority).await.map(drop)
}

/// Compares the declaration with the database.
pub(super) async fn drift(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<Drift, Error> {
    let listed = collections.iter().map(async |spec| {
        let collection = database.collection(spec.name);
        there(&collection).await.map(|there| (*spec, there))
    });
    let mut drift = Drift::default();
    for (spec, mut there) in try_join_all(listed).await? {
        there.retain(|model| name_of(model) != PRIMARY);
        for wanted in indexes(spec) {
            let found = there.iter().position(|model| wanted.is_in_place_of(model));
            match found.map(|position| there.swap_remove(position)) {
                None => drift.missing.push(wanted.name),
                Some(model) if !wanted.is(&model) => drift.differing.push(wanted.name),
                Some(_) => {}
            }
        }
        drift.unknown.extend(there.iter().map(|model| name_of(model).to_owned()));
    }
    Ok(drift)
}
