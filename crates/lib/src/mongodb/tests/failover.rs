//! The primary is killed while four tasks write: every acknowledged write exists, its writer reads it, and a tail
//! that was followed all the while has seen it.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use palisade_core::values::Id as _;
use palisade_test_servers::{Options, ReplicaSet};

use super::*;
use crate::store::Tailed;
use crate::store::conformance::EventId;

/// The number of commits of each task before the kill, and after the first that succeeds again.
const COMMITS: usize = 40;

/// Writes until it is stopped, each time one event or two, and reads every acknowledged one.
async fn write(
    store: Store,
    clock: Arc<SystemClock>,
    pairs: bool,
    progress: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Vec<EventId> {
    let events = store.collection::<Event>().unwrap();
    let mut known = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let ids =
            [EventId::generate(clock.as_ref(), &SystemRng), EventId::generate(clock.as_ref(), &SystemRng)];
        let ids = if pairs { &ids[..] } else { &ids[..1] };
        let batch = ids.iter().fold(Batch::new(), |batch, id| batch.insert(id, Event { number: 0 }));
        match store.commit(batch).await {
            Ok(_) => {}
            // While there is no primary.
            Err(StoreError::Unavailable { .. }) => continue,
            Err(error) => panic!("{error:?}"),
        }
        for id in ids {
            known.push(*id);
            match events.get(id).await {
                Ok(found) => assert!(found.is_some(), "what was acknowledged is not there"),
                Err(StoreError::Unavailable { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        progress.fetch_add(1, Ordering::SeqCst);
    }
    known
}

/// Follows the events until it is stopped and has caught up.
async fn follow(store: Store, stop: Arc<AtomicBool>) -> BTreeSet<EventId> {
    let mut tail = store.collection::<Event>().unwrap().tail(Event::FEED.all());
    let mut seen = BTreeSet::new();
    loop {
        let is_last = stop.load(Ordering::SeqCst);
        match tail.poll().await {
            Ok(Tailed { items, caught_up }) => {
                let fresh = items.len();
                seen.extend(items.iter().map(|event| *event.id()));
                if is_last && caught_up && fresh == 0 {
                    return seen;
                }
            }
            Err(StoreError::Unavailable { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn reaches(progress: &AtomicU64, more: u64) {
    let goal = progress.load(Ordering::SeqCst) + more;
    let there = async {
        while progress.load(Ordering::SeqCst) < goal {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), there).await.expect("nothing is written any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_with_a_primary() {
    let mut set = ReplicaSet::with(Options::for_failover()).await.unwrap();
    let address = set.url();
    let clock = Arc::new(SystemClock::new());
    let store = MongoBench::open(&address, clock.clone()).await.unwrap();
    let reader = MongoBench::open(&address, clock.clone()).await.unwrap();
    let (progress, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let caught_up = Arc::new(AtomicBool::new(false));
    let tail = tokio::spawn(follow(reader, caught_up.clone()));
    let writers: Vec<_> = (0..4)
        .map(|number| {
            let (store, clock) = (store.clone(), clock.clone());
            tokio::spawn(write(store, clock, number % 2 == 0, progress.clone(), stop.clone()))
        })
        .collect();
    let rounds = u64::try_from(4 * COMMITS).unwrap();
    reaches(&progress, rounds).await;
    let primary = set.primary().await.unwrap();
    set.kill(primary);
    reaches(&progress, rounds).await;
    stop.store(true, Ordering::SeqCst);

    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    caught_up.store(true, Ordering::SeqCst);
    let seen = tail.await.unwrap();
    let events = store.collection::<Event>().unwrap();
    assert!(acknowledged.len() >= 8 * COMMITS);
    for id in acknowledged {
        assert!(events.get(&id).await.unwrap().is_some(), "{id} was acknowledged and is lost");
        assert!(seen.contains(&id), "{id} was never seen by the tail");
    }
}
