//! The timeouts of a connection: between two requests, and for the head of a request.
//!
//! The parser has one timeout for both. A proxy in front keeps idle connections open for a minute or more, but no
//! client needs a minute for a head. So this module distinguishes them, at the stream below the parser.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::linger::{Ending, Linger};
use super::stall::Stall;
use crate::drain::{self, Drain};

/// The two bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionTimeouts {
    /// From the first byte of a head to its last; for the first request of a connection, from its beginning.
    pub(super) head: Duration,
    /// From an answer to the first byte of the next request, including the time in which the peer reads the answer.
    pub(super) idle: Duration,
}

/// The phases of a connection: it cycles through these three, and counts its steps.
const HEAD: u64 = 0;
/// The body and the handler have deadlines of their own.
const BUSY: u64 = 1;
const IDLE: u64 = 2;
const ROUND: u64 = 3;

/// The current phase of a connection, as its service reports it. Each step has its own number, so that a bound
/// belongs to one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectionPhase(Arc<PhaseState>);

#[derive(Debug, Default)]
struct PhaseState {
    step: AtomicU64,
    /// Whether the answer did not wait for the rest of the body, which may still be on its way.
    precedes_body: AtomicBool,
    /// Whether the body of the answer is made while it is sent.
    streams: AtomicBool,
}

impl ConnectionPhase {
    /// A head is complete.
    pub(super) fn began(&self) {
        self.enter(BUSY);
    }

    /// The head of the answer is ready, and its body is made while it is sent: the bound is that of a [`Stall`].
    pub(super) fn streams(&self) {
        self.0.streams.store(true, Ordering::Relaxed);
    }

    /// The answer is ready to be written.
    pub(super) fn answered(&self) {
        self.0.streams.store(false, Ordering::Relaxed);
        self.enter(IDLE);
    }

    /// The answer was ready before the body was read, and nobody will read the rest: the connection ends with the
    /// answer.
    pub(super) fn answered_before_body(&self) {
        self.0.precedes_body.store(true, Ordering::Relaxed);
    }

    fn step(&self) -> u64 {
        self.0.step.load(Ordering::Relaxed)
    }

    /// Goes on to the next step of this kind. Only the task of the connection takes steps.
    fn enter(&self, kind: u64) {
        let step = self.step();
        let ahead = (kind + ROUND - step % ROUND) % ROUND;
        self.0.step.store(step + if ahead == 0 { ROUND } else { ahead }, Ordering::Relaxed);
    }
}

/// The event that a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    /// Bytes from the peer.
    ToRead,
    /// The peer to take bytes.
    ToWrite,
}

/// A stream that can report whether bytes have arrived that the runtime does not know about yet.
pub(super) trait Unread {
    fn has_unread(&self) -> bool;
}

impl Unread for TokioIo<TcpStream> {
    #[cfg(target_os = "linux")]
    fn has_unread(&self) -> bool {
        rustix::io::ioctl_fionread(self.inner()).is_ok_and(|bytes| bytes > 0)
    }

    /// Elsewhere the runtime has reported all bytes that arrived before the end of the grace period.
    #[cfg(not(target_os = "linux"))]
    fn has_unread(&self) -> bool {
        false
    }
}

/// A stream that is closed when it passes a bound.
#[derive(Debug)]
pub(super) struct TimeoutStream<S> {
    stream: S,
    phase: ConnectionPhase,
    timeouts: ConnectionTimeouts,
    drain: Arc<Drain>,
    timer: Option<Timer>,
    /// Whether the peer has sent anything yet.
    is_used: bool,
    /// Whether something was written but not flushed yet: then an answer is still on its way to the peer.
    is_writing: bool,
    /// Whether it passed its bound between two requests.
    is_over: bool,
    linger: Option<Linger>,
    stalled: Stall,
}

