//! Random passwords against two implementations that share no code with this one: the `bcrypt` crate and the C
//! library of the system.
//!
//! `PALISADE_LONG=1` compares 100,000 of cost 4 to 6 and 200 of cost 10 to 12: about ten minutes.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

mod common;

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use common::C;
use palisade_bcrypt::{Cost, Hash, Job, Key, Salt, Version, Width, digests};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// A password, the cost and the salt of its hash.
type Case = (Vec<u8>, u32, [u8; 16]);

/// The maximum number of cases in a batch; most batches leave lanes free, refill them and mix costs.
const BATCH: usize = 20;

#[expect(clippy::disallowed_methods, reason = "the long form is asked for where it is started")]
fn long() -> bool {
    std::env::var_os("PALISADE_LONG").is_some()
}

/// Of every relevant length, and with many of the relevant bytes: 0, the sign bit, all ones.
fn password() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => 1..=127_u8, 4 => 128..=255_u8, 1 => Just(0_u8), 1 => Just(255_u8)];
    let text = prop_oneof![6 => 1..=127_u8, 4 => 128..=255_u8];
    prop_oneof![
        3 => vec(byte.clone(), 0..80),
        3 => vec(text.clone(), 0..80),
        1 => vec(text, 66..80),
        1 => vec(byte, 80..300),
        // Repetitions, as in the algorithm.
        1 => (vec(1..=255_u8, 1..6), 0..80_usize)
            .prop_map(|(pattern, length)| pattern.into_iter().cycle().take(length).collect()),
    ]
}

fn cases(costs: RangeInclusive<u32>) -> impl Strategy<Value = Vec<Case>> {
    vec((password(), costs, any::<[u8; 16]>()), 1..=BATCH)
}

fn width() -> impl Strategy<Value = Width> {
    (1..=8_usize).prop_map(|lanes| Width::new(lanes).unwrap())
}

/// Compares at least `number` cases.
fn compare(
    number: usize,
    costs: RangeInclusive<u32>,
    agree: impl Fn(Width, &[Case]) -> Result<(), TestCaseError>,
) {
    let compared = Cell::new(0);
    while compared.get() < number {
        let config = Config { cases: 1, failure_persistence: None, ..Config::default() };
        let strategy = (width(), cases(costs.clone()));
        let run = TestRunner::new(config).run(&strategy, |(width, cases)| {
            compared.set(compared.get() + cases.len());
            agree(width, &cases)
        });
        run.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

fn computed(width: Width, cases: &[Case], key: impl Fn(&[u8]) -> Key) -> Vec<Hash> {
    let hash = |(_, cost, salt): &Case| (Cost::new(*cost).unwrap(), Salt::new(*salt));
    let jobs = cases.iter().map(|case| {
        let (cost, salt) = hash(case);
        Job::new(key(&case.0), cost, salt)
    });
    let finished = digests(width, jobs);
    assert_eq!(finished.len(), cases.len());
    let whole = |(case, digest)| {
        let (cost, salt) = hash(case);
        Hash::new(Version::B, cost, salt, digest)
    };
    cases.iter().zip(finished).map(whole).collect()
}

/// Against C, which reads a password up to its NUL, and 72 bytes of it.
fn agrees_with_c(c: &mut C, width: Width, cases: &[Case]) -> Result<(), TestCaseError> {
    let hashes = computed(width, cases, |password| Key::truncated(password));
    for ((password, ..), hash) in cases.iter().zip(&hashes) {
        c.ask(&hash.to_string()[..29], password);
    }
    // All answers are read before the first comparison; otherwise the next case would read them.
    let answers: Vec<String> = hashes.iter().map(|_| c.answer()).collect();
    let expected: Vec<String> = hashes.iter().map(Hash::to_string).collect();
    prop_assert_eq!(answers, expected);
    Ok(())
}

/// Against the crate, which computes over raw keys with a NUL anywhere, and hashes passwords without one.
fn agrees_with_the_crate(width: Width, cases: &[Case]) -> Result<(), TestCaseError> {
    let raw = |password: &[u8]| [password, &[0]].concat().into_iter().take(72).collect::<Vec<u8>>();
    let hashes = computed(width, cases, |password| Key::raw(raw(password)).unwrap());
    for ((password, cost, salt), hash) in cases.iter().zip(hashes) {
        prop_assert_eq!(&bcrypt::bcrypt(*cost, *salt, &raw(password))[..23], hash.digest().bytes());
        let theirs: bcrypt::HashParts = hash.to_string().parse().unwrap();
        prop_assert_eq!((theirs.get_cost(), theirs.get_salt_raw()), (*cost, *salt));
        prop_assert_eq!(theirs.to_string().parse::<Hash>(), Ok(hash));
    }
    Ok(())
}

fn both_agree(number: usize, costs: RangeInclusive<u32>) {
    let c = RefCell::new(C::start());
    compare(number, costs, |width, cases| {
        agrees_with_c(&mut c.borrow_mut(), width, cases)?;
        agrees_with_the_crate(width, cases)
    });
}

#[test]
fn both_agree_on_hashes_of_low_cost() {
    both_agree(if long() { 100_000 } else { 400 }, 4..=6);
}

#[test]
fn both_agree_on_hashes_as_they_are_used() {
    both_agree(if long() { 200 } else { 1 }, if long() { 10..=12 } else { 8..=10 });
}

/// Every bit of a password counts, up to the 72nd byte.
#[test]
fn a_password_that_differs_in_one_bit_is_another() {
    let batches = if long() { 50 } else { 2 };
    let config = Config { cases: batches, failure_persistence: None, ..Config::default() };
    let strategy = (vec(1..=255_u8, 1..=72), any::<[u8; 16]>());
    let run = TestRunner::new(config).run(&strategy, |(password, salt)| {
        let hash = Hash::with_salt(&Key::new(&password).unwrap(), Cost::MIN, Salt::new(salt));
        let others: Vec<Key> = (0..password.len() * 8)
            .filter_map(|bit| {
                let mut other = password.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                // A NUL is refused, which is as good.
                Key::new(other).ok()
            })
            .collect();
        let right = hash.job(Key::new(&password).unwrap());
        let computed = digests(Width::FOUR, others.into_iter().map(|key| hash.job(key)).chain([right]));
        let equal: Vec<bool> = computed.iter().map(|digest| *digest == hash.digest()).collect();
        let (right, others) = equal.split_last().unwrap();
        prop_assert!(*right && others.iter().all(|equal| !equal));
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
