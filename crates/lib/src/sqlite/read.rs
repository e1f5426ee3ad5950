//! Reads: one document by id, or a bounded run of an index.

use palisade_core::system::time::Timestamp;
use palisade_core::values::{KeyKind, KeyValue};
use rusqlite::types::{Type, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params_from_iter};

use super::failure::failed;
use super::schema;
use crate::engine::plan::{Body, Deleted, PagePlan, RawDocument, Row};
use crate::engine::{CollectionSpec, Meta, SortSpec, StoreError};

/// The columns of a document, in the order in which [`document`] reads them. The sort key of a page follows.
pub(super) const COLUMNS: &str =
    "id, schema_version, revision, birth, created_at, updated_at, deleted_at, expires_at, doc";
const SORT_COLUMN: usize = 9;

pub(super) fn point_query(collection: &CollectionSpec) -> String {
    format!("SELECT {COLUMNS} FROM \"{}\" WHERE id = ?1", collection.name)
}

pub(super) fn get(
    connection: &Connection,
    collection: &'static CollectionSpec,
    query: &str,
    id: &str,
) -> Result<Option<RawDocument>, StoreError> {
    let doing = "reading a document";
    let mut statement = connection.prepare_cached(query).map_err(|error| failed(doing, error))?;
    let read = statement.query_row([id], document).optional();
    read.map_err(|error| corrupt(collection, id, doing, error))
}

/// Whether the collection exists.
pub(super) fn has(connection: &Connection, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    let found = connection.query_row(sql, [collection.name], |row| row.get(0));
    found.map_err(|error| failed("looking for a collection", error))
}

/// The number of documents of a collection.
pub(super) fn size(connection: &Connection, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM \"{}\"", collection.name);
    let count: i64 =
        connection.query_row(&sql, [], |row| row.get(0)).map_err(|error| failed("counting", error))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A contiguous piece of an index in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// The query from its start.
    Whole,
    /// After the cursor, among the documents with the cursor's sort key.
    Ties,
    /// After those.
    Beyond,
}

/// One page. After a cursor it is two runs, the ties and the rest: SQLite enters an index over an expression at
/// `key = ? AND id > ?` or at `key > ?`, but for `(key, id) > (?, ?)` it would walk all ties. If the query includes
/// deleted documents, theirs are merged: sorting them together would mean sorting them all.
pub(super) fn page(connection: &mut Connection, plan: &PagePlan) -> Result<Vec<Row>, StoreError> {
    let doing = "reading a page";
    if !connection.is_autocommit() {
        // Within a kept snapshot.
        return pieces(connection, plan);
    }
    // All runs from one snapshot: a document that changes in between must not be in two of them, or in none.
    let snapshot = connection.transaction().map_err(|error| failed(doing, error))?;
    pieces(&snapshot, plan)
}

fn pieces(snapshot: &Connection, plan: &PagePlan) -> Result<Vec<Row>, StoreError> {
    let included = plan.query.deleted == Deleted::Included && !plan.collection.ephemeral;
    let mut rows = if included && !matches!(plan.query.index.sort, SortSpec::Id) {
        let mut rows = behind(snapshot, plan, Deleted::Hidden)?;
        rows.extend(behind(snapshot, plan, Deleted::Only)?);
        rows.sort_by(|a, b| (&a.sort, &a.document.id).cmp(&(&b.sort, &b.document.id)));
        if plan.query.descending {
            rows.reverse();
        }
        rows
    } else {
        behind(snapshot, plan, plan.query.deleted)?
    };
    rows.truncate(plan.limit as usize);
    Ok(rows)
}

fn behind(connection: &Connection, plan: &PagePlan, deleted: Deleted) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for part in runs(plan) {
        let missing = plan.limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        if missing > 0 {
            run(connection, plan, deleted, *part, missing, &mut rows)?;
        }
    }
    Ok(rows)
}

pub(super) fn runs(plan: &PagePlan) -> &'static [Run] {
    match (&plan.after, &plan.query.index.sort) {
        (None, _) => &[Run::Whole],
        // An id has no ties.
        (Some(_), SortSpec::Id) => &[Run::Beyond],
        (Some(_), _) => &[Run::Ties, Run::Beyond],
    }
}

fn run(
    connection: &Connection,
    plan: &PagePlan,
    deleted: Deleted,
    part: Run,
    limit: u32,
    found: &mut Vec<Row>,
) -> Result<(), StoreError> {
    let doing = "reading a page";
    let (sql, values) = statement(plan, deleted, part, limit);
    let mut statement = connection.prepare_cached(&sql).map_err(|error| failed(doing, error))?;
    let mut rows = statement.query(params_from_iter(values)).map_err(|error| failed(doing, error))?;
    while let Some(row) = rows.next().map_err(|error| failed(doing, error))? {
        let id: String = row.get(0).map_err(|error| failed(doing, error))?;
        let read = document(row).and_then(|document| Ok(Row { sort: sort_key(row, plan)?, document }));
        found.push(read.map_err(|error| corrupt(plan.collection, &id, doing, error))?);
    }
    Ok(())
}

