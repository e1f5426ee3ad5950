//! GitHub and Discord, which have no ID tokens.

use serde_json::{Value, json};

use super::world::{EXCHANGE, World};
use crate::oauth::{AuthorizationRequest, Refusal};
use crate::outbound::test_server::Reply;

const REQUEST: AuthorizationRequest<'_> =
    AuthorizationRequest { redirect_uri: EXCHANGE.redirect_uri, state: "s", nonce: "n", code_challenge: "c" };

/// GitHub with a user and these addresses, its interface under a path as on GitHub Enterprise Server.
async fn github(addresses: &Value) -> World {
    let world = World::preset("github").await;
    let token = json!({"access_token": "gho_token", "token_type": "bearer", "scope": "read:user,user:email"});
    world.server.reply("/login/oauth/access_token", Reply::json(&token));
    let user = json!({"id": 583_231, "login": "ada", "name": "Ada", "email": "public@example.org"});
    world.server.reply("/api/v3/user", Reply::json(&user));
    world.server.reply("/api/v3/user/emails", Reply::json(addresses));
    world
}

fn address(email: &str, primary: bool, verified: bool) -> Value {
    json!({"email": email, "primary": primary, "verified": verified, "visibility": null})
}

#[tokio::test]
async fn a_user_of_github_is_a_number_and_the_primary_address() {
    let one = address("one@example.org", false, true);
    let main = address("ada@example.org", true, true);
    for (addresses, expected) in [
        (json!([one, main]), Some(("ada@example.org", true))),
        (json!([one, address("ada@example.org", true, false)]), Some(("ada@example.org", false))),
        (json!([one]), None),
        (json!([]), None),
    ] {
        let world = github(&addresses).await;
        let identity = world.identify().await.unwrap();
        assert_eq!((identity.issuer, identity.subject.as_str()), (world.issuer(), "583231"));
        let found = identity.address.as_deref().map(|address| (address, identity.address_is_verified));
        assert_eq!(found, expected, "{addresses}");
        assert!(!identity.is_authoritative);
        assert_eq!(identity.name.as_deref(), Some("Ada"));
    }
}

#[tokio::test]
async fn github_gets_the_secret_in_the_body_and_the_verifier() {
    let world = github(&json!([])).await;
    world.identify().await.unwrap();
    let request = &world.server.received("/login/oauth/access_token")[0];
    let form = request.form();
    for (name, value) in [
        ("client_id", "palisade"),
        ("client_secret", "a-client-secret"),
        ("code", EXCHANGE.code),
        ("code_verifier", EXCHANGE.code_verifier),
    ] {
        assert_eq!(form[name], value);
    }
    assert_eq!(request.headers["accept"], "application/json");
    let asked = &world.server.received("/api/v3/user")[0];
    assert_eq!(asked.headers["authorization"], "Bearer gho_token");
    assert_eq!(asked.headers["user-agent"], "palisade");

    let url = world.provider().authorization_url(&REQUEST).await.unwrap();
    assert!(url.as_str().starts_with(&format!("{}/login/oauth/authorize?", world.issuer())), "{url}");
    let scope = url.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned();
    assert_eq!(scope, "user:email");
    assert!(!url.as_str().contains("nonce="));
}

#[tokio::test]
async fn a_server_like_github_may_have_its_interface_at_the_top() {
    let world = github(&json!([])).await;
    for path in ["/api/v3/user", "/api/v3/user/emails"] {
        world.server.reply(path, Reply::new(404, "text/html", ""));
    }
    assert_eq!(world.refusal().await, Refusal::Userinfo(404));
    world.server.reply("/user", Reply::json(&json!({"id": 7})));
    world.server.reply("/user/emails", Reply::json(&json!([address("ada@example.org", true, true)])));
    let identity = world.identify().await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.address.as_deref()), ("7", Some("ada@example.org")));
}

