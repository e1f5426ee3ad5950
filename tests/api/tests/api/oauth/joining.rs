//! What joins an account at a provider to a user, and what does not.

use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Client, World};
use serde_json::{Value, json};

use super::trip::{ME, Trip, ended, failed, verified, who};

const CONFIRM: &str = "/api/v1/auth/confirm-identity";
const IDENTITIES: &str = "/api/v1/auth/identities";

async fn confirm(browser: &mut Client, token: &str) -> palisade_api_tests::Answer {
    browser.post(CONFIRM, json!({"token": token})).await
}

/// A browser in which the user signed in with the password.
async fn signed_in(world: &World, email: &str) -> Client {
    let mut browser = world.browser();
    let credentials = json!({"email": email, "password": PASSWORD});
    assert_eq!(browser.post("/api/v1/auth/login", credentials).await.status, 200);
    browser
}

#[tokio::test]
async fn the_first_sign_in_makes_an_account_and_the_subject_decides_later_ones() {
    let trip = Trip::new().await;
    let mut ada = trip.world.browser();
    assert_eq!(trip.sign_in(&mut ada, verified("1", "ada@elsewhere.example")).await, "/account");
    let me = ada.get(ME).await;
    assert_eq!(me.at("/data/email"), "ada@elsewhere.example");
    assert_eq!(me.at("/data/name"), "Ada Lovelace");
    let id = who(&mut ada).await;

    // The mailbox changed at the provider: the same user, with the address of before.
    let mut again = trip.world.browser();
    assert_eq!(trip.sign_in(&mut again, verified("1", "lovelace@elsewhere.example")).await, "/account");
    assert_eq!(who(&mut again).await, id);
    assert_eq!(again.get(ME).await.at("/data/email"), "ada@elsewhere.example");

    // The old mailbox belongs to somebody else there now: not the same user.
    let mut other = trip.world.browser();
    let end = trip.sign_in(&mut other, verified("2", "ada@elsewhere.example")).await;
    assert_eq!(end, failed("EMAIL_CONFIRMATION_REQUIRED"));
    assert_eq!(who(&mut other).await, "");
    assert_eq!(trip.users(), 1);
}

#[tokio::test]
async fn an_authoritative_provider_joins_an_existing_account_by_itself_and_its_owner_is_told() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@example.org").await;
    let id = who(&mut ada).await;
    let mut browser = trip.world.browser();
    assert_eq!(trip.sign_in(&mut browser, verified("1", "ada@example.org")).await, "/account");
    assert_eq!(who(&mut browser).await, id);
    let mails = trip.world.settled_mails_to("ada@example.org").await;
    let told =
        mails.iter().any(|mail| mail["subject"].as_str().unwrap().contains("is now linked to your account"));
    assert!(told, "{mails:?}");
    // Both ways lead to it.
    assert_eq!(who(&mut signed_in(&trip.world, "ada@example.org").await).await, id);
}

#[tokio::test]
async fn an_unverified_address_never_joins_whatever_its_domain() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@example.org").await;
    let id = who(&mut ada).await;
    for not_true in [json!(false), json!("true"), json!("false"), json!(1), Value::Null] {
        let claims = json!({"sub": "1", "email": "ada@example.org", "email_verified": not_true});
        let mut browser = trip.world.browser();
        let end = trip.sign_in(&mut browser, claims).await;
        assert_eq!(end, failed("EMAIL_CONFIRMATION_REQUIRED"), "{not_true}");
        assert_eq!(who(&mut browser).await, "", "{not_true}");
    }
    assert_eq!(who(&mut ada).await, id);
    let answer = ada.get(IDENTITIES).await;
    assert_eq!(answer.at("/data/items"), json!([]));
}

