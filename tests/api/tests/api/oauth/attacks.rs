//! What a stranger may try. Each attempt is refused before any account changes.

use std::collections::BTreeSet;
use std::time::Duration;

use palisade_api_tests::provider::parameters;
use palisade_api_tests::world::GENEROUS;
use palisade_api_tests::{Client, IdentityProvider, World};
use serde_json::json;

use super::trip::{Trip, ended, failed, state_of, verified, who};

#[tokio::test]
async fn a_state_works_once_in_its_own_browser_and_not_for_long() {
    let trip = Trip::new().await;
    let person = || verified("1", "ada@elsewhere.example");
    let mut browser = trip.world.browser();
    let location = trip.start(&mut browser, "").await;
    let query = trip.provider.agree(&location, person());

    let code = query.split('&').next().unwrap();
    for (what, query) in [
        ("no state", code.to_owned()),
        ("an empty state", format!("{code}&state=")),
        ("a guessed state", format!("{code}&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("nothing", String::new()),
    ] {
        let end = ended(&trip.back(&mut browser.clone(), &query).await);
        assert_eq!(end, failed("OAUTH_STATE_INVALID"), "{what}");
    }
    // The attacker's own code in the victim's browser, and the victim's in the attacker's.
    let mut victim = trip.world.browser();
    trip.start(&mut victim, "").await;
    assert_eq!(ended(&trip.back(&mut victim, &query).await), failed("OAUTH_STATE_INVALID"));
    assert_eq!(ended(&trip.back(&mut trip.world.browser(), &query).await), failed("OAUTH_STATE_INVALID"));
    assert_eq!(trip.provider.exchanges(), 0, "no code was sent");

    let mut copy = browser.clone();
    assert_eq!(ended(&trip.back(&mut browser, &query).await), "/account");
    assert_eq!(ended(&trip.back(&mut copy, &query).await), failed("OAUTH_STATE_INVALID"), "used");
    assert_eq!(trip.provider.exchanges(), 1);

    let mut late = trip.world.browser();
    let location = trip.start(&mut late, "").await;
    let query = trip.provider.agree(&location, person());
    trip.world.advance(Duration::from_secs(601));
    assert_eq!(ended(&trip.back(&mut late, &query).await), failed("OAUTH_STATE_INVALID"), "expired");
    assert_eq!(trip.provider.exchanges(), 1);
}

#[tokio::test]
async fn one_state_twenty_times_at_once_signs_in_once() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let location = trip.start(&mut browser, "").await;
    let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
    let mut copies: Vec<Client> = (0..20).map(|_| browser.clone()).collect();
    let ends = futures_util::future::join_all(copies.iter_mut().map(|copy| trip.back(copy, &query))).await;
    let signed_in = ends.iter().filter(|end| ended(end) == "/account").count();
    assert_eq!((signed_in, trip.provider.exchanges()), (1, 1));
}

#[tokio::test]
async fn a_code_goes_only_to_the_provider_at_which_the_attempt_began() {
    let (honest, hostile) =
        (IdentityProvider::start("HONEST").await, IdentityProvider::start("HOSTILE").await);
    let settings: Vec<_> = [honest.settings(), hostile.settings()].concat();
    let mut all: Vec<_> = GENEROUS.to_vec();
    all.extend(settings.iter().take(7).map(|(name, value)| (name.as_str(), value.as_str())));
    let world = World::with(&all).await;
    let mut browser = world.browser();
    let begun = browser.get("/api/v1/auth/oauth/honest").await;
    let query = honest.agree(begun.header("location").unwrap(), verified("1", "ada@elsewhere.example"));
    let end = browser.get(&format!("/api/v1/auth/oauth/hostile/callback?{query}")).await;
    assert_eq!(ended(&end), failed("OAUTH_STATE_INVALID"));
    assert_eq!((honest.exchanges(), hostile.exchanges()), (0, 0));
    // An answer that names another issuer (RFC 9207).
    let foreign = format!("{query}&iss={}", hostile.issuer());
    let end = browser.get(&format!("/api/v1/auth/oauth/honest/callback?{foreign}")).await;
    assert_eq!(ended(&end), failed("OAUTH_FAILED"));
    assert_eq!((honest.exchanges(), hostile.exchanges()), (0, 0));
    assert!(world.database.values("users").is_empty());
}

#[tokio::test]
async fn a_code_of_another_attempt_proves_nothing() {
    let trip = Trip::new().await;
    let (mut mine, mut theirs) = (trip.world.browser(), trip.world.browser());
    let (my_location, their_location) = (trip.start(&mut mine, "").await, trip.start(&mut theirs, "").await);
    let their_query = trip.provider.agree(&their_location, verified("1", "ada@elsewhere.example"));
    let code = parameters(&their_query)["code"].clone();
    // The state fits the browser; the code was issued for another challenge and another nonce.
    let end = trip.back(&mut mine, &format!("code={code}&state={}", state_of(&my_location))).await;
    assert_eq!(ended(&end), failed("OAUTH_FAILED"));
    assert_eq!(trip.users(), 0);
}

#[tokio::test]
async fn every_wrong_claim_is_refused_alone() {
    let trip = Trip::new().await;
    for (what, wrong) in [
        ("the nonce of another attempt", json!({"nonce": "another"})),
        ("no nonce", json!({"nonce": null})),
        ("another issuer", json!({"iss": "https://evil.example"})),
        ("the issuer with a slash", json!({"iss": format!("{}/", trip.provider.issuer())})),
        ("another audience", json!({"aud": "somebody-else"})),
        ("no audience", json!({"aud": []})),
        ("another authorized party", json!({"azp": "somebody-else"})),
        ("expired", json!({"exp": 3_999_999_000_i64})),
        ("no subject", json!({"sub": ""})),
        ("a hash of another access token", json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})),
    ] {
        let mut claims = verified("1", "ada@elsewhere.example");
        for (name, value) in wrong.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut browser = trip.world.browser();
        assert_eq!(trip.sign_in(&mut browser, claims).await, failed("OAUTH_FAILED"), "{what}");
        assert_eq!(who(&mut browser).await, "", "{what}");
    }
    assert_eq!(trip.users(), 0);
}

