//! Programs that open one database at the same time or one after the other: its indexes, and the refusals.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_can_open_a_new_database_at_once() {
    let scratch = Scratch::new().await;
    let clock = Arc::new(TestClock::at(Timestamp::from_secs(4_000_000_000)));
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let (address, clock) = (scratch.address.clone(), clock.clone());
            let handle = tokio::runtime::Handle::current();
            tokio::task::spawn_blocking(move || handle.block_on(MongoBench::open(&address, clock)))
        })
        .collect();
    let mut stores: Vec<Store> = Vec::new();
    for open in opening {
        stores.push(open.await.unwrap().unwrap());
    }
    assert!(stores[0].drift().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn differing_indexes_are_reported_and_rebuilt() {
    let bench = MongoBench::new().await;
    let people = bench.scratch.collection("people");
    let claims = bench.scratch.collection("claims");
    people.drop_index("people_isDeleted_createdAt__id").await.unwrap();
    people.drop_index("people_isDeleted_doc.role_createdAt__id").await.unwrap();
    people.drop_index("people_isDeleted_doc.email__id").await.unwrap();
    claims.drop_index("claims_expiresAt").await.unwrap();
    let index = |name: &str, keys: Document| doc! { "name": name, "key": keys };
    for (collection, index) in [
        ("people", index("people_isDeleted_doc.role_createdAt__id", doc! { "createdAt": 1 })),
        ("people", index("of_another_name", doc! { "isDeleted": 1, "doc.email": 1, "_id": 1 })),
        ("people", index("by_hand", doc! { "updatedAt": 1 })),
        ("claims", index("claims_expiresAt", doc! { "expiresAt": 1 })),
    ] {
        let create = doc! { "createIndexes": collection, "indexes": [index] };
        bench.scratch.database.run_command(create).await.unwrap();
    }
    let drift = bench.store().drift().await.unwrap();
    assert_eq!(drift.missing, ["people_isDeleted_createdAt__id"]);
    let differing =
        ["people_isDeleted_doc.role_createdAt__id", "people_isDeleted_doc.email__id", "claims_expiresAt"];
    assert_eq!(drift.differing, differing);
    assert_eq!(drift.unknown, ["by_hand"]);
    // A query without its index is refused, never a scan.
    let page = crate::store::conformance::first_page(5);
    assert!(bench.people().find(Person::ALL.all()).page(&page).await.is_err());
    drop(bench.another().await);
    let drift = bench.store().drift().await.unwrap();
    assert!(drift.missing.is_empty() && drift.differing.is_empty(), "opening creates what is declared");
    assert_eq!(drift.unknown, ["by_hand"], "and leaves the rest alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_written_by_a_newer_release_is_refused() {
    let bench = MongoBench::new().await;
    bench.insert(person("ada")).await;
    assert!(MongoBench::open(&bench.scratch.address, bench.clock.clone()).await.is_ok());
    bench
        .scratch
        .collection("people")
        .update_one(doc! {}, doc! { "$set": { "schemaVersion": 4_i64 } })
        .await
        .unwrap();
    let people = bench.scratch.collection("people");
    people.drop_index("people_isDeleted_createdAt__id").await.unwrap();
    let before: Vec<String> = people.list_index_names().await.unwrap();
    let opened = MongoBench::open(&bench.scratch.address, bench.clock.clone()).await;
    assert!(matches!(opened, Err(OpenError::NewerSchema { collection: "people", found: 4, known: 3 })));
    assert_eq!(people.list_index_names().await.unwrap(), before, "it left its mark");
}

mod next {
    //! The same collection as declared by a release that orders the pages by role differently.

    use serde::{Deserialize, Serialize};

    use crate::collection;
    use crate::store::Timestamp;
    use crate::store::conformance::PersonId;

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Person {
        role: String,
        last_seen: Timestamp,
    }

    collection! {
        Person in "people" {
            id: PersonId,
            version: 3,
            upgrades: [|_fields| Ok(()), |_fields| Ok(())],
            kind: soft(purge: after_retention),
            pub(super) index BY_ROLE: (role: String) ascending last_seen: Timestamp;
        }
    }
}

/// As during a rolling upgrade, machine by machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_releases_with_different_declarations_keep_one_index_each() {
    let bench = MongoBench::new().await;
    bench.insert(person("ada")).await;
    let location = Location::parse(&bench.scratch.address).unwrap();
    let open_next = async || {
        let cursor_key = CursorKey::new(&[1; 32]);
        let clock: Arc<dyn Clock> = bench.clock.clone();
        let options = crate::store::Options { clock, rng: Arc::new(SystemRng), cursor_key };
        Store::open(&Console::for_tests(), &location, crate::collections![next::Person], options)
            .await
            .unwrap()
    };
    let page = crate::store::conformance::first_page(5);
    let mut next = open_next().await;
    for _ in 0..2 {
        let found = bench.people().find(Person::BY_ROLE.matching(&Role::User)).page(&page).await.unwrap();
        assert_eq!(found.items.len(), 1);
        let people = next.collection::<next::Person>().unwrap();
        let found =
            people.find(next::Person::BY_ROLE.matching(&"user".to_owned())).page(&page).await.unwrap();
        assert_eq!(found.items.len(), 1);
        drop(bench.another().await);
        next = open_next().await;
    }
}
