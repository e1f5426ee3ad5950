//! The token endpoint and the interface about a person: what is sent to them, and answers of every shape.

use std::time::Duration;

use palisade_core::errors::with_causes;
use serde_json::{Value, json};

use super::signer::Signer;
use super::world::{CLIENT, EXCHANGE, Forged, SECRET, World, named};
use crate::oauth::Refusal;
use crate::outbound::test_server::Reply;

#[tokio::test]
async fn the_code_is_exchanged_with_its_verifier_and_the_secret_in_the_header() {
    let world = World::oidc(&[]).await;
    world.identify().await.unwrap();
    let request = &world.server.received("/token")[0];
    let form = request.form();
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", EXCHANGE.code),
        ("redirect_uri", EXCHANGE.redirect_uri),
        ("code_verifier", EXCHANGE.code_verifier),
    ] {
        assert_eq!(form[name], value);
    }
    assert_eq!((request.method.as_str(), form.len()), ("POST", 4), "{form:?}");
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.headers["accept"], "application/json");
    assert_eq!(request.headers["authorization"], "Basic cGFsaXNhZGU6YS1jbGllbnQtc2VjcmV0");
}

#[tokio::test]
async fn the_secret_is_shown_as_the_setting_or_the_document_says() {
    // The methods that the document lists, the setting, and whether the secret is in the body.
    for (listed, setting, in_body) in [
        (json!(null), "", false),
        (json!([]), "", false),
        (json!(["client_secret_basic", "client_secret_post"]), "", false),
        (json!(["client_secret_post"]), "", true),
        (json!(["private_key_jwt", "client_secret_post"]), "", true),
        (json!(["client_secret_post"]), "basic", false),
        (json!(["client_secret_basic"]), "post", true),
    ] {
        let world = World::oidc(&[("OIDC_ACME_TOKEN_AUTH", setting)]).await;
        let mut document = world.document();
        document["token_endpoint_auth_methods_supported"] = listed.clone();
        world.publish(&document, &[Signer::rsa().jwk()]);
        world.identify().await.unwrap();
        let request = &world.server.received("/token")[0];
        let form = request.form();
        let found = (form.get("client_id").cloned(), form.get("client_secret").cloned());
        let expected = in_body.then(|| (CLIENT.to_owned(), SECRET.to_owned())).unzip();
        assert_eq!(found, expected, "{listed} {setting}");
        assert_eq!(request.headers.contains_key("authorization"), !in_body, "{listed} {setting}");
    }
}

#[tokio::test]
async fn id_and_secret_are_encoded_as_in_a_form_before_they_are_put_together() {
    let odd = [("OIDC_ACME_CLIENT_ID", "our:id"), ("OIDC_ACME_CLIENT_SECRET", "a:b%c+d/e=f")];
    let world = World::oidc(&odd).await;
    let mut forged = Forged::right(&world);
    forged.set("aud", json!("our:id"));
    world.answer(&forged);
    world.identify().await.unwrap();
    // our%3Aid:a%3Ab%25c%2Bd%2Fe%3Df
    let header = "Basic b3VyJTNBaWQ6YSUzQWIlMjVjJTJCZCUyRmUlM0Rm";
    assert_eq!(world.server.received("/token")[0].headers["authorization"], header);
}

