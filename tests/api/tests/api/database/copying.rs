//! The move of a deployment to another store.

use super::*;

/// A deployment that was served and stopped, with somebody signed in; and where a copy of it can go.
struct Move {
    folder: TempDir,
    secrets: String,
    refresh: String,
}

const FROM: &str = "sqlite://data/palisade.db";
const TO: &str = "sqlite://new/palisade.db";
const COPY: [&str; 6] = ["db", "copy", "--from", FROM, "--to", TO];

impl Move {
    async fn new() -> Self {
        let empty = tempfile::tempdir().unwrap();
        let secrets = succeed(empty.path(), &["keys", "new"], &[]).printed.trim().to_owned();
        let variables = [GENEROUS.as_slice(), &[("SECRET_KEYS", secrets.as_str())]].concat();
        let mut server = Binary::start(&variables).await;
        make_super_admin(server.folder(), ADMIN, PASSWORD, &variables);
        let mut browser = server.browser();
        let answer = browser.post("/api/v1/auth/login", json!({"email": ADMIN, "password": PASSWORD})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let refresh = browser.cookie("palisade-refresh").unwrap().to_owned();

        // Not while it runs.
        let refused = run(server.folder(), &COPY, &[]);
        assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""));
        assert!(
            refused.complained.contains("data/palisade.db is in use: first stop the server"),
            "{}",
            refused.complained
        );
        assert!(!server.folder().join("new").exists(), "nothing was made");

        server.terminate();
        assert!(server.ended().await.success());
        Self { folder: server.kill(), secrets, refresh }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn target(&self) -> PathBuf {
        self.path().join("new/palisade.db")
    }

    fn run(&self, more: &[&str]) -> Ran {
        run(self.path(), &[COPY.as_slice(), more].concat(), &[])
    }

    /// Sessions of the one person, until there are as many.
    fn add_sessions(&self, many: i64) {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                   INSERT INTO sessions SELECT printf('ses_%08x000070008000000000000000', i), schema_version,
                          revision, birth + i, created_at, updated_at, NULL, expires_at, doc FROM n, sessions";
        database(self.path()).execute(sql, [many - 1]).unwrap();
    }

    /// Serves the copy, and finds everything as it was.
    async fn serves(self) {
        let Self { folder, secrets, refresh } = self;
        let more = [("SECRET_KEYS", secrets.as_str()), ("DATABASE_URL", TO)];
        let variables = [GENEROUS.as_slice(), &more].concat();
        let server = Binary::start_in(folder, &variables).await;
        let mut browser = server.browser();
        browser.set_cookie("palisade-refresh", &refresh);
        let refreshed = browser.post("/api/v1/auth/refresh", Value::Null).await;
        assert_eq!(refreshed.status, 200, "who was signed in still is: {}", refreshed.body);
        assert_eq!(browser.get("/api/v1/users/me").await.at("/data/email"), ADMIN);
        let mut another = server.browser();
        let answer = another.post("/api/v1/auth/login", json!({"email": ADMIN, "password": PASSWORD})).await;
        assert_eq!(answer.status, 200, "the password holds: {}", answer.body);
    }
}

/// What a copy of the deployment in this folder says it comes from.
fn named(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("data/palisade.db").canonicalize().unwrap().display())
}

/// Opens the deployment as a server does; unlike one, this ends where it should not have begun.
fn refuses_half_a_copy(folder: &Path, variables: &[(&str, &str)]) {
    let opened = run(folder, &["db", "purge"], variables);
    assert_eq!((opened.status, opened.printed.as_str()), (Some(1), ""));
    let said = format!("a copy of {} that was not finished", named(folder));
    assert!(opened.complained.contains(&said), "{}", opened.complained);
}

