//! The name of a request that its client may repeat: from its header, its caller and its content.

use http::{HeaderMap, HeaderName, Uri};

use crate::declaration::Declaration;
use crate::errors::AppError;
use crate::input::{RequestKey, key_text};
use crate::net::Sent;
use crate::request::RequestContext;
use crate::values::Violation;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The name of the request; `None` without the header.
///
/// # Errors
/// 400 for a malformed header, or two of them.
pub(super) fn key(
    declaration: &Declaration,
    (headers, uri): (&HeaderMap, &Uri),
    body: &[u8],
    context: &RequestContext,
) -> Result<Option<RequestKey>, AppError> {
    let refuse = |violation: Violation| AppError::validation(vec![violation.at("Idempotency-Key")]);
    let sent = match Sent::of(headers, &IDEMPOTENCY_KEY) {
        Sent::Absent => return Ok(None),
        Sent::Several => return Err(refuse(Violation::not_allowed("must be given only once"))),
        Sent::Once(sent) => sent,
    };
    let text = std::str::from_utf8(sent).ok().and_then(key_text);
    let text = text.ok_or_else(|| {
        refuse(Violation::invalid_format("must be a string of 1 to 255 visible ASCII characters, in quotes"))
    })?;
    // Who acts, by which means and as whom: nobody gets the answer of somebody else.
    let (user, key) = (context.user().unwrap_or_default(), context.key().unwrap_or_default());
    let subject = context.subject().map(|user| user.to_string()).unwrap_or_default();
    let scope: [&[u8]; 5] = [
        declaration.method.as_str().as_bytes(),
        uri.path().as_bytes(),
        user.as_bytes(),
        key.as_bytes(),
        subject.as_bytes(),
    ];
    let asked: [&[u8]; 2] = [uri.query().unwrap_or_default().as_bytes(), body];
    Ok(Some(RequestKey::new(&text, &scope, &asked)))
}
