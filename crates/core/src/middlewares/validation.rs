//! Validation: reads the body, with limits on size and time, and checks the whole declared input at once.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use percent_encoding::percent_decode;

use super::{listening, repeating, uploading};
use crate::declaration::{Declaration, Method};
use crate::errors::{AppError, codes};
use crate::input::{RawInput, Reads};
use crate::request::{Body, BodyError, Request, RequestContext};
use crate::state::ServerState;
use crate::values::{Detail, Json, Violation, ViolationCode};

/// More query parameters than any route has.
const MAX_QUERY_PARAMETERS: usize = 32;

/// The validation phase: reads the declared input.
///
/// # Errors
/// 400 with every mistake, 408, 413 or 415.
pub(crate) async fn read<I>(
    shared: &Arc<ServerState>,
    (declaration, reads): (&Declaration, &Reads<I>),
    request: Request,
    context: &mut RequestContext,
) -> Result<I, AppError> {
    let (head, body) = request.into_parts();
    let sent = head.uri.query().unwrap_or_default();
    let query = if declaration.output.refuses_unknown_query {
        query(sent, |_| true)?
    } else {
        query(sent, |name| declaration.input.query.iter().any(|known| known.name == name))?
    };
    let mut raw = RawInput {
        path: context.take_path_parameters(),
        query,
        body: Vec::new(),
        cookies: context.cookies().to_inputs(),
    };
    if let Reads::Uploading(target, read) = reads {
        let with_file = read(raw, &shared.rules).map_err(AppError::validation)?;
        let reading = uploading::read(target, &head.headers, body, shared.bounds.body_timeout);
        return Ok(with_file(context.reading(reading).await?));
    }
    let bytes = if declaration.method == Method::Get {
        Bytes::new()
    } else {
        let limits = &shared.bounds;
        let is_there = !http_body::Body::is_end_stream(&body);
        let most = match reads {
            Reads::Signed(reader) => reader.max_bytes(),
            _ => limits.body_bytes,
        };
        let reading = collect(body, &head.headers, most, limits.body_timeout);
        if is_there { context.reading(reading).await? } else { reading.await? }
    };
    match reads {
        Reads::Signed(reader) => {
            reader.read((&head.headers, bytes.into(), context.client().at), raw, &shared.rules)
        }
        Reads::Listening(room, read) => {
            let arrived = listening::arrive(shared, room, &head.headers, context)?;
            read(raw, &shared.rules, arrived).map_err(AppError::validation)
        }
        Reads::Uploading(..) => Err(AppError::internal("an upload was read before")),
        Reads::Repeatable(read) => {
            let key = repeating::key(declaration, (&head.headers, &head.uri), &bytes, context)?;
            raw.body = fields(declaration, &head.headers, &bytes)?;
            read(raw, &shared.rules, key).map_err(AppError::validation)
        }
        Reads::Fields(read) => {
            raw.body = fields(declaration, &head.headers, &bytes)?;
            read(raw, &shared.rules).map_err(AppError::validation)
        }
    }
}

