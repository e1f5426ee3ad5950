//! The errors for a server that is partly or wholly unusable.

use palisade_test_servers::{Authority, MongoDatabase, Options, ReplicaSet, Standalone};

use super::*;

async fn refusal(address: &str) -> OpenError {
    MongoBench::open(address, Arc::new(SystemClock::new())).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_unusable_server_has_its_own_error() {
    let gone = "mongodb://127.0.0.1:9/x?serverSelectionTimeoutMS=300&connectTimeoutMS=300";
    let error = refusal(gone).await;
    assert!(matches!(error, OpenError::Unreachable { .. }) && error.may_pass(), "{error:?}");

    let alone = Standalone::start().await.unwrap();
    let error = refusal(&alone.url()).await;
    assert!(matches!(error, OpenError::Standalone), "{error:?}");
    assert!(error.to_string().contains("rs.initiate()"));

    let greetings = [
        (doc! { "isWritablePrimary": true, "maxWireVersion": 17 }, false),
        (doc! { "setName": "rs0", "maxWireVersion": 16 }, false),
        (doc! { "setName": "rs0", "maxWireVersion": 17 }, true),
        (doc! { "msg": "isdbgrid", "maxWireVersion": 25 }, true),
    ];
    for (hello, is_usable) in greetings {
        assert_eq!(open::judge(&hello).is_ok(), is_usable, "{hello}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_without_a_majority_is_unknown_or_refused() {
    let set = ReplicaSet::start().await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let store = MongoBench::open(&database.url(), Arc::new(SystemClock::new())).await.unwrap();
    let primary = set.primary().await.unwrap();
    for member in (0..3).filter(|member| *member != primary) {
        set.pause(member).unwrap();
    }
    let put = |keys: &[&str]| {
        keys.iter().fold(Batch::new(), |batch, key| {
            let ends_at = store.now().plus(Duration::from_mins(5));
            batch.insert(&ClaimKey((*key).to_owned()), Claim { owner: "ada".to_owned(), ends_at })
        })
    };
    // Only the primary has them: a caller that got a definite failure would repeat them.
    let (one, two) = tokio::join!(store.commit(put(&["a"])), store.commit(put(&["b", "c"])));
    for told in [one, two] {
        assert!(matches!(told, Err(StoreError::Unknown { .. })), "{told:?}");
    }
    // The primary steps down for lack of a majority: then no write begins.
    let mut last = None;
    for _ in 0..5 {
        last = store.commit(put(&["d"])).await.err();
        if matches!(last, Some(StoreError::Unavailable { .. })) {
            break;
        }
    }
    assert!(matches!(last, Some(StoreError::Unavailable { .. })), "{last:?}");
    for member in 0..3 {
        set.resume(member).unwrap();
    }
    set.complete().await.unwrap();
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_role_read_write_is_enough_and_missing_rights_are_named() {
    let set = ReplicaSet::with(Options { auth: true, ..Options::single() }).await.unwrap();
    let root = Scratch::of(MongoDatabase::on(&set.url())).await;
    for (user, role) in [("writer", "readWrite"), ("reader", "read")] {
        let create = doc! { "createUser": user, "pwd": "hunter2", "roles": [role] };
        root.database.run_command(create).await.unwrap();
    }
    let (_, hosts) = root.address.split_once('@').unwrap();
    let (hosts, options) = hosts.split_once('?').unwrap();
    let options: Vec<_> = options.split('&').filter(|option| !option.starts_with("authSource")).collect();
    let address = |user: &str| format!("mongodb://{user}@{hosts}?{}", options.join("&"));

    let store = MongoBench::open(&address("writer:hunter2"), Arc::new(SystemClock::new())).await.unwrap();
    let key = ClaimKey("k".to_owned());
    let claim =
        |store: &Store| Claim { owner: "ada".to_owned(), ends_at: store.now().plus(Duration::from_mins(1)) };
    let batch = Batch::new().insert(&key, claim(&store)).insert(&ClaimKey("l".to_owned()), claim(&store));
    store.commit(batch).await.unwrap();
    store.ping().await.unwrap();
    store.sweep().await.unwrap();
    assert!(store.drift().await.unwrap().is_none());

    let elsewhere = address("reader:hunter2");
    // Nothing is missing there, so nothing would be created: only the rights are checked.
    let OpenError::LacksRights { rights } = refusal(&elsewhere).await else { panic!("it was not refused") };
    assert_eq!(rights, "insert; update; remove; createCollection; createIndex");
    for stranger in [address("writer:hunter3"), address("eve:hunter2")] {
        let error = refusal(&stranger).await;
        assert!(matches!(error, OpenError::WrongCredentials), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("hunter"));
        assert!(!format!("{:?}", Location::parse(&stranger).unwrap()).contains("hunter"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tls_follows_the_address_and_checks_the_certificate() {
    let set = ReplicaSet::with(Options { tls: true, ..Options::single() }).await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let (address, elsewhere) = (database.url(), tempfile::tempdir().unwrap());

    let store = MongoBench::open(&address, Arc::new(SystemClock::new())).await.unwrap();
    let key = ClaimKey("k".to_owned());
    let claim = Claim { owner: "ada".to_owned(), ends_at: store.now().plus(Duration::from_mins(1)) };
    store.commit(Batch::new().insert(&key, claim)).await.unwrap();
    assert!(store.collection::<Claim>().unwrap().get(&key).await.unwrap().is_some());

    let stranger = Authority::new(elsewhere.path()).unwrap();
    let (system, _) = address.split_once("&tlsCAFile=").unwrap();
    for trusting in [system.to_owned(), format!("{system}&tlsCAFile={}", stranger.file().display())] {
        let error = refusal(&format!("{trusting}&serverSelectionTimeoutMS=1000")).await;
        assert!(matches!(error, OpenError::Untrusted { .. }) && !error.may_pass(), "{error:?}");
        let told = std::error::Error::source(&error).unwrap().to_string();
        assert!(told.contains("certificate"), "{told}");
    }
}
