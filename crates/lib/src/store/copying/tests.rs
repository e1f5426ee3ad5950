//! Copies between stores: the copied documents, the detected problems, and the lock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::identity::Console;
use palisade_core::ports::{Clock as _, SystemRng, TestClock};
use palisade_core::values::Id as _;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::collections;
use crate::store::conformance::mongo_bench::Scratch;
use crate::store::conformance::{Claim, ClaimKey, Event, EventId, Person, PersonId, person};
use crate::store::{
    Batch, CollectionDef, CursorKey, Declared as _, Location, OpenError, Options, Source, Specified as _,
    Store, Timestamp,
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Two stores and one clock.
struct Pair {
    folder: TempDir,
    clock: Arc<TestClock>,
}

impl Pair {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: Arc::new(TestClock::at(NOW)) }
    }

    fn path(&self, side: &str) -> PathBuf {
        self.folder.path().join(side).join("palisade.db")
    }

    fn options(&self) -> Options {
        let cursor_key = CursorKey::new(&[1; 32]);
        Options { clock: self.clock.clone(), rng: Arc::new(SystemRng), cursor_key }
    }

    async fn store(&self, side: &str) -> Store {
        self.store_at(&Location::Sqlite(self.path(side))).await
    }

    async fn store_at(&self, location: &Location) -> Store {
        Store::open(&Console::for_tests(), location, collections![Person, Claim, Event], self.options())
            .await
            .unwrap()
    }

    async fn hold(&self, side: &str) -> Result<Source, OpenError> {
        self.source_at(&Location::Sqlite(self.path(side))).await
    }

    async fn source_at(&self, location: &Location) -> Result<Source, OpenError> {
        Source::open(&Console::for_tests(), location, collections![Person, Claim, Event], self.options())
            .await
    }

    async fn source(&self) -> Source {
        self.hold("from").await.unwrap()
    }

    /// Changes one side behind the store's back.
    fn meddle(&self, side: &str, sql: &str) {
        let changed = Connection::open(self.path(side)).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
    }
}

async fn mirror_all(source: &Source, target: &Store, spec: &'static CollectionDef) -> (u64, u64, u64) {
    let (mut after, mut sum) = (None, (0, 0, 0));
    loop {
        let step = source.mirror(target, spec, after.as_deref()).await.unwrap();
        sum = (sum.0 + step.examined, sum.1 + step.written, sum.2 + step.removed);
        match step.next {
            Some(next) => after = Some(next),
            None => return sum,
        }
    }
}

async fn differences(source: &Source, target: &Store, spec: &'static CollectionDef) -> Vec<String> {
    let (mut after, mut different) = (None, Vec::new());
    loop {
        let step = source.compare(target, spec, after.as_deref()).await.unwrap();
        different.extend(step.different);
        match step.next {
            Some(next) => after = Some(next),
            None => return different,
        }
    }
}

fn claim(ends_at: Timestamp) -> Claim {
    Claim { owner: "ada".to_owned(), ends_at }
}

async fn add_events(store: &Store, clock: &TestClock, numbers: std::ops::Range<i64>) {
    for number in numbers {
        let id = EventId::generate(clock, &SystemRng);
        store.commit(Batch::new().insert(&id, Event { number })).await.unwrap();
    }
}

#[tokio::test]
async fn a_copy_contains_everything_except_ended_documents() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    let people = from.collection::<Person>().unwrap();
    let ids = ["a", "b"].map(|_| PersonId::generate(pair.clock.as_ref(), &SystemRng));
    for (id, email) in ids.iter().zip(["ada", "bob"]) {
        from.commit(Batch::new().insert(id, person(email))).await.unwrap();
    }
    pair.clock.advance(Duration::from_mins(1));
    let bob = people.get(&ids[1]).await.unwrap().unwrap();
    from.commit(Batch::new().delete(&bob)).await.unwrap();
    let lives = ClaimKey("email:lives".to_owned());
    let ended = ClaimKey("email:ended".to_owned());
    let soon = pair.clock.now().plus(Duration::from_secs(10));
    from.commit(Batch::new().insert(&lives, claim(soon.plus(Duration::from_secs(10))))).await.unwrap();
    from.commit(Batch::new().insert(&ended, claim(soon))).await.unwrap();
    pair.clock.advance(Duration::from_secs(10));
    drop((from, people));

    let (source, to) = (pair.source().await, pair.store("to").await);
    assert_eq!(mirror_all(&source, &to, Person::DEF).await, (2, 2, 0));
    assert_eq!(mirror_all(&source, &to, Claim::DEF).await, (1, 1, 0));
    assert_eq!(mirror_all(&source, &to, Person::DEF).await, (2, 0, 0), "again writes nothing");

    let people = to.collection::<Person>().unwrap();
    let there = people.including_deleted().get(&ids[1]).await.unwrap().unwrap();
    assert_eq!((there.revision(), there.created_at()), (2, NOW));
    assert_eq!(there.deleted_at(), Some(NOW.plus(Duration::from_mins(1))));
    assert_eq!(there.meta.birth, bob.meta.birth);
    // A caller who read it before can write it after: it is the same document.
    to.commit(Batch::new().restore(&there)).await.unwrap();
    assert!(to.collection::<Claim>().unwrap().get(&lives).await.unwrap().is_some());
    assert_eq!(to.size(Claim::DEF).await.unwrap(), 1);
}

