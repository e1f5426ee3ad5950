//! Registration: no account exists before its address is confirmed, and registering reveals nothing to a stranger.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod mails;
mod races;

use std::collections::BTreeSet;
use std::time::Duration;

use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const RESEND: &str = "/api/v1/auth/resend-verification";
const VERIFY: &str = "/api/v1/auth/verify-email";
const LOGIN: &str = "/api/v1/auth/login";
const DAY: Duration = Duration::from_hours(24);

async fn register(browser: &mut Client, email: &str, password: &str) -> Answer {
    let asked =
        browser.post(REGISTER, json!({"email": email, "password": password, "name": "A Stranger"})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    asked
}

async fn sign_in(browser: &mut Client, email: &str, password: &str) -> (u16, String) {
    let answer = browser.post(LOGIN, json!({"email": email, "password": password})).await;
    (answer.status, answer.code())
}

async fn verify(browser: &mut Client, token: &str) -> (u16, String) {
    let answer = browser.post(VERIFY, json!({ "token": token })).await;
    (answer.status, answer.code())
}

fn said(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn ok() -> (u16, String) {
    said(200, "")
}

fn token_invalid() -> (u16, String) {
    said(400, "TOKEN_INVALID")
}

/// The addresses that have an account, as a super-admin sees them.
async fn accounts(world: &World) -> BTreeSet<String> {
    let mut root = world.super_admin("root@example.org").await;
    let people = root.get("/api/v1/users?limit=100").await;
    assert_eq!(people.status, 200, "{}", people.body);
    let items = people.at("/data/items");
    items.as_array().unwrap().iter().map(|person| person["email"].as_str().unwrap().to_owned()).collect()
}

/// Everything about an answer that a stranger could compare, less what differs between any two.
fn told(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let mut body = answer.json();
    body["meta"]["requestId"] = Value::Null;
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = match name.as_str() {
            "date" | "x-request-id" => String::new(),
            // Counts down with every request.
            name if name.contains("ratelimit") => String::new(),
            "set-cookie" => {
                let (pair, attributes) = value.split_once(';').unwrap();
                let (name, sealed) = pair.split_once('=').unwrap();
                format!("{name}={} characters;{attributes}", sealed.len())
            }
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    (answer.status, body, headers.collect())
}

#[tokio::test]
async fn a_free_and_a_taken_address_get_the_same_answer() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "taken@example.org").await;
    world.advance(Duration::from_secs(1));

    let taken = register(&mut world.browser(), "taken@example.org", PASSWORD).await;
    let free = register(&mut world.browser(), "frees@example.org", PASSWORD).await;
    assert_eq!(told(&taken), told(&free));
    assert_eq!(taken.all("set-cookie").count(), 1, "the sealed note of the browser");
    assert!(told(&taken).2.iter().any(|(_, value)| value.contains("Max-Age=86400; HttpOnly; SameSite=Lax")));

    let resent = |email: &'static str| {
        let mut program = world.program();
        async move { program.post(RESEND, json!({ "email": email })).await }
    };
    let (known, waiting, unknown) = (
        resent("taken@example.org").await,
        resent("frees@example.org").await,
        resent("nobod@example.org").await,
    );
    assert_eq!((told(&known), told(&waiting)), (told(&unknown), told(&unknown)));
    assert_eq!((unknown.status, unknown.at("/data")), (202, json!({})));
}

#[tokio::test]
async fn no_account_exists_before_the_confirmation() {
    let world = World::new().await;
    let mut here = world.browser();
    register(&mut here, "ada@example.org", PASSWORD).await;
    world.mail_to("ada@example.org").await;

    let mut elsewhere = world.browser();
    assert_eq!(sign_in(&mut elsewhere, "ada@example.org", PASSWORD).await, said(401, "INVALID_CREDENTIALS"));
    assert_eq!(sign_in(&mut here, "ada@example.org", PASSWORD).await, said(403, "EMAIL_NOT_VERIFIED"));
    let wrong = "not what was registered";
    assert_eq!(sign_in(&mut here, "ada@example.org", wrong).await, said(401, "INVALID_CREDENTIALS"));
    assert_eq!(sign_in(&mut here, "eve@example.org", PASSWORD).await, said(401, "INVALID_CREDENTIALS"));
    assert_eq!(accounts(&world).await, BTreeSet::from(["root@example.org".to_owned()]));

    // The note of the browser ends with the registration.
    world.advance(DAY);
    assert_eq!(sign_in(&mut here, "ada@example.org", PASSWORD).await, said(401, "INVALID_CREDENTIALS"));
}

