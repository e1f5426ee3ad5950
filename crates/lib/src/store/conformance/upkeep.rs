//! Upkeep over collections whose types are not known.

use super::*;

pub(super) async fn documents_are_counted_by_state_and_version(bench: impl Bench) {
    let store = bench.store();
    let kept = bench.insert(person("kept")).await;
    let deleted = bench.insert(person("deleted")).await;
    store.commit(Batch::new().delete(&deleted)).await.unwrap();
    bench.damage("people", &kept.id().to_string(), Damage::Version(2)).await;
    for (key, seconds) in [("ends", 10), ("lives", 20)] {
        let claim = bench.claim("ada", seconds);
        store.commit(Batch::new().insert(&ClaimKey(key.to_owned()), claim)).await.unwrap();
    }
    bench.clock().advance(Duration::from_secs(10));

    let people = store.count(Person::SPEC, 100).await.unwrap();
    assert_eq!((people.live, people.deleted, people.ended, people.more), (1, 1, 0, false));
    assert_eq!((people.older_than(3), people.newer_than(3), people.newer_than(2)), (1, 0, 1));
    let claims = store.count(Claim::SPEC, 100).await.unwrap();
    assert_eq!((claims.live, claims.deleted, claims.ended, claims.more), (1, 0, 1, false));
    let bounded = store.count(Person::SPEC, 1).await.unwrap();
    assert_eq!((bounded.live + bounded.deleted, bounded.more), (1, true));
    assert_eq!(store.count(Person::SPEC, 2).await.unwrap(), people, "exactly as many as there are");
}

pub(super) async fn a_collection_is_rewritten_step_by_step_without_its_type(bench: impl Bench) {
    let store = bench.store();
    let mut old = Vec::new();
    for number in 0..130 {
        let id = bench.insert(person(&format!("{number}"))).await.id().to_string();
        if number % 2 == 0 {
            bench.damage("people", &id, Damage::Version(2)).await;
            bench.damage("people", &id, Damage::Field("points", "4")).await;
            old.push(id);
        }
    }
    let first = store.rewrite_step(Person::DEF, None).await.unwrap();
    assert_eq!(first.examined, 100);
    let second = store.rewrite_step(Person::DEF, first.next.as_deref()).await.unwrap();
    assert_eq!(second, Rewritten { next: None, examined: 30, rewritten: 65 - first.rewritten });
    let again = store.rewrite_step(Person::DEF, None).await.unwrap();
    assert_eq!((again.examined, again.rewritten), (100, 0), "what is up to date is only looked at");
    let rewritten =
        bench.people().get(&<PersonId as DocumentId>::parse(&old[0]).unwrap()).await.unwrap().unwrap();
    assert_eq!((rewritten.value().score, rewritten.revision()), (40, 2));
}
