//! Foreign content of a database, which this release did not create: no copy silently omits it, with the real
//! binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use palisade_api_tests::binary::{Ran, make_super_admin, run, succeed};
use palisade_api_tests::world::PASSWORD;
use palisade_test_servers::MongoDatabase;
use rusqlite::Connection;
use tempfile::TempDir;

const ADMIN: &str = "root@example.org";
const FROM: &str = "sqlite://data/palisade.db";
const TO: &str = "sqlite://new/palisade.db";

fn deployment() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[]);
    folder
}

fn execute(folder: &Path, file: &str, sql: &str) {
    Connection::open(folder.join(file)).unwrap().execute_batch(sql).unwrap();
}

fn copy(folder: &Path, from: &str, to: &str, more: &[&str]) -> Ran {
    run(folder, &[&["db", "copy", "--from", from, "--to", to], more].concat(), &[])
}

#[test]
fn undeclared_content_of_a_file_is_reported_and_nothing_is_created() {
    for (sql, named) in [
        ("CREATE TABLE notes (id TEXT, text TEXT); INSERT INTO notes VALUES ('1', 'mine')", "table `notes`"),
        ("CREATE TABLE empty (id TEXT)", "table `empty`"),
        ("CREATE VIEW people AS SELECT id FROM users", "view `people`"),
        (
            "CREATE TRIGGER audit AFTER UPDATE ON users BEGIN UPDATE guards SET revision = revision; END",
            "trigger `audit`",
        ),
        ("CREATE VIRTUAL TABLE search USING fts5(email)", "table `search_data`"),
        ("ALTER TABLE users ADD COLUMN phone TEXT", "column `users.phone`"),
        ("UPDATE identities SET expires_at = NULL", "documents without `identities.expires_at`"),
    ] {
        let folder = deployment();
        execute(folder.path(), "data/palisade.db", sql);
        let refused = copy(folder.path(), FROM, TO, &[]);
        assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""), "{named}");
        let said = &refused.complained;
        assert!(
            said.contains("the source contains something that this release does not know")
                && said.contains(named),
            "{said}"
        );
        assert!(!folder.path().join("new").exists(), "nothing was made: {named}");
    }
}

#[test]
fn leave_reports_what_it_left_and_refuses_unknown_names() {
    let folder = deployment();
    execute(
        folder.path(),
        "data/palisade.db",
        "CREATE TABLE notes (id TEXT); CREATE TABLE shelves (id TEXT); CREATE INDEX mine ON users (revision)",
    );
    let status = succeed(folder.path(), &["db", "status"], &[]).printed;
    assert!(status.contains("copied by no command: table `notes`, table `shelves`"), "{status}");
    assert!(status.contains("not declared, left alone: mine"), "{status}");

    let half = copy(folder.path(), FROM, TO, &["--leave", "notes"]);
    assert_eq!(half.status, Some(1));
    assert!(
        half.complained.contains("`--leave shelves`") && !half.complained.contains("`notes`"),
        "{}",
        half.complained
    );
    let wrong =
        copy(folder.path(), FROM, TO, &["--leave", "notes", "--leave", "shelves", "--leave", "shelfs"]);
    assert!(wrong.complained.contains("--leave shelfs: nothing of that name"), "{}", wrong.complained);
    assert!(!folder.path().join("new").exists(), "nothing was made");

    let done = copy(folder.path(), FROM, TO, &["--leave", "notes", "--leave", "shelves"]);
    assert_eq!(done.status, Some(0), "{}", done.complained);
    let said = "NOT copied, left behind in the source: index `mine`, table `notes`, table `shelves`.";
    assert!(done.printed.contains(said), "{}", done.printed);
    assert!(!done.printed.contains("Every document is the same"), "{}", done.printed);
}

