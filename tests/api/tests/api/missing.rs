//! The server reports missing parts and does not recreate them, with the real binary: keys beside users, a file
//! beside its mark, a file under the server that has it open.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use palisade_api_tests::binary::{Binary, Ran, free_port, make_super_admin, run, succeed};
use palisade_api_tests::database::{Database, is_mongodb};
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

const ADMIN: &str = "root@example.org";
const FILE: &str = "data/palisade.db";

/// A deployment with one person in it, on the engine of this run, and nobody who serves it.
struct Stopped {
    folder: TempDir,
    database: Database,
    variables: Vec<(&'static str, String)>,
}

impl Stopped {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::of_this_run(folder.path());
        let mut variables = database.variables();
        variables.push(("PORT", free_port().to_string()));
        if !is_mongodb() {
            let secret = succeed(folder.path(), &["keys", "new"], &[]).printed;
            variables.push(("SECRET_KEYS", secret.trim().to_owned()));
        }
        let stopped = Self { folder, database, variables };
        make_super_admin(stopped.folder.path(), ADMIN, PASSWORD, &stopped.variables());
        stopped
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(self.folder.path(), arguments, &self.variables())
    }

    /// Neither the server nor a command opens it, and trying says the same.
    fn refuses(&self, said: &str) {
        for arguments in
            [["serve"].as_slice(), &["db", "purge"], &["admin", "create", "--email", "a@b.example"]]
        {
            let ran = self.run(arguments);
            assert_eq!((ran.status, ran.printed.contains("Removed")), (Some(1), false), "{arguments:?}");
            assert!(ran.complained.contains(said), "{said} in {}", ran.complained);
        }
        let tried = self.run(&["check", "--connect"]);
        assert_eq!(tried.status, Some(1), "{}", tried.printed);
        assert!(
            tried.line("keys").starts_with("keys failed ") && tried.line("keys").contains(said),
            "{}",
            tried.printed
        );
    }
}

#[test]
fn missing_keys_are_not_replaced_while_users_exist() {
    let stopped = Stopped::new();
    stopped.database.clear("keys");
    stopped.refuses("keys/root: not in the store, although `users` has documents");
    stopped.refuses("`keys` and users belong together");
    assert!(stopped.database.values("keys").is_empty(), "nothing was made");

    let asked = stopped.run(&["keys", "reset", "--lost"]);
    assert_eq!(asked.status, Some(1));
    assert!(asked.complained.contains("can never be verified again"), "{}", asked.complained);
    let name = if is_mongodb() { stopped.database.url() } else { String::new() };
    let name = name.rsplit('/').next().unwrap().split('?').next().unwrap();
    let yes = ["keys", "reset", "--lost", "--yes", "--confirm", name];
    let reset = stopped.run(if is_mongodb() { &yes } else { yes.get(..4).unwrap() });
    assert_eq!(reset.status, Some(0), "{}", reset.complained);
    let list = stopped.run(&["keys", "list"]).printed;
    assert!(!list.contains("pepper-1 "), "its number never comes back: {list}");
    assert!(stopped.run(&["check", "--connect"]).line("keys").starts_with("keys ok"));
    assert_eq!(stopped.run(&["db", "purge"]).status, Some(0));
}

#[test]
fn any_remaining_document_makes_missing_keys_an_error() {
    let stopped = Stopped::new();
    for collection in ["keys", "users", "guards"] {
        stopped.database.clear(collection);
    }
    stopped.refuses("although `identities` has documents");
    stopped.database.clear("identities");
    stopped.refuses("although `audit` has documents");
    stopped.database.clear("audit");
    assert_eq!(stopped.run(&["db", "purge"]).status, Some(0), "where nothing is, nothing is missed");
}

