//! The attempts and failures that count for an account: those that compared a password, whatever the answer was.
#![expect(clippy::panic, reason = "a test that cannot go on stops")]

use palisade_api_tests::routes::Route;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";
const REGISTER: &str = "/api/v1/auth/register";
const PROXIED: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.0/8");

async fn post(browser: &mut Client, path: &str, from: &str, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password}).to_string();
    let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", from)];
    browser.send("POST", path, &headers, body.as_bytes()).await
}

async fn guess(world: &World, from: &str, email: &str) -> u16 {
    post(&mut world.browser(), LOGIN, from, email, "a guess of somebody").await.status
}

/// A browser that has begun to register this address, and no more.
async fn registering(world: &World, from: &str, email: &str) -> Client {
    let mut browser = world.browser();
    assert_eq!(post(&mut browser, REGISTER, from, email, PASSWORD).await.status, 202);
    browser
}

#[tokio::test]
async fn a_wrong_password_counts_as_a_failure_also_for_an_unverified_address() {
    let world = World::with(&[PROXIED]).await;
    let mut passed = 0;
    for number in 0..60 {
        let (from, email) = (format!("192.0.2.{number}"), format!("mine{number}@example.org"));
        let mut browser = registering(&world, &from, &email).await;
        let answer = post(&mut browser, LOGIN, &from, &email, PASSWORD).await;
        assert!(matches!(answer.code().as_str(), "EMAIL_NOT_VERIFIED" | "RATE_LIMITED"), "{}", answer.body);
        passed += usize::from(answer.status == 403);
    }
    assert_eq!(passed, 31, "at thirty accounts, and one a minute from then on");
}

/// How many of three guesses at other accounts pass from next door, where one failure slows the network down to one a
/// minute: all that fail are counted, so one if there was a failure before, and two if there was none.
async fn next_door(world: &World) -> usize {
    let mut passed = 0;
    for number in 0..3 {
        let status = guess(world, "192.0.2.200", &format!("neighbor{number}@example.org")).await;
        assert!(matches!(status, 401 | 429));
        passed += usize::from(status == 401);
    }
    passed
}

/// Whether an answer of this code, if there is a way to it, counts as a failure of whoever asked.
async fn is_a_failure(code: &str) -> bool {
    let tight = [PROXIED, ("RATE_LIMIT_LOGIN_SPRAY", "1/10m"), ("RATE_LIMIT_LOGIN_SPRAYING", "1/60s")];
    let world = World::set(&tight).await;
    let (from, email) = ("192.0.2.1", "ada@example.org");
    let answer = match code {
        "INVALID_CREDENTIALS" => {
            world.registered(&mut world.browser(), email).await;
            post(&mut world.browser(), LOGIN, from, email, "a guess of somebody").await
        }
        "EMAIL_NOT_VERIFIED" => {
            let mut browser = registering(&world, from, email).await;
            post(&mut browser, LOGIN, from, email, PASSWORD).await
        }
        "ACCOUNT_SUSPENDED" => {
            world.registered(&mut world.browser(), email).await;
            world.alter_person(email, "status", &json!("suspended"));
            post(&mut world.browser(), LOGIN, from, email, PASSWORD).await
        }
        other => panic!(
            "a route with `limit_by` declares `{other}`. Say here how it is met, and below whether whoever meets it has failed"
        ),
    };
    assert_eq!(answer.code(), code, "{}", answer.body);
    match next_door(&world).await {
        1 => true,
        2 => false,
        passed => panic!("{passed} passed"),
    }
}

#[tokio::test]
async fn every_error_of_a_limited_attempt_is_classified() {
    let world = World::new().await;
    let mut walked = 0;
    for route in Route::all(&world).into_iter().filter(|route| route.declared.limited_by_input) {
        assert_eq!(route.template, LOGIN, "{route} has no cases here");
        for error in &route.declared.errors {
            let expected = match error.name {
                // The password was compared, and was wrong.
                "INVALID_CREDENTIALS" | "EMAIL_NOT_VERIFIED" => true,
                // It was right.
                "ACCOUNT_SUSPENDED" => false,
                other => panic!("{route} declares `{other}`: does whoever is told so have failed?"),
            };
            assert_eq!(is_a_failure(error.name).await, expected, "{}", error.name);
            walked += 1;
        }
    }
    assert_eq!(walked, 3);
}
