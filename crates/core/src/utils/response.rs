//! The response formatter: the only place where a success becomes bytes, always in the envelope.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::cookies::SetCookie;
use crate::output::{BuiltInPage, Envelope, Plain, Reply, ReplyBody, Streamed};
use crate::request::{AnswerBody, IsStreamed, RequestContext, Response};
use crate::utils::languages::LanguageTag;
use crate::utils::pagination::PageSize;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Formats the output of a handler.
pub(crate) fn success(reply: Reply, context: &RequestContext) -> Response {
    let status = reply.status;
    let mut response = match reply.body {
        ReplyBody::Envelope(body) => enveloped(status, body, context),
        ReplyBody::Plain(body) => plain(status, body, context),
        ReplyBody::Streamed(body) => streamed(status, body, context),
        ReplyBody::Negotiated { json, .. } if context.wants_json() => enveloped(status, json, context),
        ReplyBody::Negotiated { other, .. } => plain(status, other, context),
    };
    let headers = response.headers_mut();
    if let Some(location) = reply.location {
        headers.insert(LOCATION, location);
    }
    if let Some(cache) = reply.cache_control {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    }
    set_cookies(headers, &reply.cookies, context.secure_cookies());
    response
}

fn enveloped(status: u16, Envelope { data, page }: Envelope, context: &RequestContext) -> Response {
    json(status, envelope(data, page.as_ref(), context.request_id()), context)
}

fn plain(status: u16, body: Plain, context: &RequestContext) -> Response {
    let bytes = match body.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut response = respond(status, HeaderValue::from_static(body.media_type), bytes.into(), context);
    let policy = body.content_security_policy.and_then(|policy| HeaderValue::from_str(&policy).ok());
    if let Some(policy) = policy {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    name_language(response.headers_mut(), body.language.as_ref());
    response
}

fn streamed(status: u16, streamed: Streamed, context: &RequestContext) -> Response {
    let mut response = respond(status, streamed.media_type, AnswerBody::Streamed(streamed.body), context);
    response.extensions_mut().insert(IsStreamed);
    for (name, value) in streamed.headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Names the language that was chosen for a page, and by which header.
fn name_language(headers: &mut HeaderMap, language: Option<&LanguageTag>) {
    let Some(tag) = language.and_then(|tag| HeaderValue::from_str(tag.as_str()).ok()) else { return };
    headers.insert(CONTENT_LANGUAGE, tag);
    headers.append(VARY, HeaderValue::from_static("Accept-Language"));
}

/// Ends the envelope after `data`: `{"success":true,"data":…,"meta":{…}}`. The request id and the cursor consist of
/// characters that need no escaping.
fn envelope(mut body: Vec<u8>, page: Option<&(PageSize, Option<String>)>, request_id: &str) -> Vec<u8> {
    body.extend_from_slice(br#","meta":{"requestId":""#);
    body.extend_from_slice(request_id.as_bytes());
    body.push(b'"');
    if let Some((limit, next)) = page {
        let next = next.as_ref().map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
        body.extend_from_slice(
            format!(r#","page":{{"limit":{},"nextCursor":{next}}}"#, limit.get()).as_bytes(),
        );
    }
    body.extend_from_slice(b"}}");
    body
}

/// 204: the answer to a preflight, which has only headers.
pub(crate) fn empty() -> Response {
    let mut response = Response::new(AnswerBody::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A JSON response that no one may store.
pub(crate) fn json(status: u16, body: Vec<u8>, context: &RequestContext) -> Response {
    respond(status, JSON, Bytes::from(body).into(), context)
}

/// A built-in page that no one may store.
pub(crate) fn page(status: u16, page: &BuiltInPage, context: &RequestContext) -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = respond(status, html, Bytes::from(page.html().to_owned()).into(), context);
    if let Ok(policy) = HeaderValue::from_str(page.content_security_policy()) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    name_language(response.headers_mut(), page.language());
    response
}

fn respond(status: u16, media_type: HeaderValue, body: AnswerBody, context: &RequestContext) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(24);
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CACHE_CONTROL, NO_STORE);
    context.limits().write(headers);
    response
}

/// Adds cookies; one header each (RFC 6265, 3).
pub(crate) fn set_cookies(headers: &mut HeaderMap, cookies: &[SetCookie], secure: bool) {
    for cookie in cookies {
        // The value is base64 and the attributes are ours: this cannot fail, and a cookie is never worth a panic.
        if let Ok(value) = HeaderValue::from_str(&cookie.header(secure)) {
            headers.append(SET_COOKIE, value);
        }
    }
}
