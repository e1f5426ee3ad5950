//! Guesses under the cookie of a known device.

use super::*;

#[tokio::test]
async fn after_ten_failures_in_a_row_a_device_is_unknown_for_a_day() {
    let world = World::with(&[PROXIED]).await;
    let ada = ada(&world).await;
    let stolen = known(&world, &ada);
    for turn in 0..10 {
        let answer = attempt(&mut stolen.clone(), "203.0.113.9", "ada@example.org", "a guess").await;
        assert_eq!(answer.status, 401, "{turn}");
        world.advance(Duration::from_mins(2));
    }
    // Now it shares the bucket of all strangers, which is five.
    for turn in 0..5 {
        let answer = attempt(&mut stolen.clone(), "203.0.113.9", "ada@example.org", "a guess").await;
        assert_eq!(answer.status, 401, "{turn}");
    }
    for browser in [world.browser(), stolen.clone()] {
        let answer = attempt(&mut browser.clone(), "203.0.113.9", "ada@example.org", PASSWORD).await;
        assert_eq!(answer.status, 429);
    }
    world.advance(Duration::from_hours(24));
    for _ in 0..5 {
        attempt(&mut world.browser(), "203.0.113.9", "ada@example.org", "a guess").await;
    }
    let owner = attempt(&mut known(&world, &ada), "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(owner.status, 200, "a day later it is known again: {}", owner.body);
}

#[tokio::test]
async fn a_sign_in_starts_a_new_series_of_failures() {
    let world = World::with(&[PROXIED]).await;
    let mut ada = ada(&world).await;
    for _ in 0..3 {
        for turn in 0..9 {
            let answer = attempt(&mut ada, "198.51.100.1", "ada@example.org", "a slip of the finger").await;
            assert_eq!(answer.status, 401, "{turn}");
            world.advance(Duration::from_mins(2));
        }
        // Strangers use up theirs meanwhile: only a known device gets in.
        for _ in 0..5 {
            attempt(&mut world.browser(), "203.0.113.9", "ada@example.org", "a guess").await;
        }
        let answer = attempt(&mut ada, "198.51.100.1", "ada@example.org", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.advance(Duration::from_mins(15));
    }
}

/// Guesses for somebody with each of these browsers in turn, each time from another network, until this many were
/// compared; gives how many were let through before the first refusal.
async fn guesses(world: &World, browsers: &[Client], email: &str, every: Duration, most: usize) -> usize {
    for (turn, browser) in browsers.iter().cycle().take(most).enumerate() {
        let from = format!("20.0.{turn}.7");
        let answer = attempt(&mut browser.clone(), &from, email, "a guess").await;
        if answer.status == 429 {
            return turn;
        }
        assert_eq!(answer.status, 401, "{turn}: {}", answer.body);
        world.advance(every);
    }
    most
}

/// Ada's browser, and the cookie her device had after each of so many sign-ins.
async fn collected(world: &World, sign_ins: usize) -> (Client, Vec<Client>) {
    let mut ada = ada(world).await;
    let mut copies = vec![known(world, &ada)];
    while copies.len() < sign_ins {
        world.advance(Duration::from_mins(20));
        let answer = attempt(&mut ada, "198.51.100.1", "ada@example.org", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        copies.push(known(world, &ada));
    }
    world.advance(Duration::from_mins(20));
    (ada, copies)
}

/// Ends every session of whoever is signed in here.
async fn ended(browser: &mut Client) {
    assert_eq!(browser.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    assert_eq!(browser.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
}

#[tokio::test]
async fn all_cookies_of_a_device_share_one_series_of_failures() {
    let world = World::with(&[PROXIED]).await;
    let (ada, copies) = collected(&world, 4).await;
    let every = Duration::from_mins(2);
    // Ten in a row, and then what strangers have: five in a quarter of an hour.
    assert_eq!(guesses(&world, &copies, "ada@example.org", every, 10).await, 10);
    assert_eq!(guesses(&world, &copies, "ada@example.org", Duration::ZERO, 20).await, 5);
    for copy in copies.iter().chain([&known(&world, &ada)]) {
        let answer = attempt(&mut copy.clone(), "198.51.100.1", "ada@example.org", PASSWORD).await;
        assert_eq!(answer.status, 429);
    }
}

#[tokio::test]
async fn a_sign_in_ends_a_series_of_failures_with_or_without_a_sign_out() {
    let world = World::with(&[PROXIED]).await;
    let mut ada = ada(&world).await;
    for _ in 0..4 {
        let every = Duration::from_mins(2);
        assert_eq!(guesses(&world, &[known(&world, &ada)], "ada@example.org", every, 9).await, 9);
        // Strangers use up theirs meanwhile: only a known device gets in.
        guesses(&world, &[world.browser()], "ada@example.org", Duration::ZERO, 20).await;
        let answer = attempt(&mut ada, "198.51.100.1", "ada@example.org", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(ada.post("/api/v1/auth/logout", Value::Null).await.status, 200);
        world.advance(Duration::from_mins(15));
    }
}

#[tokio::test]
async fn ending_all_sessions_makes_the_devices_unknown() {
    for ending in ["logout-all", "suspended", "another epoch", "deleted", "another person"] {
        let world = World::with(&[PROXIED]).await;
        let (mut ada, mut copies) = collected(&world, 3).await;
        match ending {
            "logout-all" => ended(&mut ada).await,
            "suspended" => world.alter_person("ada@example.org", "status", &json!("suspended")),
            // As a password or an address that was changed leaves it.
            "another epoch" => world.alter_person("ada@example.org", "sessionEpoch", &json!(2)),
            "deleted" => assert_eq!(world.database.delete("users", ("email", "ada@example.org")), 1),
            _ => {
                // The address has come to belong to somebody else, whose sessions were never ended either.
                world.registered(&mut world.browser(), "bob@example.org").await;
                let people = world.database.values("identities");
                let ids: Vec<&str> = people.iter().map(|claim| claim["user"].as_str().unwrap()).collect();
                let [one, other] = ids.try_into().unwrap();
                for (from, to) in [(one, "x"), (other, one), ("x", other)] {
                    assert_eq!(world.database.alter("identities", ("user", from), "user", &json!(to)), 1);
                }
            }
        }
        copies.push(known(&world, &ada));
        world.advance(Duration::from_mins(15));
        let tried = guesses(&world, &copies, "ada@example.org", Duration::ZERO, 40).await;
        assert_eq!(tried, 5, "{ending}: what strangers have, and no more");
    }
}

#[tokio::test]
async fn during_an_outage_of_the_store_a_device_is_neither_admitted_nor_counted() {
    let world = World::with(&[PROXIED]).await;
    let ada = ada(&world).await;
    world.advance(Duration::from_mins(15));
    for collection in ["identities", "users", "devices"] {
        world.database.break_down(collection);
        for turn in 0..20 {
            let from = format!("20.0.{turn}.7");
            let answer = attempt(&mut known(&world, &ada), &from, "ada@example.org", PASSWORD).await;
            assert!([500, 503].contains(&answer.status), "{collection}: {}", answer.body);
        }
        world.database.repair(collection);
    }
    let device = [known(&world, &ada)];
    assert_eq!(guesses(&world, &device, "ada@example.org", Duration::from_mins(2), 9).await, 9);
    let stranger = [world.browser()];
    assert_eq!(guesses(&world, &stranger, "ada@example.org", Duration::ZERO, 20).await, 5);
    let answer = attempt(&mut known(&world, &ada), "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_device_that_signs_in_again_after_its_sessions_were_ended_is_another_one() {
    let world = World::with(&[PROXIED]).await;
    let (mut ada, copies) = collected(&world, 3).await;
    ended(&mut ada).await;
    let answer = attempt(&mut ada, "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.advance(Duration::from_mins(15));
    guesses(&world, &copies, "ada@example.org", Duration::ZERO, 40).await;
    let refused = attempt(&mut copies[0].clone(), "203.0.113.9", "ada@example.org", PASSWORD).await;
    assert_eq!(refused.status, 429);
    assert_eq!(guesses(&world, &[known(&world, &ada)], "ada@example.org", Duration::ZERO, 5).await, 5);
    let answer = attempt(&mut known(&world, &ada), "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(answer.status, 200, "the owner's own row is as it was: {}", answer.body);
}
