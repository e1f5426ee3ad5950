//! The promises of this engine only: query plans, one round trip, the format of documents, the clock, and the
//! errors for an unusable server.

mod commands;
mod failover;
mod failures;
mod forms;
mod lag;
mod releases;
mod servers;

use mongodb::bson::{Document, doc};
use palisade_core::identity::Console;
use palisade_core::ports::{SystemClock, SystemRng, TestClock};
use palisade_core::values::{KeyKind, KeyValue};

use super::read::{Range, ranges};
use super::*;
use crate::engine::plan::{Deleted, Position, QueryPlan};
use crate::engine::spec::sort_kind;
use crate::store::conformance::mongo_bench::{MongoBench, Scratch};
use crate::store::conformance::{Bench, Claim, ClaimKey, Event, Person, Role, all, person};
use crate::store::{Batch, CursorKey, Location, Source, Specified as _, Store};

async fn explain(scratch: &Scratch, plan: &PagePlan, range: &Range) -> Document {
    let mut find = doc! {
        "find": plan.collection.name(),
        "filter": range.filter.clone(),
        "hint": &range.hint,
        "min": range.min.clone(),
        "max": range.max.clone(),
        "sort": range.sort.clone(),
    };
    find.insert("limit", range.limit(plan.limit));
    let explain = doc! { "explain": find, "verbosity": "executionStats" };
    scratch.database.run_command(explain).await.unwrap()
}

/// The stages of a plan, from the outermost inwards.
fn stages(explained: &Document) -> Vec<String> {
    let mut names = Vec::new();
    let mut stage = explained.get_document("queryPlanner").unwrap().get_document("winningPlan").ok();
    while let Some(inner) = stage {
        names.push(inner.get_str("stage").unwrap().to_owned());
        assert!(!inner.contains_key("inputStages"), "{inner}");
        stage = inner.get_document("inputStage").ok();
    }
    names
}

