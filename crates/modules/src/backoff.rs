//! The delays between attempts at work that fails for a while: a mail, the delivery of an event.

use std::time::Duration;

use palisade_core::ports::Rng;
use palisade_core::utils::crypto::random::random_array;

const FIRST: Duration = Duration::from_secs(10);
const FACTOR: u32 = 3;
/// The delay after the `attempt`-th attempt, the first being 1.
///
/// Exponential up to `longest`, one half of it random, so that what failed together is not tried together again.
pub(crate) fn after(attempt: i64, longest: Duration, rng: &dyn Rng) -> Duration {
    let exponent = u32::try_from(attempt.saturating_sub(1)).unwrap_or(if attempt > 0 { u32::MAX } else { 0 });
    spread(FIRST.saturating_mul(FACTOR.saturating_pow(exponent)).min(longest), rng)
}

/// A random time from half of `longest` to all of it.
pub(crate) fn spread(longest: Duration, rng: &dyn Rng) -> Duration {
    let half = longest / 2;
    let part = u32::from_le_bytes(random_array(rng));
    half + half.mul_f64(f64::from(part) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_mins(15);

    /// Always the same byte.
    #[derive(Debug)]
    struct Fixed(u8);

    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn waits(rng: &dyn Rng) -> Vec<Duration> {
        (1..=20).map(|attempt| after(attempt, LONGEST, rng)).collect()
    }

    #[test]
    fn waits_grow_threefold_from_ten_seconds_to_a_quarter_of_an_hour() {
        let longest: Vec<_> = waits(&Fixed(0xff)).iter().map(Duration::as_secs).collect();
        assert_eq!(longest[..6], [10, 30, 90, 270, 810, 900]);
        assert!(longest[6..].iter().all(|wait| *wait == 900));
    }

    #[test]
    fn one_half_of_each_wait_is_random() {
        for (longest, shortest) in waits(&Fixed(0xff)).into_iter().zip(waits(&Fixed(0))) {
            assert_eq!(longest, shortest * 2);
        }
    }

    #[test]
    fn no_count_however_odd_gives_an_endless_wait_or_a_panic() {
        assert_eq!(after(i64::MAX, LONGEST, &Fixed(0xff)), LONGEST);
        assert_eq!(after(i64::MIN, LONGEST, &Fixed(0xff)), FIRST);
    }
}
