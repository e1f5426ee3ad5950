//! A second store for accounts: which store decides during an outage of the first, and what each store knows.

use std::sync::atomic::Ordering;

use super::{PATIENCE, World, at_once, back, charge, passing, settled, tried, tries};
use crate::limits::{AccountHasher, Charge, LimitKey, LimitStore as _, Subject};
use crate::system::Clock as _;

#[tokio::test]
async fn during_an_outage_the_second_store_counts_accounts_for_all_instances() {
    let world = World::new();
    let second = world.store();
    let instances =
        [world.instance_with(&second), world.instance_with(&second), world.instance_with(&second)];
    world.gone(true);
    let mut passed = [0, 0];
    for instance in &instances {
        passed[0] += tries(instance, "5/60s", 10).await;
        passed[1] += passing(instance, "5/60s", 10).await;
    }
    assert_eq!(passed, [5, 15], "an account in all of them together, a network in each");
    let account = AccountHasher::new(&[7; 32]).account("bob@example.org");
    let asked =
        Charge::asking(LimitKey::new("a".into(), Subject::Account(account)), "5/60s".parse().unwrap());
    assert!(instances[0].try_take(&[asked]).is_none(), "it has to be waited for");
    assert!(instances[0].try_take(&charge("500/60s")).is_some());
}

#[tokio::test]
async fn this_process_remembers_what_the_first_store_admitted() {
    let world = World::new();
    let second = world.store();
    let [one, other] = [world.instance_with(&second), world.instance_with(&second)];
    assert_eq!(tries(&one, "5/60s", 3).await, 3);
    world.gone(true);
    assert_eq!(tries(&one, "5/60s", 10).await, 2);
    assert_eq!(tries(&other, "5/60s", 10).await, 3, "of the five of the second store two are used");
    // When the first store is back, requests that passed in the second count in the same way.
    world.gone(false);
    for instance in [&one, &other] {
        back(&world, instance).await;
    }
    assert_eq!(tries(&one, "5/60s", 10).await, 0);
    assert_eq!(tries(&other, "5/60s", 10).await, 2, "and the first knows of three");
}

#[tokio::test]
async fn this_process_decides_when_both_stores_are_down() {
    let world = World::new();
    let second = world.store();
    let instance = world.instance_with(&second);
    world.gone(true);
    assert_eq!(tries(&instance, "5/60s", 2).await, 2);
    second.gone.store(true, Ordering::SeqCst);
    assert_eq!(tries(&instance, "5/60s", 10).await, 3);
    assert!(instance.state().decided_here > 0);
    let asked = second.asked.load(Ordering::SeqCst);
    assert_eq!(tries(&instance, "5/60s", 10).await, 0);
    assert_eq!(second.asked.load(Ordering::SeqCst), asked, "nobody waits for it again and again");
}

#[tokio::test]
async fn an_instance_never_exceeds_the_limit_during_outages_of_both_stores() {
    let world = World::new();
    let second = world.store();
    let instance = world.instance_with(&second);
    let mut admitted: Vec<u64> = Vec::new();
    for second_of in 0_u64..600 {
        world.gone(second_of % 41 > 20);
        second.gone.store(second_of % 29 > 17, Ordering::SeqCst);
        world.wait(1);
        let passed = tries(&instance, "7/30s", 3).await;
        let now = world.clock.monotonic().as_secs();
        admitted.extend(std::iter::repeat_n(now, passed));
        // A request that is tried again ends.
        settled().await;
    }
    for end in &admitted {
        let window = admitted.iter().filter(|at| **at <= *end && **at + 30 > *end).count();
        assert!(window <= 7, "{window} in the window that ends at {end}");
    }
    assert!(admitted.len() >= 7 * 600 / 30 * 9 / 10, "{}", admitted.len());
}

#[tokio::test]
async fn concurrent_attempts_charge_the_second_store_only_if_admitted() {
    let world = World::new();
    let second = world.store();
    let [one, other] = [(), ()].map(|()| world.over(Some(&second), PATIENCE));
    assert_eq!(tries(&one, "5/60s", 1).await, 1);
    world.gone(true);
    let answers = second.answers.write().await;
    let clients = at_once(&one, "5/60s", 10);
    settled().await;
    let left = second.limiter.peek(&tried("5/60s")).statuses()[0].remaining;
    assert_eq!(left, 1, "there is no room here for more than four");
    drop(answers);
    assert_eq!(clients.join_all().await.into_iter().sum::<usize>(), 4);
    assert_eq!(tries(&other, "5/60s", 10).await, 1, "of the five of the second store four are used");
}