#[tokio::test]
async fn an_error_of_the_token_endpoint_ends_the_sign_in_whatever_its_shape() {
    let world = World::oidc(&[]).await;
    let refused = |status, code| Refusal::TokenEndpoint { status, code };
    let other = "another error";
    for (status, content_type, body, expected) in [
        (400, "application/json", r#"{"error":"invalid_grant"}"#, refused(400, "invalid_grant")),
        (403, "application/json", r#"{"error":"invalid_code"}"#, refused(403, "invalid_code")),
        (403, "application/json", r#"{"error":"unauthorized_client"}"#, refused(403, "unauthorized_client")),
        (401, "application/json", r#"{"error":"invalid_request"}"#, refused(401, "invalid_request")),
        (
            400,
            "application/json",
            r#"{"error":"invalid_client","error_description":"x"}"#,
            refused(400, "invalid_client"),
        ),
        (
            200,
            "application/json",
            r#"{"error":"bad_verification_code"}"#,
            refused(200, "bad_verification_code"),
        ),
        (200, "application/json", r#"{"ok":false,"error":"invalid_code"}"#, refused(200, "invalid_code")),
        (
            200,
            "application/json",
            r#"{"error":"canary","access_token":"canary","id_token":"canary"}"#,
            refused(200, other),
        ),
        (200, "application/json", r#"{"error":{"code":"canary"}}"#, refused(200, other)),
        (401, "text/html", "<h1>canary</h1>", refused(401, other)),
        (401, "text/plain", "", refused(401, other)),
        (404, "text/html", "<h1>canary</h1>", refused(404, other)),
        (302, "text/html", "canary", refused(302, other)),
        (200, "text/html", "<h1>canary</h1>", Refusal::NoTokens),
        (
            200,
            "application/x-www-form-urlencoded",
            "access_token=canary&token_type=bearer",
            Refusal::NoTokens,
        ),
        (200, "application/json", "{}", Refusal::NoTokens),
        (200, "application/json", "[]", Refusal::NoTokens),
        (200, "application/json", r#"{"access_token":"","id_token":""}"#, Refusal::NoTokens),
        (200, "application/json", r#"{"access_token":1}"#, Refusal::NoTokens),
        (200, "application/json", r#"{"access_token":"canary","token_type":"mac"}"#, Refusal::NoTokens),
        (200, "application/json", r#"{"access_token":"canary","token_type":"Bearer"}"#, Refusal::NoIdToken),
        (200, "application/json", r#"{"access_token":"canary","id_token":"canary"}"#, Refusal::Malformed),
    ] {
        world.server.reply("/token", Reply::new(status, content_type, body));
        let error = world.identify().await.unwrap_err();
        assert_eq!(error.refusal(), Some(expected), "{status} {body}");
        let printed = format!("{error:?}{error:#?}{}{}", with_causes(&error), error.public());
        assert!(!printed.contains("canary"), "{printed}");
    }
    for status in [500, 502, 503, 429] {
        world.server.reply("/token", Reply::new(status, "text/html", "<h1>canary</h1>"));
        assert!(world.is_unavailable().await, "{status}");
    }
    world.server.reply("/token", Reply::new(200, "application/json", vec![b' '; 300 * 1024]));
    assert!(world.is_unavailable().await, "huge");
}

#[tokio::test]
async fn a_bearer_is_one_in_any_case() {
    let world = World::oidc(&[]).await;
    for kind in [json!("bearer"), json!("BEARER"), Value::Null] {
        let mut body = Forged::right(&world).body();
        body["token_type"] = kind.clone();
        body["scope"] = json!("dummy");
        world.server.reply("/token", Reply::json(&body));
        assert!(world.identify().await.is_ok(), "{kind}");
    }
}

/// A world whose ID token has no address.
async fn without_address() -> World {
    let world = World::oidc(&[]).await;
    let mut forged = Forged::right(&world);
    forged.remove("email");
    forged.remove("email_verified");
    world.answer(&forged);
    world
}

#[tokio::test]
async fn the_address_is_asked_for_where_the_token_has_none() {
    let world = without_address().await;
    let about =
        json!({"sub": "ada-1815", "email": "ada@example.org", "email_verified": true, "name": "Someone"});
    world.server.reply("/userinfo", Reply::json(&about));
    let identity = world.identify().await.unwrap();
    assert_eq!(identity.address.as_deref(), Some("ada@example.org"));
    assert!(identity.address_is_verified);
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"), "the token's name counts");
    assert_eq!(world.server.received("/userinfo")[0].headers["authorization"], "Bearer the-access-token");

    // With an address in the token nobody is asked.
    world.answer(&Forged::right(&world));
    world.identify().await.unwrap();
    assert_eq!(world.server.received("/userinfo").len(), 1);
}

#[tokio::test]
async fn an_answer_about_somebody_else_is_refused() {
    let world = without_address().await;
    let about = |sub: Value| json!({"sub": sub, "email": "ada@example.org", "email_verified": true});
    for (reply, expected) in [
        (Reply::json(&about(json!("bob"))), Refusal::OtherSubject),
        (Reply::json(&about(json!(null))), Refusal::OtherSubject),
        (Reply::json(&about(json!(["ada-1815"]))), Refusal::OtherSubject),
        (Reply::json(&json!({"email": "ada@example.org"})), Refusal::OtherSubject),
        (Reply::json(&json!({})), Refusal::OtherSubject),
        (Reply::new(401, "text/html", "<h1>no</h1>"), Refusal::Userinfo(401)),
        (Reply::new(401, "application/json", ""), Refusal::Userinfo(401)),
        (Reply::new(403, "application/json", about(json!("ada-1815")).to_string()), Refusal::Userinfo(403)),
        (Reply::new(200, "text/html", "<h1>hello</h1>"), Refusal::Userinfo(200)),
        (Reply::new(200, "application/json", "[]"), Refusal::OtherSubject),
        (Reply::new(302, "text/html", ""), Refusal::Userinfo(302)),
    ] {
        let shown = format!("{reply:?}");
        world.server.reply("/userinfo", reply);
        assert_eq!(world.refusal().await, expected, "{shown}");
    }
    world.server.reply("/userinfo", Reply::new(503, "text/html", ""));
    assert!(world.is_unavailable().await);
}

#[tokio::test]
async fn an_answer_about_a_person_may_be_signed() {
    let world = without_address().await;
    let claims = json!({"sub": "ada-1815", "email": "ada@example.org", "email_verified": true}).to_string();
    let header = json!({"alg": "RS256", "kid": "one"});
    let jwt = |signer: &Signer, header: &Value| {
        Reply::new(200, "application/jwt; charset=utf-8", signer.sign(header, &claims))
    };
    world.server.reply("/userinfo", jwt(&Signer::rsa(), &header));
    assert_eq!(world.identify().await.unwrap().address.as_deref(), Some("ada@example.org"));
    world.server.reply("/userinfo", jwt(&Signer::other_rsa(), &header));
    assert_eq!(world.refusal().await, Refusal::Signature);
    world.server.reply("/userinfo", jwt(&Signer::rsa(), &json!({"alg": "none"})));
    assert_eq!(world.refusal().await, Refusal::Algorithm);
    world.server.reply("/userinfo", Reply::new(200, "application/jwt", "{}"));
    assert_eq!(world.refusal().await, Refusal::Malformed);
}

#[tokio::test]
async fn without_an_address_anywhere_there_is_still_an_identity() {
    let world = without_address().await;
    world.server.reply("/userinfo", Reply::json(&json!({"sub": "ada-1815"})));
    let identity = world.identify().await.unwrap();
    assert_eq!((identity.address, identity.address_is_verified), (None, false));
    let world = without_address().await;
    let mut document = world.document();
    document.as_object_mut().unwrap().remove("userinfo_endpoint");
    world.publish(&document, &[named(Signer::rsa().jwk(), "one")]);
    assert_eq!(world.identify().await.unwrap().address, None);
}

#[tokio::test]
async fn a_provider_that_is_slow_at_every_step_is_given_up() {
    let world = without_address().await;
    let slow = |reply: Reply| Reply { delay: Duration::from_millis(200), ..reply };
    let mut forged = Forged::right(&world);
    forged.remove("email");
    world.server.reply("/token", slow(Reply::json(&forged.body())));
    world.server.reply("/keys", slow(Reply::json(&json!({"keys": [Signer::rsa().jwk()]}))));
    world.server.reply("/userinfo", slow(Reply::json(&json!({"sub": "ada-1815"}))));
    let patient = world.with_deadline(Duration::from_secs(5));
    assert!(patient.identify(EXCHANGE).await.is_ok());
    let hasty = world.with_deadline(Duration::from_millis(500));
    let error = hasty.identify(EXCHANGE).await.unwrap_err();
    assert!(with_causes(&error).contains("not done within"), "{error}");
}
