//! Closing a connection: the server sends no more, but reads and drops incoming bytes for a while.
//!
//! Closing a socket with unread bytes resets the connection, and a client that is still sending then gets an error
//! before the answer (RFC 9112, 9.6). So the server closes its half first, and drains the other one, bounded in
//! bytes and time.
//!
//! If the peer may be in the middle of a body, the server closes its half only when the peer pauses: a TCP proxy
//! that treats the end of one half as the end of both, such as hitch, would cut off a client that is still sending.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, Write};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::drain::{self, Drain};
use crate::request::RestBounds;

/// The maximum number of bytes to read and drop. As a proxy, Node.js limits bodies to 10 MiB, most others to less.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The maximum total time.
const MAX_TIME: Duration = Duration::from_secs(10);
/// The maximum time without a byte.
const MAX_SILENCE: Duration = Duration::from_secs(2);
/// About the time that an answer needs to reach its reader. It is the maximum once the server shuts down and its
/// [patience](drain::PATIENCE) is over, and the maximum without a byte if no request was under way: many peers
/// close an idle connection only when they want to use it again, and until then it takes the place of a waiting
/// client.
const BRIEF: Duration = Duration::from_millis(250);

/// The maximum time without a byte while the server's half is open: a client in the middle of a body continues to
/// send, and a client that waits for the server's end has finished.
const PAUSE: Duration = Duration::from_millis(500);

/// The same bounds for a host, which has the connection.
pub(super) const BOUNDS: RestBounds = RestBounds { bytes: MAX_BYTES, time: MAX_TIME, silence: MAX_SILENCE };

/// What preceded the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// An answer to the whole request.
    BehindAnswer,
    /// An answer, while the peer may be in the middle of the body.
    AheadOfBody,
    /// No request: the connection was idle for too long.
    BetweenRequests,
}

/// The rest of a connection on which the server sends no more.
#[derive(Debug)]
pub(super) struct Linger {
    left: usize,
    /// The maximum time without a byte from the peer.
    silence: Duration,
    began: Instant,
    /// When the last byte arrived.
    last_byte_at: Instant,
    /// Whether the server's half is open.
    is_open: bool,
    /// Whether the server closes its half only when the peer pauses.
    awaits_pause: bool,
    /// Most peers have already closed their half, or do so at once.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Linger {
    pub(super) fn new(ending: Ending) -> Self {
        let now = drain::now();
        let silence = if ending == Ending::BetweenRequests { BRIEF } else { MAX_SILENCE };
        let awaits_pause = ending == Ending::AheadOfBody;
        Self {
            left: MAX_BYTES,
            silence,
            began: now,
            last_byte_at: now,
            is_open: true,
            awaits_pause,
            sleep: None,
        }
    }

    /// Ready when the peer has closed its half, or a bound has passed.
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
                    self.last_byte_at = drain::now();
                    if self.left == 0 || self.last_byte_at >= self.end(drain) {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    let end = self.end(drain);
                    let wake = if self.is_open { end.min(self.last_byte_at + PAUSE) } else { end };
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
        let end = (self.began + MAX_TIME).min(self.last_byte_at + self.silence);
        let last = |since: Instant| (since + drain::PATIENCE).max(self.began + BRIEF);
        drain.since().map_or(end, |since| end.min(last(since)))
    }
}