#[tokio::test]
async fn every_kind_of_difference_is_found_and_repaired() {
    for (sql, mended) in [
        ("UPDATE people SET doc = json_set(doc, '$.score', 7)", (1, 1, 0)),
        ("UPDATE people SET revision = 2", (1, 1, 0)),
        ("UPDATE people SET birth = birth + 1", (1, 1, 0)),
        ("UPDATE people SET schema_version = 2", (1, 1, 0)),
        ("UPDATE people SET created_at = created_at + 1", (1, 1, 0)),
        ("UPDATE people SET updated_at = updated_at + 1", (1, 1, 0)),
        ("UPDATE people SET deleted_at = 0", (1, 1, 0)),
        ("UPDATE people SET expires_at = 0", (1, 1, 0)),
        ("DELETE FROM people", (1, 1, 0)),
        (
            "INSERT INTO people SELECT 'per_0', schema_version, revision, birth, created_at, updated_at, deleted_at, \
             expires_at, doc FROM people",
            (1, 0, 1),
        ),
    ] {
        let pair = Pair::new();
        let from = pair.store("from").await;
        let id = PersonId::generate(pair.clock.as_ref(), &SystemRng);
        from.commit(Batch::new().insert(&id, person("ada"))).await.unwrap();
        drop(from);
        let (source, to) = (pair.source().await, pair.store("to").await);
        mirror_all(&source, &to, Person::DEF).await;
        assert!(differences(&source, &to, Person::DEF).await.is_empty());

        pair.meddle("to", sql);
        assert_eq!(differences(&source, &to, Person::DEF).await.len(), 1, "{sql}");
        assert_eq!(mirror_all(&source, &to, Person::DEF).await, mended, "{sql}");
        assert!(differences(&source, &to, Person::DEF).await.is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn a_source_has_one_name_for_all_paths_to_it() {
    let pair = Pair::new();
    drop(pair.store("from").await);
    let plain = pair.source().await.name().to_owned();
    std::os::unix::fs::symlink(pair.path("from"), pair.folder.path().join("link.db")).unwrap();
    for other in ["from/../from/palisade.db", "link.db"] {
        let location = Location::Sqlite(pair.folder.path().join(other));
        assert_eq!(pair.source_at(&location).await.unwrap().name(), plain);
    }
}

#[tokio::test]
async fn another_order_of_fields_is_no_difference() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    let id = EventId::generate(pair.clock.as_ref(), &SystemRng);
    from.commit(Batch::new().insert(&id, Event { number: 7 })).await.unwrap();
    drop(from);
    pair.meddle("from", "UPDATE events SET doc = '{\"a\":1,\"number\":7}'");
    let (source, to) = (pair.source().await, pair.store("to").await);
    mirror_all(&source, &to, Event::DEF).await;
    pair.meddle("to", "UPDATE events SET doc = '{\"number\": 7, \"a\": 1}'");
    assert!(differences(&source, &to, Event::DEF).await.is_empty());
}

#[tokio::test]
async fn a_long_copy_meets_every_document_of_both_sides_once() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    add_events(&from, &pair.clock, 0..450).await;
    drop(from);
    // Others before, between and after, more than fit into a step.
    let to = pair.store("to").await;
    for step in 0..3 {
        pair.clock.advance(Duration::from_secs(step));
        add_events(&to, &pair.clock, 0..150).await;
    }
    let source = pair.source().await;
    assert_eq!(mirror_all(&source, &to, Event::DEF).await, (450, 450, 450));
    assert!(differences(&source, &to, Event::DEF).await.is_empty());
    assert_eq!(to.size(Event::DEF).await.unwrap(), 450);
}

#[tokio::test]
async fn a_document_that_ends_during_a_copy_is_no_difference() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    let key = ClaimKey("email:ada".to_owned());
    let soon = pair.clock.now().plus(Duration::from_secs(10));
    from.commit(Batch::new().insert(&key, claim(soon))).await.unwrap();
    drop(from);
    let (source, to) = (pair.source().await, pair.store("to").await);
    mirror_all(&source, &to, Claim::DEF).await;
    pair.clock.advance(Duration::from_secs(10));
    to.sweep().await.unwrap();
    assert_eq!(to.size(Claim::DEF).await.unwrap(), 0);
    assert!(differences(&source, &to, Claim::DEF).await.is_empty());
}

