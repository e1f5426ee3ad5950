//! Collections and indexes. An index begins with whether a document is deleted, then come the equality keys, the sort key
//! and the id: live documents, and deleted ones alike, are one contiguous, sorted piece of it.
//!
//! Names begin with the collection, as on any engine. All keys ascend; a page that descends walks backwards.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::{CommitQuorum, IndexOptions};
use mongodb::{Collection, Database, IndexModel};

use super::document::{path, sort_path};
use super::failure::{INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND, code};
use crate::store::Drift;
use crate::store::plan::DELETED;
use crate::store::spec::{CollectionSpec, FieldSpec, IndexSpec, SortSpec};

/// The server removes what has ended by itself only this long after: it cleans where nobody sweeps, and decides nothing.
/// Its clock is not the one that says what has ended.
const LEFT_TO_THE_SERVER: Duration = Duration::from_hours(24);

/// The server's own index.
pub(super) const PRIMARY: &str = "_id_";

/// The name of an index. Two declarations over the same keys, such as one for each direction, are one index here, under
/// the name of the first: the server has no two of the same keys.
pub(super) fn index_name(collection: &CollectionSpec, index: &IndexSpec) -> String {
    if matches!(index.sort, SortSpec::Id) {
        return PRIMARY.to_owned();
    }
    let index = collection.indexes.iter().copied().find(|other| has_same_keys(index, other)).unwrap_or(index);
    format!("{}_{}", collection.name, index.name.to_ascii_lowercase())
}

pub(super) fn version_index(collection: &CollectionSpec) -> String {
    format!("{}_version", collection.name)
}

pub(super) fn expiry_index(collection: &CollectionSpec) -> String {
    format!("{}_expiry", collection.name)
}

fn has_same_keys(one: &IndexSpec, other: &IndexSpec) -> bool {
    let names = |index: &IndexSpec| index.equality.iter().map(FieldSpec::stored_name).collect::<Vec<_>>();
    sort_path(one) == sort_path(other) && names(one) == names(other)
}

/// One index as it should be.
#[derive(Debug)]
struct Wanted {
    name: String,
    keys: Document,
    expire_after: Option<Duration>,
}

impl Wanted {
    /// Whether what is there is this, and has no condition or constraint of its own.
    fn is(&self, there: &IndexModel) -> bool {
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

/// The same fields in the same order and direction. A server may give a direction back as another kind of number.
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
    let declared = collection.indexes.iter().copied().chain(own).map(|index| {
        let mut keys = Document::new();
        if !collection.ephemeral {
            keys.insert("isDeleted", 1);
        }
        for field in index.equality {
            keys.insert(path(field), 1);
        }
        keys.insert(sort_path(index), 1);
        keys.insert("_id", 1);
        Wanted { name: index_name(collection, index), keys, expire_after: None }
    });
    let kept = if collection.ephemeral {
        Wanted {
            name: expiry_index(collection),
            keys: doc! { "expiresAt": 1 },
            expire_after: Some(LEFT_TO_THE_SERVER),
        }
    } else {
        // Tells in one step whether a newer program wrote here.
        Wanted { name: version_index(collection), keys: doc! { "schemaVersion": 1 }, expire_after: None }
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for index in declared.chain([kept]) {
        if wanted.iter().all(|other| other.name != index.name) {
            wanted.push(index);
        }
    }
    wanted
}

async fn there(collection: &Collection<Document>) -> Result<Vec<IndexModel>, Error> {
    match collection.list_indexes().await {
        Ok(indexes) => indexes.try_collect().await,
        Err(error) if code(&error) == Some(NAMESPACE_NOT_FOUND) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn name_of(model: &IndexModel) -> String {
    model.options.as_ref().and_then(|options| options.name.clone()).unwrap_or_default()
}

/// Creates what is not there, and makes anew what was declared otherwise by an earlier version. Never called inside a
/// transaction, where it would abort it.
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
        match there.iter().find(|model| name_of(model) == wanted.name) {
            Some(model) if wanted.is(model) => continue,
            Some(_) => match collection.drop_index(wanted.name.as_str()).await {
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
    // Without a quorum of its own the build would wait for every member, also for one that is down.
    collection.create_indexes(missing).commit_quorum(CommitQuorum::Majority).await.map(drop)
}

/// Compares what is declared with what is there.
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
            let found = there.iter().position(|model| name_of(model) == wanted.name);
            match found.map(|position| there.swap_remove(position)) {
                None => drift.missing.push(wanted.name),
                Some(model) if !wanted.is(&model) => drift.differing.push(wanted.name),
                Some(_) => {}
            }
        }
        drift.unknown.extend(there.iter().map(name_of));
    }
    Ok(drift)
}
