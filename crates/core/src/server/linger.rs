//! How a connection is closed by us: no more is said, but what still comes is read and dropped for a while.
//!
//! A socket that is closed with unread bytes in it resets the connection, and who is still sending then meets an error
//! before the answer (RFC 9112, 9.6). So our half is closed first, and the other one is drained, bounded in bytes and time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::drain::{self, Drain};

/// No answer is worth more of the sender's bytes. Node.js, as a proxy, cuts bodies at 10 MiB; most others at less.
const BYTES: usize = 16 * 1024 * 1024;
/// In all.
const TIME: Duration = Duration::from_secs(10);
/// Without a byte.
const SILENCE: Duration = Duration::from_secs(2);
/// Once the server ends and its [patience](drain::PATIENCE) is over: about what an answer takes to its reader.
const AT_THE_END: Duration = Duration::from_millis(250);

/// The rest of a connection on which our half is closed.
#[derive(Debug)]
pub(super) struct Linger {
    left: usize,
    began: Instant,
    /// When the last byte came.
    heard: Instant,
    /// Most peers have closed theirs already, or do so at once.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Linger {
    pub(super) fn new() -> Self {
        let now = drain::now();
        Self { left: BYTES, began: now, heard: now, sleep: None }
    }

    /// Ready when the peer has closed its half, or a bound is passed.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl Read + Unpin),
        drain: &Drain,
    ) -> Poll<()> {
        let mut space = [0; 16 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut *stream).poll_read(cx, buffer.unfilled()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.left = self.left.saturating_sub(buffer.filled().len());
                    self.heard = drain::now();
                    if self.left == 0 || self.heard >= self.end(drain) {
                        return Poll::Ready(());
                    }
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    let end = self.end(drain);
                    let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(end)));
                    if sleep.deadline() != end {
                        sleep.as_mut().reset(end);
                    }
                    ready!(sleep.as_mut().poll(cx));
                    return Poll::Ready(());
                }
            }
        }
    }

    fn end(&self, drain: &Drain) -> Instant {
        let end = (self.began + TIME).min(self.heard + SILENCE);
        let last = |since: Instant| (since + drain::PATIENCE).max(self.began + AT_THE_END);
        drain.since().map_or(end, |since| end.min(last(since)))
    }
}
