//! Ended sessions are refused: by this instance at once, by the others within a second, and after a pause before
//! the first answer.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod cost;
mod instances;

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, IdentityProvider, World};
use palisade_core::ports::{Clock as _, SystemClock};
use serde_json::{Value, json};

const ME: &str = "/api/v1/users/me";
const PEOPLE: &str = "/api/v1/users";
const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGOUT: &str = "/api/v1/auth/logout";
const LOGOUT_ALL: &str = "/api/v1/auth/logout-all";
const GRACE: Duration = Duration::from_secs(30);

/// A browser of this world with these of another browser's cookies.
fn with_cookies_of(world: &World, other: &Client, names: &[&str]) -> Client {
    let mut browser = world.browser();
    for name in names {
        browser.set_cookie(name, other.cookie(name).unwrap());
    }
    browser
}

/// A program with the access token of this browser.
fn bearer(world: &World, browser: &Client) -> Client {
    let token = browser.cookie("palisade-access").unwrap();
    world.program().with_header("Authorization", &format!("Bearer {token}"))
}

async fn status(client: &Client, path: &str) -> u16 {
    client.clone().get(path).await.status
}

async fn goes_on(browser: &Client) -> bool {
    browser.clone().post(REFRESH, Value::Null).await.status == 200
}

#[tokio::test]
async fn logout_ends_this_session_on_the_next_request_and_no_other() {
    let world = World::new().await;
    let here = world.user("ada@example.org").await;
    let there = world.sign_in("ada@example.org").await;

    let answer = here.clone().post(LOGOUT, Value::Null).await;
    assert_eq!((answer.status, answer.at("/data")), (200, json!({})));
    let cleared = answer.all("set-cookie").filter(|cookie| cookie.contains("Max-Age=0")).count();
    assert_eq!(cleared, 2);
    assert_eq!((status(&here, ME).await, status(&bearer(&world, &here), ME).await), (401, 401));
    assert!(!goes_on(&here).await);
    assert_eq!(status(&there, ME).await, 200);
    assert!(goes_on(&there).await);
}

#[tokio::test]
async fn logout_accepts_any_token_of_the_session() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let first = with_cookies_of(&world, &ada, &["palisade-refresh"]);
    for _ in 0..2 {
        world.advance(GRACE);
        assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    }
    let (session, rest) = ada.cookie("palisade-refresh").unwrap().split_once('.').unwrap();
    let forged = format!("{session}.2{}", &rest[1..]);
    for cookie in [None, Some(forged.as_str()), Some("nonsense")] {
        let mut stranger = world.browser();
        if let Some(cookie) = cookie {
            stranger.set_cookie("palisade-refresh", cookie);
        }
        assert_eq!(stranger.post(LOGOUT, Value::Null).await.status, 200);
        assert_eq!(status(&ada, ME).await, 200, "a stranger ends nothing");
    }

    assert_eq!(first.clone().post(LOGOUT, Value::Null).await.status, 200);
    assert_eq!(status(&ada, ME).await, 401);
    assert!(!goes_on(&ada).await);

    let again = world.sign_in("ada@example.org").await;
    assert_eq!(bearer(&world, &again).post(LOGOUT, Value::Null).await.status, 200);
    assert!(status(&again, ME).await == 401 && !goes_on(&again).await);
    assert_eq!(again.clone().post(LOGOUT, Value::Null).await.status, 200, "twice is once");
}

