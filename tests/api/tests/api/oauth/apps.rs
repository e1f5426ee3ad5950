//! Signing in from an app on the device: the system browser makes the round trip, and the app gets the session for a code.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_api_tests::Answer;
use palisade_api_tests::provider::parameters;
use serde_json::json;

use super::trip::{Trip, ended, verified, who};

const VERIFIER: &str = "a-verifier-of-the-app-that-nobody-else-knows-0123456789";
const AT: &str = "com.example.app%3A%2Fcallback";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()))
}

async fn trip() -> Trip {
    Trip::with(&[("RETURN_TO_ORIGINS", "com.example.app:/callback"), ("RATE_LIMIT_OAUTH", "100000/60s")])
        .await
}

/// A round trip in the system browser; the address with which it opens the app.
async fn opened(trip: &Trip) -> String {
    let mut browser = trip.world.browser();
    let location = trip.start(&mut browser, &format!("?returnTo={AT}&codeChallenge={}", challenge())).await;
    let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
    let end = trip.back(&mut browser, &query).await;
    assert_eq!(who(&mut browser).await, "", "the browser gets no session");
    ended(&end)
}

async fn exchange(trip: &Trip, code: &str, verifier: &str) -> (Answer, palisade_api_tests::Client) {
    let mut app = trip.world.program();
    let answer =
        app.post("/api/v1/auth/exchange-code", json!({"code": code, "codeVerifier": verifier})).await;
    (answer, app)
}

#[tokio::test]
async fn an_app_gets_the_session_for_a_code_and_its_verifier_once() {
    let trip = trip().await;
    let address = opened(&trip).await;
    assert!(address.starts_with("com.example.app:/callback?code="), "{address}");
    let code = parameters(&address)["code"].clone();
    let (answer, mut app) = exchange(&trip, &code, VERIFIER).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.at("/data/user/email"), "ada@elsewhere.example");
    assert_ne!(who(&mut app).await, "");
    assert!(exchange(&trip, &code, VERIFIER).await.0.is_refusal(400, "TOKEN_INVALID"), "used");
    assert!(!String::from_utf8_lossy(&trip.world.database.everything()).contains(&code));
}

#[tokio::test]
async fn a_code_is_of_no_use_to_another_app() {
    let trip = trip().await;
    let code = parameters(&opened(&trip).await)["code"].clone();
    assert!(exchange(&trip, &code, "another-verifier").await.0.is_refusal(400, "TOKEN_INVALID"));
    assert!(
        exchange(&trip, &code, VERIFIER).await.0.is_refusal(400, "TOKEN_INVALID"),
        "used up by the wrong one"
    );
    let code = parameters(&opened(&trip).await)["code"].clone();
    trip.world.advance(Duration::from_secs(61));
    assert!(exchange(&trip, &code, VERIFIER).await.0.is_refusal(400, "TOKEN_INVALID"), "a minute later");
    let code = parameters(&opened(&trip).await)["code"].clone();
    let attempts = (0..10).map(|_| exchange(&trip, &code, VERIFIER));
    let answers = futures_util::future::join_all(attempts).await;
    assert_eq!(answers.iter().filter(|(answer, _)| answer.status == 200).count(), 1, "ten at once");
}

#[tokio::test]
async fn an_app_says_which_one_it_is_and_a_page_does_not() {
    let trip = trip().await;
    let start =
        async |query: String| trip.world.browser().get(&format!("/api/v1/auth/oauth/idp{query}")).await;
    let bare = start(format!("?returnTo={AT}")).await;
    assert!(bare.is_refusal(400, "VALIDATION_FAILED"), "{}", bare.body);
    assert_eq!(bare.details(), ["codeChallenge:required"]);
    let page = start(format!("?returnTo=/account&codeChallenge={}", challenge())).await;
    assert_eq!(page.details(), ["codeChallenge:not_allowed"]);
    for other in ["com.example.app%3A%2Fother", "com.evil.app%3A%2Fcallback"] {
        let refused = start(format!("?returnTo={other}&codeChallenge={}", challenge())).await;
        assert_eq!(refused.details(), ["returnTo:not_allowed"], "{other}");
    }
    let mut ada = trip.world.user("ada@example.org").await;
    let link =
        ada.post("/api/v1/auth/oauth/idp/link", json!({"returnTo": "com.example.app:/callback"})).await;
    assert_eq!(link.details(), ["returnTo:not_allowed"]);
}
