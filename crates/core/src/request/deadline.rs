//! The deadline of an answer: a time after the request was read (`HANDLER_TIMEOUT`), or after it arrived, if it has
//! no body.
//!
//! While the body is read the deadline pauses, because the body has its own bound (`BODY_TIMEOUT`). So the deadline
//! also covers the gates before the body, and a slow client takes no time from the handler.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::drain::now;

/// The deadline of one request. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    patience: Duration,
    /// None while it pauses.
    end: Arc<Mutex<Option<Instant>>>,
}

/// The deadline has passed.
#[derive(Debug)]
pub(crate) struct Late;

impl Deadline {
    /// A deadline that starts now.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, end: Arc::new(Mutex::new(Some(now() + patience))) }
    }

    /// Reads the body, which has its own bound. Afterwards the time starts again.
    pub(crate) async fn resting_while<T>(&self, reading: impl Future<Output = T>) -> T {
        *self.end.lock() = None;
        let read = reading.await;
        *self.end.lock() = Some(now() + self.patience);
        read
    }

    /// Runs a route until it answers, or until the deadline has passed.
    pub(crate) fn hold<F>(&self, route: F) -> Held<F> {
        let end = *self.end.lock();
        let sleep = sleep_until(end.unwrap_or_else(|| now() + self.patience));
        Held { route, sleep, deadline: self.clone() }
    }

    /// Checked after each step of the route, because only such a step moves it.
    fn poll_end(&self, mut sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Late> {
        let Some(end) = *self.end.lock() else { return Poll::Pending };
        if sleep.deadline() != end {
            sleep.as_mut().reset(end);
        }
        sleep.poll(cx).map(|()| Late)
    }
}

pin_project! {
    /// A route that is held to a deadline.
    pub(crate) struct Held<F> {
        #[pin]
        route: F,
        #[pin]
        sleep: Sleep,
        deadline: Deadline,
    }
}

impl<F: Future> Future for Held<F> {
    type Output = Result<F::Output, Late>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let held = self.project();
        match held.route.poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            Poll::Pending => held.deadline.poll_end(held.sleep, cx).map(Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn who_reads_for_long_has_the_whole_time_behind_it() {
        let hour = Duration::from_hours(1);
        let deadline = Deadline::new(SHORT);
        let held = run(async {
            let slow = async {
                deadline.resting_while(tokio::time::sleep(SHORT * 5)).await;
                "answered"
            };
            deadline.hold(slow).await
        });
        assert_eq!(held.unwrap(), "answered");
        let held = run(async {
            let slower = async {
                deadline.resting_while(tokio::time::sleep(SHORT)).await;
                tokio::time::sleep(hour).await;
            };
            deadline.hold(slower).await
        });
        assert!(held.is_err(), "and no more than that");
    }

    #[test]
    fn what_stands_before_the_body_is_held_to_it() {
        let deadline = Deadline::new(SHORT);
        assert!(run(async { deadline.hold(std::future::pending::<()>()).await }).is_err());
    }
}
