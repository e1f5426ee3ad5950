//! A file as an answer: with ranges and conditions, and without a way to run in a browser.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, ETAG};
use http::{HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};

use super::kinds::{Output, OutputDoc, sealed};
use super::ranges::{Conditions, Part};
use super::reply::{Reply, ReplyBody, Streamed};
use crate::errors::{AppError, codes};
use crate::files::{FileError, FileName, MediaType, OpenFile};

/// 200 or 206: a file, or the part of it that the request asks for (RFC 9110, 14); 304 if the client has it.
#[derive(Debug)]
pub struct Download {
    file: OpenFile,
    name: FileName,
    media_type: MediaType,
    is_shown: bool,
}

impl Download {
    /// Answers with a file that a browser saves under this name.
    pub fn attachment(file: OpenFile, name: FileName, media_type: MediaType) -> Self {
        Self { file, name, media_type, is_shown: false }
    }

    /// Lets a browser show the file instead, if its type is one of those that run nothing
    /// ([`MediaType::is_shown_safely`]); any other is saved.
    #[must_use]
    pub fn shown(self) -> Self {
        Self { is_shown: self.media_type.is_shown_safely(), ..self }
    }
}

impl sealed::Sealed for Download {}

impl Output for Download {
    fn describe() -> OutputDoc {
        OutputDoc {
            is_file: true,
            refuses_unknown_query: true,
            ..OutputDoc::plain(200, "application/octet-stream")
        }
    }

    fn into_reply(self) -> Result<Reply, AppError> {
        self.answer(&Conditions::default())
    }

    /// 416 for a range that the file does not have.
    fn answer(self, asked: &Conditions) -> Result<Reply, AppError> {
        let Self { file, name, media_type, is_shown } = self;
        let (length, etag) = (file.length, format!("\"{}\"", file.key.as_str()));
        let kind = if is_shown { "inline" } else { "attachment" };
        // A browser guesses no type (`nosniff`), so a type that it could run is not named to it.
        let media_type = if media_type.is_shown_safely() { media_type.as_str() } else { OCTETS };
        let mut headers = Headers::default();
        headers.set(ETAG, &etag);
        headers.set(ACCEPT_RANGES, "bytes");
        headers.set(CONTENT_DISPOSITION, &name.disposition(kind));
        let (status, first, count) = match asked.part(length, &etag) {
            Part::Whole => (200, 0, length),
            Part::Range { first, last } => {
                headers.set(CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"));
                (206, first, (last - first).saturating_add(1))
            }
            Part::Unchanged => (304, 0, 0),
            Part::Unsatisfiable => {
                return Err(AppError::new(&codes::RANGE_NOT_SATISFIABLE).with_file_length(length));
            }
        };
        let body = Sent { left: count, bytes: file.reader.read(first, count) };
        let media_type = HeaderValue::from_str(media_type).map_err(AppError::internal)?;
        let streamed = Streamed::new(media_type, headers.0, body);
        // Only for the client: the answer depends on who asks. It asks again each time, and then gets 304.
        Ok(Reply {
            cache_control: Some("private, no-cache"),
            ..Reply::new(status, ReplyBody::Streamed(streamed))
        })
    }
}

const OCTETS: &str = "application/octet-stream";

/// The headers of a file. Their values consist of visible ASCII.
#[derive(Default)]
struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    fn set(&mut self, name: HeaderName, value: &str) {
        self.0.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
    }
}

/// The bytes of a part. A file that ends early breaks the answer off, which the client sees by its length.
struct Sent {
    left: u64,
    bytes: BoxStream<'static, Result<Bytes, FileError>>,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = FileError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FileError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let short = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let bytes = match ready!(self.bytes.as_mut().poll_next(cx)) {
            Some(Ok(bytes)) => bytes,
            Some(Err(error)) => {
                tracing::error!(%error, "a download broke off");
                return Poll::Ready(Some(Err(error)));
            }
            None => return Poll::Ready(Some(Err(short().into()))),
        };
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let Some(left) = self.left.checked_sub(count) else {
            return Poll::Ready(Some(Err(short().into())));
        };
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
