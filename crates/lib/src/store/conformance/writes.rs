//! Writes and their preconditions.

use super::*;

pub(super) async fn a_written_document_is_read_back(bench: impl Bench) {
    let mut value = person("ada@example.org");
    value.note = Some("\u{0}\"'\\ 🦀 \u{202e}".to_owned());
    value.score = i64::MIN;
    value.last_seen = Timestamp::from_millis(1_234_567_890_123);
    let written = bench.insert(value.clone()).await;
    let read = bench.people().get(written.id()).await.unwrap().unwrap();
    assert_eq!(read.value(), &value);
    assert_eq!(read.meta, written.meta);
    assert_eq!((read.revision(), read.created_at()), (1, bench.store().now()));

    bench.clock().advance(Duration::from_secs(5));
    value.note = None;
    let commit = bench.store().commit(Batch::new().replace(&read, value.clone())).await.unwrap();
    let again = bench.people().get(read.id()).await.unwrap().unwrap();
    assert_eq!(again.value(), &value);
    assert_eq!((again.revision(), commit.revision::<Person>(read.id())), (2, Some(2)));
    assert_eq!((again.created_at(), again.updated_at()), (read.created_at(), bench.store().now()));
    assert_eq!(commit.stored(read.id(), value).unwrap().meta, again.meta);
}

pub(super) async fn a_replace_needs_the_revision_that_was_read(bench: impl Bench) {
    let first = bench.insert(person("a")).await;
    bench.store().commit(Batch::new().replace(&first, person("b"))).await.unwrap();
    let late = bench.store().commit(Batch::new().replace(&first, person("c"))).await;
    assert!(matches!(late, Err(StoreError::Stale { collection: "people", .. })));
    assert_eq!(bench.people().get(first.id()).await.unwrap().unwrap().value().email.as_str(), "b");
}

pub(super) async fn a_batch_that_fails_half_way_changes_nothing(bench: impl Bench) {
    let stored = bench.insert(person("a")).await;
    let other = bench.insert(person("b")).await;
    bench.store().commit(Batch::new().touch(&other)).await.unwrap();
    let new = bench.person_id();
    let batch = Batch::new()
        .insert(&new, person("new"))
        .replace(&stored, person("changed"))
        .insert(&ClaimKey("k".into()), bench.claim("x", 60))
        .replace(&other, person("stale"));
    assert!(bench.store().commit(batch).await.is_err());
    assert!(bench.people().get(&new).await.unwrap().is_none());
    assert!(bench.claims().get(&ClaimKey("k".into())).await.unwrap().is_none());
    let unchanged = bench.people().get(stored.id()).await.unwrap().unwrap();
    assert_eq!((unchanged.revision(), unchanged.value().email.as_str()), (1, "a"));
}

pub(super) async fn a_duplicate_error_names_its_document(bench: impl Bench) {
    let key = ClaimKey("email:ada@example.org".into());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    let batch = Batch::new().insert(&bench.person_id(), person("eve")).insert(&key, bench.claim("eve", 60));
    match bench.store().commit(batch).await {
        Err(StoreError::Duplicate { collection, id }) => {
            assert_eq!((collection, id.as_str()), ("claims", "email:ada@example.org"));
        }
        other => panic!("{other:?}"),
    }
}

pub(super) async fn merged_batches_may_touch_the_same_document(bench: impl Bench) {
    let guard = bench.insert(person("guard")).await;
    let one = Batch::new().touch(&guard).insert(&bench.person_id(), person("one"));
    let two = Batch::new().replace(&guard, person("changed"));
    let three = Batch::new().touch(&guard);
    let commit = bench.store().commit(one.merge(two).merge(three)).await.unwrap();
    assert_eq!(commit.revision::<Person>(guard.id()), Some(2));
    assert_eq!(bench.people().get(guard.id()).await.unwrap().unwrap().value().email.as_str(), "changed");

    let guard = bench.people().get(guard.id()).await.unwrap().unwrap();
    let contradiction =
        Batch::new().replace(&guard, person("x")).merge(Batch::new().replace(&guard, person("y")));
    assert!(matches!(bench.store().commit(contradiction).await, Err(StoreError::Stale { .. })));
}

