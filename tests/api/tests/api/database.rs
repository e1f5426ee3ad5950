//! The operator's work on the store, with the real binary: its state, its upkeep, and its move to another one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod copying;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mongodb::bson::{Document, doc};
use palisade_api_tests::binary::{Binary, Ran, command, make_super_admin, run, succeed};
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_test_servers::MongoDatabase;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

const ADMIN: &str = "root@example.org";
const DAY: i64 = 24 * 3600 * 1000;

/// A folder with a deployment in it that has one person, who has signed in nowhere.
fn deployment() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[]);
    folder
}

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("data/palisade.db")).unwrap()
}

fn count(database: &Connection, collection: &str) -> i64 {
    database.query_row(&format!("SELECT count(*) FROM {collection}"), [], |row| row.get(0)).unwrap()
}

/// The store's clock is the machine's.
fn now(database: &Connection) -> i64 {
    database.query_row("SELECT unixepoch() * 1000", [], |row| row.get(0)).unwrap()
}

#[test]
fn db_status_lists_collections_and_indexes() {
    let folder = deployment();
    let status = succeed(folder.path(), &["db", "status"], &[]);
    assert!(status.printed.starts_with("indexes: "), "{}", status.printed);
    assert!(status.printed.lines().next().unwrap().ends_with(" declared, all present"), "{}", status.printed);
    assert_eq!(status.line("COLLECTION"), "COLLECTION LIVE DELETED ENDED VERSION OLDER");
    assert_eq!(status.line("users"), "users 1 0 0 1 0");
    assert_eq!(status.line("keys"), "keys 3 0 0 1 0");
    assert_eq!(status.line("sessions"), "sessions 0 0 0 1 0");

    let database = database(folder.path());
    let deleted = database.execute("UPDATE users SET deleted_at = updated_at, revision = revision + 1", []);
    assert_eq!(deleted.unwrap(), 1);
    assert_eq!(database.execute("UPDATE identities SET expires_at = 1", []).unwrap(), 1);
    let status = succeed(folder.path(), &["db", "status"], &[]);
    assert_eq!(status.line("users"), "users 0 1 0 1 0");
    assert_eq!(status.line("identities"), "identities 0 0 1 1 0");
}

#[test]
fn a_migration_creates_missing_and_differing_indexes() {
    let folder = deployment();
    database(folder.path())
        .execute_batch(
            "DROP INDEX users_by_email;
             DROP INDEX users_newest;
             CREATE INDEX users_newest ON users (created_at);
             CREATE INDEX of_somebody ON users (revision);",
        )
        .unwrap();
    let status = succeed(folder.path(), &["db", "status"], &[]).printed;
    for said in ["  missing, created", "users_by_email", "  differing, ", "users_newest", ": of_somebody"] {
        assert!(status.contains(said), "{said} in {status}");
    }
    assert_eq!(succeed(folder.path(), &["db", "status"], &[]).printed, status, "looking changes nothing");

    let migrated = succeed(folder.path(), &["db", "migrate"], &[]).printed;
    assert!(migrated.starts_with("Every declared index exists.\n"), "{migrated}");
    let after = succeed(folder.path(), &["db", "status"], &[]).printed;
    assert!(!after.contains("missing") && !after.contains("differing"), "{after}");
    assert_eq!(succeed(folder.path(), &["db", "migrate"], &[]).printed, migrated, "again");
}

#[test]
fn documents_of_a_newer_release_are_reported_and_not_changed() {
    let folder = deployment();
    let database = database(folder.path());
    assert_eq!(database.execute("UPDATE users SET schema_version = 2", []).unwrap(), 1);
    let status = succeed(folder.path(), &["db", "status"], &[]).printed;
    assert!(
        status.contains("Written by a newer release, and refused by this one: 1 document of users\n"),
        "{status}"
    );
    let migrated = run(folder.path(), &["db", "migrate"], &[]);
    assert_eq!(migrated.status, Some(1));
    assert!(migrated.complained.contains("schema version 2"), "{}", migrated.complained);
    let version: i64 = database.query_row("SELECT schema_version FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 2);
}

#[tokio::test]
async fn a_purge_removes_deleted_users_with_their_documents() {
    let server = Binary::start(&GENEROUS).await;
    for email in ["gone@example.org", "recent@example.org", "here@example.org"] {
        make_super_admin(server.folder(), email, PASSWORD, &GENEROUS);
        let mut browser = server.browser();
        let answer = browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let folder = server.kill();
    let database = database(folder.path());
    let (counted, before) = (["users", "identities", "sessions"], now(&database));
    let delete = |email: &str, days: i64| {
        let sql = "UPDATE users SET deleted_at = ?2, revision = revision + 1 WHERE json_extract(doc, '$.email') = ?1";
        assert_eq!(database.execute(sql, (email, before - days * DAY)).unwrap(), 1);
    };
    delete("gone@example.org", 31);
    delete("recent@example.org", 29);
    assert_eq!(counted.map(|collection| count(&database, collection)), [3, 3, 3]);

    let purged = succeed(folder.path(), &["db", "purge"], &[]).printed;
    let said =
        "Removed for good: 1 user with everything that belonged to them (1 session), 0 signing keys.\n";
    assert_eq!(purged, said);
    assert_eq!(counted.map(|collection| count(&database, collection)), [2, 2, 2]);
    let again = succeed(folder.path(), &["db", "purge"], &[]).printed;
    assert_eq!(again, "Nothing was deleted longer ago than DELETED_RETENTION.\n");
    let shorter = succeed(folder.path(), &["db", "purge"], &[("DELETED_RETENTION", "28d")]).printed;
    assert!(shorter.starts_with("Removed for good: 1 user"), "{shorter}");
    assert_eq!(counted.map(|collection| count(&database, collection)), [1, 1, 1]);
    // The address is free again.
    make_super_admin(folder.path(), "gone@example.org", PASSWORD, &[]);
}

/// It looks every half minute, by the machine's clock: this test waits for that, and does nothing meanwhile.
#[tokio::test]
async fn a_running_server_purges_by_itself() {
    let folder = deployment();
    let database = database(folder.path());
    let deleted = database.execute("UPDATE users SET deleted_at = 1, revision = revision + 1", []);
    assert_eq!(deleted.unwrap(), 1);
    let server = Binary::start_in(folder, &[]).await;
    for _ in 0..600 {
        if count(&database, "users") == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(["users", "identities"].map(|collection| count(&database, collection)), [0, 0]);
    server.says("removed deleted documents for good").await;
}

#[test]
fn a_purge_removes_old_signing_keys_and_keeps_peppers() {
    let folder = deployment();
    let database = database(folder.path());
    for key in ["pepper-9", "signing-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let sql = "INSERT INTO keys SELECT ?1, schema_version, 2, birth + 1, created_at, updated_at, 1, NULL, doc \
                   FROM keys WHERE id = 'pepper-1'";
        assert_eq!(database.execute(sql, [key]).unwrap(), 1);
    }
    let purged = succeed(folder.path(), &["db", "purge"], &[]).printed;
    assert!(purged.ends_with("(0 sessions), 1 signing key.\n"), "{purged}");
    let left = |id: &str| -> i64 {
        database.query_row("SELECT count(*) FROM keys WHERE id = ?1", [id], |row| row.get(0)).unwrap()
    };
    assert_eq!(left("pepper-9"), 1, "its number must never come back");
    assert_eq!(count(&database, "keys"), 4);
}
