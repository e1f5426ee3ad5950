//! Runs the commands of docs/operations.md: bash runs them with the real binary, and the databases run the SQL.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use palisade_api_tests::binary::{self, Binary, make_super_admin, succeed};
use palisade_api_tests::world::{GENEROUS, Kept, PASSWORD};
use palisade_api_tests::{Client, World};
use palisade_core::ports::{Clock as _, SystemClock, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_test_servers::MongoDatabase;
use rusqlite::Connection;
use serde_json::{Value, json};

const ADMIN: &str = "root@example.org";
const HOUR: i64 = 3_600_000;

/// The command of the page that begins like this, whole.
fn shown(begin: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let found: Vec<&str> = blocks.filter(|block| block.starts_with(begin)).collect();
    let [block] = found[..] else { panic!("{begin} begins {} blocks", found.len()) };
    block.trim_end().to_owned()
}

/// Runs it with bash as the page has it; gives what it said.
fn typed(command: &str, folder: &Path, variables: &[(&str, &str)]) -> String {
    if !folder.join("bin").exists() {
        std::fs::create_dir(folder.join("bin")).unwrap();
        symlink(binary::path(), folder.join("bin/palisade")).unwrap();
    }
    let mut path = folder.join("bin").into_os_string();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    let mut bash = Command::new("bash");
    bash.args(["-c", command]).current_dir(folder).env_clear().env("PATH", path).stdin(Stdio::null());
    let ran = bash.envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert!(ran.status.success(), "{command}: {said}");
    said
}

fn secret() -> String {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["keys", "new"], &[]).printed.trim().to_owned()
}

