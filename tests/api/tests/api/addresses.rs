//! Unusable addresses, with the real binary: `check` and a start refuse the same ones with the same words, and if
//! only a server can detect the mistake, the operator learns what to do.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use mongodb::bson::doc;
use palisade_api_tests::binary::{Ran, run, succeed};
use palisade_test_servers::{MongoDatabase, Options, ReplicaSet};

const AT_ONCE: (&str, &str) = ("START_TIMEOUT", "1s");

fn without_home(variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), arguments, variables)
}

/// What `check --connect` says of a part, and what a start says; each fails.
fn both(variables: &[(&str, &str)], part: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let checked = run(folder.path(), &["check", "--connect"], variables);
    assert_eq!(checked.status, Some(1), "{}{}", checked.printed, checked.complained);
    let mut variables = variables.to_vec();
    variables.push(AT_ONCE);
    let started = run(folder.path(), &[], &variables);
    assert_eq!(started.status, Some(1), "{}{}", started.printed, started.complained);
    (checked.line(part), started.complained)
}

#[test]
fn check_and_start_refuse_impossible_addresses_alike() {
    let mongodb = "mongodb://ada:hunter2@127.0.0.1:1/shop";
    for (variable, value, said) in [
        ("DATABASE_URL", format!("{mongodb}?compressors=zlib"), "asks for compression (`compressors`)"),
        (
            "DATABASE_URL",
            format!("{mongodb}?socketTimeoutMS=1"),
            "`socketTimeoutMS`: the Rust driver does not",
        ),
        (
            "DATABASE_URL",
            format!("{mongodb}?loadBalanced=true"),
            "asks for `loadBalanced`, which is not supported",
        ),
        ("DATABASE_URL", format!("{mongodb}?wtimeout=5"), "did you mean `wtimeoutms`?"),
        ("DATABASE_URL", format!("{mongodb}?tlsCAFile=/nowhere.pem"), "names no authority in `tlsCAFile`"),
        ("DATABASE_URL", "mongodb://ada:<hunter2>@127.0.0.1:1/shop".to_owned(), "still has a placeholder"),
        ("DATABASE_URL", "mongodb://ada:hunter2%@127.0.0.1:1/shop".to_owned(), "must be percent-encoded"),
        ("RATE_LIMIT_URL", format!("{mongodb}?compressors=zlib"), "asks for compression (`compressors`)"),
        ("RATE_LIMIT_URL", format!("{mongodb}?proxyHost=x"), "`proxyHost`"),
        ("RATE_LIMIT_URL", "redis://:hunter2/x@127.0.0.1:1".to_owned(), "must be percent-encoded"),
        ("RATE_LIMIT_URL", "rediss://:<hunter2>@127.0.0.1:1".to_owned(), "still has a placeholder"),
        ("SMTP_URL", "smtps://ada:hunter2#x@127.0.0.1:1".to_owned(), "must be percent-encoded"),
        ("SMTP_CA_FILE", "/nowhere.pem".to_owned(), "names a file that cannot be read (entity not found)"),
    ] {
        let variables = [(variable, value.as_str())];
        let checked = without_home(&variables, &["check"]);
        assert_eq!(checked.status, Some(1), "{variable}={value}");
        let complained = &checked.complained;
        assert!(complained.contains(&format!("{variable}: ")) && complained.contains(said), "{complained}");
        assert!(!complained.contains("hunter2"), "{complained}");
        let started = without_home(&variables, &[]);
        assert_eq!((started.status, &started.complained), (Some(1), complained));
    }
}

#[test]
fn valid_addresses_are_accepted_and_ignored_options_are_reported() {
    for (variable, value) in [
        ("RATE_LIMIT_URL", "valkey://127.0.0.1:1/2"),
        ("RATE_LIMIT_URL", "valkeys://:hunter2@cache.example.org"),
        (
            "DATABASE_URL",
            "mongodb+srv://ada:hunter2@cluster0.example.net/?retryWrites=true&w=majority&appName=Cluster0",
        ),
    ] {
        let checked = without_home(&[(variable, value)], &["check"]);
        assert_eq!(checked.status, Some(0), "{value}: {}", checked.complained);
        assert!(!checked.printed.contains("is ignored") && !checked.printed.contains("hunter2"));
    }
    let url = "mongodb://127.0.0.1:1/shop?w=1&readPreference=nearest";
    let checked = without_home(&[("DATABASE_URL", url)], &["check"]);
    for option in ["w", "readPreference"] {
        let said = format!("warning: DATABASE_URL: `{option}` is ignored");
        assert!(checked.printed.contains(&said), "{}", checked.printed);
    }
}

#[test]
fn a_database_whose_name_differs_in_case_is_reported() {
    let database = MongoDatabase::new();
    let (lower, upper) = (database.name().to_owned(), database.name().to_uppercase());
    database.run(async |there| there.create_collection("something").await);
    let url = database.url().replace(&lower, &upper);
    let (checked, started) = both(&[("DATABASE_URL", url.as_str())], "store");
    for said in [&checked, &started] {
        assert!(said.contains("differs from this one only in upper and lower case"), "{said}");
    }
}

