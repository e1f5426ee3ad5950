//! What opens or takes no account, however well it is proven.

use palisade_api_tests::world::PASSWORD;
use serde_json::json;

use super::trip::{ME, Trip, ended, failed, verified, who};

const CONFIRM: &str = "/api/v1/auth/confirm-identity";

#[tokio::test]
async fn an_authoritative_provider_opens_no_suspended_or_deleted_account() {
    let trip = Trip::new().await;
    trip.world.user("sue@example.org").await;
    trip.world.alter_person("sue@example.org", "status", &json!("suspended"));
    let mut browser = trip.world.browser();
    assert_eq!(
        trip.sign_in(&mut browser, verified("1", "sue@example.org")).await,
        failed("ACCOUNT_SUSPENDED")
    );
    assert_eq!(who(&mut browser).await, "");

    let mut dan = trip.world.user("dan@example.org").await;
    assert_eq!(dan.json("DELETE", ME, json!({})).await.status, 200);
    let mut browser = trip.world.browser();
    let end = trip.sign_in(&mut browser, verified("2", "dan@example.org")).await;
    assert_eq!(end, failed("EMAIL_CONFIRMATION_REQUIRED"));
    assert_eq!(who(&mut browser).await, "");

    let identities = trip.world.database.values("identities");
    let joined = identities.iter().filter(|identity| identity["provider"].is_object()).count();
    assert_eq!(joined, 0, "{identities:?}");
}

#[tokio::test]
async fn a_mailed_link_takes_no_identity_from_its_user() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let unverified = json!({"sub": "1", "email": "new@example.org"});
    assert_eq!(trip.sign_in(&mut browser, unverified).await, failed("EMAIL_CONFIRMATION_REQUIRED"));
    let token = trip.token_to("new@example.org").await;
    // Meanwhile a user links the same account at the provider.
    let mut ada = trip.world.user("ada@elsewhere.example").await;
    let begun = ada.post("/api/v1/auth/oauth/idp/link", json!({})).await;
    let location = begun.at("/data/location").as_str().unwrap().to_owned();
    let query = trip.provider.agree(&location, verified("1", "new@example.org"));
    assert_eq!(ended(&trip.back(&mut ada, &query).await), "/account");
    let users = trip.users();

    let late = browser.post(CONFIRM, json!({"token": token})).await;
    assert!(late.is_refusal(400, "TOKEN_INVALID"), "{}", late.body);
    assert_eq!(trip.users(), users);
    let id = who(&mut ada).await;
    let mut again = trip.world.browser();
    assert_eq!(trip.sign_in(&mut again, verified("1", "new@example.org")).await, "/account");
    assert_eq!(who(&mut again).await, id);
}

#[tokio::test]
async fn a_used_link_opens_nothing_in_a_browser_that_brought_another_identity() {
    let trip = Trip::new().await;
    trip.world.user("ada@elsewhere.example").await;
    let mut browser = trip.world.browser();
    trip.sign_in(&mut browser, verified("1", "ada@elsewhere.example")).await;
    let token = trip.second_token_to("ada@elsewhere.example").await;
    let mut eve = trip.world.browser();
    trip.sign_in(&mut eve, json!({"sub": "eve", "email": "eve@example.org"})).await;
    assert_eq!(browser.post(CONFIRM, json!({"token": token})).await.status, 200);
    let refused = eve.post(CONFIRM, json!({"token": token})).await;
    assert!(refused.is_refusal(400, "TOKEN_INVALID"), "{}", refused.body);
    assert_eq!(who(&mut eve).await, "");
    let credentials = json!({"email": "ada@elsewhere.example", "password": PASSWORD});
    assert_eq!(eve.post("/api/v1/auth/login", credentials).await.status, 200, "the account is as it was");
}