async fn sign_in(mut browser: Client) -> Client {
    let answer = browser.post("/api/v1/auth/login", json!({"email": ADMIN, "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    browser
}

async fn me(browser: &Client) -> u16 {
    browser.clone().get("/api/v1/users/me").await.status
}

#[tokio::test]
async fn a_backup_is_made_and_put_back() {
    let secret = secret();
    let variables = [GENEROUS.as_slice(), &[("SECRET_KEYS", secret.as_str())]].concat();
    let server = Binary::start(&variables).await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &variables);
    let before = sign_in(server.browser()).await;
    // Nobody is at the terminal.
    let [backup, restore] = ["palisade db backup", "palisade db restore"].map(shown);
    let here = |command: &str| command.replace("/var/backups", &server.folder().display().to_string());
    typed(&here(&backup), server.folder(), &variables);
    typed(&format!("{} --yes", here(&restore)), server.folder(), &variables);
    server.until_ready_again().await;
    assert_eq!(me(&before).await, 401);
    sign_in(server.browser()).await;
}

#[tokio::test]
async fn a_deployment_moves_to_another_store() {
    let secret = secret();
    let variables = [GENEROUS.as_slice(), &[("SECRET_KEYS", secret.as_str())]].concat();
    let server = Binary::start(&variables).await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &variables);
    let signed_in = sign_in(server.browser()).await;
    let origin = server.origin();
    let file = server.folder().join("data/palisade.db");
    let folder = server.kill();

    let target = MongoDatabase::new();
    let command = shown("palisade db copy");
    let (rest, to) = command.rsplit_once(" --to ").unwrap();
    assert!(to.starts_with("\"mongodb://") && to.ends_with('"'), "{to}");
    let command = format!("{rest} --to \"{}\"", target.url());
    typed(
        &command.replace("/var/lib/palisade/palisade.db", &file.display().to_string()),
        folder.path(),
        &variables,
    );

    let url = target.url();
    let moved =
        [variables.as_slice(), &[("DATABASE_URL", url.as_str()), ("APP_URL", origin.as_str())]].concat();
    let server = Binary::start_in(folder, &moved).await;
    let host = origin.strip_prefix("http://").unwrap();
    let mut browser = Client::new(server.address(), host).from_origin(&origin);
    browser.set_cookie("palisade-access", signed_in.cookie("palisade-access").unwrap());
    assert_eq!(me(&browser).await, 200, "whoever was signed in still is");
}

/// A store in which somebody signed in while the clock was thirty hours ahead.
async fn thirty_hours_ahead(world: &World, clock: &TestClock) -> Client {
    clock.set(30 * HOUR);
    let browser = sign_in(world.browser()).await;
    clock.set(-30 * HOUR);
    browser
}

#[tokio::test]
async fn a_backup_from_before_a_wrong_clock_goes_into_a_new_file() {
    let clock = Arc::new(TestClock::of_a_machine(SystemClock::new().now()));
    let world = World::on_a_machine(Kept::new(), &clock, &[]).await;
    if world.database.is_mongodb() {
        return;
    }
    world.made_super_admin(ADMIN).await;
    let url = world.database.url();
    let file = PathBuf::from(url.strip_prefix("sqlite://").unwrap());
    let folder = file.parent().unwrap().to_owned();
    let variables = [("DATABASE_URL", url.as_str())];
    let here = |command: &str| command.replace("/var/backups", &folder.display().to_string());
    typed(&here(&shown("palisade db backup")), &folder, &variables);
    let before = thirty_hours_ahead(&world, &clock).await;
    let kept = world.stop().await;
    let said = World::refusal(&kept, &clock).await;
    assert!(said.contains("A clock that was wrong"), "{said}");

    for end in ["", "-wal", "-shm"] {
        let [from, to] = ["", ".away"].map(|more| format!("{}{more}{end}", file.display()));
        let moved = std::fs::rename(from, to);
        assert!(moved.is_ok() || !end.is_empty(), "{moved:?}");
    }
    typed(&format!("{} --yes", here(&shown("palisade db restore"))), &folder, &variables);
    let world = World::on_a_machine(kept, &clock, &[]).await;
    let again = sign_in(world.browser()).await;
    let mut old = world.browser();
    old.set_cookie("palisade-access", before.cookie("palisade-access").unwrap());
    assert_eq!((me(&again).await, me(&old).await), (200, 401));
}

/// Stops, lets the page's SQL forget the time, and withdraws the key, as the page says.
async fn forget_the_time(world: World) -> Kept {
    let url = world.database.url();
    let kept = world.stop().await;
    let file = PathBuf::from(url.strip_prefix("sqlite://").unwrap());
    let command = shown("sqlite3 ");
    let sql = command.strip_prefix("sqlite3 data/palisade.db \"").and_then(|rest| rest.strip_suffix('"'));
    Connection::open(&file).unwrap().execute_batch(sql.unwrap()).unwrap();
    typed("palisade keys withdraw current", file.parent().unwrap(), &[("DATABASE_URL", url.as_str())]);
    kept
}

#[tokio::test]
async fn an_embedded_store_forgets_a_time_that_was_wrong() {
    // In a store that was begun by the wrong clock every key is of the future; in an older one none is.
    for begun_ahead in [false, true] {
        let start = SystemClock::new().now().as_millis();
        let clock = Arc::new(TestClock::of_a_machine(Timestamp::from_millis(start)));
        clock.set(if begun_ahead { 30 * HOUR } else { 0 });
        let world = World::on_a_machine(Kept::new(), &clock, &[]).await;
        if world.database.is_mongodb() {
            return;
        }
        world.made_super_admin(ADMIN).await;
        clock.set(if begun_ahead { 0 } else { 30 * HOUR });
        let before = sign_in(world.browser()).await;
        let ended = sign_in(world.browser()).await;
        assert_eq!(ended.clone().post("/api/v1/auth/logout", Value::Null).await.status, 200);
        clock.set(-30 * HOUR);

        let kept = forget_the_time(world).await;
        let world = World::on_a_machine(kept, &clock, &[]).await;
        let difference = world.services.clock_state().difference_ms;
        assert!(difference.abs() < HOUR / 60, "it says the right time again: {difference}");
        let again = sign_in(world.browser()).await;
        assert_eq!(me(&again).await, 200);
        for old in [before, ended] {
            let mut browser = world.browser();
            browser.set_cookie("palisade-access", old.cookie("palisade-access").unwrap());
            assert_eq!(me(&browser).await, 401);
        }
        world.user("ada@example.org").await;
    }
}