#[tokio::test]
async fn the_mailed_link_joins_in_the_browser_that_came_from_the_provider_only() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@elsewhere.example").await;
    let id = who(&mut ada).await;
    let mut browser = trip.world.browser();
    trip.sign_in(&mut browser, verified("1", "ada@elsewhere.example")).await;
    let token = trip.second_token_to("ada@elsewhere.example").await;

    let purpose = browser.clone().post("/api/v1/auth/link", json!({"token": token})).await;
    assert_eq!(purpose.at("/data/purpose"), "identity", "{}", purpose.body);
    assert_eq!(purpose.at("/data/email"), "ada@elsewhere.example");
    assert_eq!(purpose.at("/data/provider"), "Idp");
    let elsewhere = trip.world.browser().post("/api/v1/auth/link", json!({"token": token})).await;
    assert_eq!(
        (elsewhere.at("/data/purpose"), elsewhere.at("/data/provider")),
        (json!("identity"), Value::Null)
    );

    // Whoever clicks in another browser joins nothing; the link stays usable.
    let stranger = confirm(&mut trip.world.browser(), &token).await;
    assert!(stranger.is_refusal(403, "OTHER_BROWSER"), "{}", stranger.body);
    // Not even the owner who signed in a moment ago: it may be a stranger's identity, and nobody could tell.
    let mut elsewhere = signed_in(&trip.world, "ada@elsewhere.example").await;
    assert!(confirm(&mut elsewhere, &token).await.is_refusal(403, "OTHER_BROWSER"));
    // A browser that brought an identity with another address.
    let mut eve = trip.world.browser();
    trip.sign_in(&mut eve, json!({"sub": "eve", "email": "eve@example.org"})).await;
    assert!(confirm(&mut eve, &token).await.is_refusal(403, "OTHER_BROWSER"));
    assert_eq!(ada.get(IDENTITIES).await.at("/data/items"), json!([]));

    let joined = confirm(&mut browser, &token).await;
    assert_eq!(joined.status, 200, "{}", joined.body);
    assert_eq!(who(&mut browser).await, id);
    // Its own browser gets the same answer again, and nobody else does.
    assert_eq!(confirm(&mut browser, &token).await.status, 200);
    assert!(confirm(&mut trip.world.browser(), &token).await.is_refusal(400, "TOKEN_INVALID"));
    let mut later = trip.world.browser();
    assert_eq!(trip.sign_in(&mut later, verified("1", "ada@elsewhere.example")).await, "/account");
    assert_eq!(who(&mut later).await, id);
}

#[tokio::test]
async fn a_stranger_who_floods_keeps_nobody_from_a_working_link() {
    let trip = Trip::with(&[("MAIL_BUDGET", "3/15m"), ("RATE_LIMIT_OAUTH", "100000/60s")]).await;
    let email = "ada@elsewhere.example";
    let unproven = |subject: &str| json!({"sub": subject, "email": email});
    for stranger in 0..8 {
        trip.sign_in(&mut trip.world.browser(), unproven(&format!("stranger-{stranger}"))).await;
    }
    let mut ada = trip.world.browser();
    trip.sign_in(&mut ada, unproven("ada")).await;
    let mails = trip.world.settled_mails_to(email).await;
    assert_eq!(mails.len(), 3, "the budget holds");
    let joined = confirm(&mut ada, &token_of(&mails[0])).await;
    assert_eq!(joined.status, 200, "{}", joined.body);
    // It is the identity of the browser that was joined, and no stranger's.
    assert_eq!(trip.sign_in(&mut trip.world.browser(), unproven("ada")).await, "/account");
    let end = trip.sign_in(&mut trip.world.browser(), unproven("stranger-7")).await;
    assert_eq!(end, failed("EMAIL_CONFIRMATION_REQUIRED"));
}

