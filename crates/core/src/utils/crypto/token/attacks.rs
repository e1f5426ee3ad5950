//! Forged tokens: the attacks of RFC 8725, each made as an attacker would make it.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::system::time::Timestamp;
use crate::utils::crypto::random::encode_base64url;
use crate::utils::crypto::secret::ExposeSecret as _;
use crate::utils::crypto::token::tests::{realm, subject};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

struct World {
    key: SigningKey,
    keys: VerificationKeys,
}

impl World {
    fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        let keys = VerificationKeys::new(realm(), [key.public().clone()]).unwrap();
        Self { key, keys }
    }

    fn claims() -> Value {
        let ttl = std::time::Duration::from_mins(10);
        serde_json::to_value(Claims::new(&realm(), subject(), NOW, ttl)).unwrap()
    }

    fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "ES256", "kid": self.key.id()})
    }

    /// Signs any two texts with the real key.
    fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_as(&ECDSA_P256_SHA256_FIXED_SIGNING, header, claims)
    }

    fn sign_as(&self, algorithm: &'static EcdsaSigningAlgorithm, header: &str, claims: &str) -> String {
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, self.key.pkcs8().expose_secret()).unwrap();
        let message = format!("{}.{}", encode_base64url(header), encode_base64url(claims));
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", encode_base64url(signature))
    }

    fn with_header(&self, header: &Value) -> String {
        self.sign(&header.to_string(), &Self::claims().to_string())
    }

    fn with_claims(&self, claims: &str) -> String {
        self.sign(&self.header().to_string(), claims)
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = Self::claims();
        claims[name] = value;
        self.with_claims(&claims.to_string())
    }

    fn token(&self) -> String {
        self.with_header(&self.header())
    }

    fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        self.keys.verify(token, NOW)
    }

    fn refuses(&self, token: &str, expected: TokenError) {
        assert_eq!(self.verify(token), Err(expected), "{token}");
    }
}

fn changed(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}

#[test]
fn unmodified_tokens_of_these_tests_are_valid() {
    let world = World::new();
    assert!(world.verify(&world.token()).is_ok());
    assert!(world.verify(&world.with_claim("future", json!({"of": "ours"}))).is_ok());
}

#[test]
fn only_es256_is_accepted() {
    let world = World::new();
    for alg in
        ["none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "ES384", "ES256K", "EdDSA", "RS256", "PS256"]
    {
        let header = changed(world.header(), "alg", json!(alg));
        world.refuses(&world.with_header(&header), TokenError::Header);
        let unsigned = format!(
            "{}.{}.",
            encode_base64url(header.to_string()),
            encode_base64url(World::claims().to_string())
        );
        assert!(world.verify(&unsigned).is_err(), "{alg}");
    }
    for header in [changed(world.header(), "alg", Value::Null), without(world.header(), "alg")] {
        world.refuses(&world.with_header(&header), TokenError::Header);
    }
}

#[test]
fn the_public_key_is_not_accepted_as_an_hmac_secret() {
    let world = World::new();
    let point = world.key.public().point();
    let der = [
        &[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01][..],
        &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00],
        point,
    ]
    .concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(&der));
    let jwks: Value = serde_json::from_slice(&world.keys.jwks()).unwrap();
    let jwk = jwks["keys"][0].to_string();
    let secrets: [&[u8]; 7] =
        [b"", point, &point[1..], &der, pem.as_bytes(), &[pem.as_bytes(), b"\n"].concat(), jwk.as_bytes()];
    for (secret, alg) in secrets.into_iter().flat_map(|secret| [(secret, "HS256"), (secret, "ES256")]) {
        let header = changed(world.header(), "alg", json!(alg));
        let message = format!(
            "{}.{}",
            encode_base64url(header.to_string()),
            encode_base64url(World::claims().to_string())
        );
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        let token = format!("{message}.{}", encode_base64url(tag));
        let expected = if alg == "HS256" { TokenError::Header } else { TokenError::Signature };
        world.refuses(&token, expected);
    }
}