#[tokio::test]
async fn a_source_is_locked_exclusively() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    let refused = pair.hold("from").await.unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused:?}");
    drop(from);

    let source = pair.source().await;
    let late = Connection::open(pair.path("from")).unwrap();
    late.busy_timeout(Duration::ZERO).unwrap();
    let reads = late.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0));
    assert!(reads.is_err(), "somebody else reads what is held");
    drop(source);
    late.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0)).unwrap();

    let nothing = pair.hold("nowhere").await.unwrap_err();
    assert!(matches!(nothing, OpenError::Missing { .. }), "{nothing:?}");
}

#[tokio::test]
async fn a_collection_that_the_source_lacks_is_empty() {
    let pair = Pair::new();
    drop(pair.store("from").await);
    Connection::open(pair.path("from")).unwrap().execute_batch("DROP TABLE events").unwrap();
    let (source, to) = (pair.source().await, pair.store("to").await);
    add_events(&to, &pair.clock, 0..3).await;
    assert_eq!(source.size(Event::DEF).await.unwrap(), 0);
    assert_eq!(differences(&source, &to, Event::DEF).await.len(), 3);
    assert_eq!(mirror_all(&source, &to, Event::DEF).await, (0, 0, 3));
}

/// There and back again: through another engine every document stays the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_through_another_engine_changes_nothing() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    let ids: Vec<_> = (0..3).map(|_| PersonId::generate(pair.clock.as_ref(), &SystemRng)).collect();
    let seen = NOW.plus(Duration::from_millis(123));
    for (id, note) in ids.iter().zip([None, Some("a\u{1F600}"), Some("")]) {
        let note = note.map(str::to_owned);
        let one = Person { last_seen: seen, score: i64::MIN, note, ..person(&format!("{id}@example.org")) };
        from.commit(Batch::new().insert(id, one)).await.unwrap();
    }
    let gone = from.collection::<Person>().unwrap().get(&ids[2]).await.unwrap().unwrap();
    from.commit(Batch::new().delete(&gone)).await.unwrap();
    add_events(&from, &pair.clock, 0..450).await;
    let key = ClaimKey("email:ada".to_owned());
    from.commit(Batch::new().insert(&key, claim(Timestamp::FAR_FUTURE))).await.unwrap();
    drop(from);

    let scratch = Scratch::new().await;
    let mongodb = Location::parse(&scratch.address).unwrap();
    let nothing = pair.source_at(&mongodb).await.unwrap_err();
    assert!(matches!(nothing, OpenError::Missing { .. }), "{nothing:?}");
    let there = pair.store_at(&mongodb).await;
    let source = pair.source().await;
    for (spec, documents) in [(Person::DEF, 3), (Event::DEF, 450), (Claim::DEF, 1)] {
        assert_eq!(mirror_all(&source, &there, spec).await, (documents, documents, 0));
        assert_eq!(differences(&source, &there, spec).await, Vec::<String>::new());
        assert_eq!(mirror_all(&source, &there, spec).await, (documents, 0, 0), "again writes nothing");
    }
    // A time stays a time there, so its index finds it.
    let by_time = Person::BY_LAST_SEEN.matching(&true).at_least(&seen);
    let found = there.collection::<Person>().unwrap().find(by_time).first().await.unwrap().unwrap();
    assert_eq!((found.value().last_seen, found.value().score), (seen, i64::MIN));

    let (way_back, home) = (pair.source_at(&mongodb).await.unwrap(), pair.store("home").await);
    for spec in [Person::DEF, Event::DEF, Claim::DEF] {
        mirror_all(&way_back, &home, spec).await;
        assert_eq!(differences(&way_back, &home, spec).await, Vec::<String>::new());
        assert_eq!(differences(&source, &home, spec).await, Vec::<String>::new(), "as it was");
    }
}

