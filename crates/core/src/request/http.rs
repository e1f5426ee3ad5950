//! A request and its answer, as every phase sees them.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use tower::BoxError;

use super::body::Body;

pub(crate) type Request = http::Request<Body>;
pub(crate) type Response = http::Response<AnswerBody>;

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    /// In memory.
    Whole(Full<Bytes>),
    /// Made while it is sent.
    Streamed(UnsyncBoxBody<Bytes, BoxError>),
}

/// Marks an answer whose body is made while it is sent: the connection is in use until its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsStreamed;

impl Default for AnswerBody {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl From<Bytes> for AnswerBody {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Streamed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Streamed(body) => body.size_hint(),
        }
    }
}