/// The declared fields of a body.
fn fields(
    declaration: &Declaration,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Result<Vec<(String, Json)>, AppError> {
    match declaration.method {
        Method::Get => Ok(Vec::new()),
        _ if declaration.is_cross_site_form => form(headers, bytes, declaration),
        _ => object(headers, bytes),
    }
}

/// Parses the query (`application/x-www-form-urlencoded`), percent-decoded once. Parameters that `is_declared` rejects
/// are skipped unread: they may even be malformed.
fn query(text: &str, is_declared: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>, AppError> {
    let mut parameters = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        // A name that is not UTF-8 counts as the empty name: a route that accepts every name reports it below.
        if !is_declared(name.as_deref().unwrap_or_default()) {
            continue;
        }
        if parameters.len() == MAX_QUERY_PARAMETERS {
            return Err(AppError::malformed("The query has too many parameters"));
        }
        let (Some(name), Some(value)) = (name, decoded(value)) else {
            return Err(AppError::malformed("The query is not valid UTF-8"));
        };
        parameters.push((name, value));
    }
    Ok(parameters)
}

fn decoded(part: &str) -> Option<String> {
    let spaced = part.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Reads the body as it arrives, never more than the limit and never longer than the timeout.
async fn collect(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    timeout: Duration,
) -> Result<Bytes, AppError> {
    let too_large = || AppError::new(&codes::PAYLOAD_TOO_LARGE);
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let reading = async {
        let mut body = body;
        let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| match error {
                BodyError::Broken(error) => AppError::malformed("The body broke off").with_cause(error),
                BodyError::Late => AppError::unavailable(Duration::from_secs(1), error),
            })?;
            if let Ok(data) = frame.into_data() {
                if bytes.len().saturating_add(data.len()) > limit {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.freeze())
    };
    tokio::time::timeout(timeout, reading)
        .await
        .unwrap_or_else(|_| Err(AppError::new(&codes::REQUEST_TIMEOUT)))
}

/// The fields of the JSON object in the body; none if there is no body.
fn object(headers: &HeaderMap, bytes: &[u8]) -> Result<Vec<(String, Json)>, AppError> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(AppError::new(&codes::UNSUPPORTED_MEDIA_TYPE));
    }
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if !is_json(headers) {
        return Err(AppError::new(&codes::UNSUPPORTED_MEDIA_TYPE));
    }
    match Json::parse(bytes).map_err(AppError::malformed)? {
        Json::Object(fields) => Ok(fields),
        other => Err(AppError::validation(vec![object_expected(&other)])),
    }
}

/// The declared fields of a form that another site posted, which may add fields of its own.
fn form(
    headers: &HeaderMap,
    bytes: &[u8],
    declaration: &Declaration,
) -> Result<Vec<(String, Json)>, AppError> {
    const FORM: &str = "application/x-www-form-urlencoded";
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if headers.contains_key(CONTENT_ENCODING) || !is_type(headers, FORM) {
        let message = format!("The body must be {FORM}");
        return Err(AppError::new(&codes::UNSUPPORTED_MEDIA_TYPE).with_message(message).accepting(FORM));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| AppError::malformed("The form is not valid UTF-8"))?;
    let fields = query(text, |name| declaration.input.body.iter().any(|known| known.name == name))?;
    Ok(fields.into_iter().map(|(name, value)| (name, Json::String(value))).collect())
}

fn object_expected(found: &Json) -> Detail {
    let message = format!("must be a JSON object, not {}", found.type_name());
    Violation::new(ViolationCode::InvalidType, message).at("body")
}

/// `application/json`, sent once, with no charset but UTF-8 (RFC 8259, 8.1).
fn is_json(headers: &HeaderMap) -> bool {
    is_type(headers, "application/json")
}

/// This type, sent once, with no charset but UTF-8.
fn is_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(wanted));
    let charset = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    essence && parts.all(|part| part.is_empty() || charset(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn only_json_is_json() {
        for fine in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(is_json(&typed(fine)), "{fine}");
        }
        for wrong in [
            "text/plain",
            "text/plain; application/json",
            "application/json; charset=utf-16",
            "application/jsonp",
            "",
        ] {
            assert!(!is_json(&typed(wrong)), "{wrong}");
        }
    }

    #[test]
    fn a_query_is_decoded_once() {
        let read = query("q=a%2540b+c&empty=&bare", |_| true).expect("valid");
        let expected = [("q", "a%40b c"), ("empty", ""), ("bare", "")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(query("q=%ff", |_| true).is_err());
        assert!(query(&"a=1&".repeat(100), |_| true).is_err());
    }

    #[test]
    fn undeclared_query_parameters_are_ignored_if_the_route_ignores_them() {
        let others = format!("utm_source=%ff&%ff=x&=&fbclid&{}", "a=1&".repeat(100));
        let read = query(&format!("{others}limit=5&{others}"), |name| name == "limit").expect("valid");
        assert_eq!(read, [("limit".to_owned(), "5".to_owned())]);
        assert!(query("limit=%ff", |name| name == "limit").is_err());
        let twice = query("limit=1&x=2&limit=3", |name| name == "limit").expect("valid");
        assert_eq!(twice.len(), 2, "{twice:?}");
    }
}
