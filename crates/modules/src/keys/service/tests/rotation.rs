//! Rotation and withdrawal, driven by the clock.

use palisade_core::identity::Operator;
use palisade_core::utils::crypto::token::KeyId;
use palisade_lib::store::StoreError;
use tokio::sync::Barrier;

use super::*;
use crate::keys::types::SigningState;

/// The states of the signing keys by name, the oldest first.
async fn states(world: &World) -> Vec<(String, SigningState)> {
    let list = world.list().await.into_iter();
    list.filter_map(|key| Some((key.name.strip_prefix("signing-")?.to_owned(), key.signing?.state))).collect()
}

fn kid(name: &str) -> KeyId {
    KeyId::parse(name).unwrap()
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_believed_until_its_last_token_has_expired() {
    let world = World::new().await;
    let (one, other) = (world.open("a").await, world.open("a").await);
    let old = world.signer(&one);
    let refresh = async || {
        one.refresh().await.unwrap();
        other.refresh().await.unwrap();
        assert_eq!(one.tokens().jwks(), other.tokens().jwks());
    };

    let turn = world.clock.now().plus(EVERY);
    world.wait_until(turn.minus(LEAD).minus(MILLISECOND));
    refresh().await;
    assert_eq!(published(&one), [old.as_str()]);

    world.clock.advance(MILLISECOND);
    refresh().await;
    let [new, still] = published(&other).try_into().unwrap();
    assert_eq!(still, old);
    assert_eq!(world.signer(&one), old);
    assert_eq!(
        states(&world).await,
        [(old.clone(), SigningState::Current), (new.clone(), SigningState::Next)]
    );

    world.wait_until(turn.minus(MILLISECOND));
    let last = world.sign(&one);
    assert_eq!(world.signer(&other), old);

    // The rotation itself needs neither a read nor a write: every instance knows its time.
    world.clock.advance(MILLISECOND);
    assert_eq!(world.signer(&one), new);
    assert_eq!(world.signer(&other), new);
    assert_eq!(
        states(&world).await,
        [(old.clone(), SigningState::Retired), (new.clone(), SigningState::Current)]
    );

    world.wait_until(turn.plus(TTL).minus(MILLISECOND));
    refresh().await;
    assert!(world.verify(&other, &last).is_ok());
    assert!(world.verify(&world.open("a").await, &last).is_ok());

    world.wait_until(turn.plus(VERIFIES_FOR).minus(MILLISECOND));
    refresh().await;
    assert_eq!(world.verify(&one, &last), Err(TokenError::Expired));
    world.clock.advance(MILLISECOND);
    refresh().await;
    assert_eq!(world.verify(&one, &last), Err(TokenError::UnknownKey));
    assert_eq!(published(&one), [new.as_str()]);
    assert_eq!(states(&world).await, [(new, SigningState::Current)]);
}

#[tokio::test]
async fn after_a_long_sleep_the_next_key_is_still_published_before_it_signs() {
    let world = World::new().await;
    let service = world.open("a").await;
    let old = world.signer(&service);
    world.clock.advance(EVERY * 3);
    let woken = world.open("a").await;
    assert_eq!(published(&woken).len(), 2);
    assert_eq!(world.signer(&woken), old);
    world.clock.advance(LEAD);
    assert_ne!(world.signer(&woken), old);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_that_turn_at_once_make_one_successor() {
    let world = World::new().await;
    let mut instances = Vec::new();
    for _ in 0..12 {
        instances.push(world.open("a").await);
    }
    for round in 1..=4 {
        world.clock.advance(EVERY);
        let gate = Arc::new(Barrier::new(instances.len()));
        let turns: Vec<_> = instances
            .iter()
            .map(|instance| {
                let (gate, instance) = (Arc::clone(&gate), instance.clone());
                tokio::spawn(async move {
                    gate.wait().await;
                    instance.refresh().await.unwrap();
                    instance.tokens().jwks()
                })
            })
            .collect();
        let mut sets = Vec::new();
        for turn in turns {
            sets.push(turn.await.unwrap());
        }
        assert!(sets.iter().all(|set| *set == sets[0]), "round {round}");
        let states = states(&world).await.into_iter().map(|(_, state)| state).collect::<Vec<_>>();
        assert_eq!(states, [SigningState::Current, SigningState::Next], "round {round}");
    }
}

#[tokio::test]
async fn the_operator_rotates_once_however_often_they_ask() {
    let world = World::new().await;
    let service = world.open("a").await;
    let (old, by) = (world.signer(&service), Operator::for_tests("keys rotate"));
    let successor = service.rotate(&by).await.unwrap();
    assert_eq!(world.told(EventType::SigningKeyPublished).await, [successor.kid.to_string()]);
    assert_eq!(successor.activates_at, world.clock.now().plus(LEAD));
    assert_eq!(service.rotate(&by).await.unwrap(), successor);
    assert_eq!(world.told(EventType::SigningKeyPublished).await.len(), 1, "there is one already");
    assert_eq!(published(&service), [successor.kid.to_string(), old.clone()]);
    assert_eq!(world.signer(&service), old);
    world.clock.advance(LEAD);
    assert_eq!(world.signer(&service), successor.kid.to_string());
    assert_ne!(service.rotate(&by).await.unwrap(), successor);
}

#[tokio::test]
async fn a_withdrawn_key_is_believed_no_more_and_another_signs_at_once() {
    let world = World::new().await;
    let (here, there) = (world.open("a").await, world.open("a").await);
    let (leaked, token) = (world.signer(&here), world.sign(&here));
    let by = Operator::for_tests("keys withdraw");

    let withdrawal = here.stage_withdrawal(&by, &kid(&leaked)).await.unwrap();
    assert_eq!(withdrawal.until, world.clock.now().plus(VERIFIES_FOR));
    assert!(world.verify(&here, &token).is_ok(), "nothing is written before the commit");
    world.commit(withdrawal.writes).await;
    here.refresh().await.unwrap();

    assert_eq!(world.verify(&here, &token), Err(TokenError::UnknownKey));
    let new = world.signer(&here);
    assert_ne!(new, leaked);
    assert_eq!(published(&here), [new.as_str()]);
    there.refresh().await.unwrap();
    assert_eq!(world.signer(&there), new);

    let again = here.stage_withdrawal(&by, &kid(&leaked)).await;
    assert!(matches!(again, Err(KeysError::UnknownKey { .. })));
    world.clock.advance(VERIFIES_FOR);
    here.refresh().await.unwrap();
    assert_eq!(states(&world).await, [(new, SigningState::Current)]);
}

#[tokio::test]
async fn the_next_key_takes_over_from_a_withdrawn_one() {
    let world = World::new().await;
    let service = world.open("a").await;
    let (old, by) = (world.signer(&service), Operator::for_tests("keys withdraw"));
    world.clock.advance(MILLISECOND);
    let next = service.rotate(&by).await.unwrap();
    let withdrawal = service.stage_withdrawal(&by, &kid(&old)).await.unwrap();
    world.commit(withdrawal.writes).await;
    service.refresh().await.unwrap();
    assert_eq!(world.signer(&service), next.kid.to_string());
    assert_eq!(
        states(&world).await,
        [(old, SigningState::Withdrawn), (next.kid.to_string(), SigningState::Current)]
    );
}

#[tokio::test]
async fn the_current_key_goes_on_when_the_next_one_is_withdrawn() {
    let world = World::new().await;
    let service = world.open("a").await;
    let (old, by) = (world.signer(&service), Operator::for_tests("keys withdraw"));
    let next = service.rotate(&by).await.unwrap();
    let withdrawal = service.stage_withdrawal(&by, &next.kid).await.unwrap();
    world.commit(withdrawal.writes).await;
    world.clock.advance(LEAD * 2);
    service.refresh().await.unwrap();
    assert_eq!(world.signer(&service), old);
    assert_eq!(published(&service), [old]);
}

#[tokio::test]
async fn a_withdrawal_that_rests_on_what_has_changed_is_stale() {
    let world = World::new().await;
    let service = world.open("a").await;
    let by = Operator::for_tests("keys withdraw");
    let staged = service.stage_withdrawal(&by, &kid(&world.signer(&service))).await.unwrap();
    service.rotate(&by).await.unwrap();
    assert!(matches!(world.store.commit(staged.writes.into()).await, Err(StoreError::Stale { .. })));
}

#[tokio::test]
async fn an_instance_whose_clock_is_behind_signs_with_what_everybody_knows() {
    let world = World::new().await;
    let ahead = world.open("a").await;
    let behind = Arc::new(TestClock::at(world.clock.now().minus(Duration::from_mins(1))));
    let service = Service::open(Setup { clock: behind, ..world.setup("a") }).await.unwrap();
    assert_eq!(world.signer(&service), world.signer(&ahead));
}

#[tokio::test]
async fn tokens_of_strangers_cause_one_read_in_ten_seconds() {
    let world = World::new().await;
    let service = world.open("a").await;
    let reads = async || {
        let before = world.store.calls();
        for _ in 0..50 {
            service.refresh_for_unknown_key().await.unwrap();
        }
        world.store.calls().since(&before).of("keys").reads
    };
    assert_eq!(reads().await, 0);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(reads().await, 1);
    world.clock.advance(Duration::from_secs(9));
    assert_eq!(reads().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_who_wait_for_a_refresh_share_it() {
    let world = World::new().await;
    let service = world.open("a").await;
    let held = service.0.reads.one_at_a_time.lock().await;
    let before = world.store.calls();
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let service = service.clone();
            let mut refresh = Box::pin(async move { service.refresh().await });
            // Polled once: all calls happen before the first read begins.
            assert!(poll_once(&mut refresh).is_none());
            tokio::spawn(refresh)
        })
        .collect();
    drop(held);
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(world.store.calls().since(&before).of("keys").reads, 1);
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_reported_unknown_key_wakes_the_task_that_looks() {
    let world = World::new().await;
    let service = world.open("a").await;
    service.tokens().report_unknown_key();
    service.0.tokens.unknown_key_reported().await;
}
