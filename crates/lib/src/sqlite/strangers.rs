//! Content of the file that the store did not create.

use rusqlite::Connection;

use super::failure::failed;
use super::{clock, read, schema};
use crate::engine::{CollectionSpec, SearchDepth, StoreError, Stranger};

/// Undeclared tables, views, triggers and indexes, and columns that others added to our tables. SQLite's own
/// (`sqlite_…`) are created by the other side as needed. Documents are checked only if requested.
pub(super) fn find(
    connection: &Connection,
    collections: &[&'static CollectionSpec],
    depth: SearchDepth,
) -> Result<Vec<Stranger>, StoreError> {
    let mut found = Vec::new();
    gather(connection, collections, depth, &mut found)
        .map_err(|error| failed("looking for undeclared content", error))?;
    Ok(found)
}

fn gather(
    connection: &Connection,
    collections: &[&'static CollectionSpec],
    depth: SearchDepth,
    found: &mut Vec<Stranger>,
) -> rusqlite::Result<()> {
    let mut named = connection.prepare(
        "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite~_%' \
         ESCAPE '~'",
    )?;
    let named = named.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut there = Vec::new();
    for entry in named {
        let (what, name) = entry?;
        // The progress of the file's clock, which has no meaning elsewhere.
        if what == "table" && name == clock::TABLE {
            continue;
        }
        match collections.iter().find(|spec| what == "table" && spec.name.eq_ignore_ascii_case(&name)) {
            Some(spec) => there.push(*spec),
            None => found.push(Stranger::new(
                match what.as_str() {
                    "view" => "view",
                    "trigger" => "trigger",
                    _ => "table",
                },
                name,
            )),
        }
    }
    for spec in there {
        let mut columns = connection.prepare("SELECT name FROM pragma_table_xinfo(?1)")?;
        let columns = columns.query_map([spec.name], |row| row.get::<_, String>(0))?;
        for column in columns {
            let column = column?;
            if !read::COLUMNS.split(", ").any(|known| known == column) {
                found.push(Stranger::within("column", spec, &column));
            }
        }
        // In a collection in which everything ends, no read sees a document without an end.
        let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{}\" WHERE expires_at IS NULL)", spec.name);
        if depth == SearchDepth::Documents
            && spec.ephemeral
            && connection.query_row(&sql, [], |row| row.get::<_, bool>(0))?
        {
            found.push(Stranger::within("documents without", spec, "expires_at"));
        }
    }
    let undeclared = schema::drift(connection, collections)?.unknown;
    found.extend(undeclared.into_iter().map(|name| Stranger::new("index", name)));
    Ok(())
}
