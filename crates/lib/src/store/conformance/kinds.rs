//! The two kinds of collection: soft deletion, and documents that end.

use super::*;

pub(super) async fn a_deleted_document_is_hidden_until_restored(bench: impl Bench) {
    let people = bench.people();
    let stored = bench.insert(person("ada")).await;
    bench.clock().advance(Duration::from_secs(1));
    bench.store().commit(Batch::new().delete(&stored)).await.unwrap();
    assert!(people.get(stored.id()).await.unwrap().is_none());

    let deleted = people.including_deleted().get(stored.id()).await.unwrap().unwrap();
    assert_eq!((deleted.deleted_at(), deleted.revision()), (Some(bench.store().now()), 2));
    bench.store().commit(Batch::new().restore(&deleted)).await.unwrap();
    let restored = people.get(stored.id()).await.unwrap().unwrap();
    assert_eq!((restored.deleted_at(), restored.revision()), (None, 3));
}

pub(super) async fn a_deleted_document_keeps_its_id(bench: impl Bench) {
    let stored = bench.insert(person("ada")).await;
    bench.store().commit(Batch::new().delete(&stored)).await.unwrap();
    let again = bench.store().commit(Batch::new().insert(stored.id(), person("eve"))).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })));
}

pub(super) async fn a_purge_waits_for_its_retention(bench: impl Bench) {
    let people = bench.people();
    let day = Duration::from_hours(24);
    let stored = bench.insert(person("ada")).await;
    let live = bench.store().commit(Batch::new().purge(&stored, Duration::ZERO)).await;
    assert!(matches!(live, Err(StoreError::Stale { .. })), "a live document was purged");
    bench.store().commit(Batch::new().delete(&stored)).await.unwrap();

    let deleted = people.including_deleted().get(stored.id()).await.unwrap().unwrap();
    bench.clock().advance(day.saturating_sub(Duration::from_millis(1)));
    assert!(people.deleted_before(bench.store().now().minus(day)).first().await.unwrap().is_none());
    let early = bench.store().commit(Batch::new().purge(&deleted, day)).await;
    assert!(matches!(early, Err(StoreError::Stale { .. })));

    bench.clock().advance(Duration::from_millis(2));
    let due = people.deleted_before(bench.store().now().minus(day)).page(&first_page(10)).await.unwrap();
    assert_eq!(emails(&due.items), ["ada"]);
    bench.store().commit(Batch::new().purge(&due.items[0], day)).await.unwrap();
    assert!(people.including_deleted().get(stored.id()).await.unwrap().is_none());
}

pub(super) async fn deleting_twice_is_stale(bench: impl Bench) {
    let stored = bench.insert(person("ada")).await;
    bench.store().commit(Batch::new().delete(&stored)).await.unwrap();
    let deleted = bench.people().including_deleted().get(stored.id()).await.unwrap().unwrap();
    for batch in [Batch::new().delete(&stored), Batch::new().delete(&deleted), Batch::new().restore(&stored)]
    {
        assert!(matches!(bench.store().commit(batch).await, Err(StoreError::Stale { .. })));
    }
}

pub(super) async fn a_deletion_may_write_another_value(bench: impl Bench) {
    let people = bench.people();
    let stored = bench.insert(person("ada")).await;
    let left = Person { score: 7, ..stored.value().clone() };
    let commit = bench.store().commit(Batch::new().delete_as(&stored, left.clone())).await.unwrap();
    assert_eq!(commit.revision::<Person>(stored.id()), Some(2));
    assert!(people.get(stored.id()).await.unwrap().is_none());

    let deleted = people.including_deleted().get(stored.id()).await.unwrap().unwrap();
    assert_eq!((deleted.value(), deleted.deleted_at()), (&left, Some(commit.at())));
    // By an index as well: its keys are those of the new value.
    let listed = all(&people, &Person::ALL.all().only_deleted(), 10).await;
    assert_eq!(listed.iter().map(|person| person.value().score).collect::<Vec<_>>(), [7]);
    for again in [&stored, &deleted] {
        let batch = Batch::new().delete_as(again, person("eve"));
        assert!(matches!(bench.store().commit(batch).await, Err(StoreError::Stale { .. })));
    }
    bench.store().commit(Batch::new().restore(&deleted)).await.unwrap();
    let restored = people.get(stored.id()).await.unwrap().unwrap();
    assert_eq!((restored.value(), restored.deleted_at()), (&left, None));
}

pub(super) async fn an_ended_document_is_not_found(bench: impl Bench) {
    let key = ClaimKey("k".into());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    bench.clock().advance(Duration::from_millis(59_999));
    assert!(bench.claims().get(&key).await.unwrap().is_some());
    bench.clock().advance(Duration::from_millis(1));
    assert!(bench.claims().get(&key).await.unwrap().is_none());
    assert!(all(&bench.claims(), &Claim::BY_OWNER.matching(&"ada".to_owned()), 5).await.is_empty());
}

pub(super) async fn an_ended_document_cannot_be_written(bench: impl Bench) {
    let key = ClaimKey("k".into());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    let claim = bench.claims().get(&key).await.unwrap().unwrap();
    bench.clock().advance(Duration::from_mins(1));
    for batch in [
        Batch::new().remove(&claim),
        Batch::new().touch(&claim),
        Batch::new().replace(&claim, bench.claim("ada", 60)),
    ] {
        assert!(matches!(bench.store().commit(batch).await, Err(StoreError::Stale { .. })));
    }
}

pub(super) async fn the_id_of_an_ended_claim_is_free(bench: impl Bench) {
    let key = ClaimKey("k".into());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    bench.clock().advance(Duration::from_secs(61));
    bench.store().commit(Batch::new().insert(&key, bench.claim("eve", 60))).await.unwrap();
    let claim = bench.claims().get(&key).await.unwrap().unwrap();
    assert_eq!((claim.value().owner.as_str(), claim.expires_at()), ("eve", claim.value().ends_at));
}

pub(super) async fn a_sweep_removes_only_ended_documents(bench: impl Bench) {
    for part in 0..3 {
        let batch = (0..60).fold(Batch::new(), |batch, number| {
            batch.insert(&ClaimKey(format!("{part}/{number}")), bench.claim("ada", 10 + 100 * (part % 2)))
        });
        bench.store().commit(batch).await.unwrap();
    }
    bench.clock().advance(Duration::from_secs(50));
    assert!(bench.store().sweep().await.unwrap(), "120 have ended, one step removes 100");
    assert!(!bench.store().sweep().await.unwrap());
    assert_eq!(all(&bench.claims(), &Claim::BY_OWNER.matching(&"ada".to_owned()), 50).await.len(), 60);
}
