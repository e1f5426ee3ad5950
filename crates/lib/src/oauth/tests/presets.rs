//! What well-known providers of OpenID Connect do differently.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_core::utils::crypto::random::decode_base64url;
use serde_json::{Value, json};

use super::signer::Signer;
use super::world::{CLIENT, EXCHANGE, Forged, NOW, World, named};
use crate::oauth::{AuthorizationRequest, Exchange, Refusal};
use crate::outbound::test_server::Reply;

const REQUEST: AuthorizationRequest<'_> =
    AuthorizationRequest { redirect_uri: EXCHANGE.redirect_uri, state: "s", nonce: "n", code_challenge: "c" };

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

async fn parameter(world: &World, name: &str) -> Option<String> {
    let url = world.provider().authorization_url(&REQUEST).await.unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn google_has_authority_over_its_own_mailboxes() {
    let world = World::preset("google").await;
    for (email, hosted, expected) in [
        ("ada@gmail.com", Value::Null, true),
        ("ada@example.org", Value::Null, false),
        ("ada@example.org", json!("example.org"), true),
    ] {
        let mut forged = Forged::right(&world);
        forged.set("email", json!(email));
        forged.set("hd", hosted);
        world.answer(&forged);
        assert_eq!(world.identify().await.unwrap().is_authoritative, expected, "{email}");
    }
    assert_eq!(world.server.received("/token")[0].form()["client_secret"], "a-client-secret");
    assert_eq!(parameter(&world, "scope").await.as_deref(), Some("openid email profile"));
    assert!(!world.provider().answers_by_form());
}

/// Apple, with the public half of the key that proves this server.
async fn apple() -> (World, Vec<u8>) {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let public = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref()).unwrap();
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(key.as_ref()));
    let world = World::with("apple", |url| {
        [
            ("CLIENT_ID", CLIENT),
            ("TEAM_ID", "A1B2C3D4E5"),
            ("KEY_ID", "F6G7H8J9K0"),
            ("PRIVATE_KEY", &pem),
            ("URL", url),
        ]
        .map(|(end, value)| (format!("APPLE_{end}"), value.to_owned()))
        .to_vec()
    })
    .await;
    (world, public.public_key().as_ref().to_vec())
}

#[tokio::test]
async fn apple_gets_a_secret_that_is_signed_for_the_moment() {
    let (world, public) = apple().await;
    world.identify().await.unwrap();
    let form = world.server.received("/token")[0].form();
    let secret = &form["client_secret"];
    assert_eq!(form["client_id"], CLIENT);
    let (message, signature) = secret.rsplit_once('.').unwrap();
    let signature = decode_base64url(signature).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).verify(message.as_bytes(), &signature).unwrap();
    let [header, claims]: [Value; 2] = message
        .split('.')
        .map(|part| serde_json::from_slice(&decode_base64url(part).unwrap()).unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("F6G7H8J9K0")));
    let now = NOW.as_secs();
    let expected =
        json!({"iss": "A1B2C3D4E5", "sub": CLIENT, "aud": world.issuer(), "iat": now, "exp": now + 300});
    assert_eq!(claims, expected);
    // A month later there is another one.
    world.clock.advance(std::time::Duration::from_hours(24 * 30));
    let _ = world.identify().await;
    assert_ne!(&world.server.received("/token")[1].form()["client_secret"], secret);
}

#[tokio::test]
async fn apple_answers_by_form_and_says_true_as_a_text() {
    let (world, _) = apple().await;
    assert!(world.provider().answers_by_form());
    assert_eq!(parameter(&world, "response_mode").await.as_deref(), Some("form_post"));
    assert_eq!(parameter(&world, "scope").await.as_deref(), Some("openid email name"));
    let mut forged = Forged::right(&world);
    forged.set("email_verified", json!("true"));
    forged.set("email", json!("x7@privaterelay.appleid.com"));
    forged.set("is_private_email", json!("true"));
    forged.remove("name");
    world.answer(&forged);
    let identity = world.identify().await.unwrap();
    assert!(identity.address_is_verified && !identity.is_authoritative && identity.name.is_none());
    // The first time a name comes through the browser; an address beside it counts for nothing.
    let user = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"victim@example.org"}"#;
    let first = Exchange { user_json: Some(user), ..EXCHANGE };
    let identity = world.provider().identify(first).await.unwrap();
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(identity.address.as_deref(), Some("x7@privaterelay.appleid.com"));
    assert!(!format!("{first:?}").contains("Ada"));
}

#[tokio::test]
async fn a_name_from_the_browser_counts_at_apple_only() {
    let world = World::oidc(&[]).await;
    let user = r#"{"name":{"firstName":"Mallory"}}"#;
    let identity = world.provider().identify(Exchange { user_json: Some(user), ..EXCHANGE }).await.unwrap();
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"));
}

/// Microsoft with the document for this tenant, which names itself so.
async fn microsoft(tenant: &str, named_issuer: &str) -> World {
    let world = World::with("microsoft", |url| {
        [("CLIENT_ID", CLIENT), ("CLIENT_SECRET", "a-client-secret"), ("TENANT", tenant), ("URL", url)]
            .map(|(end, value)| (format!("MICROSOFT_{end}"), value.to_owned()))
            .to_vec()
    })
    .await;
    let mut document = world.document();
    document["issuer"] = json!(named_issuer.replace("BASE", &world.issuer()));
    world.server.reply(&format!("/{tenant}/v2.0/.well-known/openid-configuration"), Reply::json(&document));
    world.publish_keys(&[named(Signer::rsa().jwk(), "one")]);
    world
}

