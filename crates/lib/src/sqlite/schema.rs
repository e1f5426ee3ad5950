//! Tables and indexes: one table a collection, the document as JSON text, an expression index for each declared one.
//!
//! Names come only from declarations, which have been checked to be words; they are quoted all the same.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::engine::plan::{DELETED, Drift};
use crate::engine::{CollectionSpec, FieldSpec, IndexSpec, SortSpec};

/// Whether a document is deleted, the first key of every index of a soft-deleting collection.
pub(super) const IS_DELETED: &str = "(deleted_at IS NOT NULL)";

/// The expression of a document field. Queries must spell it exactly as the index does.
pub(super) fn field(field: &FieldSpec) -> String {
    format!("json_extract(doc, '$.{}')", field.stored_name())
}

/// The expression of the sort key of an index.
pub(super) fn sort(spec: &IndexSpec) -> String {
    match &spec.sort {
        SortSpec::Field(sorted) => field(sorted),
        SortSpec::CreatedAt => "created_at".to_owned(),
        SortSpec::DeletedAt => "deleted_at".to_owned(),
        SortSpec::Id => "id".to_owned(),
    }
}

/// The name of an index: the namespace is the whole database, so it begins with the collection.
pub(super) fn index_name(collection: &CollectionSpec, index: &IndexSpec) -> String {
    format!("{}_{}", collection.name, index.name.to_ascii_lowercase())
}

fn table(collection: &CollectionSpec) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS \"{}\" (
            id TEXT NOT NULL PRIMARY KEY,
            schema_version INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            birth INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            deleted_at INTEGER,
            expires_at INTEGER,
            doc TEXT NOT NULL
        ) STRICT",
        collection.name
    )
}

pub(super) fn count(collection: &CollectionSpec) -> usize {
    indexes(collection).len()
}

/// Name and definition of every index of a collection.
fn indexes(collection: &CollectionSpec) -> Vec<(String, String)> {
    let own = if collection.ephemeral { None } else { Some(&DELETED) };
    let declared = collection.indexes.iter().copied().chain(own).map(|index| {
        let mut keys: Vec<String> = index.equality.iter().map(field).collect();
        if !collection.ephemeral {
            keys.insert(0, IS_DELETED.to_owned());
        }
        keys.push(sort(index));
        keys.push("id".to_owned());
        (index_name(collection, index), format!("ON \"{}\" ({})", collection.name, keys.join(", ")))
    });
    let sweep = collection
        .ephemeral
        .then(|| (format!("{}_expiry", collection.name), format!("ON \"{}\" (expires_at)", collection.name)));
    // Only of a newer program's documents, so that it is empty and costs no write anything.
    let newer = (!collection.ephemeral).then(|| {
        let (name, version) = (collection.name, collection.schema_version);
        let definition = format!("ON \"{name}\" (schema_version) WHERE schema_version > {version}");
        (format!("{name}_newer_than_{version}"), definition)
    });
    declared.chain(sweep).chain(newer).collect()
}

/// Creates missing indexes, and rebuilds those that an earlier version declared differently. Never called inside
/// the transaction of a request.
pub(super) fn create(
    connection: &mut Connection,
    collections: &[&'static CollectionSpec],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    make(&transaction, collections)?;
    transaction.commit()
}

/// The same inside a transaction.
pub(super) fn make(
    transaction: &Connection,
    collections: &[&'static CollectionSpec],
) -> rusqlite::Result<()> {
    for collection in collections {
        transaction.execute_batch(&table(collection))?;
    }
    for name in drift(transaction, collections)?.differing {
        transaction.execute_batch(&format!("DROP INDEX \"{name}\""))?;
    }
    for collection in collections {
        for (name, definition) in indexes(collection) {
            transaction.execute_batch(&format!("CREATE INDEX IF NOT EXISTS \"{name}\" {definition}"))?;
        }
    }
    Ok(())
}

/// The names of the existing tables.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut names = connection.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    names.query_map([], |row| row.get(0))?.collect()
}

/// The newest version of the documents of a collection, if it is newer than this program knows.
pub(super) fn newer(connection: &Connection, collection: &CollectionSpec) -> rusqlite::Result<Option<i64>> {
    // The condition must be spelled as in the index, or the index would not be used.
    let sql = format!(
        "SELECT max(schema_version) FROM \"{}\" WHERE schema_version > {}",
        collection.name, collection.schema_version
    );
    connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))
}

/// Compares the declaration with the database.
pub(super) fn drift(
    connection: &Connection,
    collections: &[&'static CollectionSpec],
) -> rusqlite::Result<Drift> {
    let mut there: BTreeMap<String, String> = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut drift = Drift::default();
    for (name, definition) in collections.iter().flat_map(|collection| indexes(collection)) {
        match there.remove(&name) {
            None => drift.missing.push(name),
            // SQLite keeps the text of the statement, without `IF NOT EXISTS`.
            Some(sql) if sql != format!("CREATE INDEX \"{name}\" {definition}") => drift.differing.push(name),
            Some(_) => {}
        }
    }
    drift.unknown.extend(there.into_keys());
    Ok(drift)
}
