//! Forgotten and changed passwords: who gets a link, when a link is valid, and that every session ends.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const FORGOT: &str = "/api/v1/auth/forgot-password";
const RESET: &str = "/api/v1/auth/reset-password";
const CHANGE: &str = "/api/v1/auth/change-password";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT_ALL: &str = "/api/v1/auth/logout-all";
const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";
const ADA: &str = "ada@example.org";
const CHOSEN: &str = "a bridge made of starlings";
const LINK_LIFE: Duration = Duration::from_mins(30);

async fn forget(world: &World, email: &str) -> Answer {
    world.browser().post(FORGOT, json!({ "email": email })).await
}

/// The token of a link that was asked for now.
async fn asked_for(world: &World, email: &str) -> String {
    let before = world.settled_mails_to(email).await.len();
    assert_eq!(forget(world, email).await.status, 202);
    let mails = world.settled_mails_to(email).await;
    assert_eq!(mails.len(), before + 1, "one mail more");
    token_of(&mails[0])
}

async fn reset(world: &World, token: &str, password: &str) -> Answer {
    world.browser().post(RESET, json!({"token": token, "newPassword": password})).await
}

async fn sign_in(world: &World, password: &str) -> (Client, Answer) {
    let mut browser = world.browser();
    let answer = browser.post(LOGIN, json!({"email": ADA, "password": password})).await;
    (browser, answer)
}

async fn status(browser: &Client, path: &str) -> u16 {
    browser.clone().get(path).await.status
}

async fn change(browser: &mut Client, current: &str, new: &str) -> Answer {
    browser.post(CHANGE, json!({"currentPassword": current, "newPassword": new})).await
}

#[tokio::test]
async fn a_reset_changes_the_password_and_ends_every_session() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    let (there, _) = sign_in(&world, PASSWORD).await;
    let token = asked_for(&world, ADA).await;

    let done = reset(&world, &token, CHOSEN).await;
    assert_eq!((done.status, done.at("/data")), (200, json!({})), "{}", done.body);
    assert_eq!(done.all("set-cookie").count(), 0, "a link signs nobody in");
    for browser in [&here, &there] {
        assert_eq!(status(browser, ME).await, 401);
        assert_eq!(browser.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    }
    assert_eq!(sign_in(&world, PASSWORD).await.1.code(), "INVALID_CREDENTIALS");
    assert_eq!(sign_in(&world, CHOSEN).await.1.status, 200);
    let notice = world.settled_mails_to(ADA).await.remove(0);
    assert_eq!(notice["links"], json!(["http://localhost:8080/account/forgot"]), "{notice}");
    assert!(notice["subject"].as_str().expect("a subject").contains("was changed"), "{notice}");

    let again = reset(&world, &token, CHOSEN).await;
    assert!(again.is_refusal(400, "TOKEN_INVALID"), "{}", again.body);
}