#[test]
fn keys_are_looked_up_only_in_memory() {
    let world = World::new();
    let stranger = World::new();
    let foreign = stranger.token();
    world.refuses(&foreign, TokenError::UnknownKey);
    // The stranger's signature under our key's name.
    let posing = stranger.with_header(&world.header());
    world.refuses(&posing, TokenError::Signature);
    for kid in
        ["", "../../../dev/null", "' OR 1=1 --", "https://evil.example/key", "\u{0}", &"k".repeat(2000)]
    {
        let header = changed(world.header(), "kid", json!(kid));
        assert!(world.verify(&world.with_header(&header)).is_err(), "{kid:?}");
    }
    for header in [
        without(world.header(), "kid"),
        changed(world.header(), "kid", json!(null)),
        changed(world.header(), "kid", json!([world.key.id()])),
        changed(world.header(), "kid", json!(7)),
    ] {
        world.refuses(&world.with_header(&header), TokenError::Header);
    }
}

#[test]
fn keys_and_instructions_in_a_header_are_refused() {
    let world = World::new();
    let jwks: Value = serde_json::from_slice(&World::new().keys.jwks()).unwrap();
    for (name, value) in [
        ("jwk", jwks["keys"][0].clone()),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
        ("anything", json!(null)),
    ] {
        world.refuses(&world.with_header(&changed(world.header(), name, value)), TokenError::Header);
    }
}

#[test]
fn a_token_of_another_type_is_refused() {
    let world = World::new();
    for typ in
        [json!("JWT"), json!("jwt"), json!("AT+JWT"), json!("application/at+jwt"), json!(""), json!(null)]
    {
        world.refuses(&world.with_header(&changed(world.header(), "typ", typ)), TokenError::Header);
    }
    world.refuses(&world.with_header(&without(world.header(), "typ")), TokenError::Header);
}

#[test]
fn a_member_given_twice_is_refused_whichever_is_right() {
    let world = World::new();
    let kid = world.key.id();
    for header in [
        format!(r#"{{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"other","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","typ":"at+jwt","alg":"ES256","kid":"{kid}"}}"#),
    ] {
        world.refuses(&world.sign(&header, &World::claims().to_string()), TokenError::Header);
    }
    let claims = World::claims();
    for (name, value) in claims.as_object().unwrap() {
        let text = claims.to_string().replacen('{', &format!("{{\"{name}\":{value},"), 1);
        world.refuses(&world.with_claims(&text), TokenError::Claims);
    }
}

#[test]
fn every_claim_is_required_and_has_its_type() {
    let world = World::new();
    for name in World::claims().as_object().unwrap().keys() {
        world.refuses(&world.with_claims(&without(World::claims(), name).to_string()), TokenError::Claims);
        for value in [Value::Null, json!({}), json!(true), json!([[]]), json!(-1.5)] {
            world.refuses(&world.with_claim(name, value), TokenError::Claims);
        }
    }
    for (name, value) in [
        ("userId", json!(7)),
        ("userId", json!("")),
        ("userId", json!(["usr_1"])),
        ("sub", json!("usr_2")),
        ("sid", json!("")),
        ("role", json!(["admin"])),
        ("permissions", json!("USER_READ")),
        ("permissions", json!([1])),
        ("permissions", json!({"USER_READ": true})),
        ("sessionVersion", json!(-1)),
        ("sessionVersion", json!(3.0)),
        ("sessionVersion", json!("3")),
        ("amr", json!("pwd")),
    ] {
        world.refuses(&world.with_claim(name, value), TokenError::Claims);
    }
}

#[test]
fn times_are_whole_numbers_within_reason() {
    let world = World::new();
    let claims = World::claims().to_string();
    for (name, at) in [("exp", "1700000600"), ("nbf", "1700000000"), ("iat", "1700000000")] {
        for odd in [
            format!("\"{at}\""),
            format!("{at}.0"),
            format!("{at}.5"),
            "1.7e9".to_owned(),
            "1e400".to_owned(),
            "-1".to_owned(),
            "-1e400".to_owned(),
            "9223372036854775807".to_owned(),
            "9223372036854775808".to_owned(),
            "18446744073709551616".to_owned(),
            "253402300800".to_owned(),
            "NaN".to_owned(),
            "0x7fffffff".to_owned(),
        ] {
            let text = claims.replace(&format!("\"{name}\":{at}"), &format!("\"{name}\":{odd}"));
            assert_ne!(text, claims);
            world.refuses(&world.with_claims(&text), TokenError::Claims);
        }
    }
    world.refuses(&world.with_claim("exp", json!(1_699_999_990)), TokenError::Claims);
    world.refuses(&world.with_claim("nbf", json!(1_700_000_006)), TokenError::NotYetValid);
    world.refuses(&world.with_claim("iat", json!(1_700_000_006)), TokenError::NotYetValid);
    let old = changed(changed(World::claims(), "iat", json!(1_699_000_000)), "exp", json!(1_699_999_995));
    world.refuses(&world.with_claims(&old.to_string()), TokenError::Expired);
}

#[test]
fn issuer_and_audience_are_compared_exactly() {
    let world = World::new();
    for iss in
        ["https://app.example/", "https://APP.example", "http://app.example", "https://app.example.evil", ""]
    {
        world.refuses(&world.with_claim("iss", json!(iss)), TokenError::Issuer);
    }
    for aud in ["https://app.example/api/", "https://app.example", ""] {
        world.refuses(&world.with_claim("aud", json!(aud)), TokenError::Audience);
    }
    for aud in
        [json!(["https://app.example/api"]), json!(["https://app.example/api", "https://other"]), json!([])]
    {
        world.refuses(&world.with_claim("aud", aud), TokenError::Claims);
    }
    world.refuses(&world.with_claim("iss", json!(["https://app.example"])), TokenError::Claims);
}

#[test]
fn a_token_has_three_parts_of_plain_base64url() {
    let world = World::new();
    let token = world.token();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for odd in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{token}.."),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{token}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{token}\n"),
        format!(" {token}"),
        format!("Bearer {token}"),
        token.replace('.', "%2E"),
        format!("{header}.{claims}.{}", signature.replace(['-', '_'], "+")) + "+",
        format!("{header}.{claims}.é{signature}"),
    ] {
        let error = world.verify(&odd).unwrap_err();
        assert!(matches!(error, TokenError::Malformed | TokenError::Header), "{odd}: {error:?}");
    }
    for short in [&signature[..4], &signature[..84], "AAAA"] {
        world.refuses(&format!("{header}.{claims}.{short}"), TokenError::Signature);
    }
    let zeros = encode_base64url([0; 64]);
    world.refuses(&format!("{header}.{claims}.{zeros}"), TokenError::Signature);
}