#[tokio::test]
async fn an_error_of_github_comes_with_200() {
    let world = github(&json!([])).await;
    for (code, known) in [
        ("bad_verification_code", "bad_verification_code"),
        ("incorrect_client_credentials", "incorrect_client_credentials"),
        ("redirect_uri_mismatch", "redirect_uri_mismatch"),
        ("something_new", "another error"),
    ] {
        world.server.reply("/login/oauth/access_token", Reply::json(&json!({"error": code})));
        assert_eq!(world.refusal().await, Refusal::TokenEndpoint { status: 200, code: known });
    }
    for body in ["{}", r#"{"token_type":"bearer"}"#, r#"{"id_token":"x"}"#] {
        world.server.reply("/login/oauth/access_token", Reply::new(200, "application/json", body));
        assert_eq!(world.refusal().await, Refusal::NoTokens, "{body}");
    }
}

#[tokio::test]
async fn an_answer_of_github_that_names_nobody_is_refused() {
    let world = github(&json!([])).await;
    let unauthorized = || Reply::new(401, "application/json", r#"{"message":"Bad credentials"}"#);
    for (path, reply, expected) in [
        ("/api/v3/user", unauthorized(), 401),
        ("/api/v3/user", Reply::json(&json!({"login": "ada"})), 200),
        ("/api/v3/user", Reply::json(&json!({"id": "583231"})), 200),
        ("/api/v3/user", Reply::json(&json!({"id": -1})), 200),
        ("/api/v3/user/emails", unauthorized(), 401),
        ("/api/v3/user/emails", Reply::json(&json!({"email": "ada@example.org"})), 200),
        (
            "/api/v3/user/emails",
            Reply::json(&json!([{"email": "ada@example.org", "primary": true, "verified": "true"}])),
            200,
        ),
    ] {
        let world_again = github(&json!([])).await;
        world_again.server.reply(path, reply);
        assert_eq!(world_again.refusal().await, Refusal::Userinfo(expected), "{path}");
    }
    world.server.reply("/api/v3/user", Reply::new(503, "text/html", ""));
    assert!(world.is_unavailable().await);
}

#[tokio::test]
async fn a_callback_of_github_may_name_github_only() {
    let world = github(&json!([])).await;
    let ours = format!("{}/login/oauth", world.issuer());
    for (issuer, expected) in [
        (None, None),
        (Some(ours.as_str()), None),
        (Some("https://evil.io"), Some(Refusal::CallbackIssuer)),
        (Some(""), Some(Refusal::CallbackIssuer)),
    ] {
        let found = world.provider().check_issuer(issuer, true).await;
        assert_eq!(found.err().and_then(|error| error.refusal()), expected, "{issuer:?}");
    }
}

#[tokio::test]
async fn a_user_of_discord_is_an_id_and_an_address() {
    let world = World::preset("discord").await;
    let token = json!({"access_token": "token", "token_type": "Bearer"});
    world.server.reply("/api/oauth2/token", Reply::json(&token));
    for (user, address, verified) in [
        (
            json!({"id": "80351110224678912", "email": "ada@example.org", "verified": true, "global_name": "Ada"}),
            Some("ada@example.org"),
            true,
        ),
        (
            json!({"id": "80351110224678912", "email": "ada@example.org", "verified": false, "global_name": "Ada"}),
            Some("ada@example.org"),
            false,
        ),
        (
            json!({"id": "80351110224678912", "email": "ada@example.org", "global_name": "Ada"}),
            Some("ada@example.org"),
            false,
        ),
        (
            json!({"id": "80351110224678912", "email": null, "verified": true, "global_name": "Ada"}),
            None,
            false,
        ),
    ] {
        world.server.reply("/api/users/@me", Reply::json(&user));
        let identity = world.identify().await.unwrap();
        assert_eq!((identity.subject.as_str(), identity.name.as_deref()), ("80351110224678912", Some("Ada")));
        assert_eq!(
            (identity.address.as_deref(), identity.address_is_verified),
            (address, verified),
            "{user}"
        );
        assert!(!identity.is_authoritative);
    }
    world.server.reply("/api/users/@me", Reply::json(&json!({"username": "ada"})));
    assert_eq!(world.refusal().await, Refusal::Userinfo(200));
    let url = world.provider().authorization_url(&REQUEST).await.unwrap();
    assert!(url.as_str().starts_with(&format!("{}/oauth2/authorize?", world.issuer())), "{url}");
}