#[tokio::test]
async fn forgot_password_answers_alike_and_mails_by_account() {
    let world = World::new().await;
    for email in [ADA, "sue@example.org", "olga@example.org"] {
        world.user(email).await;
    }
    world.alter_person("sue@example.org", "status", &json!("suspended"));
    world.alter_person("olga@example.org", "password", &Value::Null);
    world.mail_settled().await;

    let seen = |answer: &Answer| (answer.status, answer.at("/data"), answer.all("set-cookie").count());
    let first = forget(&world, ADA).await;
    assert_eq!(seen(&first), (202, json!({}), 0));
    for email in ["nobody@example.org", "sue@example.org", "olga@example.org"] {
        assert_eq!(seen(&forget(&world, email).await), seen(&first), "{email}");
    }
    assert_eq!(world.settled_mails_to("nobody@example.org").await, [Value::Null; 0]);
    let link = world.settled_mails_to(ADA).await.remove(0);
    assert_eq!(link["links"].as_array().expect("links").len(), 1, "{link}");
    let suspended = world.settled_mails_to("sue@example.org").await.remove(0);
    assert_eq!(suspended["links"], json!([]));
    assert!(suspended["subject"].as_str().expect("a subject").contains("is suspended"), "{suspended}");
    // Somebody who has only ever signed in elsewhere chooses a first password.
    let token = token_of(&world.settled_mails_to("olga@example.org").await[0]);
    assert_eq!(reset(&world, &token, CHOSEN).await.status, 200);
    let mut olga = world.browser();
    let signed_in = olga.post(LOGIN, json!({"email": "olga@example.org", "password": CHOSEN})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
}

#[tokio::test]
async fn each_single_defect_voids_a_link() {
    let world = World::new().await;
    let ada = world.user(ADA).await;
    let refused = async |token: &str, why: &str| {
        let answer = reset(&world, token, CHOSEN).await;
        assert!(answer.is_refusal(400, "TOKEN_INVALID"), "{why}: {}", answer.body);
    };

    let earlier = asked_for(&world, ADA).await;
    let newest = asked_for(&world, ADA).await;
    refused(&earlier, "a newer one took its place").await;

    let mut other = world.browser();
    let asked = json!({"email": "eve@example.org", "password": PASSWORD});
    assert_eq!(other.post("/api/v1/auth/register", asked).await.status, 202);
    refused(&world.mailed_token("eve@example.org").await, "another purpose").await;
    refused(&"A".repeat(43), "nobody made it").await;
    refused("short", "no token").await;

    world.alter_person(ADA, "status", &json!("suspended"));
    refused(&newest, "suspended since").await;
    world.alter_person(ADA, "status", &json!("active"));
    world.alter_person(ADA, "email", &json!("ada@example.com"));
    refused(&newest, "mailed to another address").await;
    world.alter_person("ada@example.com", "email", &json!(ADA));

    assert_eq!(ada.clone().post(LOGOUT_ALL, Value::Null).await.status, 200);
    refused(&newest, "all sessions were ended since").await;

    world.advance(Duration::from_mins(16));
    let late = asked_for(&world, ADA).await;
    // To wait for the mail took two seconds by this clock.
    world.advance(LINK_LIFE.saturating_sub(Duration::from_secs(3)));
    let weak = reset(&world, &late, "password").await;
    assert_eq!(
        (weak.status, weak.at("/error/details/0/field")),
        (400, json!("newPassword")),
        "{}",
        weak.body
    );
    let named = reset(&world, &late, "ada@example.org 1815").await;
    assert_eq!(
        (named.status, named.at("/error/details/0/field")),
        (400, json!("newPassword")),
        "{}",
        named.body
    );
    world.advance(Duration::from_secs(3));
    refused(&late, "expired").await;
    assert_eq!(sign_in(&world, PASSWORD).await.1.status, 200, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_concurrent_resets_by_one_link_one_succeeds() {
    let world = World::new().await;
    world.user(ADA).await;
    let token = asked_for(&world, ADA).await;
    let tries: Vec<_> = (0..50)
        .map(|n| {
            let (mut browser, token) = (world.browser(), token.clone());
            let password = format!("the {n}th of fifty starlings");
            tokio::spawn(async move {
                let body = json!({"token": token, "newPassword": password});
                (browser.post(RESET, body).await, password)
            })
        })
        .collect();
    let mut won = Vec::new();
    for attempt in tries {
        let (answer, password) = attempt.await.expect("no panic");
        match answer.status {
            200 => won.push(password),
            _ => assert!(answer.is_refusal(400, "TOKEN_INVALID"), "{}", answer.body),
        }
    }
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(sign_in(&world, &won.remove(0)).await.1.status, 200);
}

#[tokio::test]
async fn a_changed_password_keeps_only_this_session() {
    let world = World::new().await;
    let mut here = world.user(ADA).await;
    let (there, _) = sign_in(&world, PASSWORD).await;

    let wrong = change(&mut here, "not the password at all", CHOSEN).await;
    assert!(wrong.is_refusal(401, "INVALID_CREDENTIALS"), "{}", wrong.body);
    let weak = change(&mut here, PASSWORD, "ada@example.org 1815").await;
    assert_eq!(
        (weak.status, weak.at("/error/details/0/field")),
        (400, json!("newPassword")),
        "{}",
        weak.body
    );
    assert_eq!((status(&here, ME).await, status(&there, ME).await), (200, 200), "nothing has changed");

    let as_it_was = here.clone();
    world.advance(Duration::from_secs(1));
    let done = change(&mut here, PASSWORD, CHOSEN).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.at("/data/expiresAt").is_string(), "{}", done.body);
    assert_eq!(status(&here, ME).await, 200);
    assert_eq!(here.clone().post(REFRESH, Value::Null).await.status, 200);
    for ended in [&there, &as_it_was] {
        assert_eq!(status(ended, ME).await, 401);
        assert_eq!(ended.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    }
    assert_eq!(sign_in(&world, PASSWORD).await.1.code(), "INVALID_CREDENTIALS");
    assert_eq!(sign_in(&world, CHOSEN).await.1.status, 200);
    let notice = world.settled_mails_to(ADA).await.remove(0);
    assert!(notice["subject"].as_str().expect("a subject").contains("was changed"), "{notice}");
    let nobody =
        world.browser().post(CHANGE, json!({"currentPassword": CHOSEN, "newPassword": PASSWORD})).await;
    assert!(nobody.is_refusal(401, "AUTH_401"), "{}", nobody.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_concurrent_changes_one_succeeds() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    let (there, _) = sign_in(&world, PASSWORD).await;
    let changes: Vec<_> = [(here, CHOSEN), (there, "a bridge made of swallows")]
        .map(|(mut browser, new)| {
            tokio::spawn(async move { (change(&mut browser, PASSWORD, new).await, new) })
        })
        .into();
    let mut won = Vec::new();
    for change in changes {
        let (answer, new) = change.await.expect("no panic");
        match answer.status {
            200 => won.push(new),
            _ => assert_eq!(answer.status, 401, "{}", answer.body),
        }
    }
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(sign_in(&world, won.remove(0)).await.1.status, 200);
}

#[tokio::test]
async fn a_reset_holds_on_other_instances_within_a_second() {
    let world = World::new().await;
    let elsewhere = world.beside().await;
    let ada = world.user(ADA).await;
    let mut there = elsewhere.browser();
    for name in ["palisade-access", "palisade-refresh"] {
        there.set_cookie(name, ada.cookie(name).expect("signed in"));
    }
    assert_eq!(status(&there, ME).await, 200);
    let token = asked_for(&world, ADA).await;
    assert_eq!(reset(&world, &token, CHOSEN).await.status, 200);
    let refused = async {
        while status(&there, ME).await != 401 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), refused).await.expect("the other instance follows");
}