#[tokio::test]
async fn a_link_attempt_ends_with_its_session() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@elsewhere.example").await;
    let begin = async |browser: &mut Client| {
        let begun = browser.post("/api/v1/auth/oauth/idp/link", json!({})).await;
        let location = begun.at("/data/location").as_str().unwrap().to_owned();
        trip.provider.agree(&location, verified("stranger", "x@y.example"))
    };
    // Signed out meanwhile.
    let query = begin(&mut ada).await;
    assert_eq!(ada.post("/api/v1/auth/logout", Value::Null).await.status, 200);
    assert_eq!(ended(&trip.back(&mut ada, &query).await), failed("OAUTH_STATE_INVALID"));
    // The session was ended from elsewhere.
    let mut thief = signed_in(&trip.world, "ada@elsewhere.example").await;
    let query = begin(&mut thief).await;
    let mut owner = signed_in(&trip.world, "ada@elsewhere.example").await;
    let sessions = owner.get("/api/v1/auth/sessions").await.at("/data/items");
    for session in sessions.as_array().unwrap().iter().filter(|session| session["current"] == json!(false)) {
        owner.delete(&format!("/api/v1/auth/sessions/{}", session["id"].as_str().unwrap())).await;
    }
    assert_eq!(ended(&trip.back(&mut thief, &query).await), failed("OAUTH_STATE_INVALID"));
    // Somebody else signed in to the browser meanwhile.
    let query = begin(&mut owner).await;
    trip.world.user("eve@elsewhere.example").await;
    let credentials = json!({"email": "eve@elsewhere.example", "password": PASSWORD});
    assert_eq!(owner.post("/api/v1/auth/login", credentials).await.status, 200);
    assert_eq!(ended(&trip.back(&mut owner, &query).await), failed("OAUTH_STATE_INVALID"));
    let mut again = signed_in(&trip.world, "ada@elsewhere.example").await;
    assert_eq!(again.get(IDENTITIES).await.at("/data/items"), json!([]));
    assert_eq!(owner.get(IDENTITIES).await.at("/data/items"), json!([]));
}

#[tokio::test]
async fn a_user_links_twenty_accounts_at_most() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@elsewhere.example").await;
    for number in 0..=20 {
        let begun = ada.post("/api/v1/auth/oauth/idp/link", json!({})).await;
        let location = begun.at("/data/location").as_str().unwrap().to_owned();
        let query = trip.provider.agree(&location, verified(&number.to_string(), "x@y.example"));
        let expected = if number < 20 { "/account".to_owned() } else { failed("OAUTH_FAILED") };
        assert_eq!(ended(&trip.back(&mut ada, &query).await), expected, "{number}");
    }
    assert_eq!(
        ada.get(&format!("{IDENTITIES}?limit=100")).await.at("/data/items").as_array().unwrap().len(),
        20
    );
}

#[tokio::test]
async fn an_unverified_address_of_nobody_becomes_an_account_by_mail() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let claims = json!({"sub": "1", "email": "new@example.org", "name": "Ada"});
    assert_eq!(trip.sign_in(&mut browser, claims).await, failed("EMAIL_CONFIRMATION_REQUIRED"));
    assert_eq!(trip.users(), 0);
    let token = trip.token_to("new@example.org").await;
    assert!(confirm(&mut trip.world.browser(), &token).await.is_refusal(403, "OTHER_BROWSER"));
    let joined = confirm(&mut browser, &token).await;
    assert_eq!(joined.status, 200, "{}", joined.body);
    assert_eq!(joined.at("/data/user/email"), "new@example.org");
    assert_ne!(who(&mut browser).await, "");
}

#[tokio::test]
async fn a_signed_in_user_links_and_removes_accounts_but_never_the_last_way_in() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@elsewhere.example").await;
    let begun = ada.post("/api/v1/auth/oauth/idp/link", json!({"returnTo": "/account"})).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let query =
        trip.provider.agree(begun.at("/data/location").as_str().unwrap(), verified("9", "x@y.example"));
    assert_eq!(ended(&trip.back(&mut ada, &query).await), "/account");
    let listed = ada.get(IDENTITIES).await;
    assert_eq!(listed.at("/data/items/0/provider"), "idp");
    assert_eq!(listed.at("/data/items/0/address"), "x@y.example");
    let id = listed.at("/data/items/0/id").as_str().unwrap().to_owned();

    // Taken by another user: refused, and nothing changes.
    let mut eve = trip.world.user("eve@elsewhere.example").await;
    let begun = eve.post("/api/v1/auth/oauth/idp/link", json!({})).await;
    let query =
        trip.provider.agree(begun.at("/data/location").as_str().unwrap(), verified("9", "x@y.example"));
    assert_eq!(ended(&trip.back(&mut eve, &query).await), failed("IDENTITY_TAKEN"));
    // Of another user: not found.
    let path = format!("{IDENTITIES}/{id}");
    assert_eq!(eve.json("DELETE", &path, json!({})).await.status, 404);

    assert_eq!(ada.json("DELETE", &path, json!({})).await.status, 200, "the password is left");
    assert_eq!(ada.get(IDENTITIES).await.at("/data/items"), json!([]));

    let mut bob = trip.world.browser();
    trip.sign_in(&mut bob, verified("3", "bob@elsewhere.example")).await;
    let last = bob.get(IDENTITIES).await.at("/data/items/0/id").as_str().unwrap().to_owned();
    let refused = bob.json("DELETE", &format!("{IDENTITIES}/{last}"), json!({})).await;
    assert!(refused.is_refusal(409, "LAST_SIGN_IN_METHOD"), "{}", refused.body);
}

