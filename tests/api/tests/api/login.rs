//! Signing in: one answer and one amount of work for every failure, and a session that no other user shares.

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/users/me";

async fn attempt(browser: &mut Client, email: &str, password: &str) -> Answer {
    browser.post(LOGIN, json!({"email": email, "password": password})).await
}

async fn sign_in(world: &World, email: &str) -> Client {
    let mut browser = world.browser();
    let signed_in = attempt(&mut browser, email, PASSWORD).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    browser
}

/// The codes with which this browser's access token and refresh token are refused now; empty for "not at all".
async fn refused(browser: &Client) -> (String, String) {
    let access = browser.clone().get(ME).await.code();
    let refresh = browser.clone().post("/api/v1/auth/refresh", Value::Null).await.code();
    (access, refresh)
}

fn signed_in() -> (String, String) {
    (String::new(), String::new())
}

fn signed_out() -> (String, String) {
    ("AUTH_401".to_owned(), "SESSION_REVOKED".to_owned())
}

#[tokio::test]
async fn every_failure_gives_the_same_answer_for_the_same_work() {
    let world = World::new().await;
    for email in ["ada@example.org", "elsewhere@example.org", "suspended@example.org"] {
        world.registered(&mut world.browser(), email).await;
    }
    let registration = json!({"email": "pending@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post("/api/v1/auth/register", registration).await.status, 202);
    world.mail_settled().await;
    // Hashes of a lower cost than the one of today: the rest of the work is made up for.
    let world = World::hashing_at(6, world.stop().await).await;
    world.alter_person("elsewhere@example.org", "password", &Value::Null);
    world.alter_person("suspended@example.org", "status", &json!("suspended"));

    let mut told = Vec::new();
    for (email, password) in [
        ("ada@example.org", "not the password of ada"),
        ("nobody@example.org", PASSWORD),
        ("pending@example.org", PASSWORD),
        ("elsewhere@example.org", PASSWORD),
        ("suspended@example.org", "not the password at all"),
    ] {
        let before = world.services.auth.hashing_rounds();
        let answer = attempt(&mut world.browser(), email, password).await;
        let work = world.services.auth.hashing_rounds() - before;
        assert_eq!((answer.status, answer.code().as_str()), (401, "INVALID_CREDENTIALS"), "{email}");
        assert_eq!(work, 1 << 6, "{email}");
        let headers: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
        told.push((answer.at("/error"), headers, answer.body.len()));
    }
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
}

#[tokio::test]
async fn a_suspension_is_revealed_only_with_the_password() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    world.alter_person("ada@example.org", "status", &json!("suspended"));
    let mut browser = world.browser();
    let answer = attempt(&mut browser, "ada@example.org", PASSWORD).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "ACCOUNT_SUSPENDED"));
    assert_eq!(answer.all("set-cookie").count(), 0);
}

#[tokio::test]
async fn the_answer_shows_the_person_and_sets_the_cookies() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    let mut ada = world.browser();
    let answer = attempt(&mut ada, "ADA@Example.org", PASSWORD).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.at("/data/user"), ada.get(ME).await.at("/data"));
    let session = ada.get("/api/v1/auth/session").await;
    assert_eq!(answer.at("/data"), session.at("/data"), "user and expiresAt");

    let mut cookies: Vec<String> = answer
        .all("set-cookie")
        .map(|cookie| {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            format!("{}; {attributes}", pair.split_once('=').unwrap().0)
        })
        .collect();
    cookies.sort();
    let as_ever = "HttpOnly; SameSite=Lax";
    assert_eq!(
        cookies,
        [
            format!("palisade-access; Path=/; Max-Age=600; {as_ever}"),
            format!("palisade-device; Path=/; Max-Age={}; {as_ever}", 180 * 86_400),
            format!("palisade-refresh; Path=/; Max-Age={}; {as_ever}", 14 * 86_400),
            format!("palisade-registration; Path=/; Max-Age=0; {as_ever}"),
        ]
    );
}

#[tokio::test]
async fn planted_cookies_do_not_survive_a_sign_in() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    let mallory = world.user("mallory@example.org").await;

    // Cookies nobody made, and the cookies of a session that somebody else holds too.
    let mut made_up = world.browser();
    for name in ["palisade-access", "palisade-refresh", "palisade-device", "palisade-registration"] {
        made_up.set_cookie(name, "planted");
    }
    for mut browser in [made_up, mallory.clone()] {
        let planted = browser.clone();
        assert_eq!(attempt(&mut browser, "ada@example.org", PASSWORD).await.status, 200);
        for name in ["palisade-access", "palisade-refresh", "palisade-device"] {
            assert_ne!(browser.cookie(name), planted.cookie(name), "{name}");
        }
        assert_eq!(browser.get(ME).await.at("/data/email"), "ada@example.org");
        assert_eq!(refused(&planted).await, signed_out());
        assert_eq!(refused(&browser).await, signed_in());
    }
}

