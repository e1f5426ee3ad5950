//! Passwords hashed and verified, by lanes and by the library: every failing answer costs the same.

mod lanes;
mod pool;
mod probe;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::stored::Scheme;
use super::*;
use crate::limits::Trial;
use crate::system::SystemRng;
use crate::utils::crypto::secret::{Key256, SecretString};
use probe::Probe;

const COST: u32 = 4;

/// Every backend.
const METHODS: [HashBackend; 3] =
    [HashBackend::Lanes(Width::FOUR), HashBackend::Lanes(Width::ONE), HashBackend::Library];

/// Far beyond the time of anything here: a longer wait never ends.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for it; a timeout fails.
fn within<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await }).expect("it arrives in time")
}

fn peppers(current: &str) -> Peppers {
    Peppers::new(current, [("p1".to_owned(), Key256::new([1; 32])), ("p2".to_owned(), Key256::new([2; 32]))])
        .unwrap()
}

fn config(method: HashBackend, cost: u32) -> HasherConfig {
    let one = NonZeroUsize::MIN;
    HasherConfig {
        longest_wait: Duration::from_mins(5),
        method,
        workers: one,
        queue: one.saturating_add(3),
        ..HasherConfig::new(BcryptCost::for_tests(cost))
    }
}

fn hasher(method: HashBackend, cost: u32) -> PasswordHasher {
    PasswordHasher::start(config(method, cost), peppers("p1"), Arc::new(SystemRng)).unwrap()
}

/// A hasher with a watched engine.
fn watched(method: HashBackend, cost: u32) -> (PasswordHasher, Probe) {
    watched_as(config(method, cost))
}

fn watched_as(config: HasherConfig) -> (PasswordHasher, Probe) {
    let probe = Probe::default();
    let engine = probe.watch(config.method);
    let hasher = PasswordHasher::start_with(&engine, config, peppers("p1"), Arc::new(SystemRng));
    (hasher.unwrap(), probe)
}

fn password(text: &str) -> SecretString {
    SecretString::from(text)
}

fn hash(hasher: &PasswordHasher, text: &str) -> PasswordHash {
    within(hasher.hash(&password(text), Priority::Unknown)).unwrap()
}

fn verify(hasher: &PasswordHasher, text: &str, stored: Option<&PasswordHash>) -> Verdict {
    within(hasher.verify(&password(text), stored, Priority::Unknown, &Trial::uncounted())).unwrap()
}

const MATCH: Verdict = Verdict { matches: true, needs_upgrade: false, defect: None };
const UPGRADE: Verdict = Verdict { matches: true, needs_upgrade: true, defect: None };
const MISMATCH: Verdict = Verdict { matches: false, needs_upgrade: false, defect: None };

#[test]
fn the_password_and_only_it_verifies() {
    for method in METHODS {
        let hasher = hasher(method, COST);
        let stored = hash(&hasher, "correct horse");
        assert_eq!(verify(&hasher, "correct horse", Some(&stored)), MATCH);
        for other in
            ["", "correct hors", "correct horse ", " correct horse", "Correct horse", "correct horse\0"]
        {
            assert_eq!(verify(&hasher, other, Some(&stored)), MISMATCH, "{other:?}");
        }
        assert_ne!(stored, hash(&hasher, "correct horse"), "each hash has its own salt");
    }
}

#[test]
fn a_hash_of_one_backend_verifies_with_the_others() {
    for one in METHODS {
        for other in METHODS {
            let stored = hash(&hasher(one, 5), "correct horse");
            let other = hasher(other, 5);
            assert_eq!(verify(&other, "correct horse", Some(&stored)), MATCH);
            assert_eq!(verify(&other, "correct hors", Some(&stored)), MISMATCH);
        }
    }
}

#[test]
fn a_hash_has_the_configured_cost_and_agrees_with_the_bcrypt_crate() {
    for method in METHODS {
        let (hasher, probe) = watched(method, 5);
        let Scheme::Peppered { pepper_id, bcrypt } = hash(&hasher, "secret").0 else {
            panic!("not peppered")
        };
        assert_eq!((pepper_id.as_str(), &bcrypt[..7], probe.begun()), ("p1", "$2b$05$", vec![5]));
        let prehash = peppers("p1").apply("p1", &password("secret")).unwrap();
        assert!(bcrypt::verify(prehash.as_bytes(), &bcrypt).unwrap());
    }
}

