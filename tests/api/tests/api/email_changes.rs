//! Another address for an account: who gets which mail, when a link is valid, who may use it, and what it ends.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const CHANGE: &str = "/api/v1/auth/change-email";
const CONFIRM: &str = "/api/v1/auth/confirm-email";
const SECURE: &str = "/api/v1/auth/secure-account";
const LINK: &str = "/api/v1/auth/link";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT_ALL: &str = "/api/v1/auth/logout-all";
const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";
const ADA: &str = "ada@example.org";
const NEW: &str = "ada@example.com";
const LINK_LIFE: Duration = Duration::from_hours(1);

/// Registers an address that has had mails before.
async fn claim(world: &World, email: &str) {
    let mut browser = world.browser();
    let body = json!({"email": email, "password": PASSWORD});
    assert_eq!(browser.post("/api/v1/auth/register", body).await.status, 202);
    let token = token_of(&world.settled_mails_to(email).await[0]);
    let proven = browser.post("/api/v1/auth/verify-email", json!({ "token": token })).await;
    assert_eq!(proven.status, 200, "{}", proven.body);
}

async fn ask(browser: &Client, email: &str) -> Answer {
    browser.clone().post(CHANGE, json!({"newEmail": email, "password": PASSWORD})).await
}

/// The token of the newest mail with a link to an address that was asked for now.
async fn asked_for(world: &World, browser: &Client, email: &str) -> String {
    let before = world.settled_mails_to(email).await.len();
    let asked = ask(browser, email).await;
    assert_eq!((asked.status, asked.at("/data")), (202, json!({})), "{}", asked.body);
    let mails = world.settled_mails_to(email).await;
    assert_eq!(mails.len(), before + 1, "one mail more");
    token_of(&mails[0])
}

async fn confirm(browser: &mut Client, token: &str) -> Answer {
    browser.post(CONFIRM, json!({ "token": token })).await
}

async fn sign_in(world: &World, email: &str) -> (Client, Answer) {
    let mut browser = world.browser();
    let answer = browser.post(LOGIN, json!({"email": email, "password": PASSWORD})).await;
    (browser, answer)
}

async fn status(browser: &Client, path: &str) -> u16 {
    browser.clone().get(path).await.status
}

#[tokio::test]
async fn the_requesting_user_confirms_the_address_and_only_this_session_continues() {
    let world = World::new().await;
    let mut here = world.user(ADA).await;
    let (there, _) = sign_in(&world, ADA).await;
    let token = asked_for(&world, &here, NEW).await;
    let notice = world.settled_mails_to(ADA).await.remove(0);
    assert!(notice["subject"].as_str().expect("a subject").contains("was requested"), "{notice}");
    assert!(!notice["text"].as_str().expect("a text").contains(NEW), "it repeats nothing that was typed");

    let link = world.browser().post(LINK, json!({ "token": token })).await;
    assert_eq!(link.at("/data/purpose"), json!("email-change"), "{}", link.body);
    assert_eq!(link.at("/data/email"), json!(NEW));

    let as_it_was = here.clone();
    let done = confirm(&mut here, &token).await;
    assert_eq!((done.status, done.at("/data/user/email")), (200, json!(NEW)), "{}", done.body);
    assert_eq!(status(&here, ME).await, 200, "the answer has new cookies");
    assert_eq!(here.clone().post(REFRESH, Value::Null).await.status, 200);
    assert_eq!((status(&there, ME).await, status(&as_it_was, ME).await), (401, 401));
    assert_eq!(there.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    let refreshed = as_it_was.clone().post(REFRESH, Value::Null).await;
    assert_eq!(refreshed.status, 200, "a lost answer costs one refresh: {}", refreshed.body);

    assert_eq!(sign_in(&world, ADA).await.1.code(), "INVALID_CREDENTIALS");
    assert_eq!(sign_in(&world, NEW).await.1.status, 200);
    let told = world.settled_mails_to(ADA).await.remove(0);
    assert!(told["subject"].as_str().expect("a subject").contains("was changed"), "{told}");

    // The same request once more, because of a double click or a lost answer.
    let again = confirm(&mut here, &token).await;
    assert_eq!((again.status, again.at("/data/user/email")), (200, json!(NEW)), "{}", again.body);
    world.advance(Duration::from_mins(10));
    assert_eq!(here.post(REFRESH, Value::Null).await.status, 200);
    assert!(confirm(&mut here, &token).await.is_refusal(400, "TOKEN_INVALID"));

    // The old address is free.
    claim(&world, ADA).await;
}

#[tokio::test]
async fn the_answer_reveals_nothing_and_the_owner_gets_a_notice() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    world.user("eve@example.org").await;
    let seen = |answer: &Answer| {
        (
            answer.status,
            answer.at("/data"),
            answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        )
    };
    let free = ask(&here, NEW).await;
    let taken = ask(&here, "eve@example.org").await;
    assert_eq!(seen(&free), seen(&taken));
    let notice = world.settled_mails_to("eve@example.org").await.remove(0);
    assert_eq!(notice["links"], json!([]), "{notice}");
    assert!(notice["subject"].as_str().expect("a subject").contains("already have an account"), "{notice}");

    let same = ask(&here, "ADA@example.org").await;
    assert!(same.is_refusal(400, "VALIDATION_FAILED"), "{}", same.body);
    assert_eq!(same.details(), ["newEmail:not_allowed"]);
}