#[tokio::test]
async fn logout_ends_both_when_the_two_tokens_are_of_two_sessions() {
    let world = World::new().await;
    let (one, two) = (world.user("one@example.org").await, world.user("two@example.org").await);
    let mut mixed = with_cookies_of(&world, &one, &["palisade-access"]);
    mixed.set_cookie("palisade-refresh", two.cookie("palisade-refresh").unwrap());

    assert_eq!(mixed.post(LOGOUT, Value::Null).await.status, 200);
    for browser in [one, two] {
        assert!(status(&browser, ME).await == 401 && !goes_on(&browser).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_logout_wins_over_refreshes_at_the_same_moment() {
    let world = World::new().await;
    for _ in 0..5 {
        let ada = sign_in_or_register(&world).await;
        world.advance(GRACE);
        let mut racing = Vec::new();
        for number in 0..12 {
            let mut browser = ada.clone();
            let path = if number == 6 { LOGOUT } else { REFRESH };
            racing.push(tokio::spawn(async move { (path, browser.post(path, Value::Null).await.status) }));
        }
        for request in racing {
            let (path, status) = request.await.unwrap();
            assert!(
                if path == LOGOUT { status == 200 } else { [200, 401].contains(&status) },
                "{path} {status}"
            );
        }
        assert!(status(&ada, ME).await == 401 && !goes_on(&ada).await);
    }
}

async fn sign_in_or_register(world: &World) -> Client {
    let mut browser = world.browser();
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    if browser.post(LOGIN, credentials).await.status == 200 {
        browser
    } else {
        world.user("ada@example.org").await
    }
}

#[tokio::test]
async fn logout_all_ends_every_device_of_one_person() {
    let world = World::new().await;
    let mut devices = vec![world.user("ada@example.org").await];
    for _ in 0..4 {
        devices.push(world.sign_in("ada@example.org").await);
    }
    let eve = world.user("eve@example.org").await;
    assert_eq!(world.browser().post(LOGOUT_ALL, Value::Null).await.code(), "AUTH_401");

    assert_eq!(devices[2].clone().post(LOGOUT_ALL, Value::Null).await.status, 200);
    for device in &devices {
        assert!(status(device, ME).await == 401 && !goes_on(device).await);
    }
    assert_eq!(status(&eve, ME).await, 200);
    let back = world.sign_in("ada@example.org").await;
    assert!(status(&back, ME).await == 200 && goes_on(&back).await);
}

/// Waits until an instance refuses this; a second is promised, and a busy machine is given a little more.
async fn until_refused(browser: &Client) {
    let waiting = async {
        while status(browser, ME).await != 401 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), waiting).await.unwrap();
}

#[tokio::test]
async fn another_instance_refuses_within_a_second() {
    let here = World::new().await;
    let there = here.beside().await;
    let cookies = ["palisade-access", "palisade-refresh"];
    for path in [LOGOUT, LOGOUT_ALL] {
        let email = format!("{}@example.org", path.len());
        let ada = here.user(&email).await;
        let ada_there = with_cookies_of(&there, &ada, &cookies);
        assert_eq!(status(&ada_there, ME).await, 200, "one deployment");

        assert_eq!(ada.clone().post(path, Value::Null).await.status, 200);
        assert_eq!(status(&ada, ME).await, 401, "at once where it was ended");
        // On one file, what another instance commits is seen two milliseconds later at most.
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!goes_on(&ada_there).await, "at once where the store is asked anyway");
        until_refused(&ada_there).await;
    }

    // A session that ended because an old refresh token was used is no different.
    let mut ada = here.user("reused@example.org").await;
    let first = with_cookies_of(&here, &ada, &["palisade-refresh"]);
    for _ in 0..2 {
        here.advance(GRACE);
        assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    }
    let ada_there = with_cookies_of(&there, &ada, &cookies);
    assert_eq!(status(&ada_there, ME).await, 200);
    assert!(!goes_on(&first).await);
    until_refused(&ada_there).await;
}

#[tokio::test]
async fn ended_sessions_stay_refused_after_a_restart() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let eve = world.user("eve@example.org").await;
    assert_eq!(ada.clone().post(LOGOUT, Value::Null).await.status, 200);

    let world = World::within(world.stop().await, &[]).await;
    let access = ["palisade-access"];
    assert_eq!(status(&with_cookies_of(&world, &ada, &access), ME).await, 401);
    assert_eq!(status(&with_cookies_of(&world, &eve, &access), ME).await, 200);
}