pub(super) async fn a_write_for_an_earlier_document_of_the_same_id_is_stale(bench: impl Bench) {
    let key = ClaimKey("google:1".into());
    let insert = |owner| bench.store().commit(Batch::new().insert(&key, bench.claim(owner, 60)));
    insert("ada").await.unwrap();
    let ada = bench.claims().get(&key).await.unwrap().unwrap();
    bench.store().commit(Batch::new().remove(&ada)).await.unwrap();
    insert("eve").await.unwrap();
    // Same id, same revision, same time; another document.
    let late = bench.store().commit(Batch::new().remove(&ada)).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })));
    assert_eq!(bench.claims().get(&key).await.unwrap().unwrap().value().owner, "eve");
}

pub(super) async fn a_value_that_violates_a_rule_is_not_stored(bench: impl Bench) {
    let refused = async |batch| {
        let result = bench.store().commit(batch).await;
        assert!(matches!(result, Err(StoreError::Unstorable { .. })), "{result:?}");
    };
    for key in [String::new(), "x".repeat(MAX_KEY_BYTES + 1), "a\0b".to_owned()] {
        refused(Batch::new().insert(&ClaimKey(key), bench.claim("x", 60))).await;
    }
    let long = Claim { owner: "x".repeat(MAX_KEY_BYTES + 1), ends_at: bench.store().now() };
    refused(Batch::new().insert(&ClaimKey("k".into()), long)).await;
    let huge = Person { note: Some("x".repeat(MAX_DOCUMENT_BYTES)), ..person("a") };
    refused(Batch::new().insert(&bench.person_id(), huge)).await;
    let many = (0..=MAX_BATCH).fold(Batch::new(), |batch, _| batch.insert(&bench.person_id(), person("a")));
    refused(many).await;
}

pub(super) async fn a_key_that_differs_from_the_stored_value_is_refused(bench: impl Bench) {
    let insert = async |label: &str| {
        let id = EventId::generate(bench.clock().as_ref(), &SystemRng);
        let parcel = Parcel { label: Mislabelled(label.to_owned()) };
        bench.store().commit(Batch::new().insert(&id, parcel)).await
    };
    assert!(insert("SAME").await.is_ok());
    assert!(matches!(insert("other").await, Err(StoreError::Unstorable { .. })));
}

pub(super) async fn a_collection_that_was_not_opened_is_refused(bench: impl Bench) {
    #[derive(Serialize, Deserialize)]
    struct Stray {}
    collection! { Stray in "strays" { id: PersonId, version: 1, kind: soft(purge: after_retention), } }
    assert!(matches!(
        bench.store().collection::<Stray>(),
        Err(StoreError::Undeclared { collection: "strays" })
    ));
    let stray = Batch::new().insert(&bench.person_id(), Stray {});
    assert!(matches!(bench.store().commit(stray).await, Err(StoreError::Undeclared { .. })));
}

pub(super) async fn calls_are_counted(bench: impl Bench) {
    let before = bench.store().calls();
    let stored = bench.insert(person("a")).await;
    bench.people().get(stored.id()).await.unwrap();
    bench.people().find(Person::ALL.all()).page(&first_page(1)).await.unwrap();
    let calls = bench.store().calls().since(&before);
    assert_eq!(calls.of("people"), Count { reads: 2, writes: 1 });
    assert_eq!(calls.total(), Count { reads: 2, writes: 1 });

    let maintenance = bench.store().for_maintenance();
    let before = bench.store().calls();
    maintenance.commit(Batch::new().touch(&stored)).await.unwrap();
    maintenance.collection::<Person>().unwrap().get(stored.id()).await.unwrap();
    maintenance.count(Person::SPEC, 10).await.unwrap();
    assert_eq!(bench.store().calls().since(&before).total(), Count::default(), "maintenance is not counted");
}

pub(super) async fn a_ping_reads_and_writes(bench: impl Bench) {
    bench.store().ping().await.unwrap();
    assert!(bench.store().drift().await.unwrap().is_none());
}
