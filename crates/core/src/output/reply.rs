//! A reply: an output before it is in the envelope.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tower::BoxError;

use super::view::{View, write_view};
use crate::cookies::SetCookie;
use crate::errors::AppError;
use crate::utils::languages::LanguageTag;
use crate::utils::pagination::PageSize;

/// An output before it is in the envelope. Opaque: only core reads it.
#[derive(Debug)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) body: ReplyBody,
    pub(crate) cookies: Vec<SetCookie>,
    pub(crate) location: Option<HeaderValue>,
    pub(crate) cache_control: Option<&'static str>,
}

/// The kind of body.
#[derive(Debug)]
pub(crate) enum ReplyBody {
    /// Data in the envelope.
    Envelope(Envelope),
    /// A body that is sent as it is.
    Plain(Plain),
    /// A body that is made while it is sent.
    Streamed(Streamed),
    /// One of two, selected by `Accept`.
    Negotiated {
        /// For `application/json`.
        json: Envelope,
        /// For everyone else.
        other: Plain,
    },
}

/// The envelope up to `data`, with the page it belongs to.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// `{"success":true,"data":` and the object.
    pub(crate) data: Vec<u8>,
    /// `meta.page`.
    pub(crate) page: Option<(PageSize, Option<String>)>,
}

/// A body that is sent as it is.
#[derive(Debug)]
pub(crate) struct Plain {
    /// `Content-Type`.
    pub(crate) media_type: &'static str,
    /// The bytes.
    pub(crate) bytes: Cow<'static, [u8]>,
    /// Additions to the `Content-Security-Policy` of a page.
    pub(crate) content_security_policy: Option<Cow<'static, str>>,
    /// The language that was chosen for a page: another request gets another one.
    pub(crate) language: Option<LanguageTag>,
}

/// A body that is made while it is sent.
#[derive(Debug)]
pub(crate) struct Streamed {
    /// `Content-Type`.
    pub(crate) media_type: HeaderValue,
    /// Other headers of its own.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The bytes.
    pub(crate) body: UnsyncBoxBody<Bytes, BoxError>,
}

impl Streamed {
    pub(super) fn new<B>(media_type: HeaderValue, headers: Vec<(HeaderName, HeaderValue)>, body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self { media_type, headers, body: body.map_err(Into::into).boxed_unsync() }
    }
}

impl Reply {
    /// A reply that is only a status and a body.
    pub(super) fn new(status: u16, body: ReplyBody) -> Self {
        Self { status, body, cookies: Vec::new(), location: None, cache_control: None }
    }

    /// A view in the envelope.
    ///
    /// # Errors
    /// 500 for a view that does not serialize, which is a bug.
    pub(super) fn of_view<V: View>(status: u16, view: &V) -> Result<Self, AppError> {
        let envelope =
            Envelope::written(None, |data| write_view(view, &mut serde_json::Serializer::new(data)))?;
        Ok(Self::new(status, ReplyBody::Envelope(envelope)))
    }
}

/// The beginning of every success. The object under `data` follows directly, in the same buffer.
const ENVELOPE: &[u8] = br#"{"success":true,"data":"#;

impl Envelope {
    /// Writes the value of `data`.
    ///
    /// # Errors
    /// 500 when it does not serialize, which is a bug.
    pub(super) fn written(
        page: Option<(PageSize, Option<String>)>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<Self, AppError> {
        // A user, the request id and a little more: most answers do not outgrow this.
        let mut data = Vec::with_capacity(640);
        data.extend_from_slice(ENVELOPE);
        write(&mut data).map_err(|error| AppError::internal(error.to_string()))?;
        Ok(Self { data, page })
    }
}