#[test]
fn a_signature_in_another_encoding_is_refused() {
    let world = World::new();
    let token = world.sign_as(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &world.header().to_string(),
        &World::claims().to_string(),
    );
    world.refuses(&token, TokenError::Signature);
}

#[test]
fn malformed_headers_and_claims_are_refused() {
    let world = World::new();
    let (header, claims) = (world.header().to_string(), World::claims().to_string());
    for odd in
        ["", "null", "[]", "7", "\"\"", "{}", "{", "\u{feff}{}", &format!("{header} x"), &"[".repeat(1000)]
    {
        world.refuses(&world.sign(odd, &claims), TokenError::Header);
        let expected = if odd.is_empty() { TokenError::Malformed } else { TokenError::Claims };
        world.refuses(&world.sign(&header, odd), expected);
    }
    world.refuses(&world.sign(&header, &format!("{claims}{claims}")), TokenError::Claims);
}

#[test]
fn a_token_that_is_too_long_is_refused_first() {
    let world = World::new();
    world.refuses(&"a".repeat(10_000), TokenError::TooLong);
    world.refuses(&world.with_claim("pad", json!("x".repeat(10_000))), TokenError::TooLong);
    let cache = TokenCache::new(16);
    assert_eq!(cache.verify(&".".repeat(4097), &world.keys, NOW), Err(TokenError::TooLong));
}

#[test]
fn no_token_survives_a_change_of_any_one_byte() {
    let world = World::new();
    let token = world.token();
    for at in 0..token.len() {
        for flip in [1_u8, 2, 0x20] {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= flip;
            let forged = String::from_utf8(bytes).unwrap();
            assert!(world.verify(&forged).is_err(), "byte {at} ^ {flip:#x}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,300}", parts in "[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,80}){0,4}") {
        let world = World::new();
        prop_assert!(world.verify(&text).is_err());
        prop_assert!(world.verify(&parts).is_err());
    }
}
