//! The servers work, and none is left behind.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use palisade_test_servers::{
    MONGODB_TEST_URL, MongoDatabase, Options, REDIS_TEST_URL, RedisServer, ReplicaSet, Standalone, given,
};

/// The folder of the members.
async fn folder_of(url: &str) -> PathBuf {
    let client = Client::with_uri_str(url).await.unwrap();
    let options = client.database("admin").run_command(doc! {"getCmdLineOpts": 1}).await.unwrap();
    let storage = options.get_document("parsed").unwrap().get_document("storage").unwrap();
    Path::new(storage.get_str("dbPath").unwrap()).parent().unwrap().to_owned()
}

/// `host:port` of each member.
fn hosts(url: &str) -> Vec<String> {
    let rest = url.split_once("://").unwrap().1;
    rest.split('/').next().unwrap().split(',').map(str::to_owned).collect()
}

/// Waits until no server and no file is left.
async fn gone(hosts: &[String], folder: &Path) {
    for _ in 0..1000 {
        if hosts.iter().all(|host| TcpStream::connect(host).is_err()) && !folder.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{hosts:?} still answer, or {} is still there", folder.display());
}

#[tokio::test]
async fn a_set_survives_its_primary_and_accepts_it_again() {
    let mut set = ReplicaSet::with(Options::for_failover()).await.unwrap();
    let client = Client::with_uri_str(set.url()).await.unwrap();
    let notes = client.database("test").collection::<Document>("notes");
    let first = set.primary().await.unwrap();
    notes.insert_one(doc! {"_id": "before"}).await.unwrap();

    set.kill(first);
    let second = set.primary().await.unwrap();
    assert_ne!(first, second, "a killed member says nothing");
    notes.insert_one(doc! {"_id": "between"}).await.unwrap();

    set.restart(first).await.unwrap();
    set.complete().await.unwrap();
    set.kill(second);
    set.primary().await.unwrap();
    assert_eq!(notes.count_documents(doc! {}).await.unwrap(), 2, "what was acknowledged is there");
}

#[tokio::test]
async fn a_dropped_set_leaves_nothing_behind() {
    let set = ReplicaSet::with(Options::single()).await.unwrap();
    let (hosts, folder) = (hosts(&set.url()), folder_of(&set.url()).await);
    assert!(folder.exists());
    drop(set);
    gone(&hosts, &folder).await;
}

#[tokio::test]
async fn a_standalone_server_is_not_a_replica_set() {
    let server = Standalone::start().await.unwrap();
    let client = Client::with_uri_str(server.url()).await.unwrap();
    let hello = client.database("admin").run_command(doc! {"hello": 1}).await.unwrap();
    assert!(!hello.contains_key("setName"), "{hello}");
}

#[tokio::test]
async fn the_url_contains_the_credentials() {
    let set = ReplicaSet::with(Options { auth: true, ..Options::single() }).await.unwrap();
    let with = Client::with_uri_str(set.url()).await.unwrap();
    with.database("test").collection("notes").insert_one(doc! {"_id": 1}).await.unwrap();

    let (scheme, rest) =
        set.url().split_once("palisade:").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let without = format!("{scheme}{}", rest.split_once('@').unwrap().1.replace("&authSource=admin", ""));
    let stranger = Client::with_uri_str(&without).await.unwrap();
    let refused =
        stranger.database("test").collection("notes").insert_one(doc! {"_id": 2}).await.unwrap_err();
    assert!(refused.to_string().contains("requires authentication"), "{refused}");
}

#[tokio::test]
async fn a_test_database_is_dropped_with_its_value() {
    let database = MongoDatabase::new();
    let client = Client::with_uri_str(database.url()).await.unwrap();
    let name = database.name().to_owned();
    assert_eq!(client.default_database().unwrap().name(), name);
    client.default_database().unwrap().collection("notes").insert_one(doc! {"_id": 1}).await.unwrap();
    assert!(client.list_database_names().await.unwrap().contains(&name));
    drop(database);
    assert!(!client.list_database_names().await.unwrap().contains(&name));
}

#[tokio::test]
async fn redis_restarts_empty_on_its_port() {
    use std::io::Write as _;

    let mut server = RedisServer::start().await.unwrap();
    let url = server.url();
    let host = hosts(&url).remove(0);
    let ask = |line: &str| {
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    };
    assert_eq!(ask("SET key value"), "+OK");
    assert_eq!(ask("DBSIZE"), ":1");
    server.kill();
    assert!(TcpStream::connect(&host).is_err());
    server.restart().await.unwrap();
    assert_eq!((server.url(), ask("DBSIZE")), (url, ":0".to_owned()));
}

/// The program that runs the shared servers. It starts its own, even if this run got URLs.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade-test-servers"));
    command.env_remove(MONGODB_TEST_URL).env_remove(REDIS_TEST_URL).stdin(Stdio::piped());
    command
}

#[tokio::test]
async fn a_killed_or_stopped_program_leaves_nothing_behind() {
    for killed in [true, false] {
        let mut running = program().stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut url = |name: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(&format!("{name}=")).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let (mongodb, redis) = (url(MONGODB_TEST_URL), url(REDIS_TEST_URL));
        let folder = folder_of(&mongodb).await;
        let mut all = hosts(&mongodb);
        all.extend(hosts(&redis));
        assert!(all.len() == 2 && all.iter().all(|host| TcpStream::connect(host).is_ok()), "{all:?}");
        if killed {
            running.kill().unwrap();
        } else {
            drop(running.stdin.take());
        }
        assert_eq!(running.wait().unwrap().success(), !killed);
        gone(&all, &folder).await;
    }
}

#[test]
fn the_error_of_a_missing_program_says_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = given("PATH").unwrap();
    let shell = path.split(':').map(|place| Path::new(place).join("sh")).find(|file| file.exists()).unwrap();
    symlink(shell, folder.path().join("sh")).unwrap();
    let mut command = program();
    command.env_clear().env("PATH", folder.path()).env("HOME", folder.path());
    // Its input stays open: the end of its input would stop it.
    let mut running = command.stderr(Stdio::piped()).spawn().unwrap();
    let said = std::io::read_to_string(running.stderr.take().unwrap()).unwrap();
    assert!(!running.wait().unwrap().success());
    assert!(said.contains("is missing. `scripts/install-test-tools.sh servers`"), "{said}");
    assert!(said.contains("MONGODB_TEST_URL") || said.contains("REDIS_TEST_URL"), "{said}");
}
