//! Documents of other versions, and documents that do not match their type.

use super::*;

/// Rewrites a stored person as version 1 wrote it: `mail` and `points` instead of `email` and `score`.
async fn old_person(bench: &impl Bench, email: &'static str) -> PersonId {
    let stored = bench.insert(person("placeholder")).await;
    let id = stored.id().to_string();
    bench.damage("people", &id, Damage::Without("email")).await;
    bench.damage("people", &id, Damage::Without("score")).await;
    bench.damage("people", &id, Damage::Field("mail", email)).await;
    bench.damage("people", &id, Damage::Field("points", "7")).await;
    bench.damage("people", &id, Damage::Version(1)).await;
    *stored.id()
}

pub(super) async fn an_older_document_is_upgraded_when_read(bench: impl Bench) {
    let id = old_person(&bench, "\"old@example.org\"").await;
    let read = bench.people().get(&id).await.unwrap().unwrap();
    assert_eq!(
        (read.value().email.as_str(), read.value().score, read.revision()),
        ("old@example.org", 70, 1)
    );

    bench.damage("people", &id.to_string(), Damage::Field("points", "\"many\"")).await;
    match bench.people().get(&id).await {
        Err(StoreError::Corrupt { field, .. }) => assert_eq!(field, "points"),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn a_newer_document_is_refused(bench: impl Bench) {
    let stored = bench.insert(person("ada")).await;
    bench.damage("people", &stored.id().to_string(), Damage::Version(4)).await;
    match bench.people().get(stored.id()).await {
        Err(StoreError::NewerSchema { collection: "people", id, found: 4, known: 3 }) => {
            assert_eq!(id, stored.id().to_string());
        }
        other => panic!("{other:?}"),
    }
    let listed = bench.people().find(Person::ALL.all()).page(&first_page(5)).await;
    assert!(matches!(listed, Err(StoreError::NewerSchema { .. })));
}

pub(super) async fn the_error_names_a_corrupt_document(bench: impl Bench) {
    let stored = bench.insert(person("ada")).await;
    let id = stored.id().to_string();
    let named = async |expected: &str| match bench.people().get(stored.id()).await {
        Err(StoreError::Corrupt { collection: "people", id: named, field, .. }) => {
            assert_eq!((named.as_str(), field.as_str()), (id.as_str(), expected));
        }
        other => panic!("{other:?}"),
    };
    bench.damage("people", &id, Damage::Field("role", "\"hunter2\"")).await;
    named("role").await;
    let error = palisade_core::errors::AppError::from(bench.people().get(stored.id()).await.unwrap_err());
    assert!(error.cause().is_some_and(|cause| cause.contains("another type") && !cause.contains("hunter2")));
    bench.damage("people", &id, Damage::Field("role", "\"user\"")).await;
    bench.damage("people", &id, Damage::Without("isActive")).await;
    named("isActive").await;
    bench.damage("people", &id, Damage::Field("isActive", "17")).await;
    named("isActive").await;
    bench.damage("people", &id, Damage::Field("isActive", "true")).await;
    bench.damage("people", &id, Damage::Version(0)).await;
    named("schemaVersion").await;
    bench.damage("people", &id, Damage::Version(-3)).await;
    named("schemaVersion").await;
}

pub(super) async fn a_rewrite_upgrades_everything(bench: impl Bench) {
    let people = bench.people();
    let old = old_person(&bench, "\"old@example.org\"").await;
    for number in 0..120 {
        bench.insert(person(&format!("{number}"))).await;
    }
    let by_email = Person::BY_EMAIL.all().starting_with("old");
    assert!(all(&people, &by_email, 5).await.is_empty(), "an older document lacks the key of the index");
    assert_eq!(
        all(&people, &Person::BY_EMAIL.all(), 50).await.len(),
        120,
        "and a missing key takes no place"
    );
    assert_eq!(all(&people, &Person::BY_SCORE.matching(&Role::User, &true), 50).await.len(), 120);

    let (mut from, mut steps) = (None, 0);
    loop {
        from = people.rewrite(from.as_ref()).await.unwrap();
        steps += 1;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(steps, 2);
    let found = all(&people, &by_email, 5).await;
    assert_eq!((found[0].id(), found[0].revision()), (&old, 2));
    let untouched = all(&people, &Person::BY_EMAIL.all().starting_with("1"), 100).await;
    assert!(untouched.iter().all(|stored| stored.revision() == 1));
}
