//! Fills the file of the embedded engine while the server has it open.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use super::READER;
use super::crowd::members;
use super::progress::Progress;
use crate::Failure;

/// Rows in one transaction.
const STEP: u64 = 10_000;

/// Copies the reader so many times; from now on the reader may list users.
pub(super) fn fill(file: &Path, people: u64) -> Result<(), Failure> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    let changed = connection.execute(
        "UPDATE users SET revision = revision + 1, doc = json_set(doc, '$.role', 'support') WHERE json_extract(doc, '$.email') = ?",
        [READER],
    )?;
    if changed != 1 {
        return Err("the reader was not found".into());
    }
    let (version, until, text): (i64, i64, String) = connection.query_row(
        "SELECT schema_version, created_at, doc FROM users WHERE json_extract(doc, '$.email') = ?",
        [READER],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut document: Value = serde_json::from_str(&text)?;
    let mut progress = Progress::new("seeding sqlite".to_owned(), people);
    let mut crowd = members(people, until);
    let mut done = 0;
    while done < people {
        let step = connection.transaction()?;
        {
            let mut insert = step.prepare_cached(
                "INSERT INTO users (id, schema_version, revision, birth, created_at, updated_at, doc) VALUES (?, ?, 1, ?, ?, ?, ?)",
            )?;
            for member in crowd.by_ref().take(usize::try_from(STEP)?) {
                let fields = document.as_object_mut().ok_or("the document is no object")?;
                fields.insert("email".to_owned(), member.email.into());
                fields.insert("role".to_owned(), member.role.into());
                fields.insert("status".to_owned(), member.status.into());
                let at = member.created_at;
                insert.execute((member.id, version, at, at, at, document.to_string()))?;
                done += 1;
            }
        }
        step.commit()?;
        progress.at(done);
    }
    Ok(())
}
