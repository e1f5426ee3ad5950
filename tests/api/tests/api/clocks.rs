//! Two clocks: the store's clock judges everything that it dated, on every machine and whatever happens to the
//! machine's own clock; and today's setting decides the lifetime of a token, whatever the setting was at its
//! creation.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_api_tests::database::is_mongodb;
use palisade_api_tests::world::{Kept, PASSWORD};
use palisade_api_tests::{Client, World};
use palisade_core::ports::{Clock as _, SystemClock, TestClock};
use palisade_core::system::time::Timestamp;
use serde_json::{Value, json};

const ME: &str = "/api/v1/users/me";
const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGOUT: &str = "/api/v1/auth/logout";
const LOGOUT_ALL: &str = "/api/v1/auth/logout-all";
const HEALTH: &str = "/api/v1/health";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A browser of this world with the access token of another.
fn with_access_of(world: &World, other: &Client) -> Client {
    let mut browser = world.browser();
    browser.set_cookie("palisade-access", other.cookie("palisade-access").unwrap());
    browser
}

async fn status(client: &Client, path: &str) -> u16 {
    client.clone().get(path).await.status
}

/// Two looks of every instance at the revocations.
async fn looked() {
    tokio::time::sleep(Duration::from_millis(700)).await;
}

async fn until_status(client: &Client, path: &str, expected: u16) {
    let mut last = status(client, path).await;
    for _ in 0..500 {
        if last == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        last = status(client, path).await;
    }
    assert_eq!(last, expected, "{path}");
}

