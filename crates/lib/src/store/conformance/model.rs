//! Every query against a plain list that is filtered and sorted: the order of the engines must be the order of Rust.

use std::cmp::Reverse;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;

fn people() -> impl Strategy<Value = Vec<(Person, bool, u64)>> {
    let one = (
        "[abé😀%_A]{1,3}",
        any::<bool>(),
        prop_oneof![Just(0_i64), -2..3_i64, any::<i64>()],
        any::<bool>(),
        0..4_i64,
        any::<bool>(),
        0..2_u64,
    );
    let person = one.prop_map(|(email, admin, score, is_active, seen, deleted, pause)| {
        let role = if admin { Role::Admin } else { Role::User };
        let last_seen = Timestamp::from_millis(seen);
        (Person { role, score, is_active, last_seen, ..person(&email) }, deleted, pause)
    });
    prop::collection::vec(person, 0..40)
}

pub(super) async fn every_query_agrees_with_a_list(bench: impl Bench) {
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let sample = people().new_tree(&mut runner).unwrap().current();
        let limit = (1..9_u32).new_tree(&mut runner).unwrap().current();
        agrees(&bench, sample, limit).await;
    }
}

async fn agrees(bench: &impl Bench, sample: Vec<(Person, bool, u64)>, limit: u32) {
    let store = bench.people();
    // Leftovers of earlier samples.
    for old in all(&store, &Person::ALL.all().including_deleted(), 100).await {
        let deleted = if old.deleted_at().is_some() {
            old
        } else {
            bench.store().commit(Batch::new().delete(&old)).await.unwrap();
            store.including_deleted().get(old.id()).await.unwrap().unwrap()
        };
        bench.store().commit(Batch::new().purge(&deleted, Duration::ZERO)).await.unwrap();
    }
    let mut list = Vec::new();
    for (person, deleted, pause) in sample {
        bench.clock().advance(Duration::from_millis(pause));
        let stored = bench.insert(person).await;
        if deleted {
            bench.store().commit(Batch::new().delete(&stored)).await.unwrap();
        }
        list.push((stored, deleted));
    }

    let check = async |found: Vec<Stored<Person>>, expected: Vec<&Stored<Person>>, what: &str| {
        let found: Vec<_> = found.iter().map(|stored| (*stored.id(), stored.value().clone())).collect();
        let expected: Vec<_> = expected.iter().map(|stored| (*stored.id(), stored.value().clone())).collect();
        assert_eq!(found, expected, "{what}");
    };
    let some = |keep: &dyn Fn(&Person) -> bool, wanted: &dyn Fn(bool) -> bool| -> Vec<&Stored<Person>> {
        list.iter()
            .filter(|(stored, deleted)| keep(stored.value()) && wanted(*deleted))
            .map(|(stored, _)| stored)
            .collect()
    };

    let mut expected = some(&|_| true, &|deleted| !deleted);
    expected.sort_by_key(|stored| Reverse((stored.created_at(), *stored.id())));
    check(all(&store, &Person::ALL.all(), limit).await, expected, "ALL").await;

    for role in [Role::Admin, Role::User] {
        let mut expected = some(&|person| person.role == role, &|deleted| deleted);
        expected.sort_by_key(|stored| Reverse((stored.created_at(), *stored.id())));
        let query = Person::BY_ROLE.matching(&role).only_deleted();
        check(all(&store, &query, limit).await, expected, "BY_ROLE, deleted").await;
        for active in [true, false] {
            let keep = |person: &Person| person.role == role && person.is_active == active;
            let mut expected = some(&keep, &|_| true);
            expected.sort_by_key(|stored| Reverse((stored.value().score, *stored.id())));
            let query = Person::BY_SCORE.matching(&role, &active).including_deleted();
            check(all(&store, &query, limit).await, expected, "BY_SCORE, all").await;
        }
    }

    for prefix in ["a", "é", "😀", "%", "a_", ""] {
        let mut expected = some(&|person| person.email.as_str().starts_with(prefix), &|deleted| !deleted);
        expected.sort_by_key(|stored| (stored.value().email.clone(), *stored.id()));
        check(all(&store, &Person::BY_EMAIL.all().starting_with(prefix), limit).await, expected, prefix)
            .await;
    }

    let (from, to) = (Timestamp::from_millis(1), Timestamp::from_millis(3));
    let keep = |person: &Person| person.is_active && person.last_seen >= from && person.last_seen < to;
    let mut expected = some(&keep, &|deleted| !deleted);
    expected.sort_by_key(|stored| (stored.value().last_seen, *stored.id()));
    let query = Person::BY_LAST_SEEN.matching(&true).at_least(&from).below(&to);
    check(all(&store, &query, limit).await, expected, "BY_LAST_SEEN").await;
}
