//! One thing wrong at a time in an ID token: each row says what, and which refusal it must meet.

use serde_json::{Value, json};

use super::signer::{Signer, message, with_public_key};
use super::world::{CLIENT, Forged, NOW, World};
use crate::oauth::Refusal;

/// What is wrong, how, and the expected refusal.
type Row = (&'static str, fn(&mut Forged), Refusal);

const NOW_SECS: i64 = NOW.as_secs();

/// Replaces the signed claims as text, for what a JSON value cannot hold.
fn as_text(forged: &mut Forged, from: &str, to: &str) {
    let claims = forged.claims.to_string();
    assert!(claims.contains(from), "{claims}");
    forged.token = Some(forged.signer.sign(&forged.header, &claims.replace(from, to)));
}

const ROWS: &[Row] = &[
    ("another issuer", |f| f.set("iss", json!("https://evil.io")), Refusal::Issuer),
    (
        "the issuer and a slash",
        |f| f.claims["iss"] = json!(format!("{}/", f.claims["iss"].as_str().unwrap())),
        Refusal::Issuer,
    ),
    (
        "the issuer in capitals",
        |f| f.claims["iss"] = json!(f.claims["iss"].as_str().unwrap().to_uppercase()),
        Refusal::Issuer,
    ),
    ("no issuer", |f| f.remove("iss"), Refusal::Malformed),
    ("an issuer that is no text", |f| f.set("iss", json!(["x"])), Refusal::Malformed),
    ("for another client", |f| f.set("aud", json!("other")), Refusal::Audience),
    ("for a client with a longer name", |f| f.set("aud", json!("palisade2")), Refusal::Audience),
    ("for a list of other clients", |f| f.set("aud", json!(["other", "third"])), Refusal::Audience),
    ("for nobody", |f| f.set("aud", json!([])), Refusal::Audience),
    ("for an empty name", |f| f.set("aud", json!("")), Refusal::Audience),
    ("no audience", |f| f.remove("aud"), Refusal::Malformed),
    ("an audience that is no text", |f| f.set("aud", json!({"palisade": true})), Refusal::Malformed),
    ("issued to another client", |f| f.set("azp", json!("other")), Refusal::AuthorizedParty),
    (
        "for several, issued to another",
        |f| {
            f.set("aud", json!([CLIENT, "other"]));
            f.set("azp", json!("other"));
        },
        Refusal::AuthorizedParty,
    ),
    (
        "for several, and not issued to anybody",
        |f| f.set("aud", json!([CLIENT, "other"])),
        Refusal::AuthorizedParty,
    ),
    ("expired", |f| f.set("exp", json!(NOW_SECS - 60)), Refusal::Expired),
    ("expired long ago", |f| f.set("exp", json!(0)), Refusal::Expired),
    ("expired before 1970", |f| f.set("exp", json!(-1e300)), Refusal::Expired),
    ("an end that is a text", |f| f.set("exp", json!("1900000000")), Refusal::Malformed),
    ("no end", |f| f.remove("exp"), Refusal::Malformed),
    ("issued in the future", |f| f.set("iat", json!(NOW_SECS + 61)), Refusal::NotYetValid),
    ("no time of issue", |f| f.remove("iat"), Refusal::Malformed),
    ("valid in the future", |f| f.set("nbf", json!(NOW_SECS + 3600)), Refusal::NotYetValid),
    ("a begin that is a text", |f| f.set("nbf", json!("1")), Refusal::Malformed),
    ("another nonce", |f| f.set("nonce", json!("another")), Refusal::Nonce),
    ("the nonce and more", |f| f.set("nonce", json!("the-nonce ")), Refusal::Nonce),
    ("no nonce", |f| f.remove("nonce"), Refusal::Nonce),
    ("an empty nonce", |f| f.set("nonce", json!("")), Refusal::Nonce),
    (
        "the hash of another access token",
        |f| f.set("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        Refusal::AccessTokenHash,
    ),
    ("an empty hash", |f| f.set("at_hash", json!("")), Refusal::AccessTokenHash),
    ("no subject", |f| f.remove("sub"), Refusal::Malformed),
    ("an empty subject", |f| f.set("sub", json!("")), Refusal::Subject),
    ("a subject that is a number", |f| f.set("sub", json!(1815)), Refusal::Malformed),
    ("a subject of 256 letters", |f| f.set("sub", json!("a".repeat(256))), Refusal::Subject),
    ("a subject with a line break", |f| f.set("sub", json!("ada\nbob")), Refusal::Subject),
    (
        "two subjects",
        |f| as_text(f, r#""sub":"ada-1815""#, r#""sub":"ada-1815","sub":"bob""#),
        Refusal::Malformed,
    ),
    ("two issuers", |f| as_text(f, r#""iss":"#, r#""iss":"https://evil.io","iss":"#), Refusal::Malformed),
    ("no JSON", |f| f.token = Some(f.signer.sign(&f.header, "not JSON")), Refusal::Malformed),
    ("a list", |f| f.token = Some(f.signer.sign(&f.header, "[]")), Refusal::Malformed),
    ("no algorithm", |f| f.header["alg"] = json!("none"), Refusal::Algorithm),
    (
        "no algorithm and no signature",
        |f| f.token = Some(format!("{}.", message(&json!({"alg": "none"}), &f.claims.to_string()))),
        Refusal::Algorithm,
    ),
    ("`None`", |f| f.header["alg"] = json!("None"), Refusal::Algorithm),
    (
        "the public key as a password",
        |f| {
            f.token = Some(with_public_key(
                &f.signer,
                &json!({"alg": "HS256", "kid": "one"}),
                &f.claims.to_string(),
            ));
        },
        Refusal::Algorithm,
    ),
    ("an algorithm that is not listed", |f| f.header["alg"] = json!("RS512"), Refusal::Algorithm),
    ("an algorithm in small letters", |f| f.header["alg"] = json!("rs256"), Refusal::Algorithm),
    ("an algorithm that is no text", |f| f.header["alg"] = json!(256), Refusal::Malformed),
    ("a header without an algorithm", |f| f.header = json!({"kid": "one"}), Refusal::Malformed),
    ("an extension that must be understood", |f| f.header["crit"] = json!(["b64"]), Refusal::Malformed),
    ("a key that is not published", |f| f.header["kid"] = json!("two"), Refusal::Key),
    (
        "a key of its own",
        |f| {
            f.header["jwk"] = Signer::other_rsa().jwk();
            f.signer = Signer::other_rsa();
        },
        Refusal::Signature,
    ),
    ("the key of somebody else", |f| f.signer = Signer::other_rsa(), Refusal::Signature),
    (
        "no signature",
        |f| f.token = Some(format!("{}.", f.signed().rsplit_once('.').unwrap().0)),
        Refusal::Signature,
    ),
    (
        "the signature of other claims",
        |f| {
            let signature = f.signed().rsplit_once('.').unwrap().1.to_owned();
            f.set("sub", json!("bob"));
            f.token = Some(format!("{}.{signature}", message(&f.header, &f.claims.to_string())));
        },
        Refusal::Signature,
    ),
    ("two parts", |f| f.token = Some(f.signed().rsplit_once('.').unwrap().0.to_owned()), Refusal::Malformed),
    ("four parts", |f| f.token = Some(format!("{}.x", f.signed())), Refusal::Malformed),
    (
        "five parts, as an encrypted one",
        |f| f.token = Some(format!("{}.x.x", f.signed())),
        Refusal::Malformed,
    ),
    ("base64 with padding", |f| f.token = Some(f.signed().replacen('.', "=.", 1)), Refusal::Malformed),
    ("an empty token", |f| f.token = Some("..".to_owned()), Refusal::Malformed),
    ("a word", |f| f.token = Some("token".to_owned()), Refusal::Malformed),
];

#[tokio::test]
async fn one_wrong_thing_in_an_id_token_is_refused_as_itself() {
    let world = World::oidc(&[]).await;
    let mut wrong = Vec::new();
    for (what, change, expected) in ROWS {
        let mut forged = Forged::right(&world);
        change(&mut forged);
        world.answer(&forged);
        let found = world.identify().await.map_err(|error| error.refusal());
        if found != Err(Some(*expected)) {
            wrong.push(format!("{what}: {found:?}"));
        }
        // The same provider is right again the next time.
        world.answer(&Forged::right(&world));
        assert!(world.identify().await.is_ok(), "after {what}");
    }
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn what_providers_really_send_is_accepted() {
    let world = World::oidc(&[]).await;
    type Fine = (&'static str, fn(&mut Forged));
    let rows: &[Fine] = &[
        ("as it is", |_| {}),
        ("a list with us", |f| f.set("aud", json!([CLIENT]))),
        ("issued to us", |f| f.set("azp", json!(CLIENT))),
        ("for several, issued to us", |f| {
            f.set("aud", json!(["other", CLIENT]));
            f.set("azp", json!(CLIENT));
        }),
        ("times with fractions", |f| {
            f.set("auth_time", json!(1_795_892_789.507_82));
            f.set("iat", json!(1_799_999_999.5));
            f.set("exp", json!(1_800_000_000.5));
        }),
        ("just expired", |f| f.set("exp", json!(NOW_SECS - 59))),
        ("issued by a fast clock", |f| f.set("iat", json!(NOW_SECS + 60))),
        ("valid since ten seconds", |f| f.set("nbf", json!(NOW_SECS - 10))),
        ("auth_time 0 and claims that nobody knows", |f| {
            f.set("auth_time", json!(0));
            f.set("token_use", json!("id"));
            f.set("c_hash", json!("x"));
            f.set("amr", json!(["pwd"]));
        }),
        ("no name of a key", |f| f.header = json!({"alg": "RS256"})),
        ("a header with a type", |f| f.header["typ"] = json!("JWT")),
        ("claims that are null", |f| {
            f.set("azp", Value::Null);
            f.set("nbf", Value::Null);
            f.set("at_hash", Value::Null);
        }),
        ("the right hash", |f| {
            f.set("at_hash", json!(half_hash(&aws_lc_rs::digest::SHA256, f.access_token)));
        }),
        ("a subject of 255 letters", |f| f.set("sub", json!("a".repeat(255)))),
    ];
    for (what, change) in rows {
        let mut forged = Forged::right(&world);
        change(&mut forged);
        world.answer(&forged);
        let identity = world.identify().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(identity.subject, forged.claims["sub"].as_str().unwrap(), "{what}");
    }
}

#[tokio::test]
async fn who_signed_in_is_what_the_token_says() {
    let world = World::oidc(&[("OIDC_ACME_AUTHORITATIVE_DOMAINS", "example.org")]).await;
    let identity = world.identify().await.unwrap();
    assert_eq!((identity.issuer, identity.subject.as_str()), (world.issuer(), "ada-1815"));
    assert_eq!(identity.address.as_deref(), Some("ada@example.org"));
    assert_eq!(identity.name.as_deref(), Some("Ada Lovelace"));
    assert!(identity.address_is_verified && identity.is_authoritative);
}

fn half_hash(algorithm: &'static aws_lc_rs::digest::Algorithm, token: &str) -> String {
    let whole = aws_lc_rs::digest::digest(algorithm, token.as_bytes());
    palisade_core::utils::crypto::random::encode_base64url(&whole.as_ref()[..whole.as_ref().len() / 2])
}

#[tokio::test]
async fn every_asymmetric_algorithm_is_accepted_if_it_is_listed() {
    use aws_lc_rs::digest::{SHA256, SHA384, SHA512};
    for (name, hash) in [
        ("RS256", &SHA256),
        ("RS384", &SHA384),
        ("RS512", &SHA512),
        ("PS256", &SHA256),
        ("PS384", &SHA384),
        ("PS512", &SHA512),
        ("ES256", &SHA256),
        ("ES384", &SHA384),
        ("ES512", &SHA512),
        ("EdDSA", &SHA512),
        ("Ed25519", &SHA512),
    ] {
        let world = World::oidc(&[]).await;
        let signer = Signer::for_algorithm(name);
        let mut document = world.document();
        document["id_token_signing_alg_values_supported"] = json!([name]);
        world.publish(&document, &[signer.jwk()]);
        let mut forged = Forged { signer, header: json!({"alg": name}), ..Forged::right(&world) };
        forged.set("at_hash", json!(half_hash(hash, forged.access_token)));
        world.answer(&forged);
        let identity = world.identify().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(identity.subject, "ada-1815", "{name}");
        let mut wrong = forged.signed();
        // The first letter of the signature, which no encoding ignores.
        let at = wrong.rfind('.').unwrap() + 1;
        let other = if wrong[at..].starts_with('A') { "B" } else { "A" };
        wrong.replace_range(at..=at, other);
        world.answer(&Forged { token: Some(wrong), ..forged });
        assert_eq!(world.refusal().await, Refusal::Signature, "{name}");
    }
}
