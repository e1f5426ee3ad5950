//! The checks that a valid token passes, and the cache.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::jwt::signature_only;
use super::*;
use crate::system::time::Timestamp;

use crate::utils::crypto::random::{decode_base64url, encode_base64url, sha256};
use crate::utils::crypto::secret::{ExposeSecret as _, secret_bytes};

const TTL: Duration = Duration::from_mins(10);
const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

pub(super) fn realm() -> Realm {
    Realm::new("https://app.example", "https://app.example/api")
}

pub(super) fn subject() -> TokenSubject {
    TokenSubject {
        user_id: "usr_1".to_owned(),
        role: "support".to_owned(),
        permissions: vec!["USER_READ".to_owned(), "SESSION_READ".to_owned()],
        session_version: 3,
        session_id: "ses_1".to_owned(),
        token_id: "tok_1".to_owned(),
        authenticated_at: NOW,
        methods: vec!["pwd".to_owned()],
        actor: None,
    }
}

fn claims() -> Claims {
    Claims::new(&realm(), subject(), NOW, TTL)
}

fn keys(of: &[&SigningKey]) -> VerificationKeys {
    VerificationKeys::new(realm(), of.iter().map(|key| key.public().clone())).unwrap()
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_secs(NOW.as_secs() + seconds)
}

fn part(token: &str, index: usize) -> serde_json::Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&decode_base64url(part).unwrap()).unwrap()
}

#[test]
fn a_token_has_the_documented_header_and_claims() {
    let key = SigningKey::generate().unwrap();
    let token = key.sign(&claims()).unwrap();
    assert_eq!(part(&token, 0), json!({"typ": "at+jwt", "alg": "ES256", "kid": key.id()}));
    assert_eq!(
        part(&token, 1),
        json!({
            "userId": "usr_1", "role": "support", "permissions": ["USER_READ", "SESSION_READ"],
            "sessionVersion": 3, "iss": "https://app.example", "aud": "https://app.example/api",
            "sub": "usr_1", "sid": "ses_1", "jti": "tok_1", "iat": 1_700_000_000, "nbf": 1_700_000_000,
            "exp": 1_700_000_600, "auth_time": 1_700_000_000, "amr": ["pwd"],
        })
    );
    let verified = keys(&[&key]).verify(&token, NOW).unwrap();
    assert_eq!(verified, Verified { key_id: key.id().clone(), claims: claims() });
    assert_eq!(verified.claims.expires_at(), later(600));
}

#[test]
fn a_token_may_say_who_acts_and_that_is_somebody_else() {
    let key = SigningKey::generate().unwrap();
    let signed = |sub: &str, sid: &str| {
        let actor = ActorClaim { sub: sub.to_owned(), sid: sid.to_owned(), session_version: 7 };
        let claims = Claims::new(&realm(), TokenSubject { actor: Some(actor), ..subject() }, NOW, TTL);
        (key.sign(&claims).unwrap(), claims)
    };
    let (token, claims) = signed("usr_2", "ses_2");
    assert_eq!(part(&token, 1)["act"], json!({"sub": "usr_2", "sid": "ses_2", "sessionVersion": 7}));
    assert_eq!(keys(&[&key]).verify(&token, NOW).unwrap().claims, claims);
    // Its own session would make the end of the impersonation that of the session.
    for (sub, sid) in [("usr_1", "ses_2"), ("usr_2", "ses_1"), ("", "ses_2"), ("usr_2", "")] {
        assert_eq!(keys(&[&key]).verify(&signed(sub, sid).0, NOW), Err(TokenError::Claims), "{sub} {sid}");
    }
}

#[test]
fn a_token_lives_from_its_making_to_its_end_with_five_seconds_for_clocks() {
    let key = SigningKey::generate().unwrap();
    let (token, keys) = (key.sign(&claims()).unwrap(), keys(&[&key]));
    for (at, expected) in [
        (-6, Err(TokenError::NotYetValid)),
        (-5, Ok(())),
        (600, Ok(())),
        (604, Ok(())),
        (605, Err(TokenError::Expired)),
        (1_000_000, Err(TokenError::Expired)),
    ] {
        assert_eq!(keys.verify(&token, later(at)).map(|_| ()), expected, "at {at} s");
    }
}

