//! The promises of this engine only: query plans, durability, the file and its permissions.

use std::os::unix::fs::PermissionsExt;

use palisade_core::identity::Console;
use palisade_core::ports::{SystemRng, TestClock};
use rusqlite::Connection;

use super::read::Run;
use super::*;
use crate::engine::plan::{Deleted, Position, QueryPlan};
use crate::store::conformance::{Bench, Claim, ClaimKey, Event, Person, Role, SqliteBench, all, person};
use crate::store::{Batch, CursorKey, Location, Options, Specified as _, Store};
use crate::{collection, collections};

async fn try_open(path: &Path) -> Result<Store, OpenError> {
    let clock = Arc::new(TestClock::at(Timestamp::from_secs(1)));
    let options = Options { clock, rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[1; 32]) };
    Store::open(
        &Console::for_tests(),
        &Location::Sqlite(path.to_owned()),
        collections![Person, Claim, Event],
        options,
    )
    .await
}

#[tokio::test]
async fn each_health_check_commits_a_write() {
    let bench = SqliteBench::new().await;
    let others = Connection::open(bench.path()).unwrap();
    let count = || others.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap();
    for _ in 0..3 {
        let before = count();
        bench.store().check().await.unwrap();
        assert_eq!(count(), before + 1, "others see that the file has come further");
    }
}

/// SQLite's plan for a run of a page, one step a line.
fn explain(connection: &Connection, plan: &PagePlan, deleted: Deleted, run: Run) -> Vec<String> {
    let (sql, values) = read::statement(plan, deleted, run, plan.limit);
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
    steps.map(Result::unwrap).collect()
}