fn of_tenant(world: &World, issuer_tenant: &str, tid: Value) -> Forged {
    let mut forged = Forged::right(world);
    forged.set("iss", json!(format!("{}/{issuer_tenant}/v2.0", world.issuer())));
    forged.set("tid", tid);
    forged.remove("email_verified");
    forged
}

#[tokio::test]
async fn microsoft_names_the_tenant_of_each_person() {
    let other = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let world = microsoft("common", "BASE/{tenantid}/v2.0").await;
    for tenant in [TENANT, other] {
        world.answer(&of_tenant(&world, tenant, json!(tenant)));
        let identity = world.identify().await.unwrap();
        assert_eq!(identity.issuer, format!("{}/{tenant}/v2.0", world.issuer()));
        assert!(
            !identity.address_is_verified && !identity.is_authoritative,
            "an address alone proves nothing"
        );
    }
    for (issuer_tenant, tid) in [
        (TENANT, json!(other)),
        (other, json!(TENANT)),
        (TENANT, Value::Null),
        ("{tenantid}", json!("{tenantid}")),
        ("common", json!("common")),
        ("", json!("")),
        ("evil", json!("evil")),
        ("../evil", json!("../evil")),
    ] {
        world.answer(&of_tenant(&world, issuer_tenant, tid.clone()));
        assert_eq!(world.refusal().await, Refusal::Issuer, "{issuer_tenant} {tid}");
    }
    let mut forged = of_tenant(&world, TENANT, json!(TENANT));
    forged.set("iss", json!(format!("https://evil.io/{TENANT}/v2.0")));
    world.answer(&forged);
    assert_eq!(world.refusal().await, Refusal::Issuer);
    let mut forged = of_tenant(&world, TENANT, json!(TENANT));
    forged.set("xms_edov", json!(true));
    world.answer(&forged);
    assert!(world.identify().await.unwrap().address_is_verified);
}

#[tokio::test]
async fn one_tenant_of_microsoft_lets_in_no_other() {
    for tenant in [TENANT, "example.org"] {
        let world = microsoft(tenant, &format!("BASE/{TENANT}/v2.0")).await;
        world.answer(&of_tenant(&world, TENANT, json!(TENANT)));
        world.identify().await.unwrap();
        let other = "9188040d-6c67-4c5b-b112-36a304b66dad";
        world.answer(&of_tenant(&world, other, json!(other)));
        assert_eq!(world.refusal().await, Refusal::Issuer, "{tenant}");
    }
    for named_issuer in [
        "https://evil.io/{tenantid}/v2.0",
        "BASE/common/v2.0",
        "BASE//v2.0",
        "BASE/{tenantid}",
        "BASE/evil/{tenantid}/v2.0",
    ] {
        let world = microsoft("common", named_issuer).await;
        assert!(world.is_unavailable().await, "{named_issuer}");
    }
}

#[tokio::test]
async fn a_callback_of_microsoft_may_name_a_tenant() {
    let world = microsoft("common", "BASE/{tenantid}/v2.0").await;
    for (issuer, is_right) in [
        (format!("{}/{TENANT}/v2.0", world.issuer()), true),
        (format!("{}/{{tenantid}}/v2.0", world.issuer()), true),
        (format!("{}/evil/v2.0", world.issuer()), false),
        (format!("https://evil.io/{TENANT}/v2.0"), false),
    ] {
        assert_eq!(world.provider().check_issuer(Some(&issuer), true).await.is_ok(), is_right, "{issuer}");
    }
}

#[tokio::test]
async fn linkedin_gives_no_nonce_back_but_never_another() {
    let world = World::preset("linkedin").await;
    for (nonce, expected) in [
        (Value::Null, None),
        (json!("the-nonce"), None),
        (json!("another"), Some(Refusal::Nonce)),
        (json!(""), Some(Refusal::Nonce)),
    ] {
        let mut forged = Forged::right(&world);
        forged.set("nonce", nonce.clone());
        world.answer(&forged);
        let found = world.identify().await.err().and_then(|error| error.refusal());
        assert_eq!(found, expected, "{nonce}");
    }
    let form = world.server.received("/token")[0].form();
    assert_eq!(form["client_secret"], "a-client-secret");
    // Its token endpoint refuses a verifier.
    assert!(!form.contains_key("code_verifier") && parameter(&world, "code_challenge").await.is_none());
}

#[tokio::test]
async fn every_preset_of_openid_connect_identifies() {
    for name in ["google", "gitlab", "slack"] {
        let world = World::preset(name).await;
        let identity = world.identify().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (identity.subject.as_str(), identity.address.as_deref()),
            ("ada-1815", Some("ada@example.org"))
        );
        assert!(identity.address_is_verified && !identity.is_authoritative, "{name}");
        assert_eq!(parameter(&world, "code_challenge_method").await.as_deref(), Some("S256"), "{name}");
    }
}
