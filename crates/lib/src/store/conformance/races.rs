//! Real races: fifty tasks on four threads, released together, against two stores on one database.

use std::collections::HashSet;

use tokio::sync::Barrier;

use super::*;

const RACERS: usize = 50;

/// Runs `act` fifty times at once, half of them through a second store, and returns the results.
async fn race<T, F>(bench: &impl Bench, act: impl Fn(usize, Store) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let other = bench.another().await;
    let gate = Arc::new(Barrier::new(RACERS));
    let racers: Vec<_> = (0..RACERS)
        .map(|number| {
            let store = if number % 2 == 0 { bench.store() } else { &other };
            let (gate, act) = (Arc::clone(&gate), act(number, store.clone()));
            tokio::spawn(async move {
                gate.wait().await;
                act.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for racer in racers {
        results.push(racer.await.unwrap());
    }
    results
}

/// Commits, and retries while the engine says "not now": on a busy machine fifty may conflict for longer than the
/// deadline of a batch.
async fn commit(store: &Store, batch: impl Fn() -> Batch) -> Result<Commit, StoreError> {
    loop {
        match store.commit(batch()).await {
            Err(StoreError::Unavailable { .. } | StoreError::Unknown { .. }) => {}
            done => return done,
        }
    }
}

pub(super) async fn a_claim_of_fifty_has_one_winner(bench: impl Bench) {
    let key = ClaimKey("email:ada@example.org".into());
    let results = race(&bench, |number, store| {
        let (key, claim) = (key.clone(), bench.claim(&number.to_string(), 60));
        let batch = move || Batch::new().insert(&key, claim.clone());
        async move { commit(&store, batch).await.map(|_| number) }
    })
    .await;
    let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(|error| matches!(error, StoreError::Duplicate { .. }))
    );
    let kept = bench.claims().get(&key).await.unwrap().unwrap();
    assert_eq!(kept.value().owner, winners[0].to_string());
}

pub(super) async fn a_swap_of_fifty_has_one_winner(bench: impl Bench) {
    let stored = bench.insert(person("start")).await;
    let results = race(&bench, |number, store| {
        let stored = stored.clone();
        let batch = move || Batch::new().replace(&stored, person(&number.to_string()));
        async move { commit(&store, batch).await.map(|_| number) }
    })
    .await;
    let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(|error| matches!(error, StoreError::Stale { .. }))
    );
    let kept = bench.people().get(stored.id()).await.unwrap().unwrap();
    assert_eq!((kept.revision(), kept.value().email.as_str()), (2, winners[0].to_string().as_str()));
}

pub(super) async fn increments_with_retry_are_all_counted(bench: impl Bench) {
    let id = *bench.insert(person("counter")).await.id();
    race(&bench, |_, store| async move {
        let people = store.collection::<Person>().unwrap();
        loop {
            let stored = people.get(&id).await.unwrap().unwrap();
            let next = Person { score: stored.value().score + 1, ..stored.value().clone() };
            match commit(&store, || Batch::new().replace(&stored, next.clone())).await {
                Ok(_) => break,
                Err(StoreError::Stale { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    })
    .await;
    let stored = bench.people().get(&id).await.unwrap().unwrap();
    assert_eq!((stored.value().score, stored.revision()), (50, 51));
}

/// Two admins, each of whom may step down as long as the other stays. Both read, both see two, both step down:
/// without the guard both would succeed, because the two writes are to different documents.
pub(super) async fn a_guard_document_prevents_write_skew(bench: impl Bench) {
    let guard = bench.insert(person("guard")).await;
    let admin = |email| Person { role: Role::Admin, ..person(email) };
    let admins = [bench.insert(admin("ada")).await, bench.insert(admin("bob")).await];
    let results = race(&bench, |number, store| {
        let (guard, one) = (guard.clone(), admins[number % 2].clone());
        async move {
            let people = store.collection::<Person>().unwrap();
            let seen =
                people.find(Person::BY_ROLE.matching(&Role::Admin)).page(&first_page(2)).await.unwrap();
            if seen.items.len() < 2 {
                return false;
            }
            let stepped_down = Person { role: Role::User, ..one.value().clone() };
            let batch = || Batch::new().touch(&guard).replace(&one, stepped_down.clone());
            commit(&store, batch).await.is_ok()
        }
    })
    .await;
    assert_eq!(results.into_iter().filter(|stepped_down| *stepped_down).count(), 1);
    let left = all(&bench.people(), &Person::BY_ROLE.matching(&Role::Admin), 10).await;
    assert_eq!(left.len(), 1);
}

/// Half of them depend on one document and write the other, half the other way round.
pub(super) async fn of_mutually_dependent_batches_one_succeeds(bench: impl Bench) {
    let pair = [bench.insert(person("left")).await, bench.insert(person("right")).await];
    let results = race(&bench, |number, store| {
        let (rests_on, written) = (pair[number % 2].clone(), pair[(number + 1) % 2].clone());
        async move {
            let value = Person { score: 1, ..written.value().clone() };
            let batch = || Batch::new().touch(&rests_on).replace(&written, value.clone());
            commit(&store, batch).await.map(drop)
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(|error| matches!(error, StoreError::Stale { .. }))
    );
    let people = bench.people();
    let scores = [people.get(pair[0].id()).await, people.get(pair[1].id()).await]
        .map(|person| person.unwrap().unwrap().value().score);
    assert_eq!(scores.iter().sum::<i64>(), 1);
}

/// Five batches of a hundred writes that all begin with the same claim: a batch that loses it leaves nothing
/// behind.
pub(super) async fn a_full_batch_is_atomic_under_contention(bench: impl Bench) {
    let other = bench.another().await;
    let batches: Vec<_> = (0..5)
        .map(|number| {
            let store = if number % 2 == 0 { bench.store().clone() } else { other.clone() };
            let claim = bench.claim(&number.to_string(), 60);
            let batch = move || {
                let parts = (1..MAX_BATCH).map(|part| format!("{number}/{part}"));
                let keys = parts.chain(["contested".to_owned()]).map(ClaimKey);
                keys.fold(Batch::new(), |batch, key| batch.insert(&key, claim.clone()))
            };
            tokio::spawn(async move { commit(&store, batch).await.map(|_| number) })
        })
        .collect();
    let mut winners = Vec::new();
    for batch in batches {
        match batch.await.unwrap() {
            Ok(number) => winners.push(number),
            Err(StoreError::Duplicate { id, .. }) => assert_eq!(id, "contested"),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    for number in 0..5 {
        let kept = all(&bench.claims(), &Claim::BY_OWNER.matching(&number.to_string()), 100).await;
        assert_eq!(kept.len(), if winners.contains(&number) { MAX_BATCH } else { 0 });
    }
}

pub(super) async fn a_ticket_is_consumed_once(bench: impl Bench) {
    let key = ClaimKey("ticket".into());
    bench.store().commit(Batch::new().insert(&key, bench.claim("ada", 60))).await.unwrap();
    let ticket = bench.claims().get(&key).await.unwrap().unwrap();
    let results = race(&bench, |_, store| {
        let (ticket, id) = (ticket.clone(), bench.person_id());
        async move {
            let batch = || Batch::new().remove(&ticket).insert(&id, person("a"));
            commit(&store, batch).await.ok().map(|_| id)
        }
    })
    .await;
    let made: HashSet<_> = results.into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    assert_eq!(all(&bench.people(), &Person::ALL.all(), 10).await.len(), 1);
}