#[test]
fn keys_of_another_deployment_are_refused() {
    let stopped = Stopped::new();
    // As after people were put back from a newer backup than the keys.
    let hash = json!({"scheme": "peppered", "pepperId": "pepper-7", "bcrypt": bcrypt()});
    assert_eq!(stopped.database.alter("users", ("email", ADMIN), "password", &hash), 1);
    stopped.refuses("keys/pepper-7: not in the store, although passwords of users in it were hashed with it");

    let unsure = stopped.run(&["keys", "reset", "--lost", "--yes"]);
    assert_eq!(unsure.status, Some(1), "{}", unsure.printed);
    assert!(unsure.complained.contains("Some keys still open"), "{}", unsure.complained);
    let name = unsure.complained.split("--confirm ").nth(1).unwrap().split('`').next().unwrap().to_owned();
    let wrong = stopped.run(&["keys", "reset", "--lost", "--yes", "--confirm", "another"]);
    assert!(wrong.complained.contains("nothing was done: that is not"), "{}", wrong.complained);
    let reset = stopped.run(&["keys", "reset", "--lost", "--yes", "--confirm", &name]);
    assert_eq!(reset.status, Some(0), "{}", reset.complained);
    assert!(stopped.run(&["check", "--connect"]).line("keys").starts_with("keys ok"));
}

fn bcrypt() -> String {
    format!("$2b$12${}", "a".repeat(53))
}

#[tokio::test]
async fn resetting_keys_next_to_a_server_needs_a_confirmation() {
    let secret = |id| succeed(tempfile::tempdir().unwrap().path(), &["keys", "new", "--id", id], &[]).printed;
    let (here, other) = (secret("here"), secret("other"));
    let server = Binary::start(&[("SECRET_KEYS", here.trim())]).await;
    let other = [("SECRET_KEYS", other.trim())];
    let before = succeed(server.folder(), &["keys", "list"], &other).printed;
    let refused = run(server.folder(), &["keys", "reset", "--lost", "--yes"], &other);
    assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""));
    assert!(refused.complained.contains("would continue to use the old keys"), "{}", refused.complained);
    assert!(refused.complained.contains("--confirm "), "{}", refused.complained);
    assert_eq!(succeed(server.folder(), &["keys", "list"], &other).printed, before);
}

/// A development server that was killed, with somebody registered; its secrets are beside the file.
async fn killed() -> TempDir {
    let server =
        Binary::start_in(tempfile::tempdir().unwrap(), &[("DATABASE_URL", "sqlite://data/palisade.db")])
            .await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &[("DATABASE_URL", "sqlite://data/palisade.db")]);
    server.kill()
}

fn refuses_the_file(folder: &Path, what: &str) {
    let url = [("DATABASE_URL", "sqlite://data/palisade.db")];
    for arguments in [["serve"].as_slice(), &["db", "status"], &["keys", "list"], &["db", "migrate"]] {
        let ran = run(folder, arguments, &url);
        assert_eq!((ran.status, ran.printed.contains("LIVE")), (Some(1), false), "{what}: {arguments:?}");
        assert!(ran.complained.contains("has lost writes"), "{what}: {}", ran.complained);
    }
    let tried = run(folder, &["check", "--connect"], &url);
    assert!(tried.line("store").contains("has lost writes"), "{what}: {}", tried.printed);
}

#[tokio::test]
async fn a_file_that_lost_writes_is_refused() {
    let folder = killed().await;
    let file = folder.path().join(FILE);
    let beside = |end: &str| folder.path().join(format!("{FILE}{end}"));
    let (log, index) = (fs::read(beside("-wal")).unwrap(), fs::read(beside("-shm")).unwrap());
    let main = fs::read(&file).unwrap();

    fs::remove_file(beside("-wal")).unwrap();
    fs::remove_file(beside("-shm")).unwrap();
    refuses_the_file(folder.path(), "its log is gone");
    fs::write(&file, "").unwrap();
    refuses_the_file(folder.path(), "it is empty");
    fs::remove_file(&file).unwrap();
    refuses_the_file(folder.path(), "it is gone");
    assert!(!file.exists(), "nothing was made");

    // What was there is served again, with the person in it.
    for (path, bytes) in [(&file, &main), (&beside("-wal"), &log), (&beside("-shm"), &index)] {
        fs::write(path, bytes).unwrap();
    }
    let url = [("DATABASE_URL", "sqlite://data/palisade.db")];
    assert_eq!(succeed(folder.path(), &["db", "status"], &url).line("users"), "users 1 0 0 1 0");
    // A copy by hand is of an older day once the server was started again.
    let older = fs::read(&file).unwrap();
    succeed(folder.path(), &["db", "purge"], &url);
    fs::write(&file, older).unwrap();
    refuses_the_file(folder.path(), "it is older");
    // On purpose, as the message says.
    fs::remove_file(beside(".mark")).unwrap();
    succeed(folder.path(), &["db", "purge"], &url);
}

