//! The body of an answer on its connection: the connection is in use until the body ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::timeouts::ConnectionPhase;

pin_project! {
    /// A body that reports its end, unless that was reported with the head.
    pub(super) struct Answering<B> {
        #[pin]
        body: B,
        end: End,
    }
}

/// Reports the end once: also of a body that is dropped, because its client asked for the head alone.
struct End(Option<ConnectionPhase>);

impl End {
    fn report(&mut self) {
        if let Some(phase) = self.0.take() {
            phase.answered();
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.report();
    }
}

impl<B> Answering<B> {
    pub(super) fn new(body: B, phase: Option<ConnectionPhase>) -> Self {
        Self { body, end: End(phase) }
    }
}

impl<B: Body> Body for Answering<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        if frame.is_none() {
            this.end.report();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
