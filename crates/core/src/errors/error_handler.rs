//! The one global error handler: it turns every error into an envelope. The only exceptions are unknown paths and
//! failed page requests, which become pages for a browser.

use http::HeaderValue;
use http::header::{ACCEPT, ALLOW, CONTENT_RANGE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use serde_json::Serializer;

use super::AppError;
use crate::output::ErrorPages;
use crate::request::{Phase, RequestContext, Response};
use crate::utils::languages::PerLanguage;
use crate::utils::response;

/// Answers errors. A server has one.
#[derive(Debug)]
pub(crate) struct ErrorHandler {
    pages: PerLanguage<ErrorPages>,
}

impl ErrorHandler {
    /// An error handler with these pages for browsers.
    pub(crate) fn new(pages: PerLanguage<ErrorPages>) -> Self {
        Self { pages }
    }

    /// Turns an error into its answer and logs the private part.
    pub(crate) fn respond(&self, error: &AppError, context: &RequestContext) -> Response {
        log(error, context);
        context.failed(error.code().name);
        let status = error.status_code();
        // A 404 that the handler of an API route returns stays JSON.
        let may_be_shown = context.is_shown() || (status == 404 && context.phase() != Phase::Handler);
        let has_page = may_be_shown && ErrorPages::has(status);
        let page = || self.pages.accepted_by(&context.client().languages).of(status);
        let mut answer = match (has_page && context.wants_page()).then(page).flatten() {
            Some(page) => response::page(status, page, context),
            None => response::json(status, body(error, context.request_id()), context),
        };
        write_headers(&mut answer, error, has_page);
        response::set_cookies(answer.headers_mut(), error.cookies(), context.secure_cookies());
        answer
    }
}

fn write_headers(answer: &mut Response, error: &AppError, has_page: bool) {
    let headers = answer.headers_mut();
    if has_page {
        headers.append(VARY, HeaderValue::from_static("Accept"));
    }
    if let Some(seconds) = error.retry_after_secs() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(methods) = error.allowed_methods().and_then(|methods| HeaderValue::from_str(methods).ok()) {
        headers.insert(ALLOW, methods);
    }
    // RFC 9110, 15.5.17: a 416 says how long the file is.
    if let Some(range) =
        error.file_length().and_then(|bytes| HeaderValue::from_str(&format!("bytes */{bytes}")).ok())
    {
        headers.insert(CONTENT_RANGE, range);
    }
    match error.status_code() {
        // RFC 9110, 11.6.1: a 401 names at least one challenge.
        401 => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"api\""))),
        // RFC 9110, 12.5.1: a 415 may list the supported types.
        415 => {
            let accepted = error.accepted_type().unwrap_or("application/json");
            headers.insert(ACCEPT, HeaderValue::from_static(accepted));
        }
        _ => {}
    }
}

fn log(error: &AppError, context: &RequestContext) {
    let (request_id, code) = (context.request_id(), error.code().name);
    match (error.status_code(), error.cause()) {
        (500.., cause) => {
            tracing::error!(request_id, code, cause, phase = context.phase().as_str(), "a request failed");
        }
        (_, Some(cause)) => {
            tracing::debug!(
                request_id,
                code,
                cause,
                phase = context.phase().as_str(),
                "a request was refused"
            );
        }
        (_, None) => {}
    }
}

/// The envelope of an error, written key by key without an intermediate map.
fn body(error: &AppError, request_id: &str) -> Vec<u8> {
    use serde::ser::{SerializeMap, Serializer as _};

    struct Details<'a>(&'a AppError);
    impl serde::Serialize for Details<'_> {
        fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.collect_seq(self.0.details().iter().map(|detail| {
                std::collections::BTreeMap::from([
                    ("code", detail.code.as_str()),
                    ("field", detail.field.as_ref()),
                    ("message", detail.message.as_ref()),
                ])
            }))
        }
    }
    struct Inner<'a>(&'a AppError);
    impl serde::Serialize for Inner<'_> {
        fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            let mut map = s.serialize_map(None)?;
            map.serialize_entry("message", self.0.message())?;
            map.serialize_entry("code", self.0.code().name)?;
            if !self.0.details().is_empty() {
                map.serialize_entry("details", &Details(self.0))?;
            }
            if !self.0.dependencies().is_empty() {
                map.serialize_entry("dependencies", self.0.dependencies())?;
            }
            map.end()
        }
    }

    let mut bytes = Vec::with_capacity(192);
    let written = (|| {
        let mut serializer = Serializer::new(&mut bytes);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("success", &false)?;
        map.serialize_entry("error", &Inner(error))?;
        map.serialize_entry("meta", &std::collections::BTreeMap::from([("requestId", request_id)]))?;
        map.end()
    })();
    // Serializing text into a vector cannot fail; the fixed body is a fallback that is always valid.
    written.map_or_else(
        |_| br#"{"success":false,"error":{"message":"Something went wrong on our side","code":"INTERNAL"},"meta":{}}"#.to_vec(),
        |()| bytes,
    )
}
