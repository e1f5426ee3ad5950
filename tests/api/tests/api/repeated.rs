//! A recently used link, posted again: the browser that it belongs to gets the same answer as before, and no other
//! does. And an address that was confirmed elsewhere: the browser that registered learns what to do, and nothing
//! else.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use palisade_core::identity::Operator;
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const VERIFY: &str = "/api/v1/auth/verify-email";
const SETUP: &str = "/api/v1/auth/setup";
const LOGIN: &str = "/api/v1/auth/login";
const ADA: &str = "ada@example.org";
const OTHER: &str = "chosen on the telephone";

/// Registers in this browser and gives the token that is mailed.
async fn registered(world: &World, browser: &mut Client) -> String {
    let asked = json!({"email": ADA, "password": PASSWORD, "name": "Ada"});
    assert_eq!(browser.post(REGISTER, asked).await.status, 202);
    world.mailed_token(ADA).await
}

async fn verify(browser: &mut Client, token: &str) -> Answer {
    browser.post(VERIFY, json!({ "token": token })).await
}

async fn sign_in(browser: &mut Client, password: &str) -> Answer {
    browser.post(LOGIN, json!({"email": ADA, "password": password})).await
}

/// What an answer shows, less what differs between any two.
fn shown(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.at("/data/user"))
}