#[tokio::test]
async fn a_reset_by_mail_takes_the_account_back_whole() {
    let trip = Trip::new().await;
    let email = "ada@elsewhere.example";
    let mut thief = trip.world.user(email).await;
    let begun = thief.post("/api/v1/auth/oauth/idp/link", json!({})).await;
    let query =
        trip.provider.agree(begun.at("/data/location").as_str().unwrap(), verified("thief", "x@y.example"));
    assert_eq!(ended(&trip.back(&mut thief, &query).await), "/account");
    let mut owner = trip.world.browser();
    assert_eq!(owner.post("/api/v1/auth/forgot-password", json!({"email": email})).await.status, 202);
    let mails = trip.world.settled_mails_to(email).await;
    let reset = mails.iter().find(|mail| mail["links"].to_string().contains("/account/reset#")).unwrap();
    let chosen = json!({"token": token_of(reset), "newPassword": "a bridge made of starlings"});
    assert_eq!(owner.post("/api/v1/auth/reset-password", chosen).await.status, 200);
    let end = trip.sign_in(&mut trip.world.browser(), verified("thief", "x@y.example")).await;
    assert_eq!(end, "/account", "an account of its own, with its own address");
    let credentials = json!({"email": email, "password": "a bridge made of starlings"});
    assert_eq!(owner.post("/api/v1/auth/login", credentials).await.status, 200);
    assert_eq!(owner.get(IDENTITIES).await.at("/data/items"), json!([]));
    assert_eq!(trip.users(), 2);
}

#[tokio::test]
async fn removing_a_way_in_ends_the_sessions_that_may_have_come_by_it() {
    let trip = Trip::new().await;
    let mut ada = trip.world.user("ada@elsewhere.example").await;
    let begun = ada.post("/api/v1/auth/oauth/idp/link", json!({})).await;
    let query =
        trip.provider.agree(begun.at("/data/location").as_str().unwrap(), verified("9", "x@y.example"));
    assert_eq!(ended(&trip.back(&mut ada, &query).await), "/account");
    let mut other = trip.world.browser();
    trip.sign_in(&mut other, verified("9", "x@y.example")).await;
    assert_eq!(who(&mut other).await, who(&mut ada).await);
    let id = ada.get(IDENTITIES).await.at("/data/items/0/id").as_str().unwrap().to_owned();
    assert_eq!(ada.json("DELETE", &format!("{IDENTITIES}/{id}"), json!({})).await.status, 200);
    assert_eq!(who(&mut other).await, "");
    assert_eq!(other.post("/api/v1/auth/refresh", Value::Null).await.status, 401);
    assert_ne!(who(&mut ada).await, "", "the session that removed it goes on");
}