#[test]
fn another_replica_set_and_missing_tls_are_reported() {
    let database = MongoDatabase::new();
    let url = database.url();
    let other = format!("{}?replicaSet=elsewhere", url.split('?').next().unwrap());
    let (checked, started) = both(&[("DATABASE_URL", other.as_str())], "store");
    for said in [&checked, &started] {
        assert!(said.contains("a member of a replica set with the name `elsewhere`"), "{said}");
    }
    let tls = format!("{}?tls=true", url.split('?').next().unwrap());
    let (checked, started) = both(&[("DATABASE_URL", tls.as_str())], "store");
    for said in [&checked, &started] {
        assert!(said.contains("perhaps it has no TLS at this port (`tls=false`)"), "{said}");
        assert!(!said.contains("{ ") && !said.contains("Some("), "{said}");
    }
}

#[test]
fn an_unreachable_server_is_reported_by_its_address() {
    let url = "mongodb://127.0.0.1:1/shop?serverSelectionTimeoutMS=500";
    let (checked, started) = both(&[("DATABASE_URL", url)], "store");
    for said in [&checked, &started] {
        assert!(said.contains("127.0.0.1:1 failed (Connection refused"), "{said}");
        assert!(!said.contains("Topology") && !said.contains("labels") && !said.contains("{ "), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_user_is_refused_and_the_documented_rights_are_enough() {
    let set = ReplicaSet::with(Options { auth: true, ..Options::single() }).await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let make = async |user: &str, command: mongodb::bson::Document| {
        set.command(0, command).await.unwrap_or_else(|error| panic!("{user}: {error}"));
    };
    let on = |actions: &[&str]| {
        let resource = doc! { "db": database.name(), "collection": "" };
        doc! { "resource": resource, "actions": actions }
    };
    // As docs/limit-stores.md and docs/operations.md say it.
    let rights = [
        "find",
        "insert",
        "update",
        "remove",
        "createCollection",
        "createIndex",
        "listIndexes",
        "listCollections",
    ];
    let role = doc! { "createRole": "palisade", "privileges": [on(&rights)], "roles": [] };
    make("role", role).await;
    make("smallest", doc! { "createUser": "smallest", "pwd": "secret-one", "roles": ["palisade"] }).await;
    let read = doc! { "role": "read", "db": database.name() };
    make("reader", doc! { "createUser": "reader", "pwd": "secret-two", "roles": [read] }).await;
    let url = |user: &str, password: &str| {
        let (_, hosts) =
            database.url().split_once('@').map(|(user, hosts)| (user.to_owned(), hosts.to_owned())).unwrap();
        format!("mongodb://{user}:{password}@{hosts}")
    };

    // First where nothing is there yet, then on a database that is.
    let reader = url("reader", "secret-two");
    let said = "the database user lacks rights on the database that the URL names: insert; update; remove; createCollection; \
                createIndex; the role `readWrite` on it has them all";
    let folder = tempfile::tempdir().unwrap();
    let smallest = url("smallest", "secret-one");
    for _ in 0..2 {
        let (checked, started) = both(&[("DATABASE_URL", reader.as_str())], "store");
        assert!(checked.contains(said) && started.contains(said), "{checked}\n{started}");
        let variables = [("DATABASE_URL", smallest.as_str()), ("RATE_LIMIT_URL", "mongodb")];
        let checked = succeed(folder.path(), &["check", "--connect"], &variables);
        assert!(checked.line("store").starts_with("store ok"), "{}", checked.printed);
        // Making somebody starts all that a start starts.
        succeed(folder.path(), &["admin", "create", "--email", "root@example.org"], &variables);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_without_a_majority_is_reported() {
    let election_timeout = std::time::Duration::from_mins(5);
    let mut set = ReplicaSet::with(Options { election_timeout, ..Options::default() }).await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let folder = tempfile::tempdir().unwrap();
    let url = database.url();
    let there = [("DATABASE_URL", url.as_str())];
    succeed(folder.path(), &["admin", "create", "--email", "root@example.org"], &there);
    let primary = set.primary().await.unwrap();
    for member in (0..3).filter(|member| *member != primary) {
        set.kill(member);
    }
    let (checked, started) = both(&there, "store");
    for said in [&checked, &started] {
        assert!(said.contains("most members of its replica set do not confirm a write"), "{said}");
    }
    // What the test made cannot be removed without a majority.
    std::mem::forget(database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_requires_tls_is_reported() {
    let set = ReplicaSet::with(Options { tls: true, ..Options::single() }).await.unwrap();
    set.command(0, doc! { "setParameter": 1, "tlsMode": "requireTLS" }).await.unwrap();
    let (address, _) =
        set.url().split_once('?').map(|(url, options)| (url.to_owned(), options.to_owned())).unwrap();
    let plain = format!("{address}shop?serverSelectionTimeoutMS=500");
    let (checked, started) = both(&[("DATABASE_URL", plain.as_str())], "store");
    for said in [&checked, &started] {
        assert!(said.contains("perhaps it accepts only TLS (`tls=true`)"), "{said}");
    }
}
