//! The length of the log in bytes, whatever clients read and write.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use palisade_core::ports::SystemRng;
use palisade_core::utils::pagination::{PageRequest, PageSize};
use palisade_core::values::Id as _;
use tokio::task::JoinSet;

use super::*;
use crate::sqlite::open;
use crate::store::conformance::{Bench, Event, EventId, Person, SqliteBench, person};
use crate::store::{Batch, Store};

/// About 33 pages of the log each: without checkpoints it would grow to 160 MB.
const COMMITS: usize = 1200;
const NOTE: usize = 100_000;

/// Twice the length at which a checkpoint runs, plus some pages that were committed while the writer waited.
const BOUND: u64 = 48 << 20;

fn length(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).map_or(0, |log| log.len())
}

/// Commits one after the other, optionally reads each write in between, and returns the greatest length.
async fn write(bench: &SqliteBench, read: bool) -> u64 {
    let mut longest = 0;
    for number in 0..COMMITS {
        let id = bench.person_id();
        let person = Person { note: Some("x".repeat(NOTE)), ..person(&number.to_string()) };
        bench.store().commit(Batch::new().insert(&id, person)).await.unwrap();
        if read {
            // Like one client after the other: nobody has ended the last snapshot when the next commit comes.
            assert!(bench.people().get(&id).await.unwrap().is_some());
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(bench.people().get(&id).await.unwrap().is_some());
        }
        longest = longest.max(length(&bench.path()));
    }
    longest
}

/// Repeats this on separate threads during a test.
fn meanwhile<F: Future<Output = ()> + Send>(
    readers: &mut JoinSet<()>,
    store: &Store,
    work: impl Fn(Store) -> F + Send + 'static,
) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let (store, told) = (store.clone(), Arc::clone(&stop));
    readers.spawn(async move {
        while !told.load(Ordering::Relaxed) {
            work(store.clone()).await;
            tokio::task::yield_now().await;
        }
    });
    stop
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_short_while_one_client_reads_its_writes() {
    let longest = write(&SqliteBench::new().await, true).await;
    assert!(longest < BOUND, "{longest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_short_while_nobody_reads() {
    let longest = write(&SqliteBench::new().await, false).await;
    assert!(longest < BOUND, "{longest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_stays_short_during_continuous_reads() {
    let bench = SqliteBench::new().await;
    let mut readers = JoinSet::new();
    let nobody = bench.person_id();
    let stops: Vec<_> = (0..3)
        .map(|_| {
            meanwhile(&mut readers, bench.store(), move |store| async move {
                assert!(store.collection::<Person>().unwrap().get(&nobody).await.unwrap().is_none());
            })
        })
        .collect();
    let longest = write(&bench, true).await;
    for stop in stops {
        stop.store(true, Ordering::Relaxed);
    }
    readers.join_all().await;
    assert!(longest < BOUND, "{longest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_stays_short_during_continuous_long_pages() {
    let bench = SqliteBench::new().await;
    for part in 0..3 {
        let many = (0..40).fold(Batch::new(), |batch, number| {
            let note = Some("x".repeat(200_000));
            batch.insert(&bench.person_id(), Person { note, ..person(&format!("long-{part}-{number}")) })
        });
        bench.store().commit(many).await.unwrap();
    }
    let mut readers = JoinSet::new();
    // More than there are threads for pages: at every moment one is under way.
    let stops: Vec<_> = (0..4)
        .map(|_| {
            meanwhile(&mut readers, bench.store(), async |store| {
                let page = PageRequest::new(PageSize::MAX, None);
                let people = store.collection::<Person>().unwrap();
                let found = people.find(Person::BY_EMAIL.all().starting_with("long")).page(&page).await;
                assert!(!found.unwrap().items.is_empty());
            })
        })
        .collect();
    let longest = write(&bench, true).await;
    for stop in stops {
        stop.store(true, Ordering::Relaxed);
    }
    readers.join_all().await;
    // One batch of 8 MB made it long at the beginning.
    assert!(longest < BOUND + (10 << 20), "{longest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_stays_short_while_tails_are_followed() {
    let bench = SqliteBench::new().await;
    let events = (0..50).fold(Batch::new(), |batch, number| {
        batch.insert(&EventId::generate(&**bench.clock(), &SystemRng), Event { number })
    });
    bench.store().commit(events).await.unwrap();
    let mut readers = JoinSet::new();
    let stop = meanwhile(&mut readers, bench.store(), async |store| {
        let mut tail = store.collection::<Event>().unwrap().tail(Event::FEED.all());
        while !tail.poll().await.unwrap().caught_up {}
    });
    let longest = write(&bench, true).await;
    stop.store(true, Ordering::Relaxed);
    readers.join_all().await;
    assert!(longest < BOUND, "{longest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_process_does_not_hold_the_log() {
    let bench = SqliteBench::new().await;
    let idle = bench.another().await;
    let nobody = bench.person_id();
    assert!(idle.collection::<Person>().unwrap().get(&nobody).await.unwrap().is_none());
    bench.store().commit(Batch::new().insert(&bench.person_id(), person("after"))).await.unwrap();
    // The number of commits until the snapshot is released depends on the disk.
    let released = async {
        while !is_log_released(&bench.path()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), released).await;
    assert!(waited.is_ok(), "it holds the log although it does nothing");
    let longest = write(&bench, false).await;
    assert!(longest < BOUND, "{longest}");
}

/// Whether no reader holds the pages of the last commits.
fn is_log_released(path: &Path) -> bool {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get::<_, i64>(0)).unwrap() == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_cut_when_a_long_read_ends() {
    let bench = SqliteBench::new().await;
    let mut other = Connection::open(bench.path()).unwrap();
    let reading = other.transaction().unwrap();
    reading.query_row("SELECT count(*) FROM people", [], |_| Ok(())).unwrap();
    let held = write(&bench, true).await;
    assert!(held > BOUND, "nobody held it: {held}");
    drop(reading);
    write(&bench, true).await;
    let cut = length(&bench.path());
    assert!(cut < BOUND, "{cut}");
}

#[test]
fn checkpoints_are_rare_during_a_long_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut writer = open::writer(&path).unwrap();
    writer.execute_batch("CREATE TABLE numbers (number INTEGER)").unwrap();
    let readers = PointReaders::open(&path, &[]).unwrap();
    let gate = Gate::default();
    let mut log = Log::install(&mut writer).unwrap();
    let reader = open::reader(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM numbers").unwrap();
    writer.execute_batch("PRAGMA synchronous = OFF").unwrap();
    for _ in 0..9 * FULL / 2 {
        writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
        log.checkpoint_if_long(&writer, &readers, &gate);
    }
    // Each of them syncs twice, and a commit once.
    assert!((4..=6).contains(&log.tries), "{}", log.tries);
    reader.execute_batch("COMMIT").unwrap();
    for _ in 0..3 * FULL / 2 {
        writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
        log.checkpoint_if_long(&writer, &readers, &gate);
    }
    assert!(log.tried_at < FULL, "it was not begun anew: {log:?}");
}
