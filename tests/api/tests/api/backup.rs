//! Backups, tested by restoring them: the real binary on either engine, with running servers and without.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use palisade_api_tests::Client;
use palisade_api_tests::binary::{Binary, Ran, make_super_admin, run, succeed};
use palisade_api_tests::world::{GENEROUS, PASSWORD, token_of};
use palisade_test_servers::MongoDatabase;
use rusqlite::Connection;
use serde_json::{Value, json};

const ADMIN: &str = "root@example.org";
const LATE: &str = "late@example.org";
const ADA: &str = "ada@example.org";

/// A secret, so that nothing rests on what development keeps beside a file.
fn secret() -> String {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["keys", "new"], &[]).printed.trim().to_owned()
}

fn with(secret: &str) -> Vec<(&str, &str)> {
    [GENEROUS.as_slice(), &[("SECRET_KEYS", secret)]].concat()
}

async fn sign_in(server: &Binary, email: &str) -> (u16, Client) {
    let mut browser = server.browser();
    let answer = browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
    (answer.status, browser)
}

async fn mails(server: &Binary) -> Vec<Value> {
    let mut reader = server.program().with_header("Accept", "application/json");
    reader.get("/dev/mailbox").await.at("/data/items").as_array().cloned().unwrap_or_default()
}