#[tokio::test]
async fn a_server_does_not_write_into_a_removed_file() {
    for what in ["folder", "file", "log", "replaced"] {
        let url = [GENEROUS.as_slice(), &[("DATABASE_URL", "sqlite://data/palisade.db")]].concat();
        let server = Binary::start_in(tempfile::tempdir().unwrap(), &url).await;
        make_super_admin(server.folder(), ADMIN, PASSWORD, &url);
        let file = server.folder().join(FILE);
        let elsewhere = server.folder().join("elsewhere");
        match what {
            "folder" => fs::rename(server.folder().join("data"), elsewhere).unwrap(),
            "file" => fs::rename(&file, elsewhere).unwrap(),
            "log" => fs::rename(file.with_extension("db-wal"), elsewhere).unwrap(),
            _ => {
                fs::write(&elsewhere, fs::read(&file).unwrap()).unwrap();
                fs::rename(&elsewhere, &file).unwrap();
            }
        }
        let mut browser = server.browser();
        let answer = browser.post("/api/v1/auth/login", json!({"email": ADMIN, "password": PASSWORD})).await;
        assert_eq!(answer.status, 503, "{what}: {}", answer.body);
        // What was found out a moment ago is believed for a second.
        let mut health = server.program().get("/api/v1/health").await;
        for _ in 0..500 {
            if health.status == 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            health = server.program().get("/api/v1/health").await;
        }
        assert_eq!(health.status, 503, "{what}: {}", health.body);
        server.says("removed or replaced while the server had it open").await;
        server.says("\"cause\":\"down: store\"").await;
    }
}

/// As when a database is dropped, or another one is loaded into its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_keys_are_gone_from_the_store_neither_reads_nor_writes() {
    let server = Binary::start(&GENEROUS).await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &GENEROUS);
    let credentials = json!({"email": ADMIN, "password": PASSWORD});
    assert_eq!(server.browser().post("/api/v1/auth/login", credentials.clone()).await.status, 200);
    for collection in ["keys", "users", "identities", "guards", "sessions", "copies"] {
        server.database().clear(collection);
    }
    let mut health = 200;
    for _ in 0..500 {
        health = server.program().get("/api/v1/health").await.status;
        if health == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(health, 503, "it goes on as if nothing was");
    let answer = server.browser().post("/api/v1/auth/login", credentials).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    let said = "the keys in the store are not those that this server was started with";
    server.says(said).await;
    assert!(server.database().values("keys").is_empty(), "none were made in their place");
}

#[test]
fn only_writing_commands_create_a_mark() {
    let folder = tempfile::tempdir().unwrap();
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[]);
    let mark = || fs::read_to_string(folder.path().join("data/palisade.db.mark")).unwrap();
    let before = mark();
    for arguments in [["db", "status"], ["keys", "list"]] {
        succeed(folder.path(), &arguments, &[]);
    }
    assert_eq!(mark(), before);
    // It tries whether writing works, and so may count on: then mark and file do.
    succeed(folder.path(), &["check", "--connect"], &[]);
    let count: i64 = Connection::open(folder.path().join(FILE))
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert!(mark().ends_with(&format!("count={count}\n")), "{} where the file has {count}", mark());
}