#[tokio::test]
async fn the_redirect_uri_depends_on_no_request() {
    let expected = "http://localhost:8080/api/v1/auth/oauth/idp/callback";
    // Also where a proxy is trusted, which tells the host that it was asked for.
    for trusted in ["", "127.0.0.1"] {
        let trip = Trip::with(&[("TRUSTED_PROXIES", trusted), ("RATE_LIMIT_OAUTH", "100000/60s")]).await;
        let base = trip.world.browser();
        let other_host = Client::new(trip.world.address, "evil.example");
        for mut browser in [
            base.clone().with_header("X-Forwarded-Host", "evil.example"),
            base.clone().with_header("Forwarded", "host=evil.example"),
            base.clone().with_header("X-Forwarded-Proto", "https"),
            other_host,
        ] {
            let query = "?redirect_uri=https://evil.example&client_id=evil&scope=admin";
            let asked = parameters(&trip.start(&mut browser, query).await);
            assert_eq!(asked["redirect_uri"], expected, "{browser:?}");
            assert_eq!(
                (asked["client_id"].as_str(), asked["scope"].as_str()),
                ("palisade", "openid email profile")
            );
        }
    }
}

#[tokio::test]
async fn every_attempt_has_secrets_of_its_own() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let (one, other) = (trip.start(&mut browser, "").await, trip.start(&mut browser, "").await);
    let (one, other) = (parameters(&one), parameters(&other));
    for secret in ["state", "nonce", "code_challenge"] {
        assert_ne!(one[secret], other[secret], "{secret}");
        assert_eq!(one[secret].len(), 43, "256 bits: {secret}");
    }
    assert_eq!(BTreeSet::from([&one["state"], &one["nonce"], &one["code_challenge"]]).len(), 3);
}

/// Every byte percent-encoded.
fn encoded(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}

#[tokio::test]
async fn a_browser_returns_to_this_server_or_a_listed_origin_only() {
    let trip = Trip::with(&[("RETURN_TO_ORIGINS", "https://app.example.org")]).await;
    for place in [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "https://app.example.org@evil.example",
        "https://app.example.org.evil.example",
        "javascript:alert(1)",
        "/%09/evil.example",
        "/%2f%2fevil.example",
        "data:text/html,x",
        "https://app.example.org%2f@evil.example",
        "http://app.example.org/",
        "https://app.example.org:8443/",
    ] {
        let encoded = encoded(place);
        let path = format!("/api/v1/auth/oauth/idp?returnTo={encoded}");
        let answer = trip.world.browser().get(&path).await;
        assert!(answer.is_refusal(400, "VALIDATION_FAILED"), "{place}: {} {}", answer.status, answer.body);
        assert_eq!(answer.details(), ["returnTo:not_allowed"], "{place}");
        assert_eq!(answer.all("set-cookie").count(), 0, "{place}");
    }
    for place in
        ["/", "/account", "/deep/page?x=1", "https://app.example.org/welcome", "http://localhost:8080/a"]
    {
        let encoded = encoded(place);
        let mut browser = trip.world.browser();
        let location = trip.start(&mut browser, &format!("?returnTo={encoded}")).await;
        let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
        assert_eq!(ended(&trip.back(&mut browser, &query).await), place);
    }
}

#[tokio::test]
async fn a_refusal_at_the_provider_leads_back_with_a_code() {
    let trip = Trip::new().await;
    for (sent, code) in [
        ("error=access_denied", "OAUTH_DENIED"),
        ("error=consent_required", "OAUTH_DENIED"),
        ("error=access_denied&error_description=x&error_uri=y", "OAUTH_DENIED"),
        ("error=temporarily_unavailable", "PROVIDER_UNAVAILABLE"),
        ("error=server_error", "PROVIDER_UNAVAILABLE"),
        ("error=invalid_scope", "OAUTH_FAILED"),
        ("error=%3Cscript%3E", "OAUTH_FAILED"),
        ("session_state=x", "OAUTH_FAILED"),
    ] {
        let mut browser = trip.world.browser();
        let location = trip.start(&mut browser, "?returnTo=/deep?x=1").await;
        let query = format!("{sent}&state={}", state_of(&location));
        assert_eq!(
            ended(&trip.back(&mut browser, &query).await),
            format!("/deep?x=1&error={code}"),
            "{sent}"
        );
        // The attempt is over.
        let end = trip.back(&mut browser, &query).await;
        assert_eq!(ended(&end), failed("OAUTH_STATE_INVALID"), "{sent}");
    }
    assert_eq!(trip.provider.exchanges(), 0);
}