#[test]
fn a_sealed_key_signs_the_same_after_it_was_read_back() {
    let key = SigningKey::generate().unwrap();
    let again = SigningKey::from_pkcs8(key.pkcs8().clone()).unwrap();
    assert_eq!(again.id(), key.id());
    let stored = PublicKey::from_point(key.public().point()).unwrap();
    assert_eq!(stored.id(), key.id());
    let keys = VerificationKeys::new(realm(), [stored]).unwrap();
    assert!(keys.verify(&again.sign(&claims()).unwrap(), NOW).is_ok());
    assert!(!format!("{key:?} {:?}", key.public()).contains(&encode_base64url(key.pkcs8().expose_secret())));
}

#[test]
fn a_malformed_or_foreign_key_is_refused() {
    assert_eq!(SigningKey::from_pkcs8(secret_bytes(vec![0x30, 0])).unwrap_err(), KeyError::Private);
    let point = SigningKey::generate().unwrap().public().point().to_vec();
    let mut off_curve = point.clone();
    off_curve[64] ^= 1;
    for other in [&[][..], &point[..64], &point[1..], &off_curve, &[4; 65]] {
        assert_eq!(PublicKey::from_point(other).unwrap_err(), KeyError::Public);
    }
}

#[test]
fn the_published_set_has_public_members_only() {
    let (one, two) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let set: serde_json::Value = serde_json::from_slice(&keys(&[&one, &two, &one]).jwks()).unwrap();
    let expected = [&one, &two].map(|key| {
        let (x, y) = key.public().point()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key.id(),
            "x": encode_base64url(x), "y": encode_base64url(y),
        })
    });
    assert_eq!(set, json!({"keys": expected}));
}

#[test]
fn the_thumbprint_agrees_with_the_definition_of_rfc_7638() {
    let point = rfc_7515_a_3_point();
    let (x, y) = point[1..].split_at(32);
    let canonical = format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        encode_base64url(x),
        encode_base64url(y)
    );
    let expected = encode_base64url(sha256(&[canonical.as_bytes()]));
    assert_eq!(PublicKey::from_point(&point).unwrap().id().as_str(), expected);
}

fn rfc_7515_a_3_point() -> Vec<u8> {
    let x = decode_base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").unwrap();
    let y = decode_base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").unwrap();
    [vec![4], x, y].concat()
}

#[test]
fn the_signature_of_rfc_7515_a_3_verifies() {
    let token = "eyJhbGciOiJFUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = PublicKey::from_point(&rfc_7515_a_3_point()).unwrap();
    let decode =
        |token: &str| jsonwebtoken::decode::<serde_json::Value>(token, &key.decoding, &signature_only());
    assert_eq!(decode(token).unwrap().claims["iss"], "joe");
    assert!(decode(&token.replace("DtEh", "DtEg")).is_err());
}

#[test]
fn a_subject_that_holds_too_much_gets_no_token() {
    let key = SigningKey::generate().unwrap();
    let many = (0..300).map(|number| format!("PERMISSION_{number}")).collect();
    let claims = Claims::new(&realm(), TokenSubject { permissions: many, ..subject() }, NOW, TTL);
    assert!(matches!(key.sign(&claims), Err(SignError::TooLong { length: 4097.. })));
}

#[test]
fn the_cache_decides_nothing() {
    let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let (cache, token) = (TokenCache::new(100), key.sign(&claims()).unwrap());
    let current = keys(&[&key, &other]);
    assert!(cache.verify(&token, &current, NOW).is_ok());
    assert!(cache.verify(&token, &current, NOW).is_ok());
    assert_eq!(cache.len(), 1);

    assert_eq!(cache.verify(&token, &current, later(605)), Err(TokenError::Expired));
    assert_eq!(cache.verify(&token, &current, later(-60)), Err(TokenError::NotYetValid));
    assert_eq!(cache.verify(&token, &keys(&[&other]), NOW), Err(TokenError::UnknownKey));
    let elsewhere = |realm| VerificationKeys::new(realm, [key.public().clone()]).unwrap();
    let issuer = elsewhere(Realm::new("https://other.example", "https://app.example/api"));
    assert_eq!(cache.verify(&token, &issuer, NOW), Err(TokenError::Issuer));
    let audience = elsewhere(Realm::new("https://app.example", "https://other.example"));
    assert_eq!(cache.verify(&token, &audience, NOW), Err(TokenError::Audience));
    assert!(cache.verify(&token, &current, NOW).is_ok());
}