#[tokio::test]
async fn after_a_pause_the_revocations_are_read_once_before_any_request() {
    let here = World::new().await;
    let there = here.beside().await;
    let ada = here.user("ada@example.org").await;
    let eve = here.user("eve@example.org").await;
    let ada_there = with_cookies_of(&there, &ada, &["palisade-access"]);
    let eve_there = with_cookies_of(&there, &eve, &["palisade-access"]);

    assert_eq!(ada.clone().post(LOGOUT, Value::Null).await.status, 200);
    // As after a sleep: the last good read lies further back than it may.
    there.advance(Duration::from_millis(5001));
    let before = there.services.calls();
    let started = SystemClock::new();
    let waiting: Vec<_> = (0..30)
        .map(|number| {
            let mut browser = if number % 2 == 0 { ada_there.clone() } else { eve_there.clone() };
            tokio::spawn(async move { (number, browser.get(ME).await.status) })
        })
        .collect();
    for request in waiting {
        let (number, status) = request.await.unwrap();
        assert_eq!(status, if number % 2 == 0 { 401 } else { 200 });
    }
    let reads = there.services.calls().since(&before).of("revocations").reads;
    let followed = u64::try_from(started.monotonic().as_millis() / 250).unwrap() + 1;
    assert!((1..=1 + followed).contains(&reads), "{reads} reads, {followed} of them may be the follower's");
}

#[tokio::test]
async fn without_the_revocations_no_token_is_trusted_and_public_routes_work() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    world.database.break_down("revocations");
    assert_eq!(status(&ada, ME).await, 200, "what was read a moment ago is good enough");

    world.advance(Duration::from_millis(5001));
    for _ in 0..3 {
        let refused = ada.clone().get(ME).await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "SERVICE_UNAVAILABLE"));
        assert!(refused.header("retry-after").is_some());
    }
    assert_eq!(status(&ada, "/api/v1/auth/session").await, 503, "it cannot say that nobody is signed in");
    assert_eq!(status(&world.browser(), ME).await, 401, "no token, no question");
    for path in ["/api/v1/auth/jwks", "/api/v1/health/live", "/api/v1/auth/session"] {
        assert_eq!(status(&world.browser(), path).await, 200, "{path}");
    }
    let asked = json!({"email": "eve@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post("/api/v1/auth/register", asked).await.status, 202);

    world.database.repair("revocations");
    let healed = async {
        while status(&ada, ME).await != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), healed).await.unwrap();
}

#[tokio::test]
async fn a_super_admin_is_checked_in_the_store_on_every_request() {
    let world = World::new().await;
    for (member, value, expected) in [
        ("role", json!("support"), 200),
        ("role", json!("user"), 403),
        ("status", json!("suspended"), 401),
        ("sessionVersion", json!(9), 401),
    ] {
        let email = format!("root-{member}-{expected}@example.org").to_lowercase();
        let root = world.super_admin(&email).await;
        assert_eq!(status(&root, PEOPLE).await, 200);
        world.alter_person(&email, member, &value);
        assert_eq!(status(&root, PEOPLE).await, expected, "{member}");
    }

    let root = world.super_admin("root@example.org").await;
    let ada = world.user("ada@example.org").await;
    world.database.break_down("users");
    assert!(status(&root, "/api/v1/auth/session").await >= 500, "who cannot be confirmed is not believed");
    assert_eq!(status(&ada, PEOPLE).await, 403, "of anybody else nothing is read to refuse");
    world.database.repair("users");
    assert_eq!(status(&root, PEOPLE).await, 200);
}

#[tokio::test]
async fn permissions_of_other_users_come_from_the_token_alone() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    world.alter_person("ada@example.org", "role", &json!("support"));
    let supporter = world.sign_in("ada@example.org").await;
    assert_eq!(status(&supporter, PEOPLE).await, 200);

    // Past all rules, so nothing was revoked: the token is believed until it is refreshed.
    world.alter_person("ada@example.org", "role", &json!("user"));
    assert_eq!(status(&supporter, PEOPLE).await, 200);
    let mut refreshed = supporter.clone();
    assert_eq!(refreshed.post(REFRESH, Value::Null).await.status, 200);
    assert_eq!(status(&refreshed, PEOPLE).await, 403);
}
