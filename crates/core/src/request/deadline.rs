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
    timeout: Duration,
    /// `None` while it is paused.
    end: Arc<Mutex<Option<Instant>>>,
}

/// The deadline has passed.
#[derive(Debug)]
pub(crate) struct DeadlinePassed;

impl Deadline {
    /// A deadline that starts now.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, end: Arc::new(Mutex::new(Some(now() + timeout))) }
    }

    /// Pauses the deadline while the body is read, which has its own bound. Afterwards the time starts again.
    pub(crate) async fn pause_while<T>(&self, reading: impl Future<Output = T>) -> T {
        *self.end.lock() = None;
        let read = reading.await;
        *self.end.lock() = Some(now() + self.timeout);
        read
    }

    /// Runs a route until it answers, or until the deadline has passed.
    pub(crate) fn enforce<F>(&self, route: F) -> WithDeadline<F> {
        let end = *self.end.lock();
        let sleep = sleep_until(end.unwrap_or_else(|| now() + self.timeout));
        WithDeadline { route, sleep, deadline: self.clone() }
    }

    /// Checked after each step of the route, because only the route moves the deadline.
    fn poll_deadline(&self, mut sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<DeadlinePassed> {
        let Some(end) = *self.end.lock() else { return Poll::Pending };
        if sleep.deadline() != end {
            sleep.as_mut().reset(end);
        }
        sleep.poll(cx).map(|()| DeadlinePassed)
    }
}

pin_project! {
    /// The call of a route, with its deadline.
    pub(crate) struct WithDeadline<F> {
        #[pin]
        route: F,
        #[pin]
        sleep: Sleep,
        deadline: Deadline,
    }
}

impl<F: Future> Future for WithDeadline<F> {
    type Output = Result<F::Output, DeadlinePassed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let held = self.project();
        match held.route.poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            Poll::Pending => held.deadline.poll_deadline(held.sleep, cx).map(Err),
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
    fn the_deadline_starts_again_after_the_body() {
        let hour = Duration::from_hours(1);
        let deadline = Deadline::new(SHORT);
        let held = run(async {
            let slow = async {
                deadline.pause_while(tokio::time::sleep(SHORT * 5)).await;
                "answered"
            };
            deadline.enforce(slow).await
        });
        assert_eq!(held.unwrap(), "answered");
        let held = run(async {
            let slower = async {
                deadline.pause_while(tokio::time::sleep(SHORT)).await;
                tokio::time::sleep(hour).await;
            };
            deadline.enforce(slower).await
        });
        assert!(held.is_err(), "and no more than that");
    }

    #[test]
    fn the_deadline_covers_the_phases_before_the_body() {
        let deadline = Deadline::new(SHORT);
        assert!(run(async { deadline.enforce(std::future::pending::<()>()).await }).is_err());
    }
}
