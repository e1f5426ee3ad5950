//! Reads: one document by id, or a bounded run of an index.

use palisade_core::utils::key::{KeyKind, KeyValue};
use palisade_core::utils::time::Timestamp;
use rusqlite::types::{Type, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params_from_iter};

use super::failure::failed;
use super::schema;
use crate::store::plan::{Body, Deleted, PagePlan, RawDocument, Row};
use crate::store::spec::{CollectionSpec, SortSpec};
use crate::store::{Meta, StoreError};

/// The columns of a document, in the order [`document`] reads them. The sort key of a page follows.
const COLUMNS: &str =
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

/// A run of the index. Where deleted documents are wanted among the others, two runs are merged: sorting them together
/// would mean sorting them all.
pub(super) fn page(connection: &mut Connection, plan: &PagePlan) -> Result<Vec<Row>, StoreError> {
    let merged = plan.query.deleted == Deleted::Included && !matches!(plan.query.index.sort, SortSpec::Id);
    if plan.collection.ephemeral || !merged {
        return run(connection, plan, plan.query.deleted);
    }
    let doing = "reading a page";
    // Both runs from one snapshot: a document deleted in between must not be in both, or in neither.
    let transaction = connection.transaction().map_err(|error| failed(doing, error))?;
    let mut rows = run(&transaction, plan, Deleted::Hidden)?;
    rows.extend(run(&transaction, plan, Deleted::Only)?);
    transaction.finish().map_err(|error| failed(doing, error))?;
    rows.sort_by(|a, b| (&a.sort, &a.document.id).cmp(&(&b.sort, &b.document.id)));
    if plan.query.index.descending {
        rows.reverse();
    }
    rows.truncate(plan.limit as usize);
    Ok(rows)
}

fn run(connection: &Connection, plan: &PagePlan, deleted: Deleted) -> Result<Vec<Row>, StoreError> {
    let doing = "reading a page";
    let (sql, values) = statement(plan, deleted);
    let mut statement = connection.prepare_cached(&sql).map_err(|error| failed(doing, error))?;
    let mut rows = statement.query(params_from_iter(values)).map_err(|error| failed(doing, error))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(|error| failed(doing, error))? {
        let id: String = row.get(0).map_err(|error| failed(doing, error))?;
        let read = document(row).and_then(|document| Ok(Row { sort: sort_key(row, plan)?, document }));
        found.push(read.map_err(|error| corrupt(plan.collection, &id, doing, error))?);
    }
    Ok(found)
}

/// The statement of one run and its values. Every value is bound; the text is made of declared names only.
pub(super) fn statement(plan: &PagePlan, deleted: Deleted) -> (String, Vec<Value>) {
    let PagePlan { collection, query, .. } = plan;
    let by_id = matches!(query.index.sort, SortSpec::Id);
    let sort = schema::sort(query.index);
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    if !collection.ephemeral && !by_id {
        conditions.push(format!("{} = {}", schema::IS_DELETED, u8::from(deleted == Deleted::Only)));
    }
    for (field, key) in query.index.equality.iter().zip(&query.equality) {
        conditions.push(format!("{} = ?", schema::field(field)));
        values.push(bind(key));
    }
    // Exactly one bound on each side, so that the index is entered at the right place and left in time.
    let (mut lower, mut upper) = (query.lower.clone(), query.upper.clone());
    if let Some(after) = &plan.after {
        let side = if query.index.descending { "<" } else { ">" };
        if by_id {
            conditions.push("id > ?".to_owned());
        } else {
            conditions.push(format!("({sort}, id) {side} (?, ?)"));
            values.push(bind(&after.sort));
        }
        values.push(Value::Text(after.id.clone()));
        *(if query.index.descending { &mut upper } else { &mut lower }) = None;
    }
    let bounded_below = plan.after.is_some() && !query.index.descending;
    if let Some(bound) = lower.or_else(|| least(plan).filter(|_| !bounded_below)) {
        conditions.push(format!("{sort} >= ?"));
        values.push(bind(&bound));
    }
    if let Some(bound) = upper {
        conditions.push(format!("{sort} < ?"));
        values.push(bind(&bound));
    }
    if collection.ephemeral {
        conditions.push("expires_at > ?".to_owned());
        values.push(Value::Integer(plan.now.as_millis()));
    }
    let index = if by_id {
        String::new()
    } else {
        // The declared index or an error: never what a planner may think of it.
        format!(" INDEXED BY \"{}\"", schema::index_name(collection, query.index))
    };
    let filter =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let direction = if query.index.descending { "DESC" } else { "ASC" };
    let order = if by_id { "id".to_owned() } else { format!("{sort} {direction}, id {direction}") };
    let sql = format!(
        "SELECT {COLUMNS}, {sort} FROM \"{}\"{index}{filter} ORDER BY {order} LIMIT {}",
        collection.name, plan.limit
    );
    (sql, values)
}

/// The least key of a document field. A document of an older version may lack the field: it is not in this list before
/// it is rewritten, and no null takes part in an order.
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

/// A column that cannot be read is a corrupt document, named; anything else is the engine's failure.
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
