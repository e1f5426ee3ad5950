//! Only for MongoDB: the documents in the database, and the server's clock.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{DateTime, Document, doc};
use palisade_core::limits::{Charge, LimitStoreError, Quota};
use palisade_core::ports::LimitStore as _;
use palisade_lib::mongodb::MongoLimiter;
use palisade_test_servers::{MongoDatabase, Options, ReplicaSet, Standalone};
use tokio::task::JoinSet;

use crate::schedules::charge;
use crate::servers::mongo_url;

struct World {
    database: MongoDatabase,
    limiter: MongoLimiter,
}

impl World {
    fn new() -> Self {
        let database = MongoDatabase::new();
        let limiter = MongoLimiter::open(&mongo_url(&database.url()), "t").unwrap();
        Self { database, limiter }
    }

    async fn passes(&self, charge: Charge) -> bool {
        self.limiter.take(&[charge]).await.unwrap().passed()
    }

    /// The document of the only subject.
    fn document(&self) -> Document {
        self.database.run(async |database| Ok(limits(&database).find_one(doc! {}).await?.unwrap()))
    }

    /// Has the effect of setting the server's clock back after all charges.
    fn set_back(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        let later = |moment: &str| doc! { "$add": [moment, by] };
        let window = doc! { "$mergeObjects": ["$$this.v", {
            "at": later("$$this.v.at"),
            "opened": later("$$this.v.opened"),
            "ends": later("$$this.v.ends"),
            "older": { "$map": { "input": "$$this.v.older", "as": "entry", "in": {
                "at": later("$$entry.at"), "units": "$$entry.units",
            } } },
        }] };
        let windows = doc! { "$map": {
            "input": { "$objectToArray": "$windows" },
            "in": { "k": "$$this.k", "v": window },
        } };
        let moved = doc! { "$set": {
            "at": later("$at"), "expiresAt": later("$expiresAt"), "windows": { "$arrayToObject": windows },
        } };
        self.database.run(async |database| limits(&database).update_many(doc! {}, vec![moved]).await);
    }
}

fn limits(database: &mongodb::Database) -> mongodb::Collection<Document> {
    database.collection("limits")
}

#[tokio::test]
async fn a_clock_that_is_set_back_frees_nothing_early() {
    for (quota, cost) in [(Quota::of(5, 2), 1), (Quota::of(200, 2), 18)] {
        let world = World::new();
        let limit = quota.limit().get();
        let cost = NonZeroU32::new(cost).unwrap();
        for _ in 0..(limit - 2) / cost {
            assert!(world.passes(charge("a", 1, quota).costing(cost)).await);
        }
        world.set_back(Duration::from_hours(1));
        assert!(world.passes(charge("a", 1, quota)).await);
        assert!(world.passes(charge("a", 1, quota)).await);
        let refused = world.limiter.take(&[charge("a", 1, quota)]).await.unwrap();
        let wait = refused.retry_after().unwrap();
        assert!(wait > Duration::from_secs(3595) && wait < Duration::from_secs(3603), "{quota}: {wait:?}");
        // By the current clock, not by the one before it was set back.
        let now = Duration::from_millis(u64::try_from(DateTime::now().timestamp_millis()).unwrap());
        assert!(refused.at().abs_diff(now) < Duration::from_mins(1), "{:?}", refused.at());
        // Later charges leave no earlier than earlier ones.
        let asked = async || world.limiter.take(&[charge("a", 1, quota).to_question()]).await.unwrap();
        while asked().await.at() < refused.at() + quota.window() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(asked().await.statuses()[0].remaining, 0, "{quota}");
    }
}

#[tokio::test]
async fn a_decision_that_waited_for_another_comes_after_it() {
    let world = World::new();
    let quota = Quota::of(2, 60);
    assert!(world.passes(charge("a", 1, quota)).await);
    // A little less than the difference that the store evens out, so that a busy machine has time for the next step.
    world.set_back(Duration::from_millis(1_900));
    let at = world.document().get_datetime("at").unwrap().timestamp_millis();
    let decision = world.limiter.take(&[charge("a", 1, quota)]).await.unwrap();
    assert_eq!(decision.at(), Duration::from_millis(u64::try_from(at).unwrap()));
    let refused = world.limiter.take(&[charge("a", 1, quota)]).await.unwrap();
    assert_eq!((refused.at(), refused.retry_after()), (decision.at(), Some(Duration::from_mins(1))));
}

