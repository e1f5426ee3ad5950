//! Ready means able: the tests take parts that requests need from a running server. It reports them, stays alive,
//! and is ready again after the repair. Parts that it can recreate without loss it recreates itself.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::os::unix::fs::FileExt as _;
use std::process::Command;
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::doc;
use palisade_api_tests::Answer;
use palisade_api_tests::binary::{Binary, free_port, make_super_admin, path, run, succeed};
use palisade_api_tests::database::is_mongodb;
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_test_servers::{Options, ReplicaSet};
use serde_json::json;

const ADMIN: &str = "root@example.org";
const LATE: &str = "late@example.org";
const LOGIN: &str = "/api/v1/auth/login";

/// A server with somebody in it.
async fn server() -> Binary {
    let server = Binary::start(&GENEROUS).await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &GENEROUS);
    server
}

async fn sign_in(server: &Binary) -> Answer {
    server.browser().post(LOGIN, json!({"email": ADMIN, "password": PASSWORD})).await
}

async fn health(server: &Binary) -> [u16; 3] {
    let mut program = server.program();
    let mut all = [0; 3];
    for (status, name) in all.iter_mut().zip(["", "/ready", "/live"]) {
        *status = program.get(&format!("/api/v1/health{name}")).await.status;
    }
    all
}