#[tokio::test]
async fn a_copy_contains_everything_and_keeps_sessions() {
    let deployment = Move::new().await;
    let ran = deployment.run(&[]);
    assert_eq!(ran.status, Some(0), "{}", ran.complained);
    assert!(ran.line("users").starts_with("users 1 1 0 "), "{}", ran.printed);
    assert!(ran.line("sessions").starts_with("sessions 1 1 0 "), "{}", ran.printed);
    assert!(ran.printed.contains("Every document is the same on both sides."), "{}", ran.printed);

    // Byte for byte, and with everything that is known about each.
    let both = Connection::open(deployment.path().join("data/palisade.db")).unwrap();
    both.execute("ATTACH ?1 AS copy", [deployment.target().to_str().unwrap()]).unwrap();
    for collection in ["users", "identities", "sessions", "keys", "guards", "mails", "tickets"] {
        let rows = "id, schema_version, revision, birth, created_at, updated_at, deleted_at, expires_at, doc";
        let (here, there) = (format!("main.{collection}"), format!("copy.{collection}"));
        let sql =
            format!("SELECT count(*) FROM (SELECT {rows} FROM {here} EXCEPT SELECT {rows} FROM {there})");
        let missing: i64 = both.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!((collection, missing), (collection, 0));
        assert_eq!(count(&both, &here), count(&both, &there), "{collection}");
    }
    drop(both);

    let again = deployment.run(&[]);
    assert_eq!(again.status, Some(1));
    assert!(again.complained.contains("the target is not empty"), "{}", again.complained);
    assert_eq!(deployment.run(&["--resume"]).status, Some(1), "there is nothing to resume");
    deployment.serves().await;
}

#[tokio::test]
async fn an_interrupted_copy_is_not_served_and_can_be_finished() {
    let deployment = Move::new().await;
    assert_eq!(deployment.run(&[]).status, Some(0));
    // As it is in the middle: some are there, one is outdated, one is no more in the source, and nobody said it is whole.
    let target = Connection::open(deployment.target()).unwrap();
    target
        .execute_batch(
            "UPDATE copies SET doc = json_remove(json_set(doc, '$.finishedAt', json('null'))), revision = revision + 1;
             DELETE FROM sessions;
             UPDATE users SET doc = json_set(doc, '$.name', 'Another'), revision = revision - 1;
             INSERT INTO identities SELECT 'email:stranger@example.org', schema_version, 1, birth + 1, created_at,
                    updated_at, NULL, expires_at, doc FROM identities;",
        )
        .unwrap();
    drop(target);
    let more = [("SECRET_KEYS", deployment.secrets.as_str()), ("DATABASE_URL", TO)];
    refuses_half_a_copy(deployment.path(), &more);
    let source = named(deployment.path());
    let status = succeed(deployment.path(), &["db", "status"], &more).printed;
    assert!(status.contains("and not finished: no server starts on it"), "{status}");

    let refused = deployment.run(&[]);
    assert!(refused.complained.contains("continue with --resume"), "{}", refused.complained);
    let onwards = run(deployment.path(), &["db", "copy", "--from", TO, "--to", "sqlite://third.db"], &[]);
    assert!(
        onwards.complained.contains(&format!("the source is a copy of {source}")),
        "{}",
        onwards.complained
    );
    assert!(!deployment.path().join("third.db").exists(), "nothing was made");
    std::fs::copy(deployment.path().join("data/palisade.db"), deployment.path().join("another.db")).unwrap();
    let elsewhere = ["db", "copy", "--resume", "--from", "sqlite://another.db", "--to", TO];
    let other = run(deployment.path(), &elsewhere, &[]);
    assert!(other.complained.contains(&format!("was started from {source}")), "{}", other.complained);

    // The same place by another name.
    let same = ["db", "copy", "--resume", "--from", "sqlite://./new/../data/palisade.db", "--to", TO];
    let resumed = run(deployment.path(), &same, &[]);
    assert_eq!(resumed.status, Some(0), "{}", resumed.complained);
    assert!(resumed.line("users").starts_with("users 1 1 0 "), "{}", resumed.printed);
    assert!(resumed.line("sessions").starts_with("sessions 1 1 0 "), "{}", resumed.printed);
    assert!(resumed.line("identities").starts_with("identities 1 0 1 "), "{}", resumed.printed);
    assert!(resumed.line("keys").starts_with("keys 3 0 0 "), "{}", resumed.printed);
    deployment.serves().await;
}

