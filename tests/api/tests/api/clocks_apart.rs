//! Two clocks, and the things beside tokens that they date: links, cookies, mails in hand, keys, limits. The fast
//! half: clocks that tests control, on machines that share only the store. `clocks_long.rs` uses real ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_api_tests::database::is_mongodb;
use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::world::{Kept, PASSWORD};
use palisade_api_tests::{Client, World};
use palisade_core::identity::Operator;
use palisade_core::ports::{Clock as _, SystemClock, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_modules::user::types::Email;
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const REGISTER: &str = "/api/v1/auth/register";
const SETUP: &str = "/api/v1/auth/setup";
const VERIFY: &str = "/api/v1/auth/verify-email";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What ends soonest, and a limit that four guesses use up.
const SHORT: [(&str, &str); 6] = [
    // A mailed link lives twice as long at least.
    ("MAIL_BUDGET", "100000/30s"),
    ("SETUP_TTL", "60s"),
    ("REGISTRATION_TTL", "60s"),
    ("DEVICE_TTL", "24h"),
    ("RATE_LIMIT_LOGIN_ACCOUNT", "4/15m"),
    ("RATE_LIMIT_TIMEOUT", "5s"),
];

/// The clock of a machine that is this far from the right time.
fn off_by(millis: i64) -> Arc<TestClock> {
    Arc::new(TestClock::of_a_machine(Timestamp::from_millis(SystemClock::new().now().as_millis() + millis)))
}

async fn post(browser: &Client, path: &str, body: Value) -> u16 {
    browser.clone().post(path, body).await.status
}

/// A browser of this world with these cookies of another.
fn with(world: &World, names: &[&str], other: &Client) -> Client {
    let mut browser = world.browser();
    for name in names {
        browser.set_cookie(name, other.cookie(name).unwrap());
    }
    browser
}

async fn sign_in_of(browser: &Client) -> u16 {
    post(browser, LOGIN, json!({"email": "ada@example.org", "password": PASSWORD})).await
}

/// Guesses at the account of Ada from a browser that nobody knows.
async fn guess(world: &World) -> u16 {
    post(&world.browser(), LOGIN, json!({"email": "ada@example.org", "password": "a guess of somebody"}))
        .await
}

async fn setup_link(world: &World, email: &str) -> String {
    let operator = Operator::for_tests("test");
    let link = world.services.auth.setup.link_for(&operator, Email::parse(email).unwrap()).await.unwrap();
    link.split_once("#token=").unwrap().1.to_owned()
}

async fn set_up(world: &World, token: &str, email: &str) -> u16 {
    post(&world.browser(), SETUP, json!({"token": token, "email": email, "password": PASSWORD})).await
}

async fn registering(world: &World, email: &str) -> Client {
    let mut browser = world.browser();
    let asked = browser.post(REGISTER, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    browser
}

fn kid(browser: &Client) -> Value {
    let head = browser.cookie("palisade-access").unwrap().split('.').next().unwrap();
    let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
    head.get("kid").unwrap().clone()
}

#[tokio::test]
async fn machines_that_are_24_minutes_apart_agree_on_links_cookies_and_limits() {
    if !is_mongodb() {
        return;
    }
    let mut settings = SHORT.to_vec();
    // One document of MongoDB remembers no more accounts.
    settings.extend([("RATE_LIMIT_URL", "mongodb"), ("RATE_LIMIT_LOGIN_SPRAY", "10000/10m")]);
    let ahead = World::on_a_machine(Kept::new(), &off_by(12 * MINUTE), &settings).await;
    let behind = World::on_a_machine(ahead.shared(), &off_by(-12 * MINUTE), &settings).await;
    for (number, (made, used)) in [(&ahead, &behind), (&behind, &ahead)].into_iter().enumerate() {
        let email = format!("root{number}@example.org");
        let token = setup_link(made, &email).await;
        assert_eq!(set_up(used, &token, &email).await, 201, "a setup link lives for a minute");

        let email = format!("new{number}@example.org");
        let browser = registering(made, &email).await;
        let token = made.mailed_token(&email).await;
        let here = with(used, &["palisade-registration"], &browser);
        let waits = here.clone().post(LOGIN, json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(waits.code(), "EMAIL_NOT_VERIFIED", "the cookie of the registration still opens");
        assert_eq!(post(&here, VERIFY, json!({"token": token})).await, 200, "and its link too");
    }

    let ada = ahead.user("ada@example.org").await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.extend([guess(&ahead).await, guess(&behind).await]);
    }
    // Her own sign-in was the first of four.
    assert_eq!(answers, [401, 401, 401, 429, 429, 429], "counted together, by one clock");
    for world in [&ahead, &behind] {
        assert_eq!(sign_in_of(&with(world, &["palisade-device"], &ada)).await, 200, "her device is known");
    }
}

#[tokio::test]
async fn an_instance_whose_clock_is_ahead_respects_the_lease_of_a_mail() {
    if !is_mongodb() {
        return;
    }
    let mail = MailServer::slow(Duration::from_secs(5));
    let url = mail.url();
    let settings = [("SMTP_URL", url.as_str()), ("MAIL_FROM", "no-reply@example.org")];
    let behind = World::on_a_machine(Kept::new(), &off_by(-12 * MINUTE), &settings).await;
    registering(&behind, "ada@example.org").await;
    let taken = async {
        while mail.taken() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), taken).await.expect("the mail leaves");
    // It looks for mail that is due as soon as it starts.
    let ahead = World::on_a_machine(behind.shared(), &off_by(12 * MINUTE), &settings).await;
    let other = registering(&ahead, "eve@example.org").await;
    tokio::time::timeout(Duration::from_secs(20), async {
        while mail.letters().iter().all(|letter| letter.to != "eve@example.org") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the other one works");
    drop(other);
    assert_eq!(mail.letters().iter().filter(|letter| letter.to == "ada@example.org").count(), 1);
}

#[tokio::test]
async fn on_one_machine_what_ended_while_the_clock_was_ahead_stays_ended() {
    if is_mongodb() {
        return;
    }
    let clock = off_by(0);
    let world = World::on_a_machine(Kept::new(), &clock, &SHORT).await;
    let ada = world.user("ada@example.org").await;
    let link = setup_link(&world, "root@example.org").await;
    let new = registering(&world, "new@example.org").await;
    let token = world.mailed_token("new@example.org").await;
    let device = with(&world, &["palisade-device"], &ada);
    let used_up = async || {
        for _ in 0..5 {
            guess(&world).await;
        }
        assert_eq!(guess(&world).await, 429);
    };
    used_up().await;
    assert_eq!(sign_in_of(&device).await, 200, "her device is known");

    clock.set(25 * HOUR);
    assert_eq!(guess(&world).await, 429, "a clock that is set frees no limit");
    for set in [0, -25 * HOUR] {
        clock.set(set);
        assert_eq!(set_up(&world, &link, "root@example.org").await, 400, "the setup link: {set}");
        assert_eq!(
            post(&new, VERIFY, json!({"token": token})).await,
            400,
            "the link of a registration: {set}"
        );
        assert_eq!(sign_in_of(&device).await, 429, "the cookie of a device: {set}");
    }
    assert_eq!(guess(&world).await, 429);
}

#[tokio::test]
async fn on_one_machine_a_signing_key_keeps_signing_when_the_clock_is_set_back() {
    if is_mongodb() {
        return;
    }
    let clock = off_by(0);
    let world = World::on_a_machine(Kept::new(), &clock, &[]).await;
    let mut ada = world.user("ada@example.org").await;
    let first = kid(&ada);
    world.services.keys.rotate(&Operator::for_tests("test")).await.unwrap();
    // An hour, and the life of an access token.
    for (set, signs) in [(65 * MINUTE, false), (10 * MINUTE, true), (-75 * MINUTE, true)] {
        clock.set(set);
        assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
        assert_eq!(kid(&ada) != first, signs, "{set}");
        assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
    }
}
