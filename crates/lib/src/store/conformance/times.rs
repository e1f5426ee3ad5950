//! How long calls take: which are timed, and under which names.

use futures_util::FutureExt as _;

use super::*;
/// The number of timed calls by operation, collection and outcome, since an earlier reading.
fn timed_since(store: &Store, before: &[Timing]) -> Vec<(&'static str, &'static str, &'static str, u64)> {
    let count = |timing: &Timing| timing.took.buckets.iter().map(|(_, count)| count).sum::<u64>();
    let same = |one: &Timing, other: &Timing| {
        (one.operation, one.collection, one.outcome) == (other.operation, other.collection, other.outcome)
    };
    let all = store.timings().into_iter().map(|now| {
        let earlier = before.iter().find(|then| same(then, &now)).map_or(0, count);
        (now.operation, now.collection, now.outcome, count(&now) - earlier)
    });
    all.filter(|(.., calls)| *calls > 0).collect()
}

pub(super) async fn calls_are_timed_by_operation_collection_and_outcome(bench: impl Bench) {
    let before = bench.store().timings();
    let stored = bench.insert(person("a")).await;
    bench.people().get(stored.id()).await.unwrap();
    bench.people().get(&bench.person_id()).await.unwrap();
    bench.people().find(Person::ALL.all()).page(&first_page(1)).await.unwrap();
    bench.people().find(Person::ALL.all()).first().await.unwrap();
    let events: Collection<Event> = bench.store().collection().unwrap();
    events.tail(Event::FEED.all()).poll().await.unwrap();
    let touch = || Batch::new().touch(&stored);
    bench.store().commit(touch()).await.unwrap();
    bench.store().commit(touch()).await.unwrap_err();
    let claim = bench.claim("ada", 60);
    let both = Batch::new().insert(&ClaimKey("k".into()), claim).insert(&bench.person_id(), person("b"));
    bench.store().commit(both).await.unwrap();
    bench.store().sweep().await.unwrap();
    bench.store().check().await.unwrap();
    assert_eq!(
        timed_since(bench.store(), &before),
        [
            ("sweep", "claims", "success", 1),
            ("sweep", "drafts", "success", 1),
            ("tail", "events", "success", 1),
            ("probe", "none", "success", 1),
            ("get", "people", "success", 2),
            ("page", "people", "success", 2),
            ("commit", "people", "success", 2),
            ("commit", "people", "conflict", 1),
            ("commit", "several", "success", 1),
        ]
    );

    let before = bench.store().timings();
    let maintenance = bench.store().for_maintenance();
    maintenance.collection::<Person>().unwrap().get(stored.id()).await.unwrap();
    assert_eq!(timed_since(bench.store(), &before), [], "maintenance is not timed");
}

pub(super) async fn a_call_that_is_given_up_is_timed(bench: impl Bench) {
    let before = bench.store().timings();
    let commit = bench.store().commit(Batch::new().insert(&bench.person_id(), person("a")));
    assert!(commit.now_or_never().is_none(), "the engine has answered at once");
    assert_eq!(timed_since(bench.store(), &before), [("commit", "people", "abandoned", 1)]);
}