#[tokio::test]
async fn signing_in_again_ends_the_session_the_browser_had_and_a_failure_does_not() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let elsewhere = sign_in(&world, "ada@example.org").await;
    let before = ada.clone();

    assert_eq!(attempt(&mut ada, "ada@example.org", "not the password").await.status, 401);
    assert_eq!(refused(&before).await, signed_in());
    assert_eq!(attempt(&mut ada, "ada@example.org", PASSWORD).await.status, 200);
    assert_eq!(refused(&before).await, signed_out());
    assert_eq!((refused(&ada).await, refused(&elsewhere).await), (signed_in(), signed_in()));
}

#[tokio::test]
async fn the_fifty_first_session_ends_the_oldest() {
    let world = World::new().await;
    let first = world.user("ada@example.org").await;
    let mut later = Vec::new();
    for _ in 0..49 {
        world.advance(Duration::from_millis(10));
        later.push(sign_in(&world, "ada@example.org").await);
    }
    assert_eq!(refused(&first).await, signed_in(), "fifty");
    later.push(sign_in(&world, "ada@example.org").await);
    assert_eq!(refused(&first).await, signed_out());
    for browser in &later {
        assert_eq!(refused(browser).await, signed_in());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_sign_ins_all_succeed() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    for _ in 0..50 {
        sign_in(&world, "ada@example.org").await;
    }
    world.advance(Duration::from_secs(1));
    // Each of them has to end the oldest, and they begin with the same one.
    let racing: Vec<_> = (0..20)
        .map(|_| {
            let mut browser = world.browser();
            tokio::spawn(async move { attempt(&mut browser, "ada@example.org", PASSWORD).await.status })
        })
        .collect();
    for attempt in racing {
        assert_eq!(attempt.await.unwrap(), 200);
    }
    assert_eq!(world.database.values("sessions").len(), 50, "and the bound holds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hash_of_another_cost_is_replaced_at_the_next_sign_in() {
    let world = World::new().await;
    let before = world.user("ada@example.org").await;
    let world = World::hashing_at(6, world.stop().await).await;

    // Several at once: one of them replaces it, none is refused.
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let mut browser = world.browser();
            tokio::spawn(async move { attempt(&mut browser, "ada@example.org", PASSWORD).await.status })
        })
        .collect();
    for attempt in racing {
        assert_eq!(attempt.await.unwrap(), 200);
    }
    let rounds = world.services.auth.hashing_rounds();
    let mut ada = sign_in(&world, "ada@example.org").await;
    assert_eq!(
        world.services.auth.hashing_rounds() - rounds,
        1 << 6,
        "verified at today's cost, not hashed again"
    );
    assert_eq!(ada.get(ME).await.status, 200);

    let mut old_browser = world.browser();
    for name in ["palisade-access", "palisade-refresh"] {
        old_browser.set_cookie(name, before.cookie(name).unwrap());
    }
    assert_eq!(refused(&old_browser).await, signed_in());
}

#[tokio::test]
async fn a_known_device_is_known_to_its_own_account_only() {
    let limits = [
        ("RATE_LIMIT_STRICT", "1000/60s"),
        ("RATE_LIMIT_LOGIN_ACCOUNT", "3/15m"),
        ("RATE_LIMIT_LOGIN_DEVICE", "6/15m"),
        ("RATE_LIMIT_LOGIN_NETWORK", "1000/1h"),
    ];
    let world = World::set(&limits).await;
    let mut ada = world.user("ada@example.org").await;
    world.registered(&mut world.browser(), "eve@example.org").await;
    for email in ["ada@example.org", "eve@example.org"] {
        for _ in 0..3 {
            attempt(&mut world.browser(), email, "a guess of a stranger").await;
        }
        let shut = attempt(&mut world.browser(), email, PASSWORD).await;
        assert_eq!((shut.status, shut.code().as_str()), (429, "RATE_LIMITED"), "{email}");
    }
    assert_eq!(attempt(&mut ada.clone(), "eve@example.org", PASSWORD).await.status, 429);
    assert_eq!(attempt(&mut ada, "ada@example.org", PASSWORD).await.status, 200);

    // Only as long as the note holds.
    world.advance(Duration::from_hours(24 * 180));
    for _ in 0..3 {
        attempt(&mut world.browser(), "ada@example.org", "a guess of a stranger").await;
    }
    assert_eq!(attempt(&mut ada, "ada@example.org", PASSWORD).await.status, 429);
}
