//! The bound of a peer that takes nothing of a body that is made while it is sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::drain::{self, Drain};

/// A peer that takes nothing, if it takes nothing. Every byte that it takes ends the stall.
#[derive(Debug, Default)]
pub(super) struct Stall(Option<(Instant, Pin<Box<Sleep>>)>);

impl Stall {
    /// Pending while the peer may go on taking nothing: for the bound, and for the patience of a shutdown at most.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, bound: Duration, drain: &Drain) -> Poll<io::Error> {
        let (began, end) = self.0.get_or_insert_with(|| {
            let began = drain::now();
            (began, Box::pin(sleep_until(began + bound)))
        });
        let last = drain.since().map(|since| since.max(*began) + drain::PATIENCE);
        if let Some(last) = last.filter(|last| *last < end.deadline()) {
            end.as_mut().reset(last);
        }
        end.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_shortens_a_stall_that_has_begun() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let drain = Drain::default();
        let mut stall = Stall::default();
        let look = std::future::poll_fn(|cx| {
            assert!(stall.poll(cx, Duration::from_hours(1), &drain).is_pending());
            drain.begin();
            assert!(stall.poll(cx, Duration::from_hours(1), &drain).is_pending());
            Poll::Ready(stall.0.as_ref().unwrap().1.deadline())
        });
        let deadline = runtime.block_on(look);
        assert!(deadline <= drain.since().unwrap() + drain::PATIENCE);
    }
}