#[test]
fn the_cache_keeps_no_token_that_was_refused() {
    let key = SigningKey::generate().unwrap();
    let (cache, token) = (TokenCache::new(100), key.sign(&claims()).unwrap());
    let (start, end) = token.split_at(token.len() - 10);
    let forged = format!("{start}{}{}", if end.starts_with('A') { 'B' } else { 'A' }, &end[1..]);
    for (text, at) in [(token.as_str(), later(605)), (forged.as_str(), NOW), ("", NOW), ("a.b.c", NOW)] {
        assert!(cache.verify(text, &keys(&[&key]), at).is_err());
    }
    assert!(cache.is_empty());
}

#[test]
fn the_cache_never_grows_past_its_bound_and_keeps_what_is_used() {
    let key = SigningKey::generate().unwrap();
    let (cache, keys) = (TokenCache::new(16), keys(&[&key]));
    let kept = key.sign(&claims()).unwrap();
    let first = cache.verify(&kept, &keys, NOW).unwrap();
    for number in 0..200 {
        let token_id = format!("tok_{number}");
        let claims = Claims::new(&realm(), TokenSubject { token_id, ..subject() }, NOW, TTL);
        cache.verify(&key.sign(&claims).unwrap(), &keys, NOW).unwrap();
        assert!(cache.len() <= cache.capacity());
    }
    assert_eq!(cache.len(), 16);
    assert_eq!(*cache.verify(&kept, &keys, NOW).unwrap(), *first);
}

#[test]
fn a_used_token_gets_a_second_chance() {
    let key = SigningKey::generate().unwrap();
    let (cache, keys) = (TokenCache::new(32), keys(&[&key]));
    let token = |number: u32| {
        let claims =
            Claims::new(&realm(), TokenSubject { token_id: number.to_string(), ..subject() }, NOW, TTL);
        key.sign(&claims).unwrap()
    };
    let kept = token(0);
    let first = cache.verify(&kept, &keys, NOW).unwrap();
    for number in 1..200 {
        // A hit between any two insertions: with two places in a shard, the other token is always evicted.
        let again = cache.verify(&kept, &keys, NOW).unwrap();
        assert!(std::sync::Arc::ptr_eq(&first, &again), "evicted before token {number}");
        cache.verify(&token(number), &keys, NOW).unwrap();
    }
}

proptest! {
    #[test]
    fn signed_claims_are_verified_unchanged(
        user_id in "[a-z_0-9]{1,40}", role in "\\PC{1,20}", permissions in prop::collection::vec("\\PC{0,20}", 0..8),
        session_version: u64,
    ) {
        let key = SigningKey::generate().unwrap();
        let claims = Claims::new(
            &realm(), TokenSubject { user_id, role, permissions, session_version, ..subject() }, NOW, TTL,
        );
        let verified = keys(&[&key]).verify(&key.sign(&claims).unwrap(), NOW).unwrap();
        prop_assert_eq!(verified.claims, claims);
    }
}

#[test]
fn a_token_counts_no_longer_than_tokens_live_today() {
    let claims = claims();
    let [longer, shorter] = [TTL * 2, TTL / 2];
    assert_eq!(claims.ends_at(longer), claims.expires_at());
    assert_eq!(claims.ends_at(shorter), NOW.plus(shorter));
    let leeway = Duration::from_secs(5);
    for (longest, end) in [(longer, TTL), (TTL, TTL), (shorter, shorter)] {
        let last = NOW.plus(end).plus(leeway).minus(Duration::from_secs(1));
        assert_eq!(claims.check_age(last, longest), Ok(()));
        assert_eq!(claims.check_age(NOW.plus(end).plus(leeway), longest), Err(TokenError::Expired));
    }
}
