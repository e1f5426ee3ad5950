//! The document of an issuer and its keys: what is refused in them, and how often they are read.

use std::time::Duration;

use palisade_core::errors::with_causes;
use serde_json::{Value, json};

use super::signer::Signer;
use super::world::{Forged, World, named};
use crate::oauth::{AuthorizationRequest, Refusal};
use crate::outbound::test_server::Reply;

const DOCUMENT: &str = "/.well-known/openid-configuration";

const REQUEST: AuthorizationRequest<'_> = AuthorizationRequest {
    redirect_uri: "https://app.example.org/api/v1/auth/oauth/acme/callback",
    state: "the-state",
    nonce: "the-nonce",
    code_challenge: "the-challenge",
};

async fn refused(world: &World) -> String {
    let error = world.provider().authorization_url(&REQUEST).await.unwrap_err();
    assert_eq!(error.refusal(), None, "unavailable: {error}");
    with_causes(&error)
}

#[tokio::test]
async fn a_sign_in_begins_with_everything_that_protects_it() {
    let world = World::oidc(&[("OIDC_ACME_SCOPES", "openid email")]).await;
    let mut document = world.document();
    document["authorization_endpoint"] = json!(format!("{}/authorize?tenant=a%20b", world.issuer()));
    world.publish(&document, &[]);
    let url = world.provider().authorization_url(&REQUEST).await.unwrap();
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("tenant", "a b"),
        ("response_type", "code"),
        ("client_id", "palisade"),
        ("redirect_uri", REQUEST.redirect_uri),
        ("scope", "openid email"),
        ("state", "the-state"),
        ("code_challenge", "the-challenge"),
        ("code_challenge_method", "S256"),
        ("nonce", "the-nonce"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(url.path(), "/authorize");
    assert!(!format!("{REQUEST:?}").contains("the-"));
}

#[tokio::test]
async fn a_document_that_is_wrong_makes_no_sign_in() {
    let change = |world: &World, member: &str, value: Value| {
        let mut document = world.document();
        document[member] = value;
        document
    };
    type Wrong = fn(&World) -> (&'static str, Value);
    let rows: &[(&str, Wrong)] = &[
        ("of another issuer", |world| ("issuer", json!(format!("{}/", world.issuer())))),
        ("of another issuer", |_| ("issuer", json!("https://evil.io"))),
        ("of another issuer", |world| ("issuer", json!(world.issuer().to_uppercase()))),
        ("lacks a member", |_| ("issuer", Value::Null)),
        ("lacks a member", |_| ("response_types_supported", Value::Null)),
        ("lacks a member", |_| ("jwks_uri", Value::Null)),
        ("response type `code`", |_| ("response_types_supported", json!(["token"]))),
        ("no algorithm", |_| ("id_token_signing_alg_values_supported", json!(["none", "HS256", "HS512"]))),
        ("no algorithm", |_| ("id_token_signing_alg_values_supported", json!([]))),
        ("not `https`", |_| ("authorization_endpoint", json!("http://id.example.org/authorize"))),
        ("not `https`", |_| ("authorization_endpoint", json!("javascript:alert(1)"))),
        ("not `https`", |_| ("token_endpoint", json!("http://10.0.0.1/token"))),
        ("not `https`", |_| ("token_endpoint", json!("https://u:p@id.example.org/token"))),
        ("not `https`", |_| ("jwks_uri", json!("file:///etc/passwd"))),
        ("not `https`", |_| ("userinfo_endpoint", json!("//id.example.org"))),
    ];
    for (expected, wrong) in rows {
        let world = World::oidc(&[]).await;
        let (member, value) = wrong(&world);
        world.publish(&change(&world, member, value.clone()), &[]);
        let said = refused(&world).await;
        assert!(said.contains(expected), "{member} {value}: {said}");
    }
    for reply in [
        Reply::new(200, "text/html", "<h1>canary</h1>"),
        Reply::new(200, "application/json", "[]"),
        Reply::new(404, "text/html", ""),
        Reply::new(500, "text/html", ""),
        Reply { headers: vec![("Location", "/elsewhere".to_owned())], ..Reply::new(302, "", "") },
        Reply::new(200, "application/json", vec![b' '; 300 * 1024]),
        Reply::raw(b"canary"),
    ] {
        let world = World::oidc(&[]).await;
        world.server.reply(DOCUMENT, reply);
        let said = refused(&world).await;
        assert!(!said.contains("canary"), "{said}");
    }
}

#[tokio::test]
async fn addresses_in_a_document_do_not_lead_into_the_private_network() {
    for (member, address) in [
        ("token_endpoint", "https://169.254.169.254/token"),
        ("token_endpoint", "https://10.0.0.1/token"),
        ("jwks_uri", "https://[::1]/keys"),
        ("jwks_uri", "https://127.0.0.2/keys"),
        ("jwks_uri", "http://127.0.0.2/keys"),
    ] {
        let world = World::oidc(&[]).await;
        let mut document = world.document();
        document[member] = json!(address);
        world.publish(&document, &[named(Signer::rsa().jwk(), "one")]);
        let said = with_causes(&world.identify().await.unwrap_err());
        assert!(said.contains("is not public") || said.contains("is not https"), "{address}: {said}");
    }
}

#[tokio::test]
async fn a_callback_names_its_issuer_if_the_provider_says_so() {
    // Whether the document announces it; the issuer in the callback; whether there is a code; the refusal.
    let other = Some(Refusal::CallbackIssuer);
    for (announced, issuer, has_code, expected) in [
        (json!(true), Some("ours"), true, None),
        (json!(true), Some("ours"), false, None),
        (json!(true), None, true, Some(Refusal::NoCallbackIssuer)),
        (json!(true), None, false, None),
        (json!(false), None, true, None),
        (json!(null), None, true, None),
        (json!(null), Some("ours"), true, None),
        (json!(null), Some("https://evil.io"), true, other),
        (json!(false), Some("https://evil.io"), false, other),
        (json!(true), Some("https://evil.io"), true, other),
        (json!(true), Some("ours/"), true, other),
        (json!(true), Some(""), true, other),
    ] {
        let world = World::oidc(&[]).await;
        let mut document = world.document();
        document["authorization_response_iss_parameter_supported"] = announced.clone();
        world.publish(&document, &[]);
        let issuer = issuer.map(|issuer| issuer.replace("ours", &world.issuer()));
        let found = world.provider().check_issuer(issuer.as_deref(), has_code).await;
        assert_eq!(
            found.err().and_then(|error| error.refusal()),
            expected,
            "{announced} {issuer:?} {has_code}"
        );
    }
}

#[tokio::test]
async fn keys_are_found_however_little_is_said_about_them() {
    let (rsa, other, ec, ed) =
        (Signer::rsa(), Signer::other_rsa(), Signer::for_algorithm("ES256"), Signer::for_algorithm("EdDSA"));
    let with = |mut key: Value, members: Value| {
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        key
    };
    let strangers = || {
        vec![
            json!({"kty": "oct", "k": "AAAA"}),
            json!({"kty": "RSA"}),
            json!(1),
            json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        ]
    };
    let bare = json!({"alg": "RS256"});
    let named_one = json!({"alg": "RS256", "kid": "one"});
    let rows: Vec<(&str, Vec<Value>, &Value, Option<Refusal>)> = vec![
        ("alone, without anything", vec![rsa.jwk()], &bare, None),
        ("alone, without a name, though the token has one", vec![rsa.jwk()], &named_one, None),
        ("alone, with a name, though the token has none", vec![named(rsa.jwk(), "x")], &bare, None),
        ("alone, with another name", vec![named(rsa.jwk(), "x")], &named_one, Some(Refusal::Key)),
        ("among other kinds", vec![ec.jwk(), ed.jwk(), rsa.jwk()], &bare, None),
        ("among strangers", [strangers(), vec![rsa.jwk()]].concat(), &bare, None),
        ("named among its kind", vec![named(other.jwk(), "two"), named(rsa.jwk(), "one")], &named_one, None),
        (
            "named among its kind, and the token names none",
            vec![named(other.jwk(), "two"), named(rsa.jwk(), "one")],
            &bare,
            Some(Refusal::Key),
        ),
        (
            "twice under one name",
            vec![named(other.jwk(), "one"), named(rsa.jwk(), "one")],
            &named_one,
            Some(Refusal::Key),
        ),
        (
            "for signatures",
            vec![with(rsa.jwk(), json!({"use": "sig", "alg": "RS256", "key_ops": ["verify"]}))],
            &bare,
            None,
        ),
        ("for encryption", vec![with(rsa.jwk(), json!({"use": "enc"}))], &bare, Some(Refusal::Key)),
        (
            "for encryption, beside one for signatures",
            vec![with(other.jwk(), json!({"use": "enc"})), rsa.jwk()],
            &bare,
            None,
        ),
        (
            "for other operations",
            vec![with(rsa.jwk(), json!({"key_ops": ["encrypt"]}))],
            &bare,
            Some(Refusal::Key),
        ),
        ("for another algorithm", vec![with(rsa.jwk(), json!({"alg": "RS512"}))], &bare, Some(Refusal::Key)),
        (
            "for an algorithm that nobody knows",
            vec![with(rsa.jwk(), json!({"alg": "RSA-OAEP"}))],
            &bare,
            Some(Refusal::Key),
        ),
        ("of another kind", vec![named(ec.jwk(), "one")], &named_one, Some(Refusal::Key)),
        ("none", vec![], &bare, Some(Refusal::Key)),
    ];
    for (what, keys, header, expected) in rows {
        let world = World::oidc(&[]).await;
        world.publish_keys(&keys);
        world.answer(&Forged { header: header.clone(), ..Forged::right(&world) });
        let found = world.identify().await.err().map(|error| error.refusal().unwrap());
        assert_eq!(found, expected, "{what}");
    }
}

#[tokio::test]
async fn a_small_key_is_none() {
    let world = World::oidc(&[]).await;
    // 1024 bits, as its length alone shows.
    let small = json!({"kty": "RSA", "kid": "one", "e": "AQAB", "n": palisade_core::utils::crypto::random::encode_base64url([0xc1; 128])});
    world.publish_keys(&[small]);
    assert_eq!(world.refusal().await, Refusal::Signature);
}

#[tokio::test]
async fn a_new_key_is_read_when_a_token_names_it_but_not_for_every_stranger() {
    let world = World::oidc(&[]).await;
    world.identify().await.unwrap();
    let readings = || world.server.received("/keys").len();
    assert_eq!((readings(), world.server.received(DOCUMENT).len()), (1, 1));
    world.identify().await.unwrap();
    assert_eq!((readings(), world.server.received(DOCUMENT).len()), (1, 1), "both are kept");

    // The provider has a new key.
    let new = Signer::other_rsa();
    world.publish_keys(&[named(new.jwk(), "two")]);
    let fresh = || Forged {
        header: json!({"alg": "RS256", "kid": "two"}),
        signer: Signer::other_rsa(),
        ..Forged::right(&world)
    };
    world.answer(&fresh());
    assert_eq!(world.refusal().await, Refusal::Key, "too early");
    assert_eq!(readings(), 1);
    world.wait();
    world.identify().await.unwrap();
    assert_eq!(readings(), 2);

    // Tokens with names that nobody has cost one reading in a while.
    world.answer(&Forged { header: json!({"alg": "RS256", "kid": "three"}), ..fresh() });
    for _ in 0..5 {
        assert_eq!(world.refusal().await, Refusal::Key);
    }
    assert_eq!(readings(), 2);
    world.wait();
    for _ in 0..5 {
        assert_eq!(world.refusal().await, Refusal::Key);
    }
    assert_eq!(readings(), 3);

    // Without a name a wrong signature may mean a new key too.
    world.wait();
    world.publish_keys(&[Signer::rsa().jwk()]);
    world.answer(&Forged { header: json!({"alg": "RS256"}), ..Forged::right(&world) });
    world.identify().await.unwrap();
}

#[tokio::test]
async fn a_provider_that_is_down_costs_one_call_in_a_while() {
    let world = World::oidc(&[]).await;
    world.server.reply(DOCUMENT, Reply::new(503, "text/html", ""));
    let all = (0..20).map(|_| world.provider().authorization_url(&REQUEST));
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_err));
    assert_eq!(world.server.received(DOCUMENT).len(), 1);
    world.server.reply(DOCUMENT, Reply::json(&world.document()));
    world.wait();
    assert!(world.provider().authorization_url(&REQUEST).await.is_ok());
    // While it is down again, what is known serves.
    world.server.reply(DOCUMENT, Reply::new(503, "text/html", ""));
    world.clock.advance(Duration::from_hours(2));
    assert!(world.provider().authorization_url(&REQUEST).await.is_ok());
}

#[tokio::test]
async fn many_at_once_read_the_document_once() {
    let world = World::oidc(&[]).await;
    world
        .server
        .reply(DOCUMENT, Reply { delay: Duration::from_millis(100), ..Reply::json(&world.document()) });
    let all = (0..20).map(|_| world.provider().authorization_url(&REQUEST));
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
    assert_eq!(world.server.received(DOCUMENT).len(), 1);
}
