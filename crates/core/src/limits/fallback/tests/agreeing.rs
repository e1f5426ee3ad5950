//! Requests that only the store or only this process knows: until they have left their window both must agree, and
//! a charge is given back to each.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{PATIENCE, World, at_once, back, charge, passes, passing, settled, tried, tries};
use crate::limits::{LimitStore as _, MemoryLimiter};
use crate::system::Clock as _;

#[tokio::test]
async fn a_late_answer_of_the_store_admits_nothing_beyond_the_limit() {
    let world = World::new();
    let instance = world.over(None, PATIENCE);
    let answers = world.shared.answers.write().await;
    let clients = at_once(&instance, "5/60s", 5);
    settled().await;
    assert_eq!(world.asked(), 5, "all are decided");
    world.gone(true);
    assert_eq!(tries(&instance, "5/60s", 3).await, 3, "and nobody here knows how");
    drop(answers);
    assert_eq!(clients.join_all().await.into_iter().sum::<usize>(), 2);
}

#[tokio::test]
async fn a_local_decision_during_a_timeout_counts_besides_the_stores() {
    let world = World::new();
    let instance = world.instance();
    world.shared.silent.store(true, Ordering::SeqCst);
    assert_eq!(passing(&instance, "5/60s", 1).await, 1);
    world.shared.silent.store(false, Ordering::SeqCst);
    assert_eq!(passing(&instance, "5/60s", 10).await, 4);
    assert_eq!((instance.state().away, instance.state().decided_here), (false, 1));
    world.wait(60);
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
}

#[tokio::test]
async fn a_decision_combines_the_wait_and_the_rest_of_both() {
    let world = World::new();
    let (one, other) = (world.instance(), world.instance());
    world.gone(true);
    assert_eq!(passing(&one, "5/60s", 5).await, 5);
    world.gone(false);
    back(&world, &one).await;
    world.wait(49);
    assert_eq!(passing(&other, "5/60s", 5).await, 5);
    world.wait(5);
    let refused = one.take(&charge("5/60s")).await.unwrap();
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(55)), "here it would be five");
    world.wait(54);
    assert!(!passes(&one, "5/60s").await);
    world.wait(1);
    let passed = one.take(&charge("5/60s")).await.unwrap();
    assert_eq!((passed.passed(), passed.statuses()[0].remaining), (true, 4));
    // Requests that only one process knows are used up for it, however much the store still has.
    world.gone(true);
    assert_eq!(passing(&one, "5/60s", 2).await, 2);
    world.gone(false);
    back(&world, &one).await;
    let passed = one.take(&charge("5/60s")).await.unwrap();
    assert_eq!((passed.passed(), passed.statuses()[0].remaining), (true, 1));
}

#[tokio::test]
async fn a_charge_is_given_back_in_every_store_that_charged_it() {
    let world = World::new();
    let second = world.store();
    let instance = world.instance_with(&second);
    let take = async || instance.take(&tried("5/60s")).await.unwrap();
    let here = take().await;
    world.wait(1);
    world.gone(true);
    let there = take().await;
    world.wait(1);
    second.gone.store(true, Ordering::SeqCst);
    let alone = take().await;
    assert_eq!(tries(&instance, "5/60s", 10).await, 2, "three of five are used");
    world.gone(false);
    second.gone.store(false, Ordering::SeqCst);
    for decision in [&here, &there, &alone] {
        instance.give_back(&tried("5/60s"), decision).await.unwrap();
    }
    let left = |store: &MemoryLimiter| store.peek(&tried("5/60s")).statuses()[0].remaining;
    assert_eq!((left(&world.shared.limiter), left(&second.limiter), left(&instance.0.local)), (5, 5, 3));
}

#[tokio::test]
async fn a_charge_is_given_back_locally_when_the_store_is_down() {
    let world = World::new();
    let instance = world.instance();
    let decision = instance.take(&charge("5/60s")).await.unwrap();
    world.gone(true);
    assert!(instance.give_back(&charge("5/60s"), &decision).await.is_err());
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
}

#[tokio::test]
async fn after_a_loss_of_counters_the_store_and_this_process_must_agree() {
    let world = World::new();
    let emptied = |world: &World| {
        let mut all = charge("5/60s");
        all[0] = all[0].clone().costing(std::num::NonZeroU32::new(5).unwrap());
        world.shared.limiter.return_units(&all, world.clock.monotonic());
        world.shared.forgot.store(true, Ordering::SeqCst);
    };
    let instance = world.instance();
    assert_eq!(passing(&instance, "5/60s", 5).await, 5);
    emptied(&world);
    assert_eq!(passing(&instance, "5/60s", 10).await, 0, "the store has room, and this process remembers");
    let state = instance.state();
    assert_eq!((state.away, state.outages, state.counter_losses), (false, 0, 1));
    world.wait(60);
    assert_eq!(passing(&instance, "5/60s", 10).await, 5);
    // Found by the check, before any request asks.
    emptied(&world);
    instance.check_once().await;
    assert_eq!(passing(&instance, "5/60s", 10).await, 0);
    assert_eq!(instance.state().counter_losses, 2);
}
