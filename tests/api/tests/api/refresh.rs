//! Refreshing a session: every case of the rotation table, on the world's clock, and the ends of a session.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod devices;
mod instances;

use std::collections::BTreeSet;
use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";
const GRACE: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_hours(24);

/// A refresh token, as somebody may have kept it.
fn token(browser: &Client) -> String {
    browser.cookie("palisade-refresh").unwrap().to_owned()
}

fn generation(token: &str) -> u64 {
    token.split('.').nth(1).unwrap().parse().unwrap()
}

/// The same device with another refresh token.
fn holding(device: &Client, token: &str) -> Client {
    let mut browser = device.clone();
    browser.set_cookie("palisade-refresh", token);
    browser
}

/// Presents this token on this device; gives the token that came back.
async fn present(device: &Client, token: &str) -> Result<String, (u16, String)> {
    present_in(holding(device, token)).await
}

async fn present_in(mut browser: Client) -> Result<String, (u16, String)> {
    let answer = browser.post(REFRESH, Value::Null).await;
    if answer.status == 200 {
        assert_eq!(browser.get(ME).await.status, 200, "the access token of the answer");
        Ok(token(&browser))
    } else {
        assert!(browser.cookie("palisade-refresh").is_none() && browser.cookie("palisade-access").is_none());
        Err((answer.status, answer.code()))
    }
}

fn over() -> Result<String, (u16, String)> {
    Err((401, "SESSION_REVOKED".to_owned()))
}

#[tokio::test]
async fn within_the_grace_the_live_token_is_repeated() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let first = token(&ada);
    assert_eq!(generation(&first), 1);
    for _ in 0..3 {
        assert_eq!(present(&ada, &first).await.as_ref(), Ok(&first));
        world.advance((GRACE / 3).saturating_sub(Duration::from_millis(1)));
    }
    assert_eq!(present(&ada, &first).await.as_ref(), Ok(&first));
}

/// Somebody who has nothing but this refresh token.
fn alone(world: &World) -> Client {
    world.browser()
}

/// How often the owner of this address was told that a session was ended.
async fn told(world: &World, email: &str) -> usize {
    let mails = world.settled_mails_to(email).await;
    mails.iter().filter(|mail| mail["subject"] == "A session at Palisade was ended").count()
}

#[tokio::test]
async fn a_program_without_a_device_cookie_can_refresh_concurrently() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let mut live = token(&ada);
    for _ in 0..4 {
        assert_eq!(present(&alone(&world), &live).await.as_ref(), Ok(&live));
        world.advance(GRACE);
        let given: BTreeSet<String> = burst(&alone(&world), &live, 8).await.into_iter().collect();
        assert_eq!(given.len(), 1);
        let next = given.into_iter().next().unwrap();
        assert_eq!(generation(&next), generation(&live) + 1);
        live = next;
    }
    // But nothing is forgiven without the device's cookie.
    world.advance(GRACE);
    let next = present(&alone(&world), &live).await.unwrap();
    world.advance(GRACE);
    assert_eq!(present(&alone(&world), &live).await, over());
    assert_eq!(present(&alone(&world), &next).await, over());
}

#[tokio::test]
async fn an_older_generation_ends_the_session_however_young_the_live_one_is() {
    for young in [true, false] {
        let world = World::new().await;
        let mut ada = world.user("ada@example.org").await;
        let first = token(&ada);
        for _ in 0..2 {
            world.advance(GRACE);
            assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
        }
        assert_eq!(generation(&token(&ada)), 3);
        if !young {
            world.advance(GRACE);
        }
        let before = ada.clone();
        assert_eq!(present(&ada, &first).await, over());
        assert_eq!(before.clone().get(ME).await.code(), "AUTH_401", "the access token is dead at once");
        assert_eq!(present_in(before).await, over());
    }
}

/// As after a database was put back from an older copy.
#[tokio::test]
async fn a_token_newer_than_the_store_ends_the_session_without_a_mail() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let mut newest = token(&ada);
    for _ in 0..3 {
        world.advance(GRACE);
        newest = present(&ada, &newest).await.unwrap();
    }
    assert_eq!(generation(&newest), 4);
    let mails = world.settled_mails_to("ada@example.org").await.len();
    for (member, value) in [("generation", 2), ("previous", 1)] {
        assert_eq!(world.database.alter("sessions", ("ip", "127.0.0.1"), member, &json!(value)), 1);
    }
    let mut device = ada.clone();
    assert_eq!(present(&ada, &newest).await, over());
    assert!(world.database.values("sessions").is_empty(), "the session is over");
    assert_eq!(device.get(ME).await.code(), "AUTH_401", "its access tokens as well");
    assert_eq!(world.settled_mails_to("ada@example.org").await.len(), mails, "nobody is accused");
}

#[tokio::test]
async fn a_forged_refresh_token_is_refused_and_ends_nothing() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let eve = world.user("eve@example.org").await;
    let genuine = token(&ada);
    let [session, _, mac] = genuine.split('.').collect::<Vec<_>>().try_into().unwrap();
    let eves = token(&eve);
    let [_, _, eves_mac] = eves.split('.').collect::<Vec<_>>().try_into().unwrap();
    let forged = [
        format!("{session}.2.{mac}"),
        format!("{session}.0.{mac}"),
        format!("{session}.1.{eves_mac}"),
        format!("{session}.1.{}", "A".repeat(43)),
        format!("ses_00000000-0000-7000-8000-000000000000.1.{mac}"),
        format!("{genuine}."),
        "nonsense".to_owned(),
    ];
    for forged in forged {
        assert_eq!(present(&ada, &forged).await, over(), "{forged}");
    }
    assert_eq!(world.browser().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED", "nothing at all");
    assert_eq!(ada.clone().get(ME).await.status, 200);
    assert_eq!(present(&ada, &genuine).await.as_ref(), Ok(&genuine));
}