#[tokio::test]
async fn of_two_last_ways_in_only_one_can_be_removed_at_once() {
    let trip = Trip::new().await;
    let mut bob = trip.world.browser();
    trip.sign_in(&mut bob, verified("3", "bob@elsewhere.example")).await;
    let begun = bob.post("/api/v1/auth/oauth/idp/link", json!({})).await;
    let query =
        trip.provider.agree(begun.at("/data/location").as_str().unwrap(), verified("4", "b@y.example"));
    assert_eq!(ended(&trip.back(&mut bob, &query).await), "/account");
    let items = bob.get(IDENTITIES).await.at("/data/items");
    let paths: Vec<String> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| format!("{IDENTITIES}/{}", item["id"].as_str().unwrap()))
        .collect();
    assert_eq!(paths.len(), 2);
    let (mut one, mut other) = (bob.clone(), bob.clone());
    let (first, second) =
        tokio::join!(one.json("DELETE", &paths[0], json!({})), other.json("DELETE", &paths[1], json!({})));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(bob.get(IDENTITIES).await.at("/data/items").as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn suspended_and_deleted_accounts_are_not_opened() {
    let trip = Trip::new().await;
    let mut sue = trip.world.browser();
    trip.sign_in(&mut sue, verified("1", "sue@elsewhere.example")).await;
    trip.world.alter_person("sue@elsewhere.example", "status", &json!("suspended"));
    let end = trip.sign_in(&mut trip.world.browser(), verified("1", "sue@elsewhere.example")).await;
    assert_eq!(end, failed("ACCOUNT_SUSPENDED"));

    let mut dan = trip.world.browser();
    trip.sign_in(&mut dan, verified("2", "dan@elsewhere.example")).await;
    assert_eq!(dan.json("DELETE", ME, json!({})).await.status, 200);
    let mut back = trip.world.browser();
    let end = trip.sign_in(&mut back, verified("2", "dan@elsewhere.example")).await;
    assert_eq!(end, failed("EMAIL_CONFIRMATION_REQUIRED"));
    assert_eq!(who(&mut back).await, "");
    let mails = trip.world.settled_mails_to("dan@elsewhere.example").await;
    let told =
        mails.iter().any(|mail| mail["text"].as_str().unwrap().contains("wanted to use this email address"));
    assert!(told, "{mails:?}");
}

#[tokio::test]
async fn twenty_first_sign_ins_at_once_make_one_account() {
    let trip = Trip::new().await;
    let mut began = Vec::new();
    for _ in 0..20 {
        let mut browser = trip.world.browser();
        let location = trip.start(&mut browser, "").await;
        let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
        began.push((browser, query));
    }
    let ends =
        futures_util::future::join_all(began.iter_mut().map(|(browser, query)| trip.back(browser, query)));
    for end in ends.await {
        assert_eq!(ended(&end), "/account");
    }
    assert_eq!(trip.users(), 1);
    let ids = futures_util::future::join_all(began.iter_mut().map(|(browser, _)| who(browser))).await;
    assert!(ids.iter().all(|id| *id == ids[0] && !id.is_empty()));
}

#[tokio::test]
async fn first_sign_ins_shortly_after_each_other_lead_to_one_account() {
    let trip = Trip::new().await;
    for round in 0..10 {
        let mut began = Vec::new();
        for late in 0..20 {
            let mut browser = trip.world.browser();
            let location = trip.start(&mut browser, "").await;
            let claims = verified(&round.to_string(), &format!("ada{round}@elsewhere.example"));
            began.push((late, trip.provider.agree(&location, claims), browser));
        }
        let ends = began.iter_mut().map(async |(late, query, browser)| {
            // So that each is at another step when one of them makes the account.
            for _ in 0..*late {
                browser.get("/api/v1/health/live").await;
            }
            ended(&trip.back(browser, query).await)
        });
        let ends = futures_util::future::join_all(ends).await;
        assert!(ends.iter().all(|end| end == "/account"), "{ends:?}");
    }
    assert_eq!(trip.users(), 10);
}

#[tokio::test]
async fn a_registration_and_a_sign_in_of_one_address_at_once_make_one_account() {
    let trip = Trip::new().await;
    for round in 0..5 {
        let email = format!("ada{round}@elsewhere.example");
        let mut registering = trip.world.browser();
        let body = json!({"email": email, "password": PASSWORD});
        assert_eq!(registering.post("/api/v1/auth/register", body).await.status, 202);
        let token = trip.token_to(&email).await;
        let mut browser = trip.world.browser();
        let location = trip.start(&mut browser, "").await;
        let query = trip.provider.agree(&location, verified(&round.to_string(), &email));
        let proof = json!({"token": token});
        let (proven, end) = tokio::join!(
            registering.post("/api/v1/auth/verify-email", proof),
            trip.back(&mut browser, &query)
        );
        let by_mail = proven.status == 200;
        let by_provider = ended(&end) == "/account";
        assert!(by_mail != by_provider, "{} {}", proven.body, ended(&end));
    }
    assert_eq!(trip.users(), 5);
}