/// A copy that goes on only as long as it is let, so that it stands still while somebody looks at what it did.
struct Halting(Child);

impl Halting {
    /// Lets it go on until this is so of what it did, and kills it there.
    async fn kill_when(folder: &Path, arguments: &[&str], holds: impl AsyncFn() -> bool) {
        let mut copy = command(folder, arguments, &[]);
        let mut copy = Self(copy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        loop {
            copy.signal("-STOP");
            if holds().await {
                return;
            }
            assert!(copy.0.try_wait().unwrap().is_none(), "it ended before it could be killed");
            copy.signal("-CONT");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn signal(&self, which: &str) {
        let told = Command::new("kill").args([which, &self.0.id().to_string()]).status();
        assert!(told.unwrap().success(), "the process is there");
    }
}

impl Drop for Halting {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn a_killed_copy_can_be_resumed() {
    const MANY: i64 = 20_000;
    let deployment = Move::new().await;
    deployment.add_sessions(MANY);
    let arrived = || {
        let target =
            Connection::open_with_flags(deployment.target(), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        target.query_row("SELECT count(*) FROM sessions", [], |row| row.get::<_, i64>(0)).ok()
    };
    let many = async || arrived().is_some_and(|count| count >= 1000);
    Halting::kill_when(deployment.path(), &COPY, many).await;
    let there = arrived().unwrap();
    assert!((1000..MANY).contains(&there), "{there}");

    let more = [("SECRET_KEYS", deployment.secrets.as_str()), ("DATABASE_URL", TO)];
    refuses_half_a_copy(deployment.path(), &more);
    let resumed = deployment.run(&["--resume"]);
    assert_eq!(resumed.status, Some(0), "{}", resumed.complained);
    let left = MANY - there;
    assert!(
        resumed.line("sessions").starts_with(&format!("sessions {MANY} {left} 0 ")),
        "{}",
        resumed.printed
    );
    deployment.serves().await;
}

#[tokio::test]
async fn a_target_with_content_is_replaced_only_on_request() {
    let deployment = Move::new().await;
    let secrets = deployment.secrets.clone();
    let there = [("SECRET_KEYS", secrets.as_str()), ("DATABASE_URL", TO)];
    make_super_admin(deployment.path(), "other@example.org", PASSWORD, &there);
    let refused = deployment.run(&[]);
    assert!(refused.complained.contains("the target is not empty"), "{}", refused.complained);
    let status = succeed(deployment.path(), &["db", "status"], &there).printed;
    assert!(!status.contains("copy:"), "it was given back as it was: {status}");

    let asked = deployment.run(&["--replace"]);
    assert!(
        asked.complained.contains("is removed for good") && asked.status == Some(1),
        "{}",
        asked.complained
    );
    let replaced = deployment.run(&["--replace", "--yes"]);
    assert_eq!(replaced.status, Some(0), "{}", replaced.complained);
    assert!(replaced.line("users").starts_with("users 1 1 1 "), "{}", replaced.printed);
    deployment.serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moving_to_mongodb_and_back_keeps_sessions() {
    let deployment = Move::new().await;
    let server = MongoDatabase::new();
    let (mongodb, secrets, refresh) = (server.url(), deployment.secrets.clone(), deployment.refresh.clone());
    let copy = |from: &str, to: &str, more: &[&str]| {
        run(deployment.path(), &[&["db", "copy", "--from", from, "--to", to], more].concat(), &[])
    };
    let there = copy(FROM, &mongodb, &[]);
    assert_eq!(there.status, Some(0), "{}{}", there.printed, there.complained);
    assert!(there.line("users").starts_with("users 1 1 0 "), "{}", there.printed);
    assert_eq!(copy(FROM, &mongodb, &[]).status, Some(1), "it is not empty any more");
    let more = [("SECRET_KEYS", secrets.as_str()), ("DATABASE_URL", mongodb.as_str())];
    let status = succeed(deployment.path(), &["db", "status"], &more);
    assert!(status.printed.lines().next().unwrap().ends_with(" declared, all present"), "{}", status.printed);
    assert_eq!(status.line("users"), "users 1 0 0 1 0");
    let note = format!("copy: of {}, finished ", named(deployment.path()));
    assert!(status.printed.contains(&note), "{}", status.printed);
    let check = succeed(deployment.path(), &["check", "--connect"], &more);
    assert!(check.line("keys").starts_with("keys ok 3"), "{}", check.printed);

    let back = copy(&mongodb, TO, &[]);
    assert_eq!(back.status, Some(0), "{}{}", back.printed, back.complained);
    let table = |ran: &Ran| {
        ran.printed.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(table(&there), table(&back), "the same documents with the same checksums");

    let variables = [GENEROUS.as_slice(), &more].concat();
    let Move { folder, .. } = deployment;
    let serving = Binary::start_in(folder, &variables).await;
    let mut browser = serving.browser();
    browser.set_cookie("palisade-refresh", &refresh);
    assert_eq!(browser.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    assert_eq!(browser.get("/api/v1/users/me").await.at("/data/email"), ADMIN);
    let mut another = serving.browser();
    let answer = another.post("/api/v1/auth/login", json!({"email": ADMIN, "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "the password holds: {}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_copy_to_mongodb_is_not_served_and_can_be_finished() {
    const MANY: i64 = 20_000;
    let deployment = Move::new().await;
    deployment.add_sessions(MANY);
    let server = MongoDatabase::new();
    let mongodb = server.url();
    let arguments = ["db", "copy", "--from", FROM, "--to", mongodb.as_str()];
    let more = [("SECRET_KEYS", deployment.secrets.as_str()), ("DATABASE_URL", mongodb.as_str())];
    let is_unfinished = || {
        let status = run(deployment.path(), &["db", "status"], &more);
        status.printed.contains(&format!("copy: of {}, started", named(deployment.path())))
            && status.printed.contains("not finished")
    };
    let client = mongodb::Client::with_uri_str(&mongodb).await.unwrap();
    let notes = client.default_database().unwrap().collection::<Document>("copies");
    let begun = async || notes.find_one(doc! {}).await.unwrap().is_some();
    Halting::kill_when(deployment.path(), &arguments, begun).await;
    assert!(is_unfinished(), "it ended before it was killed");
    refuses_half_a_copy(deployment.path(), &more);

    let resumed = run(deployment.path(), &[arguments.as_slice(), &["--resume"]].concat(), &[]);
    assert_eq!(resumed.status, Some(0), "{}", resumed.complained);
    assert!(resumed.line("sessions").starts_with(&format!("sessions {MANY} ")), "{}", resumed.printed);
    assert!(!is_unfinished());
}

#[test]
fn only_a_deployment_can_be_copied() {
    let folder = tempfile::tempdir().unwrap();
    let missing = run(folder.path(), &COPY, &[]);
    assert_eq!(missing.status, Some(1));
    assert!(
        missing.complained.contains("there is no database at data/palisade.db"),
        "{}",
        missing.complained
    );
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/palisade.db"), "a text").unwrap();
    let foreign = run(folder.path(), &COPY, &[]);
    assert!(foreign.complained.contains("is not a database of Palisade"), "{}", foreign.complained);
    let onto_itself = ["db", "copy", "--from", FROM, "--to", "sqlite://./data/palisade.db"];
    let refused = run(folder.path(), &onto_itself, &[]);
    assert!(refused.complained.contains("source and target are the same store"), "{}", refused.complained);
    let wrong = ["db", "copy", "--from", "postgres://ada:a-secret@host", "--to", TO];
    let wrong = run(folder.path(), &wrong, &[]);
    assert!(wrong.complained.contains("does not begin with `sqlite://`"), "{}", wrong.complained);
    assert!(!wrong.complained.contains("a-secret"), "secrets stay");
    assert!(!folder.path().join("new").exists(), "nothing was made");
}