#[test]
fn undeclared_content_of_the_target_is_reported_and_refused() {
    let folder = deployment();
    let there = [("DATABASE_URL", TO)];
    succeed(folder.path(), &["check"], &there);
    make_super_admin(folder.path(), "other@example.org", PASSWORD, &there);
    execute(folder.path(), "new/palisade.db", "CREATE TABLE notes (id TEXT)");
    let refused = copy(folder.path(), FROM, TO, &["--replace", "--yes"]);
    assert_eq!(refused.status, Some(1));
    assert!(
        refused
            .complained
            .contains("the target contains something that this release does not know: table `notes`")
    );
    let people = succeed(folder.path(), &["db", "status"], &there);
    assert_eq!(people.line("users"), "users 1 0 0 1 0");
    let done = copy(folder.path(), FROM, TO, &["--replace", "--yes", "--leave", "notes"]);
    assert_eq!(done.status, Some(0), "{}", done.complained);
}

/// A deployment in a database of MongoDB that others use too.
struct Shared {
    folder: TempDir,
    server: MongoDatabase,
}

impl Shared {
    fn new() -> Self {
        let folder = deployment();
        let server = MongoDatabase::new();
        let copied = copy(folder.path(), FROM, &server.url(), &[]);
        assert_eq!(copied.status, Some(0), "{}", copied.complained);
        Self { folder, server }
    }

    fn copied(&self, more: &[&str]) -> Ran {
        copy(self.folder.path(), &self.server.url(), TO, more)
    }

    fn refused(&self, named: &str) {
        let refused = self.copied(&[]);
        assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""), "{named}");
        assert!(refused.complained.contains(named), "{named} in {}", refused.complained);
        assert!(!self.folder.path().join("new").exists(), "nothing was made: {named}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undeclared_content_of_mongodb_is_reported_and_refused() {
    let shared = Shared::new();
    let insert = |name: &'static str, document: Document| {
        shared.server.run(async move |database| {
            database.collection::<Document>(name).insert_one(document).await.map(drop)
        });
    };
    let command = |command: Document| {
        shared.server.run(async move |database| database.run_command(command).await.map(drop));
    };
    // What the limiter counts there is known.
    insert("limits", doc! {"_id": "a"});
    insert("notes", doc! {"text": "mine"});
    shared.refused("collection `notes`");
    command(doc! {"drop": "notes"});
    command(doc! {"create": "people", "viewOn": "users", "pipeline": []});
    shared.refused("view `people`");
    command(doc! {"drop": "people"});
    command(doc! {"create": "measures", "timeseries": {"timeField": "at"}});
    shared.refused("collection `measures`");
    command(doc! {"drop": "measures"});
    // Within a collection of ours, where no read comes by: an id of another kind, and a member beside ours.
    let odd = ObjectId::new();
    insert("users", doc! {"_id": odd, "email": "imported@example.org"});
    shared.refused("documents with another `users._id`");
    command(doc! {"delete": "users", "deletes": [{"q": {"_id": odd}, "limit": 1}]});
    command(doc! {"update": "users", "updates": [{"q": {}, "u": {"$set": {"phone": "1"}}}]});
    shared.refused("member `users.phone`");
    command(doc! {"update": "users", "updates": [{"q": {}, "u": {"$unset": {"phone": ""}}}]});
    let done = shared.copied(&[]);
    assert_eq!(done.status, Some(0), "{}", done.complained);
    assert!(done.printed.contains("Every document is the same on both sides."), "{}", done.printed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_database_is_a_target_only_with_leave() {
    let folder = deployment();
    let server = MongoDatabase::new();
    server.run(async |database| {
        database.collection::<Document>("orders").insert_one(doc! {"of": "somebody"}).await.map(drop)
    });
    let refused = copy(folder.path(), FROM, &server.url(), &[]);
    assert_eq!(refused.status, Some(1));
    assert!(
        refused
            .complained
            .contains("the target contains something that this release does not know: collection `orders`")
    );
    let names = server.run(async |database| database.list_collection_names().await);
    assert_eq!(names, ["orders"], "nothing was made");
    let done = copy(folder.path(), FROM, &server.url(), &["--leave", "orders"]);
    assert_eq!(done.status, Some(0), "{}", done.complained);
    let more = server.url();
    let status = succeed(folder.path(), &["db", "status"], &[("DATABASE_URL", more.as_str())]).printed;
    assert!(status.contains("copied by no command: collection `orders`"), "{status}");
}