#[tokio::test]
async fn a_modified_registration_cookie_is_ignored() {
    let world = World::new().await;
    let mut here = world.browser();
    register(&mut here, "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let note = here.cookie("palisade-registration").unwrap().to_owned();
    let flipped = if note.ends_with('A') { "B" } else { "A" };
    here.set_cookie("palisade-registration", &format!("{}{flipped}", &note[..note.len() - 1]));

    assert_eq!(sign_in(&mut here, "ada@example.org", PASSWORD).await, said(401, "INVALID_CREDENTIALS"));
    assert_eq!(verify(&mut here, &token).await, said(401, "PASSWORD_REQUIRED"));
}

#[tokio::test]
async fn the_browser_that_registered_keeps_password_and_name_and_is_not_signed_in() {
    let world = World::new().await;
    let mut ada = world.browser();
    register(&mut ada, "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let proven = ada.post(VERIFY, json!({ "token": token })).await;

    assert_eq!((proven.status, proven.at("/data/user/name")), (200, json!("A Stranger")));
    assert_eq!(proven.at("/data/user/role"), "user");
    assert!(ada.cookie("palisade-access").is_none() && ada.cookie("palisade-refresh").is_none());
    for used_up in ["tickets", "registrations"] {
        assert!(world.database.values(used_up).is_empty(), "{used_up}");
    }
    assert_eq!(sign_in(&mut ada, "ada@example.org", PASSWORD).await, ok());
}

#[tokio::test]
async fn a_password_sent_with_the_proof_replaces_the_registered_one() {
    let world = World::new().await;
    let mut ada = world.browser();
    register(&mut ada, "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let chosen = "chosen at the last moment";
    let proven = ada.post(VERIFY, json!({"token": token, "password": chosen})).await;
    assert_eq!((proven.status, proven.at("/data/user/name")), (200, json!("A Stranger")));

    // Nothing is pending any more, so the old one is a wrong password like any other.
    assert_eq!(sign_in(&mut ada, "ada@example.org", PASSWORD).await, said(401, "INVALID_CREDENTIALS"));
    assert_eq!(sign_in(&mut ada, "ada@example.org", chosen).await, ok());
}

#[tokio::test]
async fn registering_a_foreign_address_gains_nothing_from_the_owners_click() {
    let world = World::new().await;
    let (mut stranger, mut owner) = (world.browser(), world.browser());
    register(&mut stranger, "owner@example.org", "the password of a stranger").await;
    let token = world.mailed_token("owner@example.org").await;

    assert_eq!(verify(&mut owner, &token).await, said(401, "PASSWORD_REQUIRED"));
    assert_eq!(verify(&mut owner, &token).await, said(401, "PASSWORD_REQUIRED"), "it stays usable");
    let proven = owner.post(VERIFY, json!({"token": token, "password": PASSWORD})).await;
    assert_eq!((proven.status, proven.at("/data/user/name")), (200, Value::Null));

    assert_eq!(sign_in(&mut owner, "owner@example.org", PASSWORD).await, ok());
    let mut elsewhere = world.browser();
    let try_it = sign_in(&mut elsewhere, "owner@example.org", "the password of a stranger").await;
    assert_eq!(try_it, said(401, "INVALID_CREDENTIALS"));
    // In the stranger's own browser the answer is what it was before: it does not tell that the owner came.
    let try_it = sign_in(&mut stranger, "owner@example.org", "the password of a stranger").await;
    assert_eq!(try_it, said(403, "EMAIL_NOT_VERIFIED"));
    assert!(stranger.cookie("palisade-access").is_none());
}

#[tokio::test]
async fn a_link_is_valid_for_a_day_and_once() {
    let world = World::new().await;
    let (mut in_time, mut late) = (world.browser(), world.browser());
    register(&mut in_time, "in-time@example.org", PASSWORD).await;
    register(&mut late, "late@example.org", PASSWORD).await;
    let (early_token, late_token) =
        (world.mailed_token("in-time@example.org").await, world.mailed_token("late@example.org").await);

    world.advance(DAY.saturating_sub(Duration::from_secs(1)));
    assert_eq!(verify(&mut in_time, &early_token).await, ok());
    let chosen = json!({"token": early_token, "password": PASSWORD});
    assert_eq!(world.browser().post(VERIFY, chosen).await.code(), "TOKEN_INVALID", "used");
    world.advance(Duration::from_secs(1));
    assert_eq!(verify(&mut late, &late_token).await, token_invalid(), "expired");

    // An address nobody proved is free again.
    world.registered(&mut late, "late@example.org").await;
}

#[tokio::test]
async fn a_token_that_is_not_byte_for_byte_the_mailed_one_is_unknown() {
    let world = World::new().await;
    let mut ada = world.browser();
    register(&mut ada, "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let swapped: String = token
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let altered = [
        token[..token.len() - 1].to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        format!("+{}", &token[1..]),
        swapped,
        "A".repeat(43),
        "x".to_owned(),
    ];
    let mut answers = Vec::new();
    for token in altered {
        let answer = ada.post(VERIFY, json!({ "token": token })).await;
        answers.push((answer.status, answer.at("/error")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all alike: {answers:?}");
    assert_eq!((answers[0].0, &answers[0].1["code"]), (400, &json!("TOKEN_INVALID")));
    assert_eq!(verify(&mut ada, &token).await, ok());
}

#[tokio::test]
async fn opening_the_page_changes_nothing() {
    let world = World::new().await;
    let mut ada = world.browser();
    register(&mut ada, "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let page = ada.get("/account/verify").await;
    assert_eq!(page.status, 200);
    // What a scanner of mails may try: the token where it does not belong.
    assert_ne!(ada.get(&format!("/account/verify?token={token}")).await.status, 500);
    assert_eq!(ada.get(&format!("{VERIFY}?token={token}")).await.status, 405);
    assert_eq!(accounts(&world).await.len(), 1);
    assert_eq!(verify(&mut ada, &token).await, ok());
}

#[tokio::test]
async fn a_weak_password_is_named_wherever_one_is_chosen() {
    use palisade_core::identity::Operator;

    let world = World::new().await;
    let mut ada = world.browser();
    register(&mut ada, "weakling@example.org", PASSWORD).await;
    let verification = world.mailed_token("weakling@example.org").await;
    let link = world.services.auth.setup.first_link(&Operator::for_tests("test")).await.unwrap().unwrap();
    let setup = link.split_once("#token=").unwrap().1.to_owned();

    let long = "x".repeat(129);
    let weak = [
        "short",
        "elevenchars",
        "123456789012",
        "weakling@example.org",
        "Weakling@Example.org",
        "my palisade 1",
        &long,
    ];
    let email = "weakling@example.org";
    for password in weak {
        for (path, body) in [
            (REGISTER, json!({"email": email, "password": password})),
            (VERIFY, json!({"token": verification, "password": password})),
            ("/api/v1/auth/setup", json!({"token": setup, "email": email, "password": password})),
        ] {
            let answer = ada.post(path, body).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "VALIDATION_FAILED"),
                "{path} {password}"
            );
            let details = answer.details();
            assert!(
                details.len() == 1 && details[0].starts_with("password:"),
                "{path} {password}: {details:?}"
            );
            if password.len() < 12 {
                let told = answer.at("/error/details/0/message");
                assert_eq!(told, "must have at least 12 characters", "{path} {password}");
            }
        }
    }
    assert_eq!(verify(&mut ada, &verification).await, ok(), "the links were not used up");
}
