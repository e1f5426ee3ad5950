//! The work of a batch, inside the transaction of its group. A precondition is part of the statement: no write
//! reads first.

use palisade_core::system::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::failure::failed;
use crate::engine::plan::{Body, Op, RawDocument, Write, WriteTime, Written};
use crate::engine::{CollectionSpec, Meta, StoreError};

/// All of these writes, or an error.
pub(super) fn all(connection: &Connection, writes: &[Write], time: WriteTime) -> Result<Written, StoreError> {
    let mut documents = Vec::with_capacity(writes.len());
    for write in writes {
        apply(connection, write, time)?;
        documents.push((write.collection.name, write.id.clone(), write.outcome(time.at)));
    }
    Ok(Written { at: time.at, documents })
}

/// Removes some of the ended documents, and returns their number.
pub(super) fn sweep(
    connection: &Connection,
    collection: &CollectionSpec,
    most: u32,
    time: WriteTime,
) -> Result<u64, StoreError> {
    let sql = format!(
        "DELETE FROM \"{0}\" WHERE rowid IN (SELECT rowid FROM \"{0}\" WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        collection.name
    );
    let run = || connection.prepare_cached(&sql)?.execute((time.now.as_millis(), most));
    let swept = run().map_err(|error| failed("sweeping", error))?;
    Ok(u64::try_from(swept).unwrap_or(u64::MAX))
}

/// Writes these documents with their metadata, and removes those with the given ids.
pub(super) fn copy_in(
    connection: &Connection,
    collection: &CollectionSpec,
    put: &[RawDocument],
    gone: &[String],
) -> Result<(), StoreError> {
    for document in put {
        put_unchanged(connection, collection, document)?;
    }
    for id in gone {
        remove(connection, collection, id)?;
    }
    Ok(())
}

fn apply(connection: &Connection, write: &Write, time: WriteTime) -> Result<(), StoreError> {
    let table = write.collection.name;
    let WriteTime { at, now } = time;
    let at = Value::Integer(at.as_millis());
    let version = Value::Integer(i64::from(write.collection.schema_version));
    let optional = |end: &Option<Timestamp>| end.map_or(Value::Null, |end| Value::Integer(end.as_millis()));
    let text = |body: &Body| match body {
        Body::Json(text) => Ok(Value::Text(text.clone())),
        Body::Bson(_) => Err(Write::of_another_form()),
    };
    let change = |set: &str, expected: &Meta, extra: &str, mut values: Vec<Value>| {
        let sql = format!(
            "UPDATE \"{table}\" SET revision = revision + 1, updated_at = ?{set} WHERE {}{extra}",
            precondition(write, expected, now, &mut values)
        );
        execute(connection, &sql, values)
    };
    let done = match &write.op {
        Op::Insert { body, birth, expires_at } => {
            if write.collection.ephemeral {
                // An ended document does not exist, whether or not it was swept yet.
                let sql = format!("DELETE FROM \"{table}\" WHERE id = ? AND expires_at <= ?");
                execute(
                    connection,
                    &sql,
                    vec![Value::Text(write.id.clone()), Value::Integer(now.as_millis())],
                )?;
            }
            let sql = format!(
                "INSERT INTO \"{table}\" (id, schema_version, revision, birth, created_at, updated_at, expires_at, doc) \
                 VALUES (?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
            );
            let id = Value::Text(write.id.clone());
            let values =
                vec![id, version, Value::Integer(*birth), at.clone(), at, optional(expires_at), text(body)?];
            return if execute(connection, &sql, values)? == 1 { Ok(()) } else { Err(write.duplicate()) };
        }
        Op::Replace { body, expected, expires_at } => change(
            ", schema_version = ?, expires_at = ?, doc = ?",
            expected,
            "",
            vec![at, version, optional(expires_at), text(body)?],
        ),
        Op::Touch { expected } => change("", expected, "", vec![at]),
        Op::Delete { body, expected } => {
            let mut values = vec![at.clone(), at];
            let set = match body {
                Some(body) => {
                    values.extend([version, text(body)?]);
                    ", deleted_at = ?, schema_version = ?, doc = ?"
                }
                None => ", deleted_at = ?",
            };
            change(set, expected, " AND deleted_at IS NULL", values)
        }
        Op::Restore { expected } => {
            change(", deleted_at = NULL", expected, " AND deleted_at IS NOT NULL", vec![at])
        }
        Op::Remove { expected } => {
            let mut values = Vec::new();
            let condition = precondition(write, expected, now, &mut values);
            execute(connection, &format!("DELETE FROM \"{table}\" WHERE {condition}"), values)
        }
        Op::Purge { expected, retention } => {
            let mut values = Vec::new();
            let condition = precondition(write, expected, now, &mut values);
            values.push(Value::Integer(now.minus(*retention).as_millis()));
            execute(
                connection,
                &format!("DELETE FROM \"{table}\" WHERE {condition} AND deleted_at <= ?"),
                values,
            )
        }
    };
    if done? == 1 { Ok(()) } else { Err(write.stale()) }
}

/// Writes a document with the revision, the birth and the times that it already has. It replaces any document with its
/// id.
fn put_unchanged(
    connection: &Connection,
    collection: &CollectionSpec,
    document: &RawDocument,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT OR REPLACE INTO \"{}\" (id, schema_version, revision, birth, created_at, updated_at, deleted_at, \
         expires_at, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        collection.name
    );
    let RawDocument { id, schema_version, meta, body } = document;
    let Body::Json(text) = body else { return Err(Write::of_another_form()) };
    let millis = |at: Timestamp| Value::Integer(at.as_millis());
    let optional = |at: Option<Timestamp>| at.map_or(Value::Null, millis);
    let values = vec![
        Value::Text(id.clone()),
        Value::Integer(*schema_version),
        Value::Integer(meta.revision),
        Value::Integer(meta.birth),
        millis(meta.created_at),
        millis(meta.updated_at),
        optional(meta.deleted_at),
        optional(meta.expires_at),
        Value::Text(text.clone()),
    ];
    execute(connection, &sql, values).map(drop)
}

/// Removes a document in any state.
fn remove(connection: &Connection, collection: &CollectionSpec, id: &str) -> Result<(), StoreError> {
    let sql = format!("DELETE FROM \"{}\" WHERE id = ?", collection.name);
    execute(connection, &sql, vec![Value::Text(id.to_owned())]).map(drop)
}

/// The condition that the document still is the one that was read.
fn precondition(write: &Write, expected: &Meta, now: Timestamp, values: &mut Vec<Value>) -> &'static str {
    values.push(Value::Text(write.id.clone()));
    values.push(Value::Integer(expected.revision));
    values.push(Value::Integer(expected.birth));
    if write.collection.ephemeral {
        values.push(Value::Integer(now.as_millis()));
        "id = ? AND revision = ? AND birth = ? AND expires_at > ?"
    } else {
        "id = ? AND revision = ? AND birth = ?"
    }
}

fn execute(connection: &Connection, sql: &str, values: Vec<Value>) -> Result<usize, StoreError> {
    let run = || connection.prepare_cached(sql)?.execute(params_from_iter(values));
    run().map_err(|error| failed("writing a document", error))
}
