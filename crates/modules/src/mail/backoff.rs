//! When a mail that could not be composed or delivered is tried again.

use std::time::Duration;

use palisade_core::ports::Rng;
use palisade_core::utils::crypto::random::random_array;

/// After so many attempts a mail is given up. With the waits between them that is about a day: longer than most outages
/// last, and as long as any mailed link holds.
pub(super) const ATTEMPTS: i64 = 10;

const FIRST: Duration = Duration::from_secs(10);
const FACTOR: u32 = 3;

/// How long to wait after the `attempt`-th attempt, the first being 1; `None` when that was the last.
///
/// Exponential, one half of it random, so that what failed together is not tried again together.
pub(super) fn after(attempt: i64, rng: &dyn Rng) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let exponent = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    let half = FIRST.saturating_mul(FACTOR.saturating_pow(exponent)) / 2;
    let part = u32::from_le_bytes(random_array(rng));
    Some(half + half.mul_f64(f64::from(part) / f64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always the same byte.
    #[derive(Debug)]
    struct Fixed(u8);

    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn waits(rng: &dyn Rng) -> Vec<Duration> {
        (1..).map_while(|attempt| after(attempt, rng)).collect()
    }

    #[test]
    fn waits_grow_threefold_from_ten_seconds_to_about_a_day_in_all() {
        let longest = waits(&Fixed(0xff));
        assert_eq!(longest.len(), 9);
        assert_eq!(longest[..4].iter().map(Duration::as_secs).collect::<Vec<_>>(), [10, 30, 90, 270]);
        let hours = longest.iter().sum::<Duration>().as_secs() / 3600;
        assert!((24..30).contains(&hours), "{hours} h");
    }

    #[test]
    fn one_half_of_each_wait_is_random() {
        for (longest, shortest) in waits(&Fixed(0xff)).into_iter().zip(waits(&Fixed(0))) {
            assert_eq!(longest, shortest * 2);
        }
    }

    #[test]
    fn no_count_however_odd_gives_an_endless_wait_or_a_panic() {
        assert_eq!(after(i64::MAX, &Fixed(0)), None);
        assert_eq!(after(i64::MIN, &Fixed(0xff)), Some(FIRST));
    }
}