/// Presents one token many times at once; gives the tokens that came back.
async fn burst(device: &Client, token_of_all: &str, size: usize) -> Vec<String> {
    let racing: Vec<_> = (0..size)
        .map(|_| {
            let mut browser = holding(device, token_of_all);
            tokio::spawn(async move {
                let answer: Answer = browser.post(REFRESH, Value::Null).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                assert_eq!(browser.get(ME).await.status, 200);
                token(&browser)
            })
        })
        .collect();
    let mut given = Vec::new();
    for answer in racing {
        given.push(answer.await.unwrap());
    }
    given
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_concurrent_refreshes_return_one_token() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let mut live = token(&ada);
    // A normal turn, then one for a token that comes late: both really race.
    for round in 0..6 {
        world.advance(GRACE);
        let given: BTreeSet<String> = burst(&ada, &live, 20).await.into_iter().collect();
        assert_eq!(given.len(), 1, "round {round}");
        let next = given.into_iter().next().unwrap();
        assert_eq!(generation(&next), generation(&live) + 1);
        live = next;
    }
    let first = live.clone();
    world.advance(GRACE);
    let passed_over = present(&ada, &first).await.unwrap();
    world.advance(GRACE);
    let given: BTreeSet<String> = burst(&ada, &first, 20).await.into_iter().collect();
    assert_eq!(given.len(), 1, "forgiven together");
    assert_eq!(generation(given.first().unwrap()), generation(&passed_over) + 1);
    assert_eq!(world.database.values("sessions").len(), 1);
}

#[tokio::test]
async fn an_idle_session_ends_and_use_prolongs_it() {
    let world = World::new().await;
    let ada = world.user("used@example.org").await;
    let (used, idle) = (token(&ada), token(&world.user("idle@example.org").await));
    world.advance((14 * DAY).saturating_sub(Duration::from_millis(1)));
    let used = present(&ada, &used).await.unwrap();
    world.advance(Duration::from_millis(1));
    assert_eq!(present(&ada, &idle).await, over());
    world.advance(13 * DAY);
    assert!(present(&ada, &used).await.is_ok());
}

#[tokio::test]
async fn use_prolongs_no_session_beyond_its_absolute_end() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    for _ in 0..8 {
        world.advance(10 * DAY);
        assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    }
    world.advance((10 * DAY).saturating_sub(Duration::from_hours(1)));
    let last = ada.post(REFRESH, Value::Null).await;
    assert_eq!(last.status, 200);
    let refresh = last.all("set-cookie").find(|cookie| cookie.starts_with("palisade-refresh=")).unwrap();
    assert!(refresh.contains("Max-Age=3600;"), "no longer than the session: {refresh}");

    world.advance(Duration::from_mins(55));
    let last = ada.post(REFRESH, Value::Null).await;
    let access = last.all("set-cookie").find(|cookie| cookie.starts_with("palisade-access=")).unwrap();
    assert!(access.contains("Max-Age=300;"), "an access token ends with its session: {access}");

    world.advance(Duration::from_mins(5));
    assert_eq!(present_in(ada).await, over());
}

#[tokio::test]
async fn an_ended_session_cannot_be_refreshed() {
    let world = World::new().await;
    let (logged_out, kept) = (world.user("out@example.org").await, world.user("all@example.org").await);
    assert_eq!(logged_out.clone().post("/api/v1/auth/logout", Value::Null).await.status, 200);
    assert_eq!(present_in(logged_out).await, over());

    // The epoch of the person moves on; the document of this session is still there.
    assert_eq!(kept.clone().post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
    assert_eq!(present_in(kept).await, over());

    let suspended = world.user("suspended@example.org").await;
    world.alter_person("suspended@example.org", "status", &json!("suspended"));
    assert_eq!(present_in(suspended).await, over());
    let deleted = world.user("deleted@example.org").await;
    assert_eq!(world.database.delete("users", ("email", "deleted@example.org")), 1);
    assert_eq!(present_in(deleted).await, over());
}

#[tokio::test]
async fn the_answer_says_when_the_access_token_ends_and_it_does() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    world.advance(Duration::from_mins(3));
    let answer = ada.post(REFRESH, Value::Null).await;
    let session = ada.get("/api/v1/auth/session").await;
    assert_eq!(answer.at("/data"), session.at("/data"), "user and expiresAt");
    assert_eq!(answer.at("/data/user"), ada.get(ME).await.at("/data"));

    let ends_at = answer.at("/data/expiresAt");
    world.advance(Duration::from_mins(10).saturating_sub(Duration::from_secs(1)));
    assert_eq!(ada.get(ME).await.status, 200);
    assert_eq!(ada.get("/api/v1/auth/session").await.at("/data/expiresAt"), ends_at);
    // It may be believed a little longer, for clocks differ, but not by much.
    world.advance(Duration::from_mins(2));
    assert_eq!(ada.get(ME).await.code(), "AUTH_401");
    assert_eq!(ada.get("/api/v1/auth/session").await.at("/data/user"), Value::Null);
    let later = ada.post(REFRESH, Value::Null).await;
    assert!(later.at("/data/expiresAt").as_str().unwrap() > ends_at.as_str().unwrap());
}