#[tokio::test]
async fn refused_requests_and_questions_do_not_change_the_document() {
    let world = World::new();
    let (tight, loose) = (Quota::of(1, 60), Quota::of(9, 60));
    assert!(world.passes(Charge::asking(crate::schedules::key("a", 1), tight)).await);
    let count = world.database.run(async |database| limits(&database).count_documents(doc! {}).await);
    assert_eq!(count, 0, "asking makes no document");
    assert!(world.passes(charge("a", 1, tight)).await);
    let before = world.document();
    let both = [charge("a", 1, tight), charge("b", 1, loose)];
    assert!(!world.limiter.take(&both).await.unwrap().passed());
    assert!(world.passes(Charge::asking(crate::schedules::key("b", 1), loose)).await);
    assert_eq!(world.document(), before);
}

#[tokio::test]
async fn a_document_holds_only_current_windows_and_expires() {
    let world = World::new();
    for (bucket, secs) in [("a", 1), ("b", 2), ("c", 60)] {
        assert!(world.passes(charge(bucket, 1, Quota::of(9, secs))).await);
    }
    // Waits by asking, because the server's clock decides.
    while world.limiter.take(&[charge("b", 1, Quota::of(9, 2)).to_question()]).await.unwrap().statuses()[0]
        .remaining
        < 9
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(world.passes(charge("d", 1, Quota::of(9, 1))).await);
    let document = world.document();
    let names: Vec<_> = document.get_document("windows").unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["c:9/60", "d:9/1"]);
    let (at, ends) = (document.get_datetime("at").unwrap(), document.get_datetime("expiresAt").unwrap());
    let left = ends.timestamp_millis() - at.timestamp_millis();
    assert!((55_000..=60_000).contains(&left), "when the last of its windows does: {left} ms");
    // The index is created in the background.
    let index = || world.database.run(async |database| limits(&database).list_index_names().await);
    while !index().contains(&"limits_expiry".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_create_one_document_for_a_new_subject() {
    let world = Arc::new(World::new());
    for client in 0..20 {
        let mut clients = JoinSet::new();
        for _ in 0..16 {
            let limiter = world.limiter.clone();
            clients
                .spawn(async move { limiter.take(&[charge("a", client, Quota::of(7, 60))]).await.unwrap() });
        }
        let decisions = clients.join_all().await;
        assert_eq!(decisions.iter().filter(|decision| decision.passed()).count(), 7);
    }
}

#[tokio::test]
async fn a_standalone_server_is_enough() {
    let server = Standalone::start().await.unwrap();
    let limiter = MongoLimiter::open(&mongo_url(&server.url()), "t").unwrap();
    for _ in 0..3 {
        assert!(limiter.take(&[charge("a", 1, Quota::of(3, 60))]).await.unwrap().passed());
    }
    assert!(!limiter.take(&[charge("a", 1, Quota::of(3, 60))]).await.unwrap().passed());
    let client = Client::with_uri_str(server.url()).await.unwrap();
    assert_eq!(limits(&client.database("palisade")).count_documents(doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn a_document_in_an_unknown_format_is_an_error() {
    let world = World::new();
    let id = "t:network:0.0.0.1";
    let strange =
        doc! { "_id": id, "windows": { "a:3/60": { "at": DateTime::MAX, "units": "many", "older": [] } } };
    world.database.run(async |database| limits(&database).insert_one(strange).await);
    let failed = world.limiter.take(&[charge("a", 1, Quota::of(3, 60))]).await.unwrap_err();
    assert!(matches!(failed, LimitStoreError::BadAnswer(_)), "{failed:?}");
}

#[tokio::test]
async fn server_errors_are_classified() {
    let set = ReplicaSet::with(Options::single()).await.unwrap();
    let limiter = MongoLimiter::open(&mongo_url(&set.url()), "t").unwrap();
    let fails = async |code: i32, times: i32| {
        // The further fields of a duplicate-key error.
        let extra = doc! { "keyPattern": { "_id": 1 }, "keyValue": { "_id": "t" } };
        let data = doc! { "failCommands": ["findAndModify"], "errorCode": code, "errorExtraInfo": extra };
        let fail = doc! { "configureFailPoint": "failCommand", "mode": { "times": times }, "data": data };
        set.command(0, fail).await.unwrap();
        limiter.take(&[charge("a", 1, Quota::of(9, 60))]).await
    };
    // Another client keeps creating the document first.
    assert!(fails(11000, 4).await.unwrap().passed());
    assert!(matches!(fails(11000, 5).await, Err(LimitStoreError::BadAnswer(_))));
    // An election, and a command that exceeded its time limit.
    assert!(matches!(fails(10107, 1).await, Err(LimitStoreError::Unreachable(_))));
    assert!(matches!(fails(50, 1).await, Err(LimitStoreError::TimedOut(_))));
    assert!(matches!(fails(2, 1).await, Err(LimitStoreError::BadAnswer(_))));
}
