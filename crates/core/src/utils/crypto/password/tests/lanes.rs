//! The lanes of an engine: when jobs join and leave, and what happens to them when the engine fails.

use std::num::NonZeroUsize;

use super::pool::{FOUR_LANES, begin};
use super::{COST, MATCH, METHODS, MISMATCH, config, hash, password, verify, watched, watched_as, within};
use crate::limits::Trial;
use crate::utils::crypto::password::{HashError, HasherConfig, Priority};

#[test]
fn a_lone_job_runs_alone_and_at_once() {
    let (hasher, probe) = watched(FOUR_LANES, 8);
    hash(&hasher, "secret");
    // 2^8 iterations, one per step.
    assert_eq!((probe.steps(), probe.most_at_once()), (256, 1));
    assert_eq!(probe.begun(), [8]);
}

#[test]
fn a_job_joins_those_that_run_at_the_next_step() {
    let (hasher, probe) = watched(FOUR_LANES, 8);
    probe.hold();
    let password = password("secret");
    within(async {
        let mut waiting = Vec::new();
        for already in 0..4 {
            assert!(begin(&mut waiting, hasher.hash(&password, Priority::KnownDevice)).await.is_pending());
            if already == 0 {
                probe.wait_at_the_gate();
            } else {
                probe.one_step();
            }
            assert_eq!(probe.most_at_once(), already + 1);
        }
        // A fifth finds no lane.
        assert!(begin(&mut waiting, hasher.hash(&password, Priority::KnownDevice)).await.is_pending());
        probe.one_step();
        assert_eq!((probe.most_at_once(), hasher.waiting()), (4, 1));
        probe.open();
        let mut made = Vec::new();
        for future in waiting {
            made.push(future.await.unwrap());
        }
        assert!(made.iter().enumerate().all(|(at, one)| !made[..at].contains(one)));
        for stored in &made {
            assert_eq!(
                hasher.verify(&password, Some(stored), Priority::Unknown, &Trial::uncounted()).await,
                Ok(MATCH)
            );
        }
    });
    assert_eq!((probe.most_at_once(), hasher.rounds()), (4, 10 << 8));
}

#[test]
fn queued_hashes_start_and_finish_spaced_out() {
    let queue = NonZeroUsize::new(16).unwrap();
    let (hasher, probe) = watched_as(HasherConfig { queue, ..config(FOUR_LANES, 8) });
    probe.hold();
    let password = password("secret");
    within(async {
        let mut waiting = Vec::new();
        for _ in 0..16 {
            assert!(begin(&mut waiting, hasher.hash(&password, Priority::KnownDevice)).await.is_pending());
        }
        probe.wait_at_the_gate();
        probe.open();
        for future in waiting {
            assert!(future.await.is_ok());
        }
    });
    let at = probe.begun_at();
    let (found_room, in_line) = at.split_at(4);
    assert!(found_room.last() < Some(&2), "{at:?}");
    // Of 32 steps that each takes, an eighth.
    assert!(in_line.windows(2).all(|pair| pair[1] - pair[0] >= 4), "{at:?}");
    assert_eq!((probe.most_at_once(), in_line.len()), (4, 12));
}

#[test]
fn the_lane_of_an_abandoned_job_is_free_at_the_next_step() {
    let (hasher, probe) = watched(FOUR_LANES, 8);
    probe.hold();
    let password = password("secret");
    within(async {
        let mut waiting = Vec::new();
        for _ in 0..2 {
            assert!(begin(&mut waiting, hasher.hash(&password, Priority::KnownDevice)).await.is_pending());
        }
        probe.wait_at_the_gate();
        probe.one_step();
        drop(waiting.remove(0));
        probe.one_step();
        probe.wait_until_given_up(1);
        probe.open();
        assert!(waiting.remove(0).await.is_ok());
    });
    assert_eq!(hasher.rounds(), 1 << 8, "the other was not computed to its end");
}

#[test]
fn parallel_jobs_of_different_costs_each_get_the_right_answer() {
    for method in METHODS {
        let stored: Vec<_> = (4..8).map(|cost| hash(&super::hasher(method, cost), "right")).collect();
        let hasher = super::hasher(method, 8);
        let (right, wrong) = (password("right"), password("wrong"));
        within(async {
            for asked in [&wrong, &right] {
                let before = hasher.rounds();
                let uncounted = Trial::uncounted();
                let all = stored
                    .iter()
                    .map(|stored| hasher.verify(asked, Some(stored), Priority::KnownDevice, &uncounted));
                let verdicts = futures_util::future::join_all(all).await;
                let matches = std::ptr::eq(asked, &raw const right);
                for verdict in verdicts {
                    assert_eq!(verdict.unwrap().matches, matches);
                }
                let rounds = if matches { 16 + 32 + 64 + 128 } else { 4 << 8 };
                assert_eq!(hasher.rounds() - before, rounds);
            }
        });
    }
}

#[test]
fn a_failed_engine_is_replaced_and_its_callers_get_an_error() {
    for method in METHODS {
        let (hasher, probe) = watched(method, 8);
        probe.hold();
        let secret = password("secret");
        within(async {
            let mut waiting = Vec::new();
            for _ in 0..method.width() {
                assert!(begin(&mut waiting, hasher.hash(&secret, Priority::KnownDevice)).await.is_pending());
            }
            probe.wait_at_the_gate();
            while probe.most_at_once() < method.width() {
                probe.one_step();
            }
            probe.fail();
            probe.open();
            for future in waiting {
                assert_eq!(future.await, Err(HashError::Stopped), "{method:?}");
            }
        });
        let stored = hash(&hasher, "secret");
        assert_eq!(verify(&hasher, "secret", Some(&stored)), MATCH);
        assert_eq!(verify(&hasher, "Secret", Some(&stored)), MISMATCH);
        // The jobs of the first engine were not continued.
        assert_eq!((probe.made(), hasher.rounds()), (2, 3 << 8), "{method:?}");
    }
}

#[test]
fn a_thread_survives_repeated_failures_and_serves_the_waiting_tasks() {
    for method in METHODS {
        // All threads, which is one.
        let (hasher, probe) = watched(method, COST);
        probe.hold();
        let secret = password("secret");
        within(async {
            let mut waiting = Vec::new();
            assert!(begin(&mut waiting, hasher.hash(&secret, Priority::KnownDevice)).await.is_pending());
            probe.wait_at_the_gate();
            probe.fail_with_those_to_come(3);
            probe.open();
            assert_eq!(waiting.remove(0).await, Err(HashError::Stopped), "{method:?}");
        });
        let stored = hash(&hasher, "secret");
        assert_eq!(verify(&hasher, "secret", Some(&stored)), MATCH);
        assert_eq!(probe.made(), 5, "{method:?}");
    }
}