#[tokio::test]
async fn every_page_is_one_search_of_its_declared_index() {
    let bench = SqliteBench::new().await;
    for part in 0..4 {
        let mut stored = Vec::new();
        for number in 0..40 {
            stored.push(bench.insert(person(&format!("{part}-{number}"))).await);
        }
        let deletions = stored.iter().step_by(2).fold(Batch::new(), Batch::delete);
        bench.store().commit(deletions).await.unwrap();
    }
    let connection = Connection::open(bench.path()).unwrap();
    connection.execute_batch("ANALYZE").unwrap();

    let user = &Role::User;
    let after = |plan: &QueryPlan| {
        let sort = match crate::engine::spec::sort_kind(&plan.index.sort) {
            palisade_core::values::KeyKind::Text => palisade_core::values::KeyValue::Text("1".to_owned()),
            _ => palisade_core::values::KeyValue::Integer(1),
        };
        Position { sort, id: "per_1".to_owned() }
    };
    let cases: Vec<(&'static CollectionSpec, QueryPlan)> = vec![
        (Person::SPEC, Person::ALL.all().plan),
        (Person::SPEC, Person::BY_ROLE.matching(user).plan),
        (Person::SPEC, Person::BY_EMAIL.all().plan),
        (Person::SPEC, Person::BY_EMAIL.all().starting_with("1-").plan),
        (Person::SPEC, Person::BY_SCORE.matching(user, &true).plan),
        (Person::SPEC, Person::BY_SCORE.matching(user, &true).at_least(&1).below(&9).plan),
        (Person::SPEC, Person::BY_LAST_SEEN.matching(&true).plan),
        (Person::SPEC, Person::BY_ACTIVITY.all().plan),
        (Claim::SPEC, Claim::BY_OWNER.matching(&"ada".to_owned()).plan),
        (Event::SPEC, Event::FEED.all().at_least(&Timestamp::EPOCH).plan),
        (Event::SPEC, Event::FEED.all().newest_first().plan),
    ];
    for (collection, query) in cases {
        for after in [None, Some(after(&query))] {
            for deleted in [Deleted::Hidden, Deleted::Only] {
                let plan = PagePlan {
                    collection,
                    query: query.clone(),
                    after: after.clone(),
                    limit: 20,
                    now: bench.store().now(),
                };
                for run in read::runs(&plan) {
                    let steps = explain(&connection, &plan, deleted, *run);
                    let index = schema::index_name(collection, query.index);
                    let [step] = steps.as_slice() else { panic!("{steps:?}") };
                    assert!(
                        step.starts_with(&format!("SEARCH {} USING INDEX {index} (", collection.name())),
                        "{step}"
                    );
                    // The bound is part of the search, not a filter over what it finds.
                    let bound = match (run, query.descending) {
                        (Run::Whole, _) => "",
                        (Run::Ties, true) => "AND id<?)",
                        (Run::Ties, false) => "AND id>?)",
                        (Run::Beyond, true) => "<?)",
                        (Run::Beyond, false) => ">?",
                    };
                    assert!(step.contains(bound), "{run:?}: {step}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_page_examines_no_more_than_it_returns() {
    let bench = SqliteBench::new().await;
    for part in 0..10 {
        let batch = (0..100).fold(Batch::new(), |batch, number| {
            batch.insert(&bench.person_id(), person(&format!("{part}-{number}")))
        });
        bench.store().commit(batch).await.unwrap();
    }
    for stored in all(&bench.people(), &Person::ALL.all(), 100).await.iter().step_by(2) {
        bench.store().commit(Batch::new().delete(stored)).await.unwrap();
    }
    let connection = Connection::open(bench.path()).unwrap();
    // A thousand ties on the sort key, half of them deleted; the page begins in the middle of them.
    for query in [Person::ALL.all().plan, Person::BY_SCORE.matching(&Role::User, &true).plan] {
        let middle = bench.people().rows(query.clone(), None, 250).await.unwrap().pop().unwrap();
        let after = Some(Position { sort: middle.sort, id: middle.document.id });
        let plan = PagePlan { collection: Person::SPEC, query, after, limit: 20, now: bench.store().now() };
        let mut found = 0;
        for run in read::runs(&plan) {
            let (sql, values) = read::statement(&plan, Deleted::Hidden, *run, 20 - found);
            let mut statement = connection.prepare(&sql).unwrap();
            let rows = statement.query_map(rusqlite::params_from_iter(values), |_| Ok(())).unwrap().count();
            found += u32::try_from(rows).unwrap();
            assert_eq!(statement.get_status(rusqlite::StatementStatus::Sort), 0);
            assert_eq!(statement.get_status(rusqlite::StatementStatus::FullscanStep), 0);
            let steps = statement.get_status(rusqlite::StatementStatus::VmStep);
            assert!(steps < 40 * 20, "{steps} steps of the engine for 20 documents");
        }
        assert_eq!(found, 20);
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_reopening() {
    let bench = SqliteBench::new().await;
    let stored = bench.insert(person("ada")).await;
    let path = bench.path();
    let SqliteBench { folder, store, .. } = bench;
    drop(store);
    assert!(!path.with_extension("db-wal").exists(), "the last to leave closes the log");
    let store = try_open(&path).await.unwrap();
    let people = store.collection::<Person>().unwrap();
    assert_eq!(people.get(stored.id()).await.unwrap().unwrap().value().email.as_str(), "ada");
    drop(folder);
}

#[tokio::test]
async fn a_commit_is_synced_before_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open::writer(&folder.path().join("a.db")).unwrap();
    let pragma =
        |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(pragma("synchronous"), 2, "FULL");
    assert_eq!((pragma("foreign_keys"), pragma("trusted_schema")), (1, 0));
    let reader = open::reader(&folder.path().join("a.db")).unwrap();
    assert!(reader.execute_batch("CREATE TABLE t (a)").is_err());
}

#[tokio::test]
async fn only_the_owner_may_read_the_file_and_its_folder() {
    let bench = SqliteBench::new().await;
    bench.insert(person("ada")).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = bench.path();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for file in [path.clone(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn each_unusable_path_has_its_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "nothing like a database, but long enough to be looked at ".repeat(10)).unwrap();
    assert!(matches!(try_open(&text).await, Err(OpenError::NotOurs { .. })));
    assert!(matches!(try_open(&text.join("below.db")).await, Err(OpenError::NotWritable { .. })));
    assert!(matches!(try_open(folder.path()).await, Err(OpenError::NotWritable { .. })));

    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(try_open(&foreign).await, Err(OpenError::NotOurs { .. })));
    let tables: i64 = Connection::open(&foreign)
        .unwrap()
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1, "somebody else's database was written to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_can_open_a_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/palisade.db");
        let opening: Vec<_> = (0..6)
            .map(|_| {
                let path = path.clone();
                let handle = tokio::runtime::Handle::current();
                tokio::task::spawn_blocking(move || handle.block_on(try_open(&path)))
            })
            .collect();
        let mut stores = Vec::new();
        for open in opening {
            stores.push(open.await.unwrap().unwrap());
        }
        assert!(stores[0].drift().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn contradicting_declarations_are_refused() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Twin {}
    collection! { Twin in "people" { id: ClaimKey, version: 1, kind: soft(purge: after_retention), } }
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
    let options = Options { clock, rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[1; 32]) };
    let location = Location::Sqlite(folder.path().join("a.db"));
    let opened = Store::open(&Console::for_tests(), &location, collections![Person, Twin], options).await;
    assert!(matches!(opened, Err(OpenError::Declaration(_))));
}

#[tokio::test]
async fn differing_indexes_are_reported() {
    let bench = SqliteBench::new().await;
    assert!(bench.store().drift().await.unwrap().is_none());
    let other = Connection::open(bench.path()).unwrap();
    other
        .execute_batch(
            "DROP INDEX people_all; DROP INDEX people_by_role;
             CREATE INDEX people_by_role ON people (created_at);
             CREATE INDEX by_hand ON people (updated_at);",
        )
        .unwrap();
    let drift = bench.store().drift().await.unwrap();
    assert_eq!(drift.missing, ["people_all"]);
    assert_eq!(drift.differing, ["people_by_role"]);
    assert_eq!(drift.unknown, ["by_hand"]);
    drop(bench.another().await);
    let drift = bench.store().drift().await.unwrap();
    assert!(drift.missing.is_empty() && drift.differing.is_empty(), "opening creates what is declared");
    assert_eq!(drift.unknown, ["by_hand"], "and leaves the rest alone");
}

/// Where SQLite keeps temporary things: 1 in files, 2 in memory.
fn temporary(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA temp_store", [], |row| row.get(0))
}

#[tokio::test]
async fn the_writer_sorts_indexes_on_the_disk_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(Timestamp::from_secs(1)));
    let engine = Sqlite::open(folder.path().join("a.db"), &[Person::SPEC], clock).await.unwrap();
    // The other work of this connection leaves it in a state in which this can be changed.
    engine.find_room().await.unwrap();
    engine.probe().await.unwrap();
    let seen = async |fails: bool| {
        let read = move |connection: &Connection, _| {
            let during = writer::sorting_on_disk(connection, || {
                schema::make(connection, &[Person::SPEC])?;
                let during = temporary(connection)?;
                if fails { Err(rusqlite::Error::InvalidQuery) } else { Ok(during) }
            });
            Ok((during.ok(), temporary(connection).unwrap()))
        };
        engine.writer.run(read).await.unwrap()
    };
    assert_eq!(seen(false).await, (Some(1), 2));
    assert_eq!(seen(true).await, (None, 2), "also after a failure");
    engine.recreate_schema().await.unwrap();
    assert_eq!(seen(false).await, (Some(1), 2));
}

#[tokio::test]
async fn a_column_of_another_type_is_a_corrupt_document() {
    let bench = SqliteBench::new().await;
    let stored = bench.insert(person("ada")).await;
    let other = Connection::open(bench.path()).unwrap();
    other.execute_batch("DROP INDEX people_by_email; PRAGMA writable_schema = ON;").unwrap();
    other
        .execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'people'", [])
        .unwrap();
    drop(other);
    let other = Connection::open(bench.path()).unwrap();
    other.execute("UPDATE people SET revision = 'one'", []).unwrap();
    drop(other);
    let again = bench.another().await;
    match again.collection::<Person>().unwrap().get(stored.id()).await {
        Err(StoreError::Corrupt { collection: "people", id, field, .. }) => {
            assert_eq!((id, field.as_str()), (stored.id().to_string(), "revision"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_do_not_wait_for_the_writer() {
    let bench = SqliteBench::new().await;
    let stored = bench.insert(person("ada")).await;
    let other = Connection::open(bench.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM people;").unwrap();
    assert!(bench.people().get(stored.id()).await.unwrap().is_some());
    assert_eq!(all(&bench.people(), &Person::ALL.all(), 5).await.len(), 1);
    other.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_is_refused_at_once() {
    let bench = SqliteBench::new().await;
    let other = Connection::open(bench.path()).unwrap();
    // While another process holds the file, nothing is written and the queue fills.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commits: Vec<_> = (0..1300)
        .map(|number| {
            let store = bench.store().clone();
            let batch = Batch::new().insert(&ClaimKey(number.to_string()), bench.claim("ada", 60));
            tokio::spawn(async move { store.commit(batch).await.map(drop) })
        })
        .collect();
    while commits.iter().filter(|commit| commit.is_finished()).count() < 1300 - 1024 - 128 {
        tokio::task::yield_now().await;
    }
    other.execute_batch("ROLLBACK").unwrap();
    let (mut written, mut refused) = (0, 0);
    for commit in commits {
        match commit.await.unwrap() {
            Ok(()) => written += 1,
            Err(StoreError::Unavailable { doing: "writing: too many batches wait", .. }) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(refused >= 1300 - 1024 - 128, "{written} written, {refused} refused");
    let kept = all(&bench.claims(), &Claim::BY_OWNER.matching(&"ada".to_owned()), 100).await;
    assert_eq!(kept.len(), written, "exactly what was acknowledged is there");
}
