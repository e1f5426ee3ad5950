//! A caller that does anything in any order: jobs of different costs join, steps have any length, jobs are
//! abandoned. Every finished digest equals that of the `bcrypt` crate and of the C library of the system.

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::cell::RefCell;

use arbitrary::Arbitrary;
use common::C;
use libfuzzer_sys::fuzz_target;
use palisade_bcrypt::{Cost, Digest, Full, Hash, Job, Key, Lanes, Salt, Version, Width};

/// The longest input of libxcrypt, of which bcrypt reads 72 bytes.
const C_TAKES: usize = 511;

thread_local! {
    /// One process for the whole run.
    static IN_C: RefCell<C> = RefCell::new(C::start());
}

#[derive(Arbitrary, Debug)]
enum Action {
    Add { password: Vec<u8>, dearer: bool, salt: [u8; 16] },
    Step(u8),
    Abandon(u8),
}

fuzz_target!(|input: (u8, Vec<Action>)| {
    IN_C.with_borrow_mut(|c| drive(input, c));
});

fn drive((width, actions): (u8, Vec<Action>), c: &mut C) {
    let width = Width::new(usize::from(width % 8) + 1).expect("1 to 8");
    let mut lanes = Lanes::new(width);
    // The expected digest of each running job.
    let mut expected: Vec<Option<Digest>> = Vec::new();
    // The expected answers of C. It computes meanwhile.
    let mut asked: Vec<String> = Vec::new();
    let check = |finished: Vec<(usize, Digest)>, expected: &mut Vec<Option<Digest>>| {
        for (number, digest) in finished {
            assert_eq!(expected[number].take(), Some(digest));
        }
    };
    // A few dozen hashes: enough to fill eight lanes again and again.
    for action in actions.into_iter().take(64) {
        match action {
            Action::Add { password, dearer, salt } => {
                let cost = Cost::new(4 + u32::from(dearer)).expect("4 or 5");
                let end = password.iter().position(|byte| *byte == 0).unwrap_or(password.len());
                let cut: Vec<u8> = password[..end].iter().copied().chain([0]).take(72).collect();
                let job = Job::new(Key::truncated(&password), cost, Salt::new(salt));
                let room = lanes.has_room();
                match lanes.add(job, expected.len()) {
                    Ok(()) => {
                        assert!(room);
                        let digest = bcrypt::bcrypt(cost.get(), salt, &cut);
                        let digest = Digest::new(*digest.first_chunk().expect("24 bytes"));
                        let hash = Hash::new(Version::B, cost, Salt::new(salt), digest).to_string();
                        c.ask(&hash[..29], &password[..password.len().min(C_TAKES)]);
                        asked.push(hash);
                        expected.push(Some(digest));
                    }
                    Err(Full(..)) => assert!(!room && lanes.len() == width.get()),
                }
            }
            Action::Step(iterations) => check(lanes.step(u32::from(iterations)), &mut expected),
            Action::Abandon(bits) => {
                let stays = |number: &usize| bits >> (number % 8) & 1 == 1;
                lanes.retain(stays);
                for (number, digest) in expected.iter_mut().enumerate() {
                    if !stays(&number) {
                        *digest = None;
                    }
                }
            }
        }
        assert_eq!(lanes.len(), expected.iter().flatten().count());
    }
    while !lanes.is_empty() {
        check(lanes.step(u32::MAX), &mut expected);
    }
    assert!(expected.iter().all(Option::is_none));
    for hash in asked {
        assert_eq!(c.answer(), hash);
    }
}
