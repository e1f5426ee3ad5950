//! A caller that does anything in any order: jobs of different costs join, steps of every length, jobs are abandoned.
//! What is finished is what the `bcrypt` crate computes.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use palisade_bcrypt::{Cost, Digest, Full, Job, Key, Lanes, Salt, Width};

#[derive(Arbitrary, Debug)]
enum Action {
    Add { password: Vec<u8>, dearer: bool, salt: [u8; 16] },
    Step(u8),
    Abandon(u8),
}

fuzz_target!(|input: (u8, Vec<Action>)| {
    let (width, actions) = input;
    let width = Width::new(usize::from(width % 8) + 1).expect("1 to 8");
    let mut lanes = Lanes::new(width);
    // What each job that runs must give.
    let mut expected: Vec<Option<Digest>> = Vec::new();
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
                        expected.push(digest.first_chunk().map(|digest| Digest::new(*digest)));
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
});