#[test]
fn bytes_beyond_the_seventy_second_and_after_a_nul_count() {
    for method in METHODS {
        let hasher = hasher(method, COST);
        let long = "x".repeat(72);
        for (one, two) in [
            (format!("{long}A"), format!("{long}B")),
            ("ab\0A".to_owned(), "ab\0B".to_owned()),
            ("😀".repeat(63) + "😁", "😀".repeat(64)),
            ("e\u{301}".to_owned(), "é".to_owned()),
        ] {
            let stored = hash(&hasher, &one);
            assert_eq!(verify(&hasher, &one, Some(&stored)), MATCH);
            assert_eq!(verify(&hasher, &two, Some(&stored)), MISMATCH, "{two:?}");
        }
    }
}

#[test]
fn every_refusal_takes_exactly_the_same_work() {
    for method in METHODS {
        let cheap = hasher(method, 4);
        let (hasher, probe) = watched(method, 7);
        let stored_at = |cost: u32, pepper: &str| {
            let text = bcrypt::hash(peppers("p1").apply("p1", &password("right")).unwrap().as_bytes(), cost)
                .unwrap();
            PasswordHash(Scheme::Peppered { pepper_id: pepper.to_owned(), bcrypt: text })
        };
        let plain =
            PasswordHash::import(bcrypt::hash("right", 5).unwrap(), BcryptCost::for_tests(7)).unwrap();
        let torn = PasswordHash(Scheme::PlainBcrypt { bcrypt: "$2b$05$torn".to_owned() });
        let beyond = bcrypt::hash("right", 4).unwrap().replacen("$04$", "$17$", 1);
        let beyond = PasswordHash(Scheme::PlainBcrypt { bcrypt: beyond });
        let cases = [
            ("no account", None, None),
            ("own hash", Some(hash(&hasher, "right")), None),
            ("hash of another instance", Some(hash(&cheap, "right")), None),
            ("cost 5", Some(stored_at(5, "p1")), None),
            ("cost 6", Some(stored_at(6, "p1")), None),
            ("imported", Some(plain), None),
            ("torn", Some(torn), Some(Defect::Malformed)),
            ("lost pepper", Some(stored_at(9, "p9")), Some(Defect::MissingPepper { id: "p9".to_owned() })),
            // An unreadable hash is not computed.
            ("beyond all costs", Some(beyond), Some(Defect::Malformed)),
        ];
        probe.begun();
        let all_take = |full: u64| {
            for (name, stored, defect) in &cases {
                let before = hasher.rounds();
                let verdict = verify(&hasher, "wrong", stored.as_ref());
                let no = Verdict { matches: false, needs_upgrade: false, defect: defect.clone() };
                assert_eq!(verdict, no, "{name}");
                let begun: u64 = probe.begun().into_iter().map(|cost| 1 << cost).sum();
                assert_eq!((begun, hasher.rounds() - before), (full, full), "{name}, {method:?}");
            }
        };
        all_take(1 << 7);
        // The cost was lowered; from the first old hash on, times do not reveal which hashes are old.
        for cost in [9, 8] {
            let before = hasher.rounds();
            assert_eq!(verify(&hasher, "wrong", Some(&stored_at(cost, "p1"))), MISMATCH);
            assert_eq!(hasher.rounds() - before, 1 << 9, "cost {cost}, {method:?}");
            probe.begun();
            all_take(1 << 9);
        }
        // A right password takes its own time, and new hashes take the configured one.
        let before = hasher.rounds();
        assert_eq!(verify(&hasher, "right", Some(&stored_at(8, "p1"))), UPGRADE);
        hash(&hasher, "right");
        assert_eq!(hasher.rounds() - before, (1 << 8) + (1 << 7), "{method:?}");
    }
}

#[test]
fn the_dummy_hash_has_no_password() {
    for method in METHODS {
        let hasher = hasher(method, COST);
        for guess in ["", "palisade", "password"] {
            assert_eq!(verify(&hasher, guess, None), MISMATCH);
        }
    }
}