fn some_position(plan: &QueryPlan) -> Position {
    let sort = match sort_kind(&plan.index.sort) {
        KeyKind::Text => KeyValue::Text("1".to_owned()),
        KeyKind::Integer => KeyValue::Integer(1),
        KeyKind::Bool => KeyValue::Bool(false),
        KeyKind::Time => KeyValue::Time(Timestamp::from_millis(1)),
    };
    Position { sort, id: "per_1".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_page_is_one_search_of_its_declared_index() {
    let bench = MongoBench::new().await;
    let user = &Role::User;
    let cases: Vec<(&'static CollectionSpec, QueryPlan)> = vec![
        (Person::SPEC, Person::ALL.all().plan),
        (Person::SPEC, Person::BY_ROLE.matching(user).plan),
        (Person::SPEC, Person::BY_EMAIL.all().plan),
        (Person::SPEC, Person::BY_EMAIL.all().starting_with("1-").plan),
        (Person::SPEC, Person::BY_SCORE.matching(user, &true).plan),
        (Person::SPEC, Person::BY_SCORE.matching(user, &true).at_least(&1).below(&9).plan),
        (Person::SPEC, Person::BY_LAST_SEEN.matching(&true).plan),
        (Person::SPEC, Person::BY_ACTIVITY.all().plan),
        (Person::SPEC, QueryPlan::over(&crate::engine::plan::ID, Deleted::Included)),
        (Person::SPEC, QueryPlan::over(&crate::engine::plan::DELETED, Deleted::Only)),
        (Claim::SPEC, Claim::BY_OWNER.matching(&"ada".to_owned()).plan),
        (Event::SPEC, Event::FEED.all().at_least(&Timestamp::EPOCH).plan),
        (Event::SPEC, Event::FEED.all().newest_first().plan),
    ];
    for (collection, query) in cases {
        for after in [None, Some(some_position(&query))] {
            for deleted in [Deleted::Hidden, Deleted::Only, Deleted::Included] {
                let query = QueryPlan { deleted, ..query.clone() };
                let plan =
                    PagePlan { collection, query, after: after.clone(), limit: 20, now: bench.store().now() };
                for range in ranges(&plan) {
                    let explained = explain(&bench.scratch, &plan, &range).await;
                    assert_eq!(stages(&explained), ["LIMIT", "FETCH", "IXSCAN"], "{plan:?}");
                    assert!(explained.to_string().contains(&range.hint), "{explained}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_examines_no_more_keys_than_it_returns() {
    let bench = MongoBench::new().await;
    for part in 0..10 {
        let batch = (0..100).fold(Batch::new(), |batch, number| {
            batch.insert(&bench.person_id(), person(&format!("{part}-{number}")))
        });
        bench.store().commit(batch).await.unwrap();
    }
    let everybody = all(&bench.people(), &Person::ALL.all(), 100).await;
    let (mut deletions, mut count) = (Batch::new(), 0);
    for stored in everybody.iter().step_by(2) {
        deletions = deletions.delete(stored);
        count += 1;
        if count % 100 == 0 {
            bench.store().commit(std::mem::take(&mut deletions)).await.unwrap();
        }
    }
    assert_eq!(count, 500);
    // A thousand ties on the sort key, half of them deleted; the page begins in the middle of them.
    for query in [
        Person::ALL.all().plan,
        Person::BY_SCORE.matching(&Role::User, &true).plan,
        Person::BY_LAST_SEEN.matching(&true).plan,
        Person::BY_EMAIL.all().starting_with("5-").plan,
    ] {
        for start in [0, 250] {
            let mut before = bench.people().rows(query.clone(), None, start).await.unwrap();
            let after = before.pop().map(|row| Position { sort: row.sort, id: row.document.id });
            let plan = PagePlan {
                collection: Person::SPEC,
                query: query.clone(),
                after,
                limit: 20,
                now: bench.store().now(),
            };
            let [range] = ranges(&plan).try_into().unwrap();
            let explained = explain(&bench.scratch, &plan, &range).await;
            let stats = explained.get_document("executionStats").unwrap();
            let number = |name| stats.get_i32(name).unwrap();
            assert!(number("totalKeysExamined") <= 22, "{stats}");
            assert!(number("totalDocsExamined") <= 21, "{stats}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_operator_can_read_what_is_stored() {
    let bench = MongoBench::new().await;
    let value = Person { score: 7, last_seen: Timestamp::from_millis(5), ..person("ada") };
    let stored = bench.insert(value).await;
    bench.store().commit(Batch::new().delete(&stored)).await.unwrap();
    let id = stored.id().to_string();
    let found = bench.scratch.collection("people").find_one(doc! { "_id": &id }).await.unwrap().unwrap();
    let now = document::date(bench.store().now());
    let expected = doc! {
        "_id": id,
        "schemaVersion": 3_i64,
        "revision": 2_i64,
        "birth": stored.meta.birth,
        "createdAt": now.clone(),
        "updatedAt": now.clone(),
        "isDeleted": true,
        "deletedAt": now,
        "doc": {
            "email": "ada",
            "role": "user",
            "score": 7_i64,
            "isActive": true,
            "lastSeen": document::date(Timestamp::from_millis(5)),
            "note": null,
        },
    };
    assert_eq!(found, expected);
    let key = ClaimKey("k".to_owned());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    let claim = bench.scratch.collection("claims").find_one(doc! { "_id": "k" }).await.unwrap().unwrap();
    assert_eq!(claim.get("expiresAt"), claim.get_document("doc").unwrap().get("endsAt"));
    assert!(!claim.contains_key("isDeleted") && !claim.contains_key("deletedAt"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_waits_for_an_open_transaction_and_is_stale_after_its_commit() {
    let bench = MongoBench::new().await;
    for commits in [false, true] {
        let guard = bench.insert(person("guard")).await;
        let id = guard.id().to_string();
        let client = bench.scratch.database.client();
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        let people = bench.scratch.collection("people");
        let change = doc! { "$inc": { "revision": 1_i64 } };
        people.update_one(doc! { "_id": id }, change).session(&mut session).await.unwrap();

        let batch = Batch::new().touch(&guard).insert(&bench.person_id(), person("new"));
        let store = bench.store().clone();
        let mut waiting = tokio::spawn(async move { store.commit(batch).await.map(drop) });
        let early = tokio::time::timeout(Duration::from_millis(200), &mut waiting).await;
        assert!(early.is_err(), "a batch did not wait for whoever holds its document: {early:?}");
        if commits {
            session.commit_transaction().await.unwrap();
            assert!(matches!(waiting.await.unwrap(), Err(StoreError::Stale { .. })));
        } else {
            session.abort_transaction().await.unwrap();
            waiting.await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_insert_that_arrives_twice_is_one_insert() {
    let bench = MongoBench::new().await;
    let Location::MongoDb(address) = Location::parse(&bench.scratch.address).unwrap() else { panic!() };
    let clock: Arc<dyn Clock> = bench.clock.clone();
    let collections = &[Person::SPEC, Claim::SPEC];
    let engine = MongoDb::open(&address, collections, clock, Arc::new(SystemRng)).await.unwrap();
    let encode = |batch: Batch| batch.encode(crate::engine::plan::Form::Bson, &SystemRng).unwrap();
    let (person_id, key) = (bench.person_id(), ClaimKey("k".to_owned()));
    for batch in
        [Batch::new().insert(&person_id, person("ada")), Batch::new().insert(&key, bench.claim("ada", 60))]
    {
        let writes = encode(batch);
        let until = engine.clock.monotonic() + concern::DEADLINE;
        for _ in 0..2 {
            engine.write_one(&writes[0], until, &commit::Progress::default()).await.unwrap();
        }
    }
    let again = engine.commit(encode(Batch::new().insert(&person_id, person("ada")))).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })));
}

/// A machine clock that is an hour fast.
#[derive(Debug)]
struct Fast(SystemClock);

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        self.0.now().plus(Duration::from_hours(1))
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_clock_of_the_store_is_the_servers() {
    let scratch = Scratch::new().await;
    let stores = [
        MongoBench::open(&scratch.address, Arc::new(Fast(SystemClock::new()))).await.unwrap(),
        MongoBench::open(&scratch.address, Arc::new(SystemClock::new())).await.unwrap(),
    ];
    let apart = stores[0].now().as_millis().abs_diff(stores[1].now().as_millis());
    assert!(apart < 500, "two processes are {apart} ms apart");
    // A document that ends in ten seconds according to one of them exists for the other.
    let key = ClaimKey("k".to_owned());
    let claim = Claim { owner: "ada".to_owned(), ends_at: stores[1].now().plus(Duration::from_secs(10)) };
    stores[1].commit(Batch::new().insert(&key, claim)).await.unwrap();
    let seen = stores[0].collection::<Claim>().unwrap().get(&key).await.unwrap().unwrap();
    assert!(seen.created_at().as_millis().abs_diff(stores[0].now().as_millis()) < 1000);
}

/// The operator's machine need not have the right time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_clock_of_a_source_decides_what_has_ended() {
    let scratch = Scratch::new().await;
    let store = MongoBench::open(&scratch.address, Arc::new(SystemClock::new())).await.unwrap();
    let key = ClaimKey("k".to_owned());
    let ends_at = store.now().plus(Duration::from_mins(10));
    store.commit(Batch::new().insert(&key, Claim { owner: "ada".to_owned(), ends_at })).await.unwrap();

    let location = Location::parse(&scratch.address).unwrap();
    let cursor_key = CursorKey::new(&[1; 32]);
    let clock = Arc::new(Fast(SystemClock::new()));
    let options = crate::store::Options { clock, rng: Arc::new(SystemRng), cursor_key };
    let source =
        Source::open(&Console::for_tests(), &location, crate::collections![Claim], options).await.unwrap();
    assert!(source.get::<Claim>(&key).await.unwrap().is_some(), "it was left behind");
    assert!(source.get::<Claim>(&ClaimKey("j".to_owned())).await.unwrap().is_none(), "another one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_damaged_field_of_the_store_is_a_corrupt_document() {
    let bench = MongoBench::new().await;
    let stored = bench.insert(person("ada")).await;
    for (field, damage) in [
        ("revision", doc! { "revision": "one" }),
        ("createdAt", doc! { "revision": 1_i64, "createdAt": 5_i64 }),
        ("doc", doc! { "createdAt": document::date(Timestamp::EPOCH), "doc": "nothing" }),
    ] {
        let people = bench.scratch.collection("people");
        people.update_one(doc! { "_id": stored.id().to_string() }, doc! { "$set": damage }).await.unwrap();
        match bench.people().get(stored.id()).await {
            Err(StoreError::Corrupt { collection: "people", field: named, .. }) => assert_eq!(named, field),
            other => panic!("{other:?}"),
        }
    }
}