/// The statement of one run and its values. Every value is bound; the text consists only of declared names.
pub(super) fn statement(plan: &PagePlan, deleted: Deleted, part: Run, limit: u32) -> (String, Vec<Value>) {
    let PagePlan { collection, query, .. } = plan;
    let by_id = matches!(query.index.sort, SortSpec::Id);
    let sort = schema::sort(query.index);
    let (order, behind) = if query.descending { ("DESC", "<") } else { ("ASC", ">") };
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut wanted = |condition: String, value: Value| {
        conditions.push(condition);
        values.push(value);
    };
    if !collection.ephemeral && !by_id {
        wanted(format!("{} = ?", schema::IS_DELETED), Value::Integer(i64::from(deleted == Deleted::Only)));
    }
    for (field, key) in query.index.equality.iter().zip(&query.equality) {
        wanted(format!("{} = ?", schema::field(field)), bind(key));
    }
    // At most one bound on each side: the scan enters the index at the right place and leaves it in time. A cursor
    // is within the bounds of its query, so it replaces one of them.
    let mut lower = query.lower.clone().or_else(|| least(plan));
    let mut upper = query.upper.clone();
    if let Some(after) = &plan.after {
        if part == Run::Ties {
            (lower, upper) = (None, None);
            wanted(format!("{sort} = ?"), bind(&after.sort));
            wanted(format!("id {behind} ?"), Value::Text(after.id.clone()));
        } else {
            *(if query.descending { &mut upper } else { &mut lower }) = None;
            wanted(format!("{sort} {behind} ?"), bind(&after.sort));
        }
    }
    if let Some(bound) = lower {
        wanted(format!("{sort} >= ?"), bind(&bound));
    }
    if let Some(bound) = upper {
        wanted(format!("{sort} < ?"), bind(&bound));
    }
    if collection.ephemeral {
        wanted("expires_at > ?".to_owned(), Value::Integer(plan.now.as_millis()));
    }
    let index = if by_id {
        String::new()
    } else {
        // The declared index or an error: never a planner's choice.
        format!(" INDEXED BY \"{}\"", schema::index_name(collection, query.index))
    };
    let filter =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    values.push(Value::Integer(i64::from(limit)));
    // Ties have one sort key; naming it again would make SQLite sort them.
    let first = if part == Run::Ties { String::new() } else { format!("{sort} {order}, ") };
    let sql = format!(
        "SELECT {COLUMNS}, {sort} FROM \"{}\"{index}{filter} ORDER BY {first}id {order} LIMIT ?",
        collection.name
    );
    (sql, values)
}

/// The least key of a document field. A document of an older version may lack the field: it is not in this list
/// before it is rewritten, and no null takes part in an order.
fn least(plan: &PagePlan) -> Option<KeyValue> {
    let SortSpec::Field(field) = &plan.query.index.sort else { return None };
    Some(match field.kind {
        KeyKind::Text => KeyValue::Text(String::new()),
        KeyKind::Bool => KeyValue::Bool(false),
        KeyKind::Integer | KeyKind::Time => KeyValue::Integer(i64::MIN),
    })
}

fn bind(key: &KeyValue) -> Value {
    match key {
        KeyValue::Text(text) => Value::Text(text.clone()),
        KeyValue::Integer(number) => Value::Integer(*number),
        KeyValue::Bool(truth) => Value::Integer(i64::from(*truth)),
        KeyValue::Time(at) => Value::Integer(at.as_millis()),
    }
}

fn sort_key(row: &SqlRow<'_>, plan: &PagePlan) -> rusqlite::Result<KeyValue> {
    let time = |number| KeyValue::Time(Timestamp::from_millis(number));
    Ok(match &plan.query.index.sort {
        SortSpec::Id => KeyValue::Text(row.get(SORT_COLUMN)?),
        SortSpec::CreatedAt | SortSpec::DeletedAt => time(row.get(SORT_COLUMN)?),
        SortSpec::Field(field) => match field.kind {
            KeyKind::Text => KeyValue::Text(row.get(SORT_COLUMN)?),
            KeyKind::Integer => KeyValue::Integer(row.get(SORT_COLUMN)?),
            KeyKind::Bool => KeyValue::Bool(row.get(SORT_COLUMN)?),
            KeyKind::Time => time(row.get(SORT_COLUMN)?),
        },
    })
}

fn document(row: &SqlRow<'_>) -> rusqlite::Result<RawDocument> {
    let time = |column| row.get(column).map(Timestamp::from_millis);
    let optional =
        |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis));
    let text = |column| match row.get_ref(column)? {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())),
        other => Err(rusqlite::Error::InvalidColumnType(column, "doc".to_owned(), other.data_type())),
    };
    Ok(RawDocument {
        id: text(0)?,
        schema_version: row.get(1)?,
        meta: Meta {
            revision: row.get(2)?,
            birth: row.get(3)?,
            created_at: time(4)?,
            updated_at: time(5)?,
            deleted_at: optional(6)?,
            expires_at: optional(7)?,
        },
        body: Body::Json(text(8)?),
    })
}

/// A column that cannot be read is a corrupt document, with its name; anything else is a failure of the engine.
fn corrupt(
    collection: &'static CollectionSpec,
    id: &str,
    doing: &'static str,
    error: rusqlite::Error,
) -> StoreError {
    let column = match &error {
        rusqlite::Error::InvalidColumnType(column, ..)
        | rusqlite::Error::FromSqlConversionFailure(column, ..)
        | rusqlite::Error::IntegralValueOutOfRange(column, _) => *column,
        _ => return failed(doing, error),
    };
    let field = COLUMNS.split(", ").nth(column).unwrap_or("sort key").to_owned();
    StoreError::Corrupt { collection: collection.name, id: id.to_owned(), field, source: Some(error.into()) }
}
