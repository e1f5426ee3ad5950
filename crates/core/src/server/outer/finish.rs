//! Layers that change an answer once it is ready.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

/// The change that a layer makes to an answer.
pub(super) trait Finish<B> {
    fn finish(self, response: &mut http::Response<B>);
}

pin_project! {
    /// The future of an answer, and the change to make when it is ready.
    pub(super) struct Finishing<F, D> {
        #[pin]
        answer: F,
        finish: Option<D>,
    }
}

impl<F, D> Finishing<F, D> {
    pub(super) fn new(answer: F, finish: D) -> Self {
        Self { answer, finish: Some(finish) }
    }
}

impl<F, D, B> Future for Finishing<F, D>
where
    F: Future<Output = Result<http::Response<B>, Infallible>>,
    D: Finish<B>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.answer.poll(cx))?;
        if let Some(finish) = this.finish.take() {
            finish.finish(&mut response);
        }
        Poll::Ready(Ok(response))
    }
}