async fn mail_to(server: &Binary, email: &str) -> Value {
    for _ in 0..500 {
        if let Some(mail) = mails(server).await.into_iter().find(|mail| mail["to"] == email) {
            return mail;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no mail came to {email}")
}

fn count(file: &Path, collection: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {collection}");
    Connection::open(file).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Name and state of each signing key.
fn signing_keys(folder: &Path, variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let list = succeed(folder, &["keys", "list"], variables).printed;
    let rows = list.lines().filter(|line| line.starts_with("signing-"));
    let rows = rows.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    rows.map(|row| (row.first().unwrap().clone(), row.get(1).unwrap().clone())).collect()
}

/// What was in somebody's hands before a restore, and what it is worth now.
struct Held {
    browser: Client,
    mailed: String,
    registering: Client,
    program: Client,
}

impl Held {
    async fn is_worth_nothing(&self, server: &Binary, when: &str) {
        let mut browser = self.browser.clone();
        assert_eq!(browser.get("/api/v1/users/me").await.code(), "AUTH_401", "{when}: an access token");
        let refreshed = browser.post("/api/v1/auth/refresh", Value::Null).await;
        assert!(refreshed.is_refusal(401, "SESSION_REVOKED"), "{when}: a refresh token: {}", refreshed.body);
        assert_eq!(self.program.clone().get("/api/v1/users").await.code(), "AUTH_401", "{when}: an API key");
        let mut registering = self.registering.clone();
        let verified = registering.post("/api/v1/auth/verify-email", json!({"token": self.mailed})).await;
        assert_eq!(verified.code(), "TOKEN_INVALID", "{when}: a mailed link: {}", verified.body);
        assert_eq!(sign_in(server, ADMIN).await.0, 200, "{when}: the password holds");
        assert_eq!(sign_in(server, LATE).await.0, 401, "{when}: who came later is not there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_under_a_running_server_revives_no_session_and_no_link() {
    let secret = secret();
    let variables = with(&secret);
    let mut server = Binary::start(&variables).await;
    let folder = server.folder().to_owned();
    make_super_admin(&folder, ADMIN, PASSWORD, &variables);
    let (status, browser) = sign_in(&server, ADMIN).await;
    assert_eq!(status, 200);
    let mut registering = server.browser();
    let ada = json!({"email": ADA, "password": PASSWORD});
    assert_eq!(registering.post("/api/v1/auth/register", ada).await.status, 202);
    let mailed = token_of(&mail_to(&server, ADA).await);
    let wish = json!({"name": "Nightly export", "permissions": ["USER_READ"], "expiresIn": 3600});
    let key = browser.clone().post("/api/v1/api-keys", wish).await.at("/data/secret");
    let program = server.program().with_header("Authorization", &format!("Bearer {}", key.as_str().unwrap()));
    assert_eq!(program.clone().get("/api/v1/users").await.status, 200, "the server remembers it from now on");
    let held = Held { browser, mailed, registering, program };

    let made = succeed(&folder, &["db", "backup", "--to", "backup.db"], &variables);
    assert!(made.line("users").starts_with("users 1 "), "{}", made.printed);
    let id = secret.split(':').next().unwrap();
    assert!(made.printed.contains(&format!("the secret {id} of SECRET_KEYS")), "{}", made.printed);
    assert_eq!(fs::metadata(folder.join("backup.db")).unwrap().permissions().mode() & 0o777, 0o600);
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("unfinished")), "{left:?}");

    // What happens after it: the key leaks and is withdrawn, somebody comes, a session goes on.
    let leaked = signing_keys(&folder, &variables).first().unwrap().0.clone();
    succeed(&folder, &["keys", "withdraw", "current"], &variables);
    make_super_admin(&folder, LATE, PASSWORD, &variables);
    let (_, mut late) = sign_in(&server, LATE).await;
    let before = mails(&server).await.len();

    let asked = run(&folder, &["db", "restore", "--from", "backup.db"], &variables);
    assert_eq!(asked.status, Some(1));
    assert!(
        asked.complained.contains("is removed for good. Everybody is signed out"),
        "{}",
        asked.complained
    );
    assert_eq!(sign_in(&server, LATE).await.0, 200, "nothing was done");
    let restored = succeed(&folder, &["db", "restore", "--from", "backup.db", "--yes"], &variables);
    server.until_ready_again().await;
    // Before somebody signs in again.
    for collection in ["sessions", "tickets", "redemptions", "registrations", "devices", "mails", "api_keys"]
    {
        let kept = server.database().values(collection);
        assert!(kept.is_empty(), "{collection}: {kept:?}");
    }
    for said in [
        "users whose sessions all ended: 1",
        "sessions: 1 in the backup not put back, ",
        // That of the first setup link, and that of the registration.
        "tickets: 2 in the backup not put back, ",
        "registrations: 1 in the backup not put back, ",
        "api_keys: 1 in the backup not put back, ",
        "no mail is sent",
    ] {
        assert!(restored.printed.contains(said), "{said} in {}", restored.printed);
    }

    held.is_worth_nothing(&server, "while it runs").await;
    assert_eq!(late.get("/api/v1/users/me").await.code(), "AUTH_401");
    let keys = signing_keys(&folder, &variables);
    assert!(keys.contains(&(leaked, "withdrawn".to_owned())), "{keys:?}");
    let current = keys.iter().filter(|(_, state)| state == "current").count();
    assert_eq!((current, keys.iter().filter(|(_, state)| state == "withdrawn").count()), (1, keys.len() - 1));
    // Nor is anything believed that one of them signs from here on, whoever it names.
    let refused = server.database().values("revocations");
    for (name, _) in keys.iter().filter(|(_, state)| state == "withdrawn") {
        let kid = name.strip_prefix("signing-").unwrap_or(name);
        assert!(refused.iter().any(|revocation| revocation["revoked"]["kid"] == kid), "{kid} in {refused:?}");
    }
    let check = succeed(&folder, &["check", "--connect"], &variables);
    assert!(check.line("keys").starts_with("keys ok"), "{}", check.printed);

    server.die();
    server.start_again(&variables).await;
    held.is_worth_nothing(&server, "after a new start").await;
    // The mailbox of the first run went with it; nothing came to the second.
    assert!(mails(&server).await.is_empty(), "{:?}", mails(&server).await);
    assert!(before > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_sends_no_mail_and_pauses_the_server() {
    let secret = secret();
    let variables = with(&secret);
    let server = Binary::start(&variables).await;
    let folder = server.folder().to_owned();
    make_super_admin(&folder, ADMIN, PASSWORD, &variables);
    let (_, mut browser) = sign_in(&server, ADMIN).await;
    succeed(&folder, &["db", "backup", "--to", "backup.db"], &variables);
    assert_eq!(browser.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    let before = mails(&server).await.len();

    let restoring = {
        let (folder, secret) = (folder.clone(), secret.clone());
        tokio::task::spawn_blocking(move || {
            run(&folder, &["db", "restore", "--from", "backup.db", "--yes"], &with(&secret))
        })
    };
    let mut stood_aside = false;
    while !restoring.is_finished() {
        stood_aside |= sign_in(&server, ADMIN).await.0 == 503;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let restored = restoring.await.unwrap();
    assert_eq!(restored.status, Some(0), "{}{}", restored.printed, restored.complained);
    assert!(stood_aside, "it went on while the store was filled");
    server.until_ready_again().await;
    assert!(browser.post("/api/v1/auth/refresh", Value::Null).await.is_refusal(401, "SESSION_REVOKED"));
    assert_eq!(sign_in(&server, ADMIN).await.0, 200);
    assert_eq!(mails(&server).await.len(), before, "nobody was mailed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_a_consistent_snapshot_during_writes() {
    let secret = secret();
    let variables = with(&secret);
    let server = Binary::start(&variables).await;
    let folder = server.folder().to_owned();
    make_super_admin(&folder, ADMIN, PASSWORD, &variables);
    fs::write(folder.join("password"), PASSWORD).unwrap();
    let coming = {
        let (folder, secret) = (folder.clone(), secret.clone());
        tokio::task::spawn_blocking(move || {
            for number in 0..6 {
                let email = format!("person-{number}@example.org");
                succeed(
                    &folder,
                    &["admin", "create", "--email", &email, "--password-file", "password"],
                    &with(&secret),
                );
            }
        })
    };
    for number in 0..3 {
        let name = format!("backup-{number}.db");
        succeed(&folder, &["db", "backup", "--to", &name], &variables);
        // A person, their claim and the guard that counts them are one write.
        let file = folder.join(&name);
        let people = count(&file, "users");
        assert_eq!(count(&file, "identities"), people);
        let guard: i64 = Connection::open(&file)
            .unwrap()
            .query_row("SELECT json_extract(doc, '$.count') FROM guards", [], |row| row.get(0))
            .unwrap();
        assert_eq!(guard, people);
    }
    coming.await.unwrap();
}

/// A store that nobody serves, with one person in it, and its backup.
struct Kept {
    folder: tempfile::TempDir,
    secret: String,
}

impl Kept {
    fn new() -> Self {
        let kept = Self { folder: tempfile::tempdir().unwrap(), secret: secret() };
        make_super_admin(kept.path(), ADMIN, PASSWORD, &with(&kept.secret));
        kept.succeed(&["db", "backup", "--to", "backup.db"]);
        kept
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(self.path(), arguments, &with(&self.secret))
    }

    fn succeed(&self, arguments: &[&str]) -> Ran {
        succeed(self.path(), arguments, &with(&self.secret))
    }

    fn at(&self, url: &str, arguments: &[&str]) -> Ran {
        run(self.path(), arguments, &[with(&self.secret).as_slice(), &[("DATABASE_URL", url)]].concat())
    }
}

#[test]
fn a_backup_is_not_served_and_overwrites_nothing() {
    let kept = Kept::new();
    let bytes = fs::read(kept.path().join("backup.db")).unwrap();
    let again = kept.run(&["db", "backup", "--to", "backup.db"]);
    assert_eq!((again.status, again.printed.as_str()), (Some(1), ""));
    assert!(again.complained.contains("backup.db already exists"), "{}", again.complained);
    let nowhere = kept.run(&["db", "backup", "--to", "mnt/backup.db"]);
    assert_eq!((nowhere.status, nowhere.printed.as_str()), (Some(1), ""));
    assert!(
        nowhere.complained.contains("there is no folder mnt: a backup does not create one"),
        "{}",
        nowhere.complained
    );
    assert!(!kept.path().join("mnt").exists());
    for arguments in [["serve"].as_slice(), &["db", "purge"], &["admin", "create", "--email", "a@b.example"]]
    {
        let ran = kept.at("sqlite://backup.db", arguments);
        assert_eq!(ran.status, Some(1), "{arguments:?}");
        assert!(ran.complained.contains("it is a backup of "), "{}", ran.complained);
    }
    let copied = kept.run(&["db", "copy", "--from", "sqlite://backup.db", "--to", "sqlite://other.db"]);
    assert!(copied.complained.contains("this is a backup"), "{}", copied.complained);
    assert!(!kept.path().join("other.db").exists());
    let status = kept.at("sqlite://backup.db", &["db", "status"]);
    assert!(status.printed.contains("backup: of "), "{}{}", status.printed, status.complained);
    assert!(!bytes.is_empty());
}

#[test]
fn undeclared_content_is_reported_before_it_is_left_out_of_a_backup() {
    let kept = Kept::new();
    let store = Connection::open(kept.path().join("data/palisade.db")).unwrap();
    store.execute_batch("CREATE TABLE notes (id TEXT)").unwrap();
    drop(store);
    let refused = kept.run(&["db", "backup", "--to", "second.db"]);
    assert!(
        refused.complained.contains("table `notes`") && refused.status == Some(1),
        "{}",
        refused.complained
    );
    assert!(!kept.path().join("second.db").exists());
    let made = kept.succeed(&["db", "backup", "--to", "second.db", "--leave", "notes"]);
    assert!(
        made.printed.contains("NOT copied, left behind in the source: table `notes`."),
        "{}",
        made.printed
    );
}

#[test]
fn a_backup_without_its_secret_is_not_restored() {
    let kept = Kept::new();
    let other = secret();
    make_super_admin(
        kept.path(),
        LATE,
        PASSWORD,
        &[("DATABASE_URL", "sqlite://other.db"), ("SECRET_KEYS", &other)],
    );
    let there = [("DATABASE_URL", "sqlite://other.db"), ("SECRET_KEYS", other.as_str())];
    let refused = run(kept.path(), &["db", "restore", "--from", "backup.db", "--yes"], &there);
    assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""));
    assert!(
        refused.complained.contains("Give the missing secret back to SECRET_KEYS"),
        "{}",
        refused.complained
    );
    let status = succeed(kept.path(), &["db", "status"], &there);
    assert_eq!(status.line("users"), "users 1 0 0 1 0");
    assert!(!status.printed.contains("copy:"), "{}", status.printed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_can_be_restored_into_either_engine() {
    let kept = Kept::new();
    // A backup may be kept where nobody writes.
    let file = kept.path().join("backup.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    let server = MongoDatabase::new();
    let file = format!("sqlite://{}", kept.path().join("new/palisade.db").display());
    for url in [file, server.url()] {
        let restored = kept.at(&url, &["db", "restore", "--from", "backup.db"]);
        assert_eq!(restored.status, Some(0), "{}", restored.complained);
        let more = [("DATABASE_URL", url.as_str()), ("SECRET_KEYS", kept.secret.as_str())];
        let variables = [GENEROUS.as_slice(), &more].concat();
        let serving = Binary::start(&variables).await;
        assert_eq!(sign_in(&serving, ADMIN).await.0, 200, "{url}");
    }
}

/// What an operator does who copied the file, and puts the copy back: it is refused, and a restore takes it.
#[test]
fn a_file_copied_back_by_hand_is_refused_and_can_be_restored() {
    let kept = Kept::new();
    let file = kept.path().join("data/palisade.db");
    fs::copy(&file, kept.path().join("by-hand.db")).unwrap();
    make_super_admin(kept.path(), LATE, PASSWORD, &with(&kept.secret));
    fs::copy(kept.path().join("by-hand.db"), &file).unwrap();
    let refused = kept.run(&["db", "purge"]);
    assert!(refused.complained.contains("palisade db restore --from"), "{}", refused.complained);
    let itself = kept.run(&["db", "restore", "--from", "data/palisade.db", "--yes"]);
    assert!(itself.complained.contains("the file is the store itself"), "{}", itself.complained);
    let restored = kept.succeed(&["db", "restore", "--from", "by-hand.db", "--yes"]);
    assert!(restored.line("users").starts_with("users 1 "), "{}", restored.printed);
    let told = kept.succeed(&["audit", "export", "--type", "store.restored"]).printed;
    assert!(told.lines().count() == 1 && told.contains(r#""command":"db restore""#), "{told}");
    kept.succeed(&["db", "purge"]);
    assert_eq!(kept.succeed(&["db", "status"]).line("users"), "users 1 0 0 1 0");
}

#[test]
fn an_interrupted_restore_is_not_served_and_can_be_repeated() {
    let kept = Kept::new();
    make_super_admin(kept.path(), LATE, PASSWORD, &with(&kept.secret));
    kept.succeed(&["db", "restore", "--from", "backup.db", "--yes"]);
    let store = Connection::open(kept.path().join("data/palisade.db")).unwrap();
    store
        .execute_batch("UPDATE copies SET doc = json_remove(doc, '$.finishedAt'), revision = revision + 1; DELETE FROM guards")
        .unwrap();
    drop(store);
    let refused = kept.run(&["db", "purge"]);
    let said = "or with the `palisade db restore` that started it";
    assert!(refused.complained.contains(said), "{}", refused.complained);
    kept.succeed(&["db", "restore", "--from", "backup.db", "--yes"]);
    kept.succeed(&["db", "purge"]);
    assert_eq!(kept.succeed(&["db", "status"]).line("guards"), "guards 1 0 0 1 0");
}
