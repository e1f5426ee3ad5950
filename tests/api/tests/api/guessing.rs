//! Passwords guessed from many places at once: the answers to the guessers, and that the owner always gets in.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod devices;

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const LOGIN: &str = "/api/v1/auth/login";

/// Limits as they are, behind a proxy that says where each request comes from.
const PROXIED: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.0/8");

async fn attempt(browser: &mut Client, from: &str, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password}).to_string();
    let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", from)];
    browser.send("POST", LOGIN, &headers, body.as_bytes()).await
}

/// Ada, who has an account and has signed in with this browser.
async fn ada(world: &World) -> Client {
    world.made_super_admin("ada@example.org").await;
    let mut ada = world.browser();
    let signed_in = attempt(&mut ada, "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    ada
}

/// The same browser, but for the sessions it has.
fn known(world: &World, browser: &Client) -> Client {
    let mut known = world.browser();
    known.set_cookie("palisade-device", browser.cookie("palisade-device").unwrap());
    known
}

#[tokio::test]
async fn three_hundred_networks_that_guess_for_a_day_get_thirty_tries_and_the_owner_signs_in_meanwhile() {
    let world = World::with(&[PROXIED]).await;
    let mut ada = ada(&world).await;
    let mut tried = 0;
    for network in 0..300 {
        let from = format!("20.{}.{}.7", network / 200, network % 200);
        for _ in 0..3 {
            let answer = attempt(&mut world.browser(), &from, "ada@example.org", "a guess").await;
            assert!(matches!(answer.status, 401 | 429), "{}", answer.body);
            tried += usize::from(answer.status == 401);
            let shown = format!("{:?}{}", answer.headers, answer.body);
            assert!(!shown.contains("account") && !shown.contains("spray"), "{shown}");
        }
        if network % 60 == 59 {
            let answer = attempt(&mut ada, "198.51.100.1", "ada@example.org", PASSWORD).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        world.advance(Duration::from_secs(280));
    }
    // Thirty a day from unknown devices, and Ada's first sign-in was one of them.
    assert_eq!(tried, 29);
}

#[tokio::test]
async fn one_password_tried_at_many_accounts_slows_down_where_it_comes_from_and_nobody_else() {
    let world = World::with(&[PROXIED]).await;
    let ada = ada(&world).await;
    let guess = async |client: usize, account: usize| {
        let (from, email) = (format!("192.0.2.{client}"), format!("somebody{account}@example.org"));
        attempt(&mut world.browser(), &from, &email, "Password1!aaa").await
    };
    // The same account again and again is no spraying, whoever it is.
    for client in 200..205 {
        assert_eq!(guess(client, 999).await.status, 401);
    }
    for account in 1..30 {
        assert_eq!(guess(account, account).await.status, 401, "{account}");
    }
    assert_eq!(guess(31, 31).await.status, 401, "from now on one a minute");
    let refused = guess(32, 32).await;
    assert!(refused.is_refusal(429, "RATE_LIMITED"), "{}", refused.body);
    assert_eq!(refused.header("retry-after"), Some("60"));
    let policy = refused.header("ratelimit-policy").unwrap();
    assert_eq!(policy, "\"login\";q=10;w=60, \"login-network\";q=100;w=3600");
    // Whoever is next door is not meant, nor is a known device in the middle of it.
    let elsewhere = attempt(&mut world.browser(), "192.0.3.1", "somebody@example.org", "Password1!aaa").await;
    assert_eq!(elsewhere.status, 401);
    let owner = attempt(&mut known(&world, &ada), "192.0.2.77", "ada@example.org", PASSWORD).await;
    assert_eq!(owner.status, 200, "{}", owner.body);
    world.advance(Duration::from_mins(1));
    assert_eq!((guess(33, 33).await.status, guess(34, 34).await.status), (401, 429));
    // And it ends by itself.
    world.advance(Duration::from_mins(10));
    for account in 40..60 {
        assert_eq!(guess(account, account).await.status, 401, "{account}");
    }
}

#[tokio::test]
async fn an_account_refusal_costs_a_slowed_network_nothing() {
    let world = World::with(&[PROXIED]).await;
    let guess = async |client: usize, email: &str| {
        attempt(&mut world.browser(), &format!("192.0.2.{client}"), email, "Password1!aaa").await
    };
    for client in 0..5 {
        assert_eq!(guess(client, "full@example.org").await.status, 401);
    }
    for account in 1..30 {
        assert_eq!(guess(account, &format!("somebody{account}@example.org")).await.status, 401, "{account}");
    }
    let refused = guess(31, "full@example.org").await;
    assert!(refused.is_refusal(429, "RATE_LIMITED"), "{}", refused.body);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(wait > 60, "the account's wait, and not the network's: {wait}");
    assert_eq!(guess(32, "neighbor@example.org").await.status, 401);
    assert_eq!(guess(33, "neighbor@example.org").await.status, 429);
}

/// One hash at a time, and room for two that wait: one of them from a device that is not known.
const NARROW: [(&str, &str); 6] = [
    PROXIED,
    ("HASHING_THREADS", "1"),
    ("HASHING_LANES", "1"),
    ("HASHING_QUEUE", "2"),
    ("HANDLER_TIMEOUT", "2m"),
    ("DRAIN_TIMEOUT", "2m"),
];

/// Three strangers at an account whose hash takes seconds: one is computed, one waits, and one is refused over and over,
/// which is how this knows. Dropping it ends them.
async fn strangers_half_is_full(world: &World) -> JoinSet<()> {
    const SLOW: &str = "$2b$16$L6Bc/AlTQHyd9liGgGEZyOFLPHNgyxeEPfgYfBCVxJ7JIlwxyVU3u";
    world.registered(&mut world.browser(), "slow@example.org").await;
    world.alter_person("slow@example.org", "password", &json!({"scheme": "plain-bcrypt", "bcrypt": SLOW}));
    let (refused, mut refusals) = mpsc::unbounded_channel();
    let mut strangers = JoinSet::new();
    for number in 0..3 {
        let (mut browser, refused) = (world.browser(), refused.clone());
        strangers.spawn(async move {
            loop {
                let answer = attempt(&mut browser, "203.0.113.9", "slow@example.org", "a guess").await;
                if answer.status == 503 {
                    let _ = refused.send(number);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
    }
    let settled = async {
        let (mut last, mut in_a_row) = (None, 0);
        while in_a_row < 10 {
            let number = refusals.recv().await;
            in_a_row = if number == last { in_a_row + 1 } else { 1 };
            last = number;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), settled).await.unwrap();
    strangers
}

#[tokio::test]
async fn a_busy_server_uses_up_no_attempts_of_the_account() {
    let limits = [
        ("RATE_LIMIT_LOGIN_NETWORK", "50/1h"),
        ("RATE_LIMIT_LOGIN_ACCOUNT", "5/15m"),
        ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "6/24h"),
    ];
    let world = World::set(&[&NARROW[..], &limits].concat()).await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    let from = async |from: &str, password: &str| {
        attempt(&mut world.browser(), from, "ada@example.org", password).await
    };
    let strangers = strangers_half_is_full(&world).await;
    for turn in 0..60 {
        let answer = from("198.51.100.1", PASSWORD).await;
        assert_eq!(answer.status, 503, "{turn}: {}", answer.body);
    }
    drop(strangers);
    // Those who have gone leave their places within a step.
    let mut answer = from("198.51.100.1", "a guess").await;
    while answer.status == 503 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = from("198.51.100.1", "a guess").await;
    }
    assert_eq!(
        answer.status, 401,
        "neither the account nor the network has used up anything: {}",
        answer.body
    );
    for turn in 1..5 {
        assert_eq!(from("198.51.100.2", "a guess").await.status, 401, "{turn}");
    }
    assert_eq!(from("198.51.100.2", PASSWORD).await.status, 429, "and five are all there are");
    world.advance(Duration::from_mins(15));
    assert_eq!(from("198.51.100.2", "a guess").await.status, 401);
    assert_eq!(from("198.51.100.2", "a guess").await.status, 429, "six a day");
}

#[tokio::test]
async fn an_unknown_device_queues_with_unknown_clients_for_a_hash() {
    let world = World::set(&[&NARROW[..], &[("RATE_LIMIT_LOGIN_DEVICE_FAILING", "10/24h")]].concat()).await;
    let mut first = ada(&world).await;
    let before_the_end = known(&world, &first);
    assert_eq!(first.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
    let mut devices = Vec::new();
    for _ in 0..2 {
        let mut browser = world.browser();
        let signed_in = attempt(&mut browser, "198.51.100.1", "ada@example.org", PASSWORD).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        devices.push(known(&world, &browser));
    }
    let [failing, owner] = devices.try_into().unwrap();
    for turn in 0..10 {
        let answer = attempt(&mut failing.clone(), "198.51.100.1", "ada@example.org", "a guess").await;
        assert_eq!(answer.status, 401, "{turn}");
    }

    let _strangers = strangers_half_is_full(&world).await;
    for (who, browser) in [("failed ten times", failing), ("from before logout-all", before_the_end)] {
        let answer = attempt(&mut browser.clone(), "198.51.100.1", "ada@example.org", PASSWORD).await;
        assert_eq!(answer.status, 503, "{who}: {}", answer.body);
    }
    let answer = attempt(&mut owner.clone(), "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn forged_forwarded_addresses_of_one_client_are_one_client() {
    let world = World::limited().await;
    let mut passed = 0;
    for turn in 0..300_u32 {
        let claimed = if turn % 2 == 0 {
            format!("198.51.{}.{}", turn / 200, turn % 200)
        } else {
            format!("2001:db8:{turn:x}::1")
        };
        let forwarded = format!("for=\"[{claimed}]\";proto=https");
        let name = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"]
            [usize::try_from(turn % 5).unwrap()];
        let value = if name == "Forwarded" { &forwarded } else { &claimed };
        let body = json!({"email": format!("nobody{turn}@example.org"), "password": "a guess"}).to_string();
        let headers = [("Content-Type", "application/json"), (name, value.as_str())];
        let answer = world.browser().send("POST", LOGIN, &headers, body.as_bytes()).await;
        assert!(matches!(answer.status, 401 | 429), "{}", answer.body);
        passed += usize::from(answer.status == 401);
    }
    assert_eq!(passed, 10);
}
