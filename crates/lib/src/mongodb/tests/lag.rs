//! A majority lags behind the primary: no read shows its recent writes yet.

use palisade_core::values::Id as _;
use palisade_test_servers::{Options, ReplicaSet};

use super::*;
use crate::store::conformance::{EventId, PersonId};

/// Longer than a refusal and a read that need not wait.
const A_WHILE: Duration = Duration::from_millis(300);

/// Longer than the members are separated, also on a busy machine: no election must happen.
const ELECTION: Duration = Duration::from_mins(1);

/// Waits until the condition holds, at most ten seconds.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let there = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), there).await.unwrap_or_else(|_| panic!("{what}"));
}

/// A refused caller reads the cause and decides again. If the read still showed the old state, the caller would be
/// refused for the same reason as often as it retries within the lag.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stale_write_returns_only_when_its_cause_can_be_read() {
    let set = ReplicaSet::with(Options { election_timeout: ELECTION, ..Options::default() }).await.unwrap();
    let (address, clock) = (set.url(), Arc::new(SystemClock::new()));
    let winner = MongoBench::open(&address, clock.clone()).await.unwrap();
    let loser = MongoBench::open(&address, clock.clone()).await.unwrap();
    let client = mongodb::Client::with_uri_str(&address).await.unwrap();
    let people = client.database("palisade").collection::<Document>("people");
    let primary = set.primary().await.unwrap();
    let others: Vec<_> = (0..3).filter(|member| *member != primary).collect();

    for (is_there, is_alone) in [(true, true), (true, false), (false, true), (false, false)] {
        let case = format!("the document is there: {is_there}, the write is alone: {is_alone}");
        let ada = PersonId::generate(clock.as_ref(), &SystemRng);
        if is_there {
            winner.commit(Batch::new().insert(&ada, person("ada"))).await.unwrap();
        }
        let known = loser.collection::<Person>().unwrap();
        let read = known.get(&ada).await.unwrap();
        let change = |score| {
            let value = Person { score, ..person("ada") };
            let batch = match &read {
                Some(read) => Batch::new().replace(read, value),
                None => Batch::new().insert(&ada, value),
            };
            let event = EventId::generate(clock.as_ref(), &SystemRng);
            if is_alone { batch } else { Batch::new().insert(&event, Event { number: 0 }).merge(batch) }
        };
        let (first, second) = (change(1), change(2));

        for member in &others {
            set.pause(*member).unwrap();
        }
        let store = winner.clone();
        let won = tokio::spawn(async move { store.commit(first).await });
        until("the primary did not write", async || {
            let changed = doc! { "_id": ada.to_string(), "doc.score": 1 };
            people.find_one(changed).await.unwrap().is_some()
        })
        .await;
        let store = loser.clone();
        let lost = tokio::spawn(async move { (store.commit(second).await, known.get(&ada).await) });
        tokio::time::sleep(A_WHILE).await;
        for member in &others {
            set.resume(*member).unwrap();
        }

        won.await.unwrap().unwrap();
        let (refused, found) = lost.await.unwrap();
        assert!(matches!(refused, Err(StoreError::Stale { .. } | StoreError::Duplicate { .. })), "{case}");
        assert_eq!(found.unwrap().map(|person| person.value().score), Some(1), "{case}");
    }
}
