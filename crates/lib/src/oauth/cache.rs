//! A document of a provider that is read once for everybody: whoever needs it while it is being read waits for that one
//! reading.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::ports::Clock;
use tokio::sync::Mutex;

use super::error::{Doing, ProviderError, UnavailableCause};

/// After this time it is read again before it is used.
const FRESH: Duration = Duration::from_hours(1);
/// So long it is used while reading it again fails.
const STALE: Duration = Duration::from_hours(24);
/// The least time between two readings that were not needed by age: after a failure, or for a key that is not in it. A
/// provider that is down, or a stranger's token, costs one call in this time.
pub(super) const FLOOR: Duration = Duration::from_secs(5);

/// A document.
#[derive(Debug)]
pub(super) struct Cached<T> {
    doing: Doing,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: Option<(Arc<T>, Duration)>,
    failed_at: Option<Duration>,
}

impl<T> Cached<T> {
    pub(super) fn new(doing: Doing) -> Self {
        Self { doing, state: Mutex::new(State { value: None, failed_at: None }) }
    }

    /// The document, read by `read` if it is not fresh.
    pub(super) async fn get(
        &self,
        clock: &dyn Clock,
        read: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        let mut state = self.state.lock().await;
        let now = clock.monotonic();
        let known = state.value.as_ref().map(|(value, at)| (Arc::clone(value), now.saturating_sub(*at)));
        match known {
            Some((value, age)) if age < FRESH => return Ok(value),
            _ => {}
        }
        let read = if state.just_failed(now) {
            Err(self.doing.failed(UnavailableCause::JustFailed))
        } else {
            state.store(clock, read.await)
        };
        match (read, known) {
            (Err(_), Some((value, age))) if age < STALE => Ok(value),
            (read, _) => read,
        }
    }

    /// The document again, if it may be a newer one than `old`: somebody else has read it since, or it is old enough to
    /// be read again. `None` if it is too early.
    pub(super) async fn newer_than(
        &self,
        old: &Arc<T>,
        clock: &dyn Clock,
        read: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Option<Arc<T>>, ProviderError> {
        let mut state = self.state.lock().await;
        let now = clock.monotonic();
        match &state.value {
            Some((value, _)) if !Arc::ptr_eq(value, old) => return Ok(Some(Arc::clone(value))),
            Some((_, at)) if now.saturating_sub(*at) < FLOOR => return Ok(None),
            _ => {}
        }
        if state.just_failed(now) {
            return Ok(None);
        }
        state.store(clock, read.await).map(Some)
    }
}

impl<T> State<T> {
    fn just_failed(&self, now: Duration) -> bool {
        self.failed_at.is_some_and(|at| now.saturating_sub(at) < FLOOR)
    }

    fn store(&mut self, clock: &dyn Clock, read: Result<T, ProviderError>) -> Result<Arc<T>, ProviderError> {
        let at = clock.monotonic();
        match read {
            Ok(value) => {
                let value = Arc::new(value);
                *self = Self { value: Some((Arc::clone(&value), at)), failed_at: None };
                Ok(value)
            }
            Err(error) => {
                self.failed_at = Some(at);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use palisade_core::ports::TestClock;
    use palisade_core::system::time::Timestamp;

    use super::*;

    /// Answers with the number of the reading; the bad ones fail.
    struct Server {
        readings: AtomicU32,
        bad: Vec<u32>,
    }

    impl Server {
        fn failing_at(bad: &[u32]) -> Self {
            Self { readings: AtomicU32::new(0), bad: bad.to_vec() }
        }

        async fn read(&self) -> Result<u32, ProviderError> {
            let reading = self.readings.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            if self.bad.contains(&reading) {
                return Err(Doing::Keys.failed(UnavailableCause::Status(500)));
            }
            Ok(reading)
        }
    }

    fn clock() -> TestClock {
        TestClock::at(Timestamp::EPOCH)
    }

    #[tokio::test]
    async fn many_who_need_it_at_once_read_it_once() {
        let (cached, server, clock) = (Cached::new(Doing::Keys), Server::failing_at(&[]), clock());
        let all = (0..50).map(|_| cached.get(&clock, server.read()));
        for read in futures_util::future::join_all(all).await {
            assert_eq!(*read.unwrap(), 1);
        }
        clock.advance(FRESH);
        assert_eq!(*cached.get(&clock, server.read()).await.unwrap(), 2, "an old one is read again");
    }

    #[tokio::test]
    async fn a_failure_is_not_repeated_at_once() {
        let (cached, server, clock) = (Cached::new(Doing::Keys), Server::failing_at(&[1]), clock());
        let all = (0..50).map(|_| cached.get(&clock, server.read()));
        assert!(futures_util::future::join_all(all).await.iter().all(Result::is_err));
        assert_eq!(server.readings.load(Ordering::SeqCst), 1);
        clock.advance(FLOOR);
        assert_eq!(*cached.get(&clock, server.read()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn an_old_one_serves_while_the_provider_is_down_but_not_for_ever() {
        let (cached, server, clock) = (Cached::new(Doing::Keys), Server::failing_at(&[2, 3]), clock());
        cached.get(&clock, server.read()).await.unwrap();
        clock.advance(FRESH);
        assert_eq!(*cached.get(&clock, server.read()).await.unwrap(), 1);
        assert_eq!(*cached.get(&clock, server.read()).await.unwrap(), 1, "without another reading");
        assert_eq!(server.readings.load(Ordering::SeqCst), 2);
        clock.advance(STALE);
        assert!(cached.get(&clock, server.read()).await.is_err());
    }

    #[tokio::test]
    async fn a_newer_one_is_read_at_most_once_in_a_while() {
        let (cached, server, clock) = (Cached::new(Doing::Keys), Server::failing_at(&[]), clock());
        let old = cached.get(&clock, server.read()).await.unwrap();
        assert!(
            cached.newer_than(&old, &clock, server.read()).await.unwrap().is_none(),
            "it was read just now"
        );
        clock.advance(FLOOR);
        let all = (0..50).map(|_| cached.newer_than(&old, &clock, server.read()));
        for read in futures_util::future::join_all(all).await {
            assert_eq!(read.unwrap().as_deref(), Some(&2));
        }
        assert_eq!(server.readings.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_newer_one_that_fails_is_not_read_again_at_once() {
        let (cached, server, clock) = (Cached::new(Doing::Keys), Server::failing_at(&[2]), clock());
        let old = cached.get(&clock, server.read()).await.unwrap();
        clock.advance(FLOOR);
        assert!(cached.newer_than(&old, &clock, server.read()).await.is_err());
        for _ in 0..5 {
            assert!(cached.newer_than(&old, &clock, server.read()).await.unwrap().is_none());
        }
        assert_eq!(server.readings.load(Ordering::SeqCst), 2);
        clock.advance(FLOOR);
        assert_eq!(cached.newer_than(&old, &clock, server.read()).await.unwrap().as_deref(), Some(&3));
    }
}