/// Waits until its health is this. What nobody has met yet it looks for every few seconds.
async fn until(server: &Binary, expected: [u16; 3]) {
    let mut last = [0; 3];
    for _ in 0..400 {
        last = health(server).await;
        if last == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{last:?}: {}", server.output("stdout.log"));
}

const ABLE: [u16; 3] = [200, 200, 200];
const UNABLE: [u16; 3] = [503, 503, 200];

#[tokio::test]
async fn missing_indexes_are_recreated_while_the_server_runs() {
    let server = server().await;
    server.database().drop_indexes("users");
    until(&server, ABLE).await;
    for _ in 0..400 {
        if server.output("stdout.log").contains("recreated missing parts of the database") {
            break;
        }
        health(&server).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut admin = server.browser();
    assert_eq!(admin.post(LOGIN, json!({"email": ADMIN, "password": PASSWORD})).await.status, 200);
    assert_eq!(admin.get("/api/v1/users").await.status, 200, "{}", server.output("stdout.log"));
}

#[tokio::test]
async fn an_index_that_a_request_missed_is_recreated_at_the_next_check() {
    let server = server().await;
    let mut admin = server.browser();
    assert_eq!(admin.post(LOGIN, json!({"email": ADMIN, "password": PASSWORD})).await.status, 200);
    assert_eq!(health(&server).await, ABLE);
    server.database().drop_indexes("users");
    assert_eq!(admin.get("/api/v1/users").await.status, 503);
    assert_eq!(health(&server).await, ABLE, "looked for, and mended");
    assert_eq!(admin.get("/api/v1/users").await.status, 200);
}

#[tokio::test]
async fn a_dropped_collection_with_documents_is_not_recreated() {
    let server = server().await;
    assert_eq!(sign_in(&server).await.status, 200);
    assert_eq!(health(&server).await, ABLE);
    server.database().hide("users");
    until(&server, UNABLE).await;
    server.says("the collection users had documents and is gone").await;
    server.database().repair("users");
    until(&server, ABLE).await;
    assert_eq!(sign_in(&server).await.status, 200);
}

/// MongoDB makes a collection at the first write to it: then there is one of that name, and nobody's sessions are in it.
#[tokio::test]
async fn a_dropped_collection_is_noticed_after_a_write_recreates_it() {
    let server = server().await;
    assert_eq!(sign_in(&server).await.status, 200);
    assert_eq!(health(&server).await, ABLE);
    server.database().drop_collection("sessions");
    assert_eq!(sign_in(&server).await.status, 503, "a defect of the database's, not of ours");
    until(&server, UNABLE).await;
    server.says("the collection sessions had documents and is gone").await;
    // Also after some more that are made there, and some more looks.
    for _ in 0..7 {
        sign_in(&server).await;
        assert_eq!(health(&server).await, UNABLE);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn a_dropped_empty_collection_is_recreated() {
    let server = server().await;
    server.database().hide("registrations");
    let said = "recreated missing parts of the database";
    for _ in 0..400 {
        assert_eq!(health(&server).await, ABLE);
        if server.output("stdout.log").contains(said) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", server.output("stdout.log"));
}

#[tokio::test]
async fn documents_of_a_newer_release_are_refused_while_it_runs_and_when_it_starts() {
    let mut server = server().await;
    make_super_admin(server.folder(), LATE, PASSWORD, &GENEROUS);
    assert_eq!(health(&server).await, ABLE);
    // Not the first of its collection, which every look reads anyway.
    assert_eq!(server.database().set_schema_version("users", ("email", LATE), 99), 1);
    until(&server, UNABLE).await;
    server.die();
    // A start that is refused changes nothing, not even what it would mend.
    server.database().drop_indexes("sessions");
    let before = (server.database().values("users"), server.database().indexes("sessions"));
    let port = free_port().to_string();
    let variables = [GENEROUS.as_slice(), &[("PORT", port.as_str())]].concat();
    let ran = run(server.folder(), &[], &variables);
    assert_eq!(ran.status, Some(1), "{}{}", ran.printed, ran.complained);
    assert_eq!((server.database().values("users"), server.database().indexes("sessions")), before);
    assert!(ran.complained.contains("users contains documents of schema version 99"), "{}", ran.complained);
    assert_eq!(server.database().set_schema_version("users", ("email", LATE), 1), 1);
    server.start_again(&GENEROUS).await;
    until(&server, ABLE).await;
    assert_eq!(sign_in(&server).await.status, 200);
}

/// The place of a page of the `users` in the file.
fn page_of_users(file: &std::path::Path) -> (u64, usize) {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'users'");
    let size = number("PRAGMA page_size");
    (u64::try_from((page - 1) * size).unwrap(), usize::try_from(size).unwrap())
}

#[tokio::test]
async fn a_damaged_page_makes_the_server_unready_until_it_is_repaired() {
    if is_mongodb() {
        return;
    }
    let mut server = server().await;
    let file = server.folder().join("data/palisade.db");
    // Nothing of it in memory, and nothing in the log.
    server.die();
    let (place, size) = page_of_users(&file);
    server.start_again(&GENEROUS).await;
    let damaged = std::fs::File::options().read(true).write(true).open(&file).unwrap();
    let mut whole = vec![0; size];
    damaged.read_exact_at(&mut whole, place).unwrap();
    damaged.write_all_at(&vec![0xA5; size], place).unwrap();
    // Whatever is in memory goes when somebody else changes the database.
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE other (a); DROP TABLE other").unwrap();
    assert_eq!(sign_in(&server).await.status, 503);
    assert_eq!(health(&server).await, UNABLE);
    server.says("the database is damaged").await;
    damaged.write_all_at(&whole, place).unwrap();
    other.execute_batch("CREATE TABLE other (a); DROP TABLE other").unwrap();
    until(&server, ABLE).await;
    assert_eq!(sign_in(&server).await.status, 200);

    server.die();
    damaged.write_all_at(&vec![0xA5; size], place).unwrap();
    let port = free_port().to_string();
    let ran = run(server.folder(), &[], &[("PORT", port.as_str())]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.complained.contains("the database is damaged"), "{}", ran.complained);
}

/// No file of the server may be longer than so many bytes from now on.
fn limit_files(server: &Binary, bytes: &str) {
    let id = server.id().to_string();
    let told = Command::new("prlimit").args(["--pid", &id, &format!("--fsize={bytes}:unlimited")]).status();
    assert!(told.unwrap().success());
}

/// The file may not grow past what it has: to the program that is a full disk.
#[tokio::test]
async fn a_full_disk_makes_the_server_unready_until_there_is_room() {
    if is_mongodb() {
        return;
    }
    let server = server().await;
    assert_eq!(sign_in(&server).await.status, 200);
    assert_eq!(health(&server).await, ABLE);
    limit_files(&server, "4096");
    assert_eq!(sign_in(&server).await.status, 503);
    assert_eq!(health(&server).await, UNABLE);
    limit_files(&server, "unlimited");
    until(&server, ABLE).await;
    assert_eq!(sign_in(&server).await.status, 200);
}

/// Reads go on, and no request has met a write that failed: only the write of the look itself can find it out.
#[tokio::test]
async fn failing_writes_make_the_server_unready_before_a_request_fails() {
    if !is_mongodb() {
        let server = server().await;
        limit_files(&server, "4096");
        until(&server, UNABLE).await;
        limit_files(&server, "unlimited");
        return until(&server, ABLE).await;
    }
    let set = ReplicaSet::with(Options::single()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys = succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed.trim().to_owned();
    let url = set.url().replace("/?", "/palisade?");
    let variables = [GENEROUS.as_slice(), &[("DATABASE_URL", url.as_str()), ("SECRET_KEYS", &keys)]].concat();
    let server = Binary::start(&variables).await;
    // A write is taken, and undone as well; it is never kept.
    let fails = doc! {"failCommands": ["commitTransaction"], "errorCode": 50};
    let switch = |mode: &str, data| {
        let command = doc! {"configureFailPoint": "failCommand", "mode": mode, "data": data};
        set.command(0, command)
    };
    switch("alwaysOn", fails).await.unwrap();
    until(&server, UNABLE).await;
    switch("off", doc! {}).await.unwrap();
    until(&server, ABLE).await;
}

#[tokio::test]
async fn a_revoked_right_makes_the_server_unready_until_it_is_granted() {
    if !is_mongodb() {
        return;
    }
    let set = ReplicaSet::with(Options { auth: true, ..Options::single() }).await.unwrap();
    let admin = Client::with_uri_str(set.url()).await.unwrap().database("admin");
    let resource = |collection: &str| doc! {"db": "palisade", "collection": collection};
    let all = [
        "find",
        "insert",
        "update",
        "remove",
        "createIndex",
        "dropIndex",
        "listIndexes",
        "createCollection",
        "listCollections",
    ];
    let everywhere = doc! {"resource": resource(""), "actions": all.as_slice()};
    let create = doc! {"createRole": "app", "privileges": [everywhere.clone()], "roles": []};
    admin.run_command(create).await.unwrap();
    admin.run_command(doc! {"createUser": "app", "pwd": "hunter2", "roles": ["app"]}).await.unwrap();
    let (_, rest) = set.url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let url = format!("mongodb://app:hunter2@{}", rest.replace("/?", "/palisade?"));
    let folder = tempfile::tempdir().unwrap();
    let keys = succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed.trim().to_owned();
    let variables = [GENEROUS.as_slice(), &[("DATABASE_URL", url.as_str()), ("SECRET_KEYS", &keys)]].concat();
    let server = Binary::start(&variables).await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &variables);
    assert_eq!(sign_in(&server).await.status, 200);
    // Each of the others, and not this one.
    let names = Client::with_uri_str(set.url())
        .await
        .unwrap()
        .database("palisade")
        .list_collection_names()
        .await
        .unwrap();
    for actions in [vec![], vec!["find"]] {
        let mut privileges = vec![doc! {"resource": resource(""), "actions": ["listCollections"]}];
        for name in &names {
            let actions = if name == "users" { actions.clone() } else { all.to_vec() };
            if !actions.is_empty() {
                privileges.push(doc! {"resource": resource(name), "actions": actions});
            }
        }
        admin.run_command(doc! {"updateRole": "app", "privileges": privileges}).await.unwrap();
        until(&server, UNABLE).await;
        admin.run_command(doc! {"updateRole": "app", "privileges": [everywhere.clone()]}).await.unwrap();
        until(&server, ABLE).await;
    }
    assert_eq!(sign_in(&server).await.status, 200);
    assert!(path().exists());
}
