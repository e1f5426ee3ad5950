//! Decisions that several may make at once: who loses the race decides again, on what the winner wrote.

use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::Rng;
use palisade_lib::store::StoreError;

/// How often a decision is made at most. Of so many that race for one document the last one still gets its turn.
pub(crate) const MAX_CAS_RETRIES: u32 = 32;

/// The longest wait after the first lost race; each later one doubles it, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_millis(32);

/// When a request has lost every race, the client should try again after this time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The error of a request that lost every race for a document: 503. The cause goes to the log.
pub(crate) fn lost_every_race(cause: &'static str) -> AppError {
    AppError::unavailable(RETRY_AFTER, cause)
}

/// How one attempt at a decision ended.
#[derive(Debug)]
pub enum Attempt<T> {
    /// It is made.
    Done(T),
    /// It has to be made again: what it rested on has changed.
    Again,
}

impl<T> Attempt<T> {
    /// What a compare-and-swap that failed makes of an attempt.
    ///
    /// # Errors
    /// The error itself, unless it says that a document is not what was read.
    pub fn unless_stale<E: From<StoreError>>(error: StoreError) -> Result<Self, E> {
        match error {
            StoreError::Stale { .. } => Ok(Self::Again),
            error => Err(error.into()),
        }
    }

    /// The same where the race may also be about who makes a document.
    ///
    /// # Errors
    /// The error itself, unless it says that a document is not what was read, or is there already.
    pub fn unless_raced<E: From<StoreError>>(error: StoreError) -> Result<Self, E> {
        match error {
            StoreError::Stale { .. } | StoreError::Duplicate { .. } => Ok(Self::Again),
            error => Err(error.into()),
        }
    }
}

/// Makes a decision until it comes through, [`MAX_CAS_RETRIES`] times at most; `None` when it lost every race. Waits a random
/// time between two attempts (full jitter), so that those who race for one document do not meet again at once.
///
/// # Errors
/// The first error of an attempt.
pub(crate) async fn retry_on_stale<T, E, F>(
    rng: &dyn Rng,
    mut attempt: impl FnMut() -> F,
) -> Result<Option<T>, E>
where
    F: Future<Output = Result<Attempt<T>, E>>,
{
    for lost in 0..MAX_CAS_RETRIES {
        if lost > 0 {
            tokio::time::sleep(wait(lost - 1, rng)).await;
        }
        if let Attempt::Done(done) = attempt().await? {
            return Ok(Some(done));
        }
    }
    Ok(None)
}

/// A random part of the wait that so many lost races are worth.
fn wait(lost: u32, rng: &dyn Rng) -> Duration {
    let longest = FIRST_WAIT.saturating_mul(1 << lost.min(16)).min(LONGEST_WAIT);
    let mut random = [0; 4];
    rng.fill(&mut random);
    longest.mul_f64(f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use palisade_core::ports::SystemRng;

    use super::*;

    /// Always the same byte.
    #[derive(Debug)]
    struct Fixed(u8);

    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn stale() -> StoreError {
        StoreError::Stale { collection: "books", id: "1".to_owned() }
    }

    fn taken() -> StoreError {
        StoreError::Duplicate { collection: "books", id: "1".to_owned() }
    }

    /// Loses this many races, then wins. Gives what came of it and how often it was tried.
    async fn decide(losses: u32) -> (Option<u32>, u32) {
        let tried = AtomicU32::new(0);
        let decided = retry_on_stale(&Fixed(0), || async {
            let before = tried.fetch_add(1, Ordering::SeqCst);
            if before < losses { Attempt::unless_stale(stale()) } else { Ok(Attempt::Done(before)) }
        });
        let decided: Result<_, StoreError> = decided.await;
        (decided.unwrap(), tried.into_inner())
    }

    #[tokio::test]
    async fn a_decision_is_made_again_until_it_comes_through_and_not_for_ever() {
        assert_eq!(decide(0).await, (Some(0), 1));
        assert_eq!(decide(1).await, (Some(1), 2));
        assert_eq!(decide(MAX_CAS_RETRIES - 1).await, (Some(MAX_CAS_RETRIES - 1), MAX_CAS_RETRIES));
        assert_eq!(decide(MAX_CAS_RETRIES).await, (None, MAX_CAS_RETRIES));
    }

    #[tokio::test]
    async fn any_other_error_ends_it() {
        let tried = AtomicU32::new(0);
        let decided: Result<Option<()>, StoreError> = retry_on_stale(&SystemRng, || async {
            tried.fetch_add(1, Ordering::SeqCst);
            Attempt::unless_stale(taken())
        })
        .await;
        assert!(matches!(decided, Err(StoreError::Duplicate { .. })));
        assert_eq!(tried.into_inner(), 1);
    }

    #[test]
    fn a_document_that_is_there_already_is_a_lost_race_only_where_that_is_said() {
        let raced: Result<Attempt<()>, StoreError> = Attempt::unless_raced(taken());
        assert!(matches!(raced, Ok(Attempt::Again)));
        let raced: Result<Attempt<()>, StoreError> = Attempt::unless_raced(stale());
        assert!(matches!(raced, Ok(Attempt::Again)));
    }

    #[test]
    fn waits_double_up_to_a_bound_and_all_of_each_is_random() {
        let longest: Vec<_> = (0..8).map(|lost| wait(lost, &Fixed(0xff)).as_millis()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 32, 32]);
        assert!((0..40).all(|lost| wait(lost, &Fixed(0)).is_zero()));
        assert_eq!(wait(u32::MAX, &Fixed(0xff)), LONGEST_WAIT);
    }
}
