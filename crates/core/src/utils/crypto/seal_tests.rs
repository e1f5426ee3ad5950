//! A sealed value opens with its key and for its purpose, and with nothing else.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::system::SystemRng;
use crate::utils::crypto::keyring::Keyring;
use crate::utils::crypto::random::sha256;

/// Bytes without a pattern that a person would write.
fn bytes(seed: &str) -> [u8; 32] {
    sha256(&[seed.as_bytes()])
}

static A: LazyLock<String> = LazyLock::new(|| STANDARD.encode(bytes("a")));
static B: LazyLock<String> = LazyLock::new(|| encode_base64url(bytes("b")));

fn keys(text: &str) -> SecretKeys {
    SecretKeys::parse(text).unwrap()
}

fn sealer(purpose: Purpose) -> TokenSealer {
    Keyring::new(Key256::new([9; 32])).sealer(purpose)
}

#[test]
fn the_first_key_seals_and_all_open() {
    let old = keys(&format!("k1:{}", *A)).seal(&SystemRng, "keys/root", b"root");
    let rotated = keys(&format!("k2:{},k1:{}", *B, *A));
    assert_eq!(rotated.open("keys/root", &old).unwrap().expose_secret(), b"root");
    assert!(!rotated.is_current(&old));

    let again = rotated.seal(&SystemRng, "keys/root", b"root");
    assert_eq!(again.key_id(), Some("k2"));
    assert!(rotated.is_current(&again));
    assert_eq!(
        keys(&format!("k1:{}", *A)).open("keys/root", &again).unwrap_err(),
        OpenError::MissingKey { id: "k2".to_owned() }
    );
}

#[test]
fn another_key_under_the_same_name_is_named() {
    let sealed = keys(&format!("k1:{}", *A)).seal(&SystemRng, "keys/root", b"root");
    assert_eq!(
        keys(&format!("k1:{}", *B)).open("keys/root", &sealed).unwrap_err(),
        OpenError::Damaged { id: "k1".to_owned() }
    );
}

#[test]
fn a_value_sealed_for_one_place_does_not_open_in_another() {
    let keys = keys(&format!("k1:{}", *A));
    let sealed = keys.seal(&SystemRng, "keys/pepper", b"secret");
    let error = keys.open("keys/root", &sealed).unwrap_err();
    assert_eq!(error, OpenError::Damaged { id: "k1".to_owned() });
}

#[test]
fn the_same_text_never_seals_to_the_same_bytes() {
    let keys = keys(&format!("k1:{}", *A));
    assert_ne!(keys.seal(&SystemRng, "c", b"same"), keys.seal(&SystemRng, "c", b"same"));
}

#[test]
fn every_mistake_in_secret_keys_is_named_without_the_secret() {
    let id = |id: &str| id.to_owned();
    for (text, expected) in [
        (String::new(), SecretKeysError::Empty),
        (" , ".to_owned(), SecretKeysError::Form { position: 1 }),
        (A.clone(), SecretKeysError::Form { position: 1 }),
        (format!("k1:{},{}", *A, *B), SecretKeysError::Form { position: 2 }),
        (format!(":{}", *A), SecretKeysError::Id { position: 1 }),
        (format!("K1:{}", *A), SecretKeysError::Id { position: 1 }),
        (format!("k.1:{}", *A), SecretKeysError::Id { position: 1 }),
        (format!("{}:{}", "k".repeat(33), *A), SecretKeysError::Id { position: 1 }),
        ("k1:".to_owned(), SecretKeysError::Key { id: id("k1") }),
        ("k1:changeme".to_owned(), SecretKeysError::Key { id: id("k1") }),
        (format!("k1:{}{}", *A, *A), SecretKeysError::Key { id: id("k1") }),
        (format!("k1:{}", "A".repeat(43)), SecretKeysError::Placeholder { id: id("k1") }),
        (format!("k1:{},k1:{}", *A, *B), SecretKeysError::DuplicateId { id: id("k1") }),
        (format!("k1:{},k2:{}", *A, *A), SecretKeysError::DuplicateKey { id: id("k2") }),
    ] {
        let error = SecretKeys::parse(&text).unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("changeme") && !error.to_string().contains(A.as_str()));
    }
    assert_eq!(format!("{:?}", keys(&format!("k2:{}, k1:{}", *B, *A))), r#"["k2", "k1"]"#);
}

#[test]
fn a_key_used_elsewhere_is_recognized() {
    let keys = keys(&format!("k1:{}", *A));
    assert!(keys.contains(&bytes("a")));
    assert!(!keys.contains(&[0; 32]));
}

#[test]
fn a_sealed_token_ends_at_its_expiry() {
    let sealer = sealer(Purpose::DeviceCookie);
    let end = Timestamp::from_secs(1_000);
    let text = sealer.seal(&SystemRng, &("usr", 7), end).unwrap();
    let before = Timestamp::from_millis(end.as_millis() - 1);
    assert_eq!(sealer.open::<(String, u8)>(&text, before), Ok(("usr".to_owned(), 7)));
    assert_eq!(sealer.open::<(String, u8)>(&text, end), Err(SealedTokenError::Expired));
}

#[test]
fn a_sealed_token_opens_for_its_purpose_and_its_shape_only() {
    let text = sealer(Purpose::DeviceCookie).seal(&SystemRng, &7, Timestamp::FAR_FUTURE).unwrap();
    let now = Timestamp::EPOCH;
    assert_eq!(sealer(Purpose::DeviceCookie).open::<u8>(&text, now), Ok(7));
    assert_eq!(sealer(Purpose::OAuthAttempt).open::<u8>(&text, now), Err(SealedTokenError::Refused));
    assert_eq!(sealer(Purpose::DeviceCookie).open::<String>(&text, now), Err(SealedTokenError::Refused));
    for other in ["", "AAAA", "not base64!", &format!("{text}="), &"A".repeat(10_000)] {
        assert_eq!(sealer(Purpose::DeviceCookie).open::<u8>(other, now), Err(SealedTokenError::Refused));
    }
}

#[test]
fn a_value_that_is_too_long_to_open_is_not_sealed() {
    for (purpose, fits, most) in [(Purpose::DeviceCookie, 3000, 4096), (Purpose::OutboxSeal, 49_000, 65_536)]
    {
        let seal = |length| sealer(purpose).seal(&SystemRng, &"x".repeat(length), Timestamp::FAR_FUTURE);
        let longest = seal(fits).unwrap();
        assert!(sealer(purpose).open::<String>(&longest, Timestamp::EPOCH).is_ok());
        assert!(
            matches!(seal(fits + 150), Err(SealError::TooLong { length, most: known }) if length > known && known == most)
        );
    }
}

proptest! {
    #[test]
    fn sealing_gives_back_what_was_sealed(plain: Vec<u8>, context in "[a-z/]{0,20}") {
        let keys = keys(&format!("k1:{}", *A));
        let sealed = keys.seal(&SystemRng, &context, &plain);
        let opened = keys.open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.expose_secret(), plain.as_slice());
    }

    #[test]
    fn no_changed_bit_opens(plain: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
        let key = AeadKey::new(&Key256::new([3; 32]));
        let mut sealed = key.seal(&SystemRng, b"context", &plain);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(key.open(b"context", &sealed).is_none());
    }

    #[test]
    fn opening_arbitrary_text_never_panics(text in ".{0,200}") {
        let keys = keys(&format!("k1:{}", *A));
        prop_assert!(keys.open("c", &Sealed::from_text(text.clone())).is_err());
        prop_assert!(sealer(Purpose::Cursor).open::<u8>(&text, Timestamp::EPOCH).is_err());
    }
}