#[test]
fn an_outdated_hash_needs_an_upgrade() {
    for method in METHODS {
        let old = hasher(method, 4);
        let hasher = hasher(method, 5);
        let cheaper = hash(&old, "secret");
        let imported =
            PasswordHash::import(bcrypt::hash("secret", 5).unwrap(), BcryptCost::for_tests(5)).unwrap();
        let current = hash(&hasher, "secret");
        assert_eq!(verify(&hasher, "secret", Some(&cheaper)), UPGRADE);
        assert_eq!(verify(&hasher, "secret", Some(&imported)), UPGRADE);
        assert_eq!(verify(&hasher, "secret", Some(&current)), MATCH);
        let newer = PasswordHasher::start(config(method, 5), peppers("p2"), Arc::new(SystemRng)).unwrap();
        assert_eq!(verify(&newer, "secret", Some(&current)), UPGRADE);
        assert_eq!(verify(&newer, "secret", Some(&hash(&newer, "secret"))), MATCH);
    }
}

#[test]
fn an_ambiguous_imported_hash_is_not_upgraded() {
    let import = |made_of: &str| {
        PasswordHash::import(bcrypt::hash(made_of, COST).unwrap(), BcryptCost::for_tests(COST)).unwrap()
    };
    for method in METHODS {
        let hasher = hasher(method, COST);
        for (length, found) in [(70, UPGRADE), (71, UPGRADE), (72, MATCH), (73, MATCH), (80, MATCH)] {
            let right = "x".repeat(length);
            let stored = import(&right);
            assert_eq!(verify(&hasher, &right, Some(&stored)), found, "{length}, {method:?}");
            let slip = format!("{}y", &right[1..]);
            let taken = if length > 72 { MATCH } else { MISMATCH };
            assert_eq!(verify(&hasher, &slip, Some(&stored)), taken, "{length}, {method:?}");
        }
        // Two more bytes, and the same key repeated.
        assert_eq!(verify(&hasher, "a\0a", Some(&import("a"))), MATCH);
    }
}

#[test]
fn hashes_of_other_libraries_verify() {
    for method in METHODS {
        let hasher = hasher(method, 8);
        // From the published tests of jBCrypt and crypt_blowfish.
        for (text, plain) in [
            ("$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", ""),
            ("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ] {
            let stored = PasswordHash::import(text.to_owned(), BcryptCost::for_tests(8)).unwrap();
            assert_eq!(verify(&hasher, plain, Some(&stored)), UPGRADE, "{text}");
            assert_eq!(verify(&hasher, "other", Some(&stored)), MISMATCH, "{text}");
        }
    }
}

#[test]
fn keys_are_wiped_and_not_copied_when_a_job_moves() {
    fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
    assert!(size_of::<job::Job>() < 72);
    is_wiped::<palisade_bcrypt::Key>();
    is_wiped::<blowfish::Blowfish>();
}

#[test]
fn the_default_queue_has_32_places_for_each_thread() {
    for threads in [1, 2, 64] {
        let workers = NonZeroUsize::new(threads).unwrap();
        let config = HasherConfig::with_workers(BcryptCost::MIN, workers);
        assert_eq!((config.workers, config.queue.get()), (workers, 32 * threads));
    }
}

#[test]
fn a_handler_may_wait_for_it_on_any_thread() {
    fn sendable<T: Send>(_: &T) {}
    let hasher = hasher(HashBackend::Library, COST);
    let password = password("secret");
    sendable(&hasher.hash(&password, Priority::Unknown));
    sendable(&hasher.verify(&password, None, Priority::Unknown, &Trial::uncounted()));
}

proptest! {
    // In milliseconds: a case that times out is not also tried in every smaller form.
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_time: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn passwords_that_differ_in_the_last_character_are_distinguished(start in "\\PC{0,130}|(\\x00|[a-z]){0,130}", a: char, b: char, by in 0..METHODS.len()) {
        prop_assume!(a != b);
        let hasher = hasher(METHODS[by], COST);
        let (one, two) = (format!("{start}{a}"), format!("{start}{b}"));
        let stored = hash(&hasher, &one);
        prop_assert_eq!(verify(&hasher, &one, Some(&stored)), MATCH);
        prop_assert_eq!(verify(&hasher, &two, Some(&stored)), MISMATCH);
    }
}
