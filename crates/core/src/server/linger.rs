//! How a connection is closed by us: no more is said, but what still comes is read and dropped for a while.
//!
//! A socket that is closed with unread bytes in it resets the connection, and who is still sending then meets an error
//! before the answer (RFC 9112, 9.6). So our half is closed first, and the other one is drained, bounded in bytes and time.
//!
//! When the peer may be in the middle of a body, our half is closed only once the peer pauses: what passes bytes on and takes
//! the end of one half for the end of both, as hitch does, would cut off who is still sending.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, Write};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::drain::{self, Drain};

/// No answer is worth more of the sender's bytes. Node.js, as a proxy, cuts bodies at 10 MiB; most others at less.
const BYTES: usize = 16 * 1024 * 1024;
/// In all.
const TIME: Duration = Duration::from_secs(10);
/// Without a byte.
const SILENCE: Duration = Duration::from_secs(2);
/// About what an answer takes to its reader. Nobody gets more once the server ends and its [patience](drain::PATIENCE) is
/// over, nor without a byte where no request was under way: many peers close an idle connection when they want to use it
/// again, and not before, and until then it takes the place of somebody who waits.
const BRIEFLY: Duration = Duration::from_millis(250);

/// Without a byte, while our half is open: who is in the middle of a body sends on, and who waits for our end has come to
/// theirs.
const PAUSE: Duration = Duration::from_millis(500);

/// What came before the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// An answer, to the whole request.
    BehindAnswer,
    /// An answer, while the peer may be in the middle of the body.
    AheadOfBody,
    /// No request: the connection was idle for too long.
    BetweenRequests,
}

/// The rest of a connection on which nothing more is said.
#[derive(Debug)]
pub(super) struct Linger {
    left: usize,
    /// How long the peer may send nothing.
    silence: Duration,
    began: Instant,
    /// When the last byte came.
    heard: Instant,
    /// Our half.
    is_open: bool,
    /// Whether our half is closed only when the peer pauses.
    awaits_pause: bool,
    /// Most peers have closed theirs already, or do so at once.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Linger {
    pub(super) fn new(ending: Ending) -> Self {
        let now = drain::now();
        let silence = if ending == Ending::BetweenRequests { BRIEFLY } else { SILENCE };
        let awaits_pause = ending == Ending::AheadOfBody;
        Self { left: BYTES, silence, began: now, heard: now, is_open: true, awaits_pause, sleep: None }
    }

    /// Ready when the peer has closed its half, or a bound is passed.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl Read + Write + Unpin),
        drain: &Drain,
    ) -> Poll<io::Result<()>> {
        let mut space = [0; 16 * 1024];
        loop {
            if self.is_open && !self.awaits_pause {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                self.is_open = false;
            }
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut *stream).poll_read(cx, buffer.unfilled()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.left = self.left.saturating_sub(buffer.filled().len());
                    self.heard = drain::now();
                    if self.left == 0 || self.heard >= self.end(drain) {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    let end = self.end(drain);
                    let wake = if self.is_open { end.min(self.heard + PAUSE) } else { end };
                    let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(wake)));
                    if sleep.deadline() != wake {
                        sleep.as_mut().reset(wake);
                    }
                    ready!(sleep.as_mut().poll(cx));
                    if wake == end {
                        return Poll::Ready(Ok(()));
                    }
                    self.awaits_pause = false;
                }
            }
        }
    }

    fn end(&self, drain: &Drain) -> Instant {
        let end = (self.began + TIME).min(self.heard + self.silence);
        let last = |since: Instant| (since + drain::PATIENCE).max(self.began + BRIEFLY);
        drain.since().map_or(end, |since| end.min(last(since)))
    }
}
