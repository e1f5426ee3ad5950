//! The treatment of the server's errors: whether a retry may succeed, and what the log shows.

use palisade_test_servers::{MongoDatabase, Options, ReplicaSet};

use super::*;
use crate::mongodb::failure::{code, failed, is_duplicate, said};

/// Lets every read fail like this until the next call.
async fn reads_fail(scratch: &Scratch, how: Option<Document>) {
    let mut command = doc! { "configureFailPoint": "failCommand", "mode": "off" };
    if let Some(mut data) = how {
        data.insert("failCommands", ["find"]);
        command.extend([("mode".to_owned(), "alwaysOn".into()), ("data".to_owned(), data.into())]);
    }
    scratch.database.client().database("admin").run_command(command).await.unwrap();
}

/// On a separate server, because a fail point affects everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn temporary_and_permanent_server_errors_are_distinguished() {
    let set = ReplicaSet::with(Options::single()).await.unwrap();
    let scratch = Scratch::of(MongoDatabase::on(&set.url())).await;
    let store = MongoBench::open(&scratch.address, Arc::new(SystemClock::new())).await.unwrap();
    let claims = store.collection::<Claim>().unwrap();
    let key = ClaimKey("email:ada@example.org".to_owned());
    let overloaded = doc! { "errorCode": 2, "errorLabels": ["SystemOverloadedError"] };
    let not_now = [133, 216, 217, 365, 371, 433, 449, 450, 462, 473].map(|code| doc! { "errorCode": code });
    for how in not_now.into_iter().chain([overloaded]) {
        reads_fail(&scratch, Some(how.clone())).await;
        let answer = claims.get(&key).await;
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{how}: {answer:?}");
    }
    // No retry for a bug.
    reads_fail(&scratch, Some(doc! { "errorCode": 2 })).await;
    let answer = claims.get(&key).await;
    assert!(matches!(answer, Err(StoreError::Engine { .. })), "{answer:?}");
    reads_fail(&scratch, None).await;
    assert!(claims.get(&key).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn errors_of_duplicates_quote_no_document() {
    let bench = MongoBench::new().await;
    let claims = bench.scratch.collection("claims");
    let ada = doc! { "_id": "email:ada@example.org", "doc": { "owner": "ada" } };
    let bob = doc! { "_id": "email:bob@example.org", "doc": { "owner": "bob" } };
    claims.insert_many([&ada, &bob]).await.unwrap();
    let errors = [
        claims.insert_many([&ada, &bob]).ordered(false).await.unwrap_err(),
        claims.insert_one(&ada).await.unwrap_err(),
        claims.find_one_and_replace(doc! { "revision": 1 }, &ada).upsert(true).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().contains("ada"), "the driver does quote: {error}");
        assert!(is_duplicate(&error), "{:?}", code(&error));
        let told = format!("{} {:?}", said(&error), failed("writing", &error));
        assert!(told.contains("11000"), "{told}");
        assert!(!told.contains("ada") && !told.contains("bob") && !told.contains('@'), "{told}");
    }
}

/// The driver remembers why a server was given up, with the whole answer, and quotes it while it searches for
/// another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn errors_of_a_server_that_steps_down_quote_no_answer() {
    let set = ReplicaSet::with(Options::single()).await.unwrap();
    let scratch = Scratch::of(MongoDatabase::on(&set.url())).await;
    let mut options = mongodb::options::ClientOptions::parse(&scratch.address).await.unwrap();
    options.retry_writes = Some(false);
    options.server_selection_timeout = Some(Duration::from_millis(100));
    let client = mongodb::Client::with_options(options).unwrap();
    let claims = client.default_database().unwrap().collection::<Document>("claims");
    scratch.collection("claims").insert_one(doc! { "_id": "email:ada@example.org" }).await.unwrap();
    let quoted = format!("{:02x?}", "email:ada@example.org".as_bytes()).replace(['[', ']', ',', ' '], "");
    let stepped_down =
        doc! { "code": 11602, "codeName": "InterruptedDueToReplStateChange", "errmsg": "it steps down" };
    let data = doc! { "failCommands": ["findAndModify"], "writeConcernError": stepped_down };
    let fail = doc! { "configureFailPoint": "failCommand", "mode": "alwaysOn", "data": data };
    scratch.database.client().database("admin").run_command(fail).await.unwrap();

    // Sometimes the server is found again before the search for it begins.
    for _ in 0..100 {
        let touch = doc! { "$set": { "revision": 2 } };
        let touched = claims.find_one_and_update(doc! { "_id": "email:ada@example.org" }, touch).await;
        let error = touched.unwrap_err();
        assert!(!said(&error).contains(&quoted), "{}", said(&error));
        if matches!(*error.kind, mongodb::error::ErrorKind::ServerSelection { .. })
            && error.to_string().contains(&quoted)
        {
            assert!(said(&error).contains("11602"), "what does not quote stays: {}", said(&error));
            return;
        }
    }
    panic!("the driver quotes no answer");
}