#[tokio::test]
async fn a_repeated_confirmation_of_the_same_browser_gets_the_first_answer() {
    let world = World::new().await;
    let mut ada = world.browser();
    let token = registered(&world, &mut ada).await;
    let mut as_it_was = ada.clone();

    let first = verify(&mut ada, &token).await;
    assert_eq!((first.status, first.at("/data/user/email")), (200, json!(ADA)));
    let people = world.database.values("users");
    assert_eq!(shown(&verify(&mut ada, &token).await), shown(&first));
    // The other half of a double click was sent with the cookies of before.
    assert_eq!(shown(&verify(&mut as_it_was, &token).await), shown(&first));
    // A password that comes with it is not taken: nothing is done.
    let with_password = ada.post(VERIFY, json!({"token": token, "password": OTHER})).await;
    assert_eq!(shown(&with_password), shown(&first));
    assert_eq!(world.database.values("users"), people, "nothing was changed");
    assert_eq!(sign_in(&mut world.browser(), OTHER).await.code(), "INVALID_CREDENTIALS");

    // Whoever holds the token alone, or another browser's note, learns nothing.
    let mut stranger = world.browser();
    let asked = json!({"email": "eve@example.org", "password": PASSWORD});
    assert_eq!(stranger.post(REGISTER, asked).await.status, 202);
    for mut browser in [world.browser(), stranger] {
        for body in [json!({ "token": token }), json!({"token": token, "password": PASSWORD})] {
            let refused = browser.post(VERIFY, body).await;
            assert!(refused.is_refusal(400, "TOKEN_INVALID"), "{}", refused.body);
        }
    }

    world.advance(Duration::from_mins(10).saturating_sub(Duration::from_secs(1)));
    assert_eq!(shown(&verify(&mut as_it_was, &token).await), shown(&first));
    world.advance(Duration::from_mins(10));
    for browser in [&mut ada, &mut as_it_was] {
        let over = verify(browser, &token).await;
        assert!(over.is_refusal(400, "TOKEN_INVALID"), "{}", over.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_concurrent_confirmations_of_one_browser_both_succeed() {
    let world = World::new().await;
    for round in 0..12 {
        let email = format!("ada{round}@example.org");
        let mut ada = world.browser();
        let asked = json!({"email": email, "password": PASSWORD});
        assert_eq!(ada.post(REGISTER, asked).await.status, 202);
        let token = world.mailed_token(&email).await;
        // Some with the registered password, some with one to hash first: then both look before either writes.
        let body = match round % 2 {
            0 => json!({ "token": token }),
            _ => json!({"token": token, "password": OTHER}),
        };
        let start = std::sync::Arc::new(tokio::sync::Barrier::new(2));
        let clicks = [0, 1].map(|_| {
            let (mut browser, body, start) = (ada.clone(), body.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                browser.post(VERIFY, body).await
            })
        });
        let mut answers = Vec::new();
        for click in clicks {
            answers.push(shown(&click.await.unwrap()));
        }
        assert_eq!(answers.first(), answers.last(), "round {round}");
        assert_eq!(answers.first().map(|(status, _)| *status), Some(200), "round {round}: {answers:?}");
    }
    assert_eq!(world.database.values("users").len(), 12);
}

/// Both at once, each from a browser that knows nothing of the link: the statuses, the lower one first. Hashing takes so long
/// that both have seen the link before either uses it.
async fn at_once(world: &World, bodies: [Value; 2]) -> [u16; 2] {
    let [one, other] = bodies.map(|body| {
        let mut browser = world.browser();
        tokio::spawn(async move { browser.post(VERIFY, body).await })
    });
    let (one, other) = (one.await.expect("an answer"), other.await.expect("an answer"));
    if one.status == other.status {
        assert_eq!(shown(&one), shown(&other));
    }
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_confirmations_succeed_only_with_the_same_password() {
    for (other, statuses) in [(OTHER, [200, 200]), ("not the same at all", [200, 400])] {
        let world = World::hashing_with(11, &[]).await;
        let token = registered(&world, &mut world.browser()).await;
        let bodies = [OTHER, other].map(|password| json!({"token": token, "password": password}));
        assert_eq!(at_once(&world, bodies.clone()).await, statuses, "{other}");
        assert_eq!(world.database.values("users").len(), 1);
        // Who comes later came for a link that is over.
        for body in bodies {
            assert_eq!(world.browser().post(VERIFY, body).await.code(), "TOKEN_INVALID");
        }
    }
}

#[tokio::test]
async fn a_repetition_is_refused_after_the_account_has_changed() {
    let world = World::new().await;
    for ended in ["sessions", "suspended", "deleted"] {
        let mut ada = world.browser();
        let email = format!("{ended}@example.org");
        let asked = json!({"email": email, "password": PASSWORD});
        assert_eq!(ada.post(REGISTER, asked).await.status, 202);
        let token = world.mailed_token(&email).await;
        let mut as_it_was = ada.clone();
        assert_eq!(verify(&mut ada, &token).await.status, 200);
        match ended {
            "sessions" => {
                let mut session = world.browser();
                let credentials = json!({"email": email, "password": PASSWORD});
                assert_eq!(session.post(LOGIN, credentials).await.status, 200);
                assert_eq!(session.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
            }
            "suspended" => world.alter_person(&email, "status", &json!("suspended")),
            _ => {
                let removed = world.database.delete("users", ("email", &email));
                assert_eq!(removed, 1);
            }
        }
        for browser in [&mut ada, &mut as_it_was] {
            let refused = verify(browser, &token).await;
            assert!(refused.is_refusal(400, "TOKEN_INVALID"), "{ended}: {}", refused.body);
        }
    }
}

#[tokio::test]
async fn a_repetition_works_for_a_browser_that_did_not_register() {
    let world = World::new().await;
    let mut desk = world.browser();
    let token = registered(&world, &mut desk).await;
    let mut phone = world.browser();
    let body = json!({"token": token, "password": OTHER});
    let first = phone.post(VERIFY, body.clone()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(shown(&phone.post(VERIFY, body).await), shown(&first));

    // A note about another registration that still waits is not given up for it.
    let mut busy = world.browser();
    let waiting = json!({"email": "busy@example.org", "password": PASSWORD});
    assert_eq!(busy.post(REGISTER, waiting).await.status, 202);
    let note = busy.cookie("palisade-registration").unwrap().to_owned();
    let asked = json!({"email": "third@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post(REGISTER, asked).await.status, 202);
    let token = world.mailed_token("third@example.org").await;
    assert_eq!(busy.post(VERIFY, json!({"token": token, "password": OTHER})).await.status, 200);
    assert_eq!(busy.cookie("palisade-registration"), Some(note.as_str()));
}

#[tokio::test]
async fn a_repeated_setup_of_the_same_browser_gets_the_first_answer() {
    let world = World::new().await;
    let operator = Operator::for_tests("test");
    let link = world.services.auth.setup.first_link(&operator).await.unwrap().unwrap();
    let token = link.split_once("#token=").unwrap().1;
    let body = |email: &str| json!({"token": token, "email": email, "password": PASSWORD});
    let mut root = world.browser();
    let first = root.post(SETUP, body("root@example.org")).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(shown(&root.post(SETUP, body("root@example.org")).await), shown(&first));
    assert_eq!(root.post(SETUP, body("other@example.org")).await.code(), "NOT_FOUND");
    assert_eq!(world.browser().post(SETUP, body("root@example.org")).await.code(), "NOT_FOUND");
    assert_eq!(world.database.values("users").len(), 1);
    world.advance(Duration::from_mins(11));
    assert_eq!(root.post(SETUP, body("root@example.org")).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn the_registering_browser_gets_the_same_advice_after_a_confirmation_elsewhere() {
    let world = World::new().await;
    let (mut desk, mut phone) = (world.browser(), world.browser());
    let token = registered(&world, &mut desk).await;
    let told = |answer: &Answer| (answer.status, answer.code(), answer.at("/error/message"));

    let before = told(&sign_in(&mut desk, PASSWORD).await);
    assert_eq!((before.0, before.1.as_str()), (403, "EMAIL_NOT_VERIFIED"));
    let message = before.2.as_str().unwrap();
    for word in ["open the link", "another browser", "the password you chose there"] {
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(phone.post(VERIFY, json!({"token": token, "password": OTHER})).await.status, 200);
    // A stranger could have registered Ada's address: whether she came is not told.
    assert_eq!(told(&sign_in(&mut desk, PASSWORD).await), before);
    // The way out that the message names.
    assert_eq!(sign_in(&mut desk, OTHER).await.status, 200);
    assert_eq!(sign_in(&mut desk, PASSWORD).await.code(), "INVALID_CREDENTIALS", "the note is gone");
}
