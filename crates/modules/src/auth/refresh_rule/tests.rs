//! The rotation rule, case by case: presented generation × party × age of the live generation × party it was made
//! for × earlier pardon.

use std::time::Duration;

use palisade_core::identity::UserId;
use palisade_core::ports::{SystemRng, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::refresh::RefreshSeed;
use palisade_core::values::Id;
use proptest::prelude::*;

use super::{Step, step};
use crate::auth::schema::{DeviceId, Proof, Session};

const GRACE: Duration = Duration::from_secs(30);
const MADE: Timestamp = Timestamp::from_secs(1_000_000);

/// A session whose live generation was created at [`MADE`].
fn session(generation: i64, previous: i64, pardoned: bool) -> Session {
    let clock = TestClock::at(MADE);
    Session {
        proof: Proof::Password,
        user: UserId::generate(&clock, &SystemRng),
        epoch: 1,
        seed: RefreshSeed::generate(&SystemRng),
        generation,
        previous,
        rotated_at: MADE,
        pardoned,
        made_for_its_own: true,
        device: DeviceId::generate(&clock, &SystemRng),
        user_agent: None,
        ip: "127.0.0.1".to_owned(),
        authenticated_at: MADE,
        ends_at: Timestamp::FAR_FUTURE,
        expires_at: Timestamp::FAR_FUTURE,
        impersonation: None,
    }
}

fn at(age: Duration) -> Timestamp {
    MADE.plus(age)
}

#[test]
fn every_cell_of_the_table_holds_at_both_edges_of_the_grace() {
    use Step::{Again, Lost, Next, Pardon, Revoke};

    let (just_made, still_young) = (Duration::ZERO, GRACE.saturating_sub(Duration::from_millis(1)));
    let (just_old, long_ago) = (GRACE, Duration::from_hours(24));
    // presented, pardoned before, from its own device | young, old: if 8 was made for the own device …
    let own = [
        (8, false, true, Again, Next),
        (8, false, false, Again, Next),
        (8, true, true, Again, Next),
        (8, true, false, Again, Next),
        (7, false, true, Again, Pardon),
        (7, false, false, Revoke, Revoke),
        (7, true, true, Again, Revoke),
        (7, true, false, Revoke, Revoke),
        (6, false, true, Revoke, Revoke),
        (6, false, false, Revoke, Revoke),
        (1, false, true, Revoke, Revoke),
        (0, false, true, Revoke, Revoke),
        // The store forgot that it created these: their holder did nothing wrong.
        (9, false, true, Lost, Lost),
        (9, true, false, Lost, Lost),
        (i64::MAX, false, true, Lost, Lost),
    ];
    // … and if it was made for another party, without the cookie of that device.
    let others = [
        (8, false, true, Again, Next),
        (8, false, false, Again, Next),
        (8, true, true, Again, Next),
        (8, true, false, Again, Next),
        (7, false, true, Revoke, Revoke),
        (7, false, false, Again, Revoke),
        (7, true, true, Revoke, Revoke),
        (7, true, false, Again, Revoke),
        (6, false, true, Revoke, Revoke),
        (6, false, false, Revoke, Revoke),
        (9, false, false, Lost, Lost),
    ];
    let rows = own.into_iter().map(|row| (true, row)).chain(others.into_iter().map(|row| (false, row)));
    for (made_for_its_own, (presented, pardoned, own, young, old)) in rows {
        let session = Session { made_for_its_own, ..session(8, 7, pardoned) };
        for (age, expected) in
            [(just_made, &young), (still_young, &young), (just_old, &old), (long_ago, &old)]
        {
            let taken = step(&session, presented, own, at(age), GRACE);
            assert_eq!(
                &taken, expected,
                "generation {presented}, pardoned {pardoned}, own {own}, made for it {made_for_its_own}, {age:?}"
            );
        }
    }
}

#[test]
fn whoever_of_two_parties_comes_second_ends_the_session_however_soon() {
    // Both have 7, which is live; one of them gets 8, and the other presents 7.
    for first in [true, false] {
        for age in [Duration::ZERO, GRACE, Duration::from_hours(24)] {
            let taken = Session { made_for_its_own: first, ..session(8, 7, false) };
            assert_eq!(step(&taken, 7, !first, at(age), GRACE), Step::Revoke, "{first} {age:?}");
        }
    }
}

#[test]
fn a_session_of_before_counts_as_made_for_its_own_device() {
    let mut stored = serde_json::to_value(session(8, 7, false)).unwrap();
    stored.as_object_mut().unwrap().remove("madeForItsOwn").unwrap();
    assert!(serde_json::from_value::<Session>(stored).unwrap().made_for_its_own);
}

#[test]
fn the_first_generation_has_none_before_it() {
    let born = session(1, 0, false);
    for age in [Duration::ZERO, GRACE] {
        assert_eq!(step(&born, 0, true, at(age), GRACE), Step::Revoke);
    }
}

#[test]
fn after_a_pardon_the_generation_that_was_passed_over_ends_the_session() {
    // 7 came late while 8 was live: 9 was made with 7 as its previous one, so a holder of 8 is detected.
    let forgiven = session(9, 7, true);
    assert_eq!(step(&forgiven, 8, true, at(Duration::ZERO), GRACE), Step::Revoke);
    assert_eq!(step(&forgiven, 7, true, at(Duration::ZERO), GRACE), Step::Again);
    assert_eq!(step(&forgiven, 7, true, at(GRACE), GRACE), Step::Revoke);
}

#[test]
fn a_clock_that_went_back_makes_nothing_older() {
    let session = session(8, 7, false);
    assert_eq!(step(&session, 8, true, MADE.minus(Duration::from_hours(1)), GRACE), Step::Again);
    assert_eq!(step(&session, 6, true, MADE.minus(Duration::from_hours(1)), GRACE), Step::Revoke);
}

proptest! {
    #[test]
    fn only_the_live_generation_and_the_one_before_it_ever_go_on(
        generation in 2_i64..1000,
        presented in any::<i64>(),
        pardoned in any::<bool>(),
        made_for_its_own in any::<bool>(),
        own in any::<bool>(),
        age in 0_u64..100_000,
    ) {
        prop_assume!(presented != generation && presented != generation - 1);
        let session = Session { made_for_its_own, ..session(generation, generation - 1, pardoned) };
        let taken = step(&session, presented, own, at(Duration::from_millis(age)), GRACE);
        prop_assert_eq!(taken, if presented > generation { Step::Lost } else { Step::Revoke });
    }
}