#[tokio::test]
async fn a_posted_form_is_sent_on_as_a_query_and_does_nothing_else() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let location = trip.start(&mut browser, "").await;
    let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
    // As a browser posts it from the provider's page: another origin, and without our cookies.
    let mut foreign = Client::new(trip.world.address, "localhost:8080")
        .from_origin("https://appleid.apple.com")
        .with_header("Sec-Fetch-Site", "cross-site");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let path = "/api/v1/auth/oauth/idp/callback";
    let posted = foreign.send("POST", path, &form, format!("{query}&more=x").as_bytes()).await;
    let on = ended(&posted);
    assert_eq!(on, format!("{path}?{query}"));
    assert_eq!(posted.all("set-cookie").count(), 0);
    assert_eq!(trip.provider.exchanges(), 0);
    assert_eq!(ended(&browser.get(&on).await), "/account");
    // Every other route still refuses other sites, and this one takes no JSON.
    let other = foreign.send("POST", "/api/v1/auth/logout", &form, b"").await;
    assert!(other.is_refusal(403, "CSRF_REJECTED"), "{}", other.body);
    assert_eq!(foreign.post(path, json!({"code": "x"})).await.status, 415);
    // Nothing leads to an address that this server does not have, or would not take.
    for unknown in ["nobody", "%C3%A9", "a%00b", "x%0d%0aSet-Cookie:a=b", "..%2f..%2fhealth", "x%3fa=b%23"] {
        let path = format!("/api/v1/auth/oauth/{unknown}/callback");
        assert_eq!(foreign.send("POST", &path, &form, b"code=x").await.status, 404, "{unknown}");
    }
    let long = format!("code={}&state=x", "é".repeat(2000));
    assert!(foreign.send("POST", path, &form, long.as_bytes()).await.is_refusal(400, "MALFORMED_REQUEST"));
}

#[tokio::test]
async fn a_browser_has_five_attempts_at_most() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let mut locations = Vec::new();
    for _ in 0..7 {
        locations.push(trip.start(&mut browser, "").await);
        trip.world.advance(Duration::from_secs(1));
    }
    let mut ends = Vec::new();
    for location in &locations {
        let query = trip.provider.agree(location, verified("1", "ada@elsewhere.example"));
        ends.push(ended(&trip.back(&mut browser, &query).await));
    }
    let gone = failed("OAUTH_STATE_INVALID");
    let expected = [gone.as_str(), &gone, "/account", "/account", "/account", "/account", "/account"];
    assert_eq!(ends, expected);
}

#[tokio::test]
async fn a_provider_that_is_down_costs_its_own_sign_ins_only() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let location = trip.start(&mut browser, "").await;
    let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
    trip.provider.break_down();
    assert_eq!(ended(&trip.back(&mut browser, &query).await), failed("PROVIDER_UNAVAILABLE"));
    // Nobody runs this one at all.
    let end = trip.world.browser().get("/api/v1/auth/oauth/acme?returnTo=/x").await;
    assert_eq!(ended(&end), "/x?error=PROVIDER_UNAVAILABLE");
    assert_eq!(trip.world.browser().get("/api/v1/auth/oauth/nobody").await.status, 404);
    trip.world.user("ada@elsewhere.example").await;
    assert_eq!(trip.world.browser().get("/api/v1/health/ready").await.status, 200);
}

#[tokio::test]
async fn no_secret_of_an_attempt_is_in_a_log_line_or_in_the_store() {
    let trip = Trip::new().await;
    let mut browser = trip.world.browser();
    let location = trip.start(&mut browser, "").await;
    let query = trip.provider.agree(&location, verified("1", "ada@elsewhere.example"));
    let sealed: Vec<String> =
        (0..1).filter_map(|_| browser.cookie("palisade-oauth-pending").map(str::to_owned)).collect();
    assert_eq!(ended(&trip.back(&mut browser, &query).await), "/account");
    let asked = parameters(&location);
    let code = parameters(&query)["code"].clone();
    let lines = String::from_utf8_lossy(&trip.world.log.writes().concat()).into_owned();
    let stored = String::from_utf8_lossy(&trip.world.database.everything()).into_owned();
    for secret in
        [&code, &asked["state"], &asked["nonce"], &"at-secret-canary".to_owned()].into_iter().chain(&sealed)
    {
        assert!(!lines.contains(secret.as_str()), "{secret} in the log");
        assert!(!stored.contains(secret.as_str()), "{secret} in the store");
    }
    assert!(lines.contains("/api/v1/auth/oauth/{provider}/callback"), "{lines}");
}