#[tokio::test]
async fn a_confirmation_by_another_user_changes_nothing() {
    let world = World::new().await;
    let eve = world.user("eve@example.org").await;
    let mut ada = world.user(ADA).await;
    // Eve wants the victim's other address.
    let token = asked_for(&world, &eve, NEW).await;
    let nobody = confirm(&mut world.browser(), &token).await;
    assert!(nobody.is_refusal(401, "AUTH_401"), "{}", nobody.body);
    let victim = confirm(&mut ada, &token).await;
    assert!(victim.is_refusal(400, "TOKEN_INVALID"), "{}", victim.body);
    let me = ada.get(ME).await;
    assert_eq!(me.at("/data/email"), json!(ADA), "nothing has changed");
    assert_eq!(eve.clone().get(ME).await.at("/data/email"), json!("eve@example.org"));
}

#[tokio::test]
async fn each_single_defect_voids_a_link() {
    let world = World::new().await;
    let mut here = world.user(ADA).await;
    let earlier = asked_for(&world, &here, NEW).await;
    let newest = asked_for(&world, &here, NEW).await;
    assert!(
        confirm(&mut here, &earlier).await.is_refusal(400, "TOKEN_INVALID"),
        "a newer one took its place"
    );
    let secure = token_of(&world.settled_mails_to(ADA).await[0]);
    assert!(confirm(&mut here, &secure).await.is_refusal(400, "TOKEN_INVALID"), "another purpose");
    let other = world.browser().post(SECURE, json!({ "token": newest })).await;
    assert!(other.is_refusal(400, "TOKEN_INVALID"), "another purpose: {}", other.body);
    assert!(confirm(&mut here, "short").await.is_refusal(400, "TOKEN_INVALID"), "no token");

    // Somebody else got the address meanwhile.
    claim(&world, NEW).await;
    let taken = confirm(&mut here, &newest).await;
    assert!(taken.is_refusal(409, "EMAIL_TAKEN"), "{}", taken.body);
    assert_eq!(here.get(ME).await.at("/data/email"), json!(ADA), "nothing has changed");

    let ended = asked_for(&world, &here, "ada@example.net").await;
    assert_eq!(here.post(LOGOUT_ALL, Value::Null).await.status, 200);
    let (mut again, _) = sign_in(&world, ADA).await;
    assert!(confirm(&mut again, &ended).await.is_refusal(400, "TOKEN_INVALID"), "sessions ended since");

    world.advance(Duration::from_mins(16));
    assert_eq!(again.post(REFRESH, Value::Null).await.status, 200);
    let late = asked_for(&world, &again, "ada@example.net").await;
    world.advance(LINK_LIFE);
    assert_eq!(again.post(REFRESH, Value::Null).await.status, 200);
    assert!(confirm(&mut again, &late).await.is_refusal(400, "TOKEN_INVALID"), "expired");
    assert_eq!(again.get(ME).await.at("/data/email"), json!(ADA));
}