fn claims(browser: &Client) -> Value {
    let payload = browser.cookie("palisade-access").unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The clock of a machine that is this far from the right time, which the database server has.
fn off_by(millis: i64) -> Arc<TestClock> {
    Arc::new(TestClock::of_a_machine(Timestamp::from_millis(SystemClock::new().now().as_millis() + millis)))
}

/// What the health of this server says about its clock.
async fn clock_in_health(world: &World) -> Value {
    let health = world.program().get(HEALTH).await;
    assert_eq!(health.status, 200, "{}", health.body);
    let dependencies = health.at("/data/dependencies");
    dependencies.as_array().unwrap().iter().find(|found| found["name"] == "clock").unwrap().clone()
}

#[tokio::test]
async fn on_one_machine_a_clock_that_was_ahead_brings_nothing_back() {
    if is_mongodb() {
        return;
    }
    let clock = off_by(0);
    let world = World::on_a_machine(Kept::new(), &clock, &[]).await;
    let before = world.user("ada@example.org").await;
    assert_eq!(before.clone().post(LOGOUT, Value::Null).await.status, 200);

    clock.set(HOUR);
    looked().await;
    let mut meanwhile = world.sign_in("ada@example.org").await;
    let ended = world.sign_in("ada@example.org").await;
    assert_eq!(ended.clone().post(LOGOUT, Value::Null).await.status, 200);
    clock.set(-HOUR);
    looked().await;

    assert_eq!((status(&before, ME).await, status(&ended, ME).await), (401, 401), "set right");
    assert_eq!(status(&meanwhile, ME).await, 200, "who signed in meanwhile stays signed in");
    let was = meanwhile.cookie("palisade-refresh").unwrap().to_owned();
    world.advance(Duration::from_mins(2));
    assert_eq!(meanwhile.post(REFRESH, Value::Null).await.status, 200);
    assert_ne!(meanwhile.cookie("palisade-refresh"), Some(was.as_str()), "the grace is over in time");
    assert_eq!(status(&meanwhile, ME).await, 200);

    // Over a restart, and for as long as any of these tokens could have lived.
    let mut world = World::on_a_machine(world.stop().await, &clock, &[]).await;
    for minutes in [0, 9, 30, 25, 10, 10, 60] {
        world.advance(Duration::from_mins(minutes));
        for browser in [&before, &ended] {
            assert_eq!(
                status(&with_access_of(&world, browser), ME).await,
                401,
                "after {minutes} more minutes"
            );
        }
        looked().await;
    }
    assert_eq!(clock_in_health(&world).await, json!({"name": "clock", "state": "up", "differenceMs": 0}));
    world = World::on_a_machine(world.stop().await, &clock, &[]).await;
    world.user("eve@example.org").await;
}

#[tokio::test]
async fn on_one_machine_work_begun_while_the_clock_was_ahead_continues() {
    if is_mongodb() {
        return;
    }
    let clock = off_by(HOUR);
    let world = World::on_a_machine(Kept::new(), &clock, &[]).await;
    let mut browser = world.browser();
    let asked =
        browser.post("/api/v1/auth/register", json!({"email": "ada@example.org", "password": PASSWORD}));
    assert_eq!(asked.await.status, 202);
    let token = world.mailed_token("ada@example.org").await;

    clock.set(-HOUR);
    let world = World::on_a_machine(world.stop().await, &clock, &[]).await;
    let mut here = world.browser();
    here.set_cookie("palisade-registration", browser.cookie("palisade-registration").unwrap());
    let waits = here.post(LOGIN, json!({"email": "ada@example.org", "password": PASSWORD})).await;
    assert_eq!(waits.code(), "EMAIL_NOT_VERIFIED", "the note of the registration still opens");
    let proven = here.post("/api/v1/auth/verify-email", json!({"token": token})).await;
    assert_eq!(proven.status, 200, "{}", proven.body);
    world.sign_in("ada@example.org").await;
    // Mail that is to go now goes now.
    world.user("eve@example.org").await;

    let shown = clock_in_health(&world).await;
    assert_eq!(shown["state"], "degraded", "{shown}");
    let difference = shown["differenceMs"].as_i64().unwrap();
    assert!((HOUR - 2000..=HOUR).contains(&difference), "{difference}");
    assert_eq!(world.services.clock_state().difference_ms / MINUTE, difference / MINUTE);
    assert!(!world.services.clock_state().refused);
}

#[tokio::test]
async fn a_store_two_days_ahead_is_refused_with_a_message() {
    if is_mongodb() {
        return;
    }
    let clock = off_by(0);
    let world = World::on_a_machine(Kept::new(), &clock, &[]).await;
    clock.set(49 * HOUR);
    world.user("ada@example.org").await;
    clock.set(-49 * HOUR);
    let kept = world.stop().await;
    let said = World::refusal(&kept, &clock).await;
    assert!(
        said.contains("the last write to this store is 2 days ahead of the clock of this machine"),
        "{said}"
    );
    clock.set(26 * HOUR);
    let world = World::on_a_machine(kept, &clock, &[]).await;
    world.sign_in("ada@example.org").await;
}

#[tokio::test]
async fn a_sign_out_counts_on_machines_whose_clocks_are_wrong() {
    if !is_mongodb() {
        return;
    }
    for millis in [12 * MINUTE, -12 * MINUTE, 5 * MINUTE, -5 * MINUTE] {
        let here = World::on_a_machine(Kept::new(), &off_by(millis), &[]).await;
        let there = World::on_a_machine(here.shared(), &off_by(-millis), &[]).await;
        let right = World::on_a_machine(here.shared(), &off_by(0), &[]).await;
        let ada = here.user("ada@example.org").await;
        let eve = there.sign_in("ada@example.org").await;
        for world in [&here, &there, &right] {
            assert_eq!(status(&with_access_of(world, &ada), ME).await, 200, "{millis}");
            assert_eq!(status(&with_access_of(world, &eve), ME).await, 200, "{millis}");
        }
        let issued = claims(&ada)["iat"].as_i64().unwrap();
        assert!(issued.abs_diff(SystemClock::new().now().as_secs()) < 30, "dated by the server: {millis}");

        assert_eq!(ada.clone().post(LOGOUT, Value::Null).await.status, 200);
        assert_eq!(status(&ada, ME).await, 401, "at once: {millis}");
        for world in [&here, &there, &right] {
            until_status(&with_access_of(world, &ada), ME, 401).await;
        }
        for _ in 0..2 {
            looked().await;
            for world in [&here, &there, &right] {
                assert_eq!(status(&with_access_of(world, &ada), ME).await, 401, "and for good: {millis}");
                assert_eq!(status(&with_access_of(world, &eve), ME).await, 200, "{millis}");
            }
        }
        let shown = clock_in_health(&here).await;
        assert_eq!(shown["state"], "degraded", "{shown}");
        assert!((shown["differenceMs"].as_i64().unwrap() + millis).abs() < 30_000, "{shown}");
    }
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_refused_with_a_message() {
    if !is_mongodb() {
        return;
    }
    let kept = Kept::new();
    for (millis, words) in [(HOUR, "59 minutes behind"), (-HOUR, "60 minutes ahead of")] {
        let said = World::refusal(&kept, &off_by(millis)).await;
        let expected = format!("the clock of the database server is {words} that of this machine");
        assert!(said.contains(&expected) || said.contains(&expected.replace("59", "60")), "{said}");
    }

    let clock = off_by(0);
    let world = World::on_a_machine(kept, &clock, &[]).await;
    let mut ada = world.user("ada@example.org").await;
    assert_eq!(clock_in_health(&world).await["state"], "up");
    clock.set(HOUR);
    // The time of the store is still known; what is not trusted is a difference like this.
    until_status(&ada, ME, 503).await;
    assert!(world.services.clock_state().refused);
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 503);
    let signed_in =
        world.browser().post(LOGIN, json!({"email": "ada@example.org", "password": PASSWORD})).await;
    assert_eq!(signed_in.status, 503);
    assert_eq!(status(&world.program(), "/api/v1/health/live").await, 200);
    until_status(&world.program(), HEALTH, 503).await;
    clock.set(-HOUR);
    until_status(&ada, ME, 200).await;
    until_status(&world.program(), HEALTH, 200).await;
}

const LONG: [(&str, &str); 1] = [("ACCESS_TOKEN_TTL", "1h")];
const SHORT: [(&str, &str); 1] = [("ACCESS_TOKEN_TTL", "10m")];

#[tokio::test]
async fn a_sign_out_outlives_the_tokens_of_a_longer_life() {
    let world = World::set(&LONG).await;
    let clock = Arc::clone(&world.clock);
    let ada = world.user("ada@example.org").await;
    let eve = world.user("eve@example.org").await;

    let world = World::on_a_machine(world.stop().await, &clock, &SHORT).await;
    let [mut ada, eve] = [ada, eve].map(|browser| with_access_of(&world, &browser));
    assert_eq!((status(&ada, ME).await, status(&eve, ME).await), (200, 200));
    assert_eq!(ada.clone().post(LOGOUT_ALL, Value::Null).await.status, 200);
    for minutes in [0, 9, 3, 60] {
        world.advance(Duration::from_mins(minutes));
        looked().await;
        assert_eq!(status(&ada, ME).await, 401);
        let lives = minutes < 3 || minutes == 9;
        assert_eq!(status(&eve, ME).await, if lives { 200 } else { 401 }, "today's life counts");
    }
    drop(eve);

    // And it outlives a setting that comes back.
    let kept = world.stop().await;
    let world = World::on_a_machine(kept, &clock, &LONG).await;
    let ben = world.user("ben@example.org").await;
    let world = World::on_a_machine(world.stop().await, &clock, &SHORT).await;
    ada = with_access_of(&world, &ben);
    assert_eq!(ada.clone().post(LOGOUT_ALL, Value::Null).await.status, 200);
    world.advance(Duration::from_mins(30));
    let world = World::on_a_machine(world.stop().await, &clock, &LONG).await;
    assert_eq!(status(&with_access_of(&world, &ben), ME).await, 401);
}

#[tokio::test]
async fn a_sign_out_counts_where_tokens_live_longer_than_where_it_was_made() {
    let here = World::set(&LONG).await;
    let there = World::on_a_machine(here.shared(), &here.clock, &SHORT).await;
    let ada = here.user("ada@example.org").await;
    let eve = here.user("eve@example.org").await;
    assert_eq!(with_access_of(&there, &ada).post(LOGOUT, Value::Null).await.status, 200);
    assert_eq!(with_access_of(&there, &eve).post(LOGOUT_ALL, Value::Null).await.status, 200);
    for minutes in [0, 12, 20, 27] {
        here.advance(Duration::from_mins(minutes));
        for world in [&here, &there] {
            looked().await;
            for browser in [&ada, &eve] {
                assert_eq!(status(&with_access_of(world, browser), ME).await, 401, "after {minutes} minutes");
            }
        }
    }
}
