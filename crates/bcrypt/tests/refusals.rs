//! Texts that are not hashes are refused, and no text close to a correct hash is correct.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use palisade_bcrypt::{Cost, Digest, Hash, Key, ParseError, Version, Width, digests};

const RIGHT: &str = "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm";
const PASSWORD: &str = "Kk4DQuMMfZL9o";

fn key() -> Key {
    Key::new(PASSWORD).unwrap()
}

/// Replaces every character of the text by every other ASCII character.
#[test]
fn no_altered_hash_verifies() {
    let right: Hash = RIGHT.parse().unwrap();
    assert!(right.verify(&key()));
    let mut read = Vec::new();
    let mut refused = 0;
    for at in 0..RIGHT.len() {
        for other in (0..=127_u8).filter(|other| RIGHT.as_bytes()[at] != *other) {
            let mut text = RIGHT.as_bytes().to_vec();
            text[at] = other;
            match String::from_utf8(text).unwrap().parse::<Hash>() {
                Ok(hash) => read.push(hash),
                Err(_) => refused += 1,
            }
        }
    }
    // Three letters name one algorithm.
    let (renamed, altered): (Vec<Hash>, Vec<Hash>) =
        read.into_iter().partition(|hash| hash.version() != right.version());
    assert_eq!(renamed.iter().map(Hash::version).collect::<Vec<_>>(), [Version::A, Version::Y]);
    // Costs 14 and 24 are only read: the last would take a quarter of an hour.
    let (dearer, altered): (Vec<Hash>, Vec<Hash>) =
        altered.into_iter().partition(|hash| hash.cost() > Cost::new(9).unwrap());
    assert_eq!(dearer.iter().map(|hash| hash.cost().get()).collect::<Vec<_>>(), [14, 24]);
    let jobs = altered.iter().map(|hash| hash.job(key()));
    let verified = digests(Width::FOUR, jobs)
        .into_iter()
        .zip(&altered)
        .filter(|(digest, hash)| *digest == hash.digest());
    assert_eq!(verified.count(), 0);
    // 63 others for each of 51 characters; 3 for each last one, whose spare bits are zero; costs 05 to 09.
    let computed = 51 * 63 + 3 + 15 + 5;
    assert_eq!((altered.len(), refused), (computed, 60 * 127 - computed - dearer.len() - renamed.len()));
}

#[test]
fn every_length_but_sixty_is_refused() {
    for length in (0..60).chain(61..200) {
        let text: String = RIGHT.chars().cycle().take(length).collect();
        assert_eq!(text.parse::<Hash>(), Err(ParseError::Form), "{length}");
    }
}

#[test]
fn each_part_is_refused_for_what_it_is() {
    for (text, error) in [
        ("$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YE\n", ParseError::Base64),
        (" $2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YE", ParseError::Form),
        ("$2b$4$$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Cost),
        ("$2b$+4$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Cost),
        ("$2b$03$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Cost),
        ("$2b$32$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Cost),
        ("$2c$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Version),
        ("$3b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Version),
        ("$2B$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Version),
        ("$2x$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Broken),
        ("$2b$04$cVWp4XaNU8a4v1uMRum2S=026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", ParseError::Base64),
        ("$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD+TXg5uZV.0P.uO8m3YEm", ParseError::Base64),
        // 62 characters of 60 bytes, and 60 characters of 61.
        ("$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3Yé", ParseError::Base64),
        ("$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEé", ParseError::Form),
    ] {
        assert_eq!(text.parse::<Hash>(), Err(error), "{text}");
    }
}

#[test]
fn bits_to_spare_are_refused_unless_they_are_asked_for() {
    // The last character of a salt has four spare bits, that of a digest two.
    let salt = RIGHT.replacen("SO0", "SP0", 1);
    let digest = RIGHT.replacen("YEm", "YEn", 1);
    for text in [salt, digest] {
        assert_eq!(text.parse::<Hash>(), Err(ParseError::Base64), "{text}");
        let hash = Hash::parse_with_spare_bits(&text).unwrap();
        assert_eq!(hash.to_string(), RIGHT);
    }
    assert_eq!(Hash::parse_with_spare_bits(&RIGHT[..59]), Err(ParseError::Form));
    assert_eq!(Hash::parse_with_spare_bits(&RIGHT.replacen('b', "x", 1)), Err(ParseError::Broken));
}

#[test]
fn what_is_written_is_what_was_read() {
    for version in ["2a", "2b", "2y"] {
        for cost in 4..=31 {
            let text = RIGHT.replacen("2b$04", &format!("{version}${cost:02}"), 1);
            let hash: Hash = text.parse().unwrap();
            assert_eq!((hash.to_string(), hash.cost().get()), (text, cost));
        }
    }
}

#[test]
fn a_digest_is_equal_only_to_itself() {
    let right = Digest::new([0x5a; 23]);
    assert_eq!(right, Digest::new([0x5a; 23]));
    for bit in 0..23 * 8 {
        let mut other = right.bytes();
        other[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(right, Digest::new(other), "bit {bit}");
    }
}

#[cfg(feature = "random")]
#[test]
fn a_random_salt_makes_a_new_hash_each_time() {
    use palisade_bcrypt::Salt;

    let hashes = [(); 2].map(|()| Hash::random(&key(), Cost::MIN).unwrap());
    assert_ne!(hashes[0].salt(), hashes[1].salt());
    assert!(hashes.iter().all(|hash| hash.verify(&key()) && hash.version() == Version::B));
    assert_ne!(Salt::random().unwrap(), Salt::new([0; 16]));
}

#[test]
fn neither_salt_nor_digest_is_shown() {
    let hash: Hash = RIGHT.parse().unwrap();
    assert_eq!(format!("{hash:?}"), "Hash { version: B, cost: Cost(4), .. }");
    assert_eq!(format!("{:?}", hash.digest()), "Digest { .. }");
}