#[tokio::test]
async fn an_objection_ends_every_session_and_the_change() {
    let world = World::new().await;
    let mut thief = world.user(ADA).await;
    let change = asked_for(&world, &thief, NEW).await;
    let notice = world.settled_mails_to(ADA).await.remove(0);
    let secure = token_of(&notice);
    let link = world.browser().post(LINK, json!({ "token": secure })).await;
    assert_eq!((link.at("/data/purpose"), link.at("/data/email")), (json!("secure-account"), json!(ADA)));
    assert_eq!(link.at("/data/passwordRequired"), json!(false));

    let mut owner = world.browser();
    let secured = owner.post(SECURE, json!({ "token": secure })).await;
    assert_eq!((secured.status, secured.at("/data")), (200, json!({})), "{}", secured.body);
    assert_eq!(secured.all("set-cookie").count(), 0, "a link signs nobody in");
    assert_eq!(status(&thief, ME).await, 401);
    assert_eq!(thief.clone().post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    let again = owner.post(SECURE, json!({ "token": secure })).await;
    assert!(again.is_refusal(400, "TOKEN_INVALID"), "{}", again.body);
    let (mut back, _) = sign_in(&world, ADA).await;
    assert!(confirm(&mut back, &change).await.is_refusal(400, "TOKEN_INVALID"), "the change is cancelled");
    assert!(confirm(&mut thief, &change).await.is_refusal(401, "AUTH_401"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_confirmations_at_once_change_the_address_once() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    let token = asked_for(&world, &here, NEW).await;
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let (mut browser, token) = (here.clone(), token.clone());
            tokio::spawn(async move { (confirm(&mut browser, &token).await, browser) })
        })
        .collect();
    let mut alive = None;
    for attempt in tries {
        let (answer, browser) = attempt.await.expect("no panic");
        // Who came later, with the token of before, hears that it is outdated.
        match answer.status {
            200 => {
                assert_eq!(answer.at("/data/user/email"), json!(NEW));
                if answer.all("set-cookie").count() > 0 {
                    assert!(alive.is_none(), "one of them changed it");
                    alive = Some(browser);
                }
            }
            _ => assert!(answer.is_refusal(401, "AUTH_401"), "{}", answer.body),
        }
    }
    let alive = alive.expect("one succeeds");
    let me = alive.clone().get(ME).await;
    assert_eq!(me.at("/data/email"), json!(NEW), "{}", me.body);
    let told = world.settled_mails_to(ADA).await;
    let done =
        told.iter().filter(|mail| mail["subject"].as_str().is_some_and(|text| text.contains("was changed")));
    assert_eq!(done.count(), 1);
}

#[tokio::test]
async fn a_new_device_is_reported_and_a_known_one_is_not() {
    let world = World::new().await;
    let here = world.user(ADA).await;
    let (_, first) = sign_in(&world, ADA).await;
    assert_eq!(first.status, 200);
    world.mail_settled().await;
    let about = |mails: &[Value]| {
        mails
            .iter()
            .filter(|mail| mail["subject"].as_str().is_some_and(|text| text.starts_with("New sign-in")))
            .count()
    };
    assert_eq!(about(&world.settled_mails_to(ADA).await), 0, "the account was only just created");

    world.advance(Duration::from_hours(1));
    let mut known = here.clone();
    let back = known.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await;
    assert_eq!(back.status, 200, "{}", back.body);
    assert_eq!(about(&world.settled_mails_to(ADA).await), 0, "a known device");
    let mut wrong = world.browser();
    assert_eq!(
        wrong.post(LOGIN, json!({"email": ADA, "password": "not the password at all"})).await.status,
        401
    );
    assert_eq!(about(&world.settled_mails_to(ADA).await), 0, "nobody signed in");

    let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let mut new = world.browser().with_header("User-Agent", firefox);
    assert_eq!(new.post(LOGIN, json!({"email": ADA, "password": PASSWORD})).await.status, 200);
    let mails = world.settled_mails_to(ADA).await;
    assert_eq!(about(&mails), 1);
    let text = mails[0]["text"].as_str().expect("a text");
    assert!(text.contains("Firefox on Windows") && text.contains("127.0.0.1"), "{text}");
}