/// All reads of a source see the same state, whatever the server writes meanwhile.
async fn reads_one_snapshot(pair: &Pair, location: &Location) {
    let store = pair.store_at(location).await;
    add_events(&store, &pair.clock, 0..3).await;
    let open = async || {
        let known = collections![Person, Claim, Event];
        Source::open_snapshot(&Console::for_tests(), location, known, pair.options()).await.unwrap()
    };
    let source = open().await;
    assert_eq!(source.count(Event::SPEC).await.unwrap(), 3);
    add_events(&store, &pair.clock, 3..6).await;
    let ada = PersonId::generate(pair.clock.as_ref(), &SystemRng);
    store.commit(Batch::new().insert(&ada, person("ada"))).await.unwrap();
    for _ in 0..2 {
        let counted = [source.count(Event::SPEC).await.unwrap(), source.count(Person::SPEC).await.unwrap()];
        assert_eq!(counted, [3, 0], "{location:?}");
    }
    let later = open().await;
    assert_eq!([later.count(Event::SPEC).await.unwrap(), later.count(Person::SPEC).await.unwrap()], [6, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_next_to_a_server_reads_one_snapshot() {
    let pair = Pair::new();
    reads_one_snapshot(&pair, &Location::Sqlite(pair.path("from"))).await;
    let scratch = Scratch::new().await;
    reads_one_snapshot(&pair, &Location::parse(&scratch.address).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_in_another_engine_are_found_and_repaired() {
    use ::mongodb::bson::doc;

    let pair = Pair::new();
    let from = pair.store("from").await;
    let id = PersonId::generate(pair.clock.as_ref(), &SystemRng);
    from.commit(Batch::new().insert(&id, person("ada"))).await.unwrap();
    drop(from);
    let scratch = Scratch::new().await;
    let (source, to) =
        (pair.source().await, pair.store_at(&Location::parse(&scratch.address).unwrap()).await);
    mirror_all(&source, &to, Person::DEF).await;
    for change in [
        doc! { "$set": { "doc.score": 7_i64 } },
        doc! { "$set": { "revision": 2_i64 } },
        doc! { "$inc": { "birth": 1_i64 } },
        doc! { "$set": { "schemaVersion": 2_i64 } },
        doc! { "$currentDate": { "updatedAt": true } },
    ] {
        let said = change.to_string();
        scratch.collection("people").update_one(doc! {}, change).await.unwrap();
        assert_eq!(differences(&source, &to, Person::DEF).await, [id.to_string()], "{said}");
        assert_eq!(mirror_all(&source, &to, Person::DEF).await, (1, 1, 0), "{said}");
        assert!(differences(&source, &to, Person::DEF).await.is_empty(), "{said}");
    }
    scratch.collection("people").delete_many(doc! {}).await.unwrap();
    assert_eq!(mirror_all(&source, &to, Person::DEF).await, (1, 1, 0));
}

/// A document of an older version is upgraded on its way into another format.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_into_another_engine_upgrades_older_documents() {
    let pair = Pair::new();
    let from = pair.store("from").await;
    let id = PersonId::generate(pair.clock.as_ref(), &SystemRng);
    from.commit(Batch::new().insert(&id, person("ada"))).await.unwrap();
    drop(from);
    let old =
        "UPDATE people SET schema_version = 2, doc = json_set(json_remove(doc, '$.score'), '$.points', 4)";
    pair.meddle("from", old);
    let scratch = Scratch::new().await;
    let (source, to) =
        (pair.source().await, pair.store_at(&Location::parse(&scratch.address).unwrap()).await);
    mirror_all(&source, &to, Person::DEF).await;
    assert!(differences(&source, &to, Person::DEF).await.is_empty());
    let there = to.collection::<Person>().unwrap().get(&id).await.unwrap().unwrap();
    assert_eq!((there.value().score, there.revision()), (40, 1));
    assert_eq!(to.count(Person::DEF, 10).await.unwrap().older_than(3), 0);
}