/// The running bound of a connection. Every answer moves it, and it hardly ever ends: so it is only recorded if it
/// ends later than the current sleep, and the sleep is extended when it is over.
#[derive(Debug)]
struct Timer {
    /// The step that it belongs to, and its beginning.
    step: u64,
    began: Instant,
    end: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Timer {
    fn new(step: u64, bound: Duration) -> Self {
        let began = drain::now();
        Self { step, began, end: began + bound, sleep: Box::pin(sleep_until(began + bound)) }
    }

    /// Switches to the bound of another step.
    fn switch_to(&mut self, step: u64, bound: Duration) {
        (self.step, self.began) = (step, drain::now());
        self.end_at(self.began + bound);
    }

    fn end_at(&mut self, end: Instant) {
        self.end = end;
        if self.sleep.deadline() > end {
            self.sleep.as_mut().reset(end);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if self.sleep.deadline() >= self.end {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(self.end);
        }
    }
}

impl<S> TimeoutStream<S> {
    pub(super) fn new(
        stream: S,
        phase: ConnectionPhase,
        timeouts: ConnectionTimeouts,
        drain: Arc<Drain>,
    ) -> Self {
        Self {
            stream,
            phase,
            timeouts,
            drain,
            timer: None,
            is_used: false,
            is_writing: false,
            is_over: false,
            linger: None,
            stalled: Stall::default(),
        }
    }

    /// Whether no request has begun and no answer is under way: then the connection can be closed without losing
    /// input.
    fn is_between(&self) -> bool {
        match self.phase.step() % ROUND {
            HEAD => !self.is_used,
            kind => kind == IDLE && !self.is_writing,
        }
    }

    fn ending(&self) -> Ending {
        if self.is_over {
            Ending::BetweenRequests
        } else if self.phase.0.precedes_body.load(Ordering::Relaxed) {
            Ending::AheadOfBody
        } else {
            Ending::BehindAnswer
        }
    }

    fn stall(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if !self.phase.0.streams.load(Ordering::Relaxed) {
            return self.wait(cx, Waits::ToWrite);
        }
        self.stalled.poll(cx, self.timeouts.idle, &self.drain)
    }

    /// Pending while the wait for the peer may continue.
    fn wait(&mut self, cx: &mut Context<'_>, waits: Waits) -> Poll<io::Error> {
        let step = self.phase.step();
        let bound = match step % ROUND {
            HEAD => self.timeouts.head,
            IDLE => self.timeouts.idle,
            _ => return Poll::Pending,
        };
        let is_between = self.is_between();
        // The parser also checks for bytes of the peer while it writes.
        let waits = if self.is_writing { Waits::ToWrite } else { waits };
        // Set once for each step: a peer that sends a byte now and then gains no time by it.
        let timer = match &mut self.timer {
            Some(timer) if timer.step == step => timer,
            Some(timer) => {
                timer.switch_to(step, bound);
                timer
            }
            none => none.insert(Timer::new(step, bound)),
        };
        if let Some(since) = self.drain.since() {
            let last = match waits {
                Waits::ToRead if is_between => timer.began.max(since) + drain::GRACE,
                Waits::ToRead => since + drain::PATIENCE,
                Waits::ToWrite => timer.began.max(since) + drain::PATIENCE,
            };
            timer.end_at(timer.end.min(last));
        }
        timer.poll(cx).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<S: Read + Unread + Unpin> Read for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => match self.wait(cx, Waits::ToRead) {
                Poll::Pending => Poll::Pending,
                // Its bytes have arrived, and the runtime is about to report them.
                Poll::Ready(_) if self.is_between() && self.stream.has_unread() => Poll::Pending,
                // Closed as if by the peer: no request has begun, so there is nothing to report.
                Poll::Ready(_) if self.is_between() => {
                    self.is_over = true;
                    Poll::Ready(Ok(()))
                }
                Poll::Ready(error) => Poll::Ready(Err(error)),
            },
            Poll::Ready(read) => {
                self.is_used = true;
                // The first byte after an answer begins the next head.
                if self.phase.step() % ROUND == IDLE {
                    self.phase.enter(HEAD);
                }
                Poll::Ready(read)
            }
        }
    }
}

impl<S: Read + Write + Unpin> Write for TimeoutStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_writing = true;
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            // A peer that does not read the answer counts as idle.
            Poll::Pending => self.stall(cx).map(Err),
            Poll::Ready(written) => {
                self.stalled = Stall::default();
                Poll::Ready(written)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.is_writing = false;
        // The parser does not read again when it knows that nothing has arrived, so the bound of an idle connection
        // is set here, with the answer. When it has passed, the parser reads and gets the end.
        if flushed.is_ok() && self.wait(cx, Waits::ToRead).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ending = self.ending();
        let Self { stream, linger, drain, .. } = &mut *self;
        linger.get_or_insert_with(|| Linger::new(ending)).poll(cx, stream, drain)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_writing = true;
        match Pin::new(&mut self.stream).poll_write_vectored(cx, slices) {
            Poll::Pending => self.stall(cx).map(Err),
            Poll::Ready(written) => {
                self.stalled = Stall::default();
                Poll::Ready(written)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::rt::ReadBuf;

    use super::*;

    /// Sends nothing and takes nothing.
    struct Stuck;

    impl Unread for Stuck {
        fn has_unread(&self) -> bool {
            false
        }
    }

    impl Read for Stuck {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl Write for Stuck {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn at_shutdown_an_answer_gets_more_time_than_an_idle_connection() {
        let hour = Duration::from_hours(1);
        let (phase, drain) = (ConnectionPhase::default(), Arc::<Drain>::default());
        drain.begin();
        phase.began();
        phase.answered();
        let mut stream = TimeoutStream::new(
            Stuck,
            phase,
            ConnectionTimeouts { head: hour, idle: hour },
            Arc::clone(&drain),
        );
        // The parser also checks for bytes of the peer while it writes.
        let look = std::future::poll_fn(|cx| {
            assert!(Pin::new(&mut stream).poll_write(cx, b"an answer").is_pending());
            let mut space = [0; 16];
            assert!(Pin::new(&mut stream).poll_read(cx, ReadBuf::new(&mut space).unfilled()).is_pending());
            let answering = stream.timer.as_ref().unwrap().end;
            assert!(Pin::new(&mut stream).poll_flush(cx).is_ready());
            Poll::Ready((answering, stream.timer.as_ref().unwrap().end))
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (answering, between) = runtime.block_on(look);
        let since = drain.since().unwrap();
        assert!(answering >= since + drain::PATIENCE);
        assert!(between < since + drain::PATIENCE);
    }
}
