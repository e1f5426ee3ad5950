//! The commands that the server received, by its own record: how many, and with which concerns.

use super::*;

/// The commands that the server received, by its own record.
async fn asked(scratch: &Scratch, collection: &str) -> Vec<Document> {
    let filter = doc! { "ns": format!("{}.{collection}", scratch.database.name()), "appName": "palisade" };
    let found = scratch.collection("system.profile").find(filter).await.unwrap();
    let entries: Vec<Document> = found.try_collect().await.unwrap();
    entries.into_iter().map(|entry| entry.get_document("command").unwrap().clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_and_a_single_write_are_one_command_and_each_is_bounded() {
    let bench = MongoBench::new().await;
    // Weaker promises in the address weaken nothing.
    let weak = format!("{}&w=1&readConcernLevel=local&readPreference=secondary", bench.scratch.address);
    let store = MongoBench::open(&weak, bench.clock.clone()).await.unwrap();
    bench.scratch.database.run_command(doc! { "profile": 2 }).await.unwrap();

    let id = bench.person_id();
    let commit = store.commit(Batch::new().insert(&id, person("ada"))).await.unwrap();
    let people = store.collection::<Person>().unwrap();
    let ada = people.get(&id).await.unwrap().unwrap();
    assert_eq!(Some(ada.revision()), commit.revision::<Person>(&id));
    store.commit(Batch::new().touch(&ada)).await.unwrap();
    let page = crate::store::conformance::first_page(5);
    assert_eq!(people.find(Person::ALL.all()).page(&page).await.unwrap().items.len(), 1);
    bench.scratch.database.run_command(doc! { "profile": 0 }).await.unwrap();

    let asked = asked(&bench.scratch, "people").await;
    let names: Vec<_> = asked.iter().map(|command| command.keys().next().unwrap().as_str()).collect();
    assert_eq!(names, ["findAndModify", "find", "findAndModify", "find"]);
    for command in asked {
        assert!(command.contains_key("maxTimeMS"), "{command}");
        assert!(!command.contains_key("autocommit"), "a transaction of one write: {command}");
        if command.contains_key("find") {
            let level = command.get_document("readConcern").unwrap().get_str("level").unwrap();
            assert!(["majority", "snapshot"].contains(&level), "{command}");
        } else {
            let concern = command.get_document("writeConcern").unwrap();
            assert_eq!(concern.get_str("w").unwrap(), "majority", "{command}");
            assert!(concern.get_bool("j").unwrap(), "{command}");
        }
    }
}

/// Live and deleted documents are two ranges of one index.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_ranges_of_a_page_are_read_from_one_snapshot() {
    let bench = MongoBench::new().await;
    let ada = bench.insert(person("ada")).await;
    bench.insert(person("bob")).await;
    bench.store().commit(Batch::new().delete(&ada)).await.unwrap();
    bench.scratch.database.run_command(doc! { "profile": 2 }).await.unwrap();
    let page = crate::store::conformance::first_page(5);
    let both = Person::BY_EMAIL.all().including_deleted();
    assert_eq!(bench.people().find(both).page(&page).await.unwrap().items.len(), 2);
    bench.scratch.database.run_command(doc! { "profile": 0 }).await.unwrap();

    let asked = asked(&bench.scratch, "people").await;
    let concerns = asked.iter().map(|command| command.get_document("readConcern").unwrap());
    let concerns: Vec<_> = concerns.collect();
    assert_eq!(concerns.len(), 2, "{asked:?}");
    assert!(concerns.iter().all(|concern| concern.get_str("level").unwrap() == "snapshot"), "{concerns:?}");
    assert!(concerns.last().unwrap().contains_key("atClusterTime"), "{concerns:?}");
}

/// On a sharded cluster another shard does not know it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refused_transaction_waits_where_it_was_refused() {
    let bench = MongoBench::new().await;
    let ada = bench.insert(person("ada")).await;
    let key = ClaimKey("k".to_owned());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    bench.scratch.database.run_command(doc! { "profile": 2 }).await.unwrap();
    let batch = Batch::new().touch(&ada).insert(&key, bench.claim("eve", 60));
    assert!(matches!(bench.store().commit(batch).await, Err(StoreError::Duplicate { .. })));
    bench.scratch.database.run_command(doc! { "profile": 0 }).await.unwrap();

    let asked = asked(&bench.scratch, "claims").await;
    let waiting = asked.iter().find(|command| command.get_bool("remove").unwrap_or(false)).unwrap();
    assert_eq!(waiting.get_document("query").unwrap().get_str("_id").unwrap(), "k", "{waiting}");
    assert!(!waiting.contains_key("autocommit"), "no part of what was undone: {waiting}");
    assert_eq!(bench.claims().get(&key).await.unwrap().unwrap().value().owner, "ada", "it removes nothing");
}
