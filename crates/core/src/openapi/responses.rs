//! Every status that a route can answer, with its codes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::components::{error_with_code, refer, success_envelope};
use super::model::{
    Answer, Components, DetailExample, ErrorExample, ErrorExampleInner, Example, MediaType, MetaExample,
    Reference, Response,
};
use crate::declaration::{AccessKind, Declaration};
use crate::errors::{Code, codes};
use crate::output::ErrorPages;
use crate::values::Schema;

pub(crate) const JSON: &str = "application/json";
pub(crate) const MULTIPART: &str = "multipart/form-data";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The answers of a route by status. The errors are components, one for each set of codes.
pub(crate) fn answers(declaration: &Declaration, components: &mut Components) -> BTreeMap<String, Answer> {
    let mut answers = BTreeMap::new();
    let success = success(declaration, components);
    answers.insert(declaration.output.status.to_string(), Answer::Success(success));
    if declaration.output.is_file {
        answers.extend(parts_of_files());
    }
    for (status, codes) in errors(declaration) {
        let variant = ErrorVariant::of(declaration, status, &codes);
        let name = component_name(&codes, variant);
        let reference = refer("responses", &name);
        if !components.responses.contains_key(&name) {
            let schema = components.hoist(error_with_code(&codes));
            let schema = components.keep(&format!("{}Error", names(&codes)), schema);
            components.responses.insert(name, error(status, codes, variant, schema));
        }
        answers.insert(status.to_string(), Answer::Error(reference));
    }
    answers
}

fn success(declaration: &Declaration, components: &mut Components) -> Response {
    let output = &declaration.output;
    let mut headers = referred(&["X-Request-Id", "RateLimit", "RateLimit-Policy"]);
    let mut content = BTreeMap::new();
    if (300..400).contains(&output.status) {
        headers.extend(referred(&["Location"]));
    } else {
        let schema = match &output.data {
            Some(data) => components.hoist(success_envelope(data.clone(), output.paged)),
            None if essence(output.media_type) == JSON => {
                Schema { types: vec!["object"], ..Schema::default() }
            }
            None => match &output.events {
                Some(data) => events(&components.hoist(data.clone())),
                None if output.is_file => Schema::string().format("binary"),
                None => Schema::string(),
            },
        };
        content.insert(essence(output.media_type), MediaType { schema, examples: BTreeMap::new() });
        if output.also_a_page {
            content.insert("text/html", MediaType { schema: Schema::string(), examples: BTreeMap::new() });
        }
    }
    if output.sets_cookies {
        headers.extend(referred(&["Set-Cookie"]));
    }
    Response { description: reason(output.status).to_owned(), headers, content, codes: Vec::new() }
}

/// The other successes of a file: a part of it, and that the client has it.
fn parts_of_files() -> [(String, Answer); 2] {
    let schema = Schema::string().format("binary");
    let part =
        BTreeMap::from([("application/octet-stream", MediaType { schema, examples: BTreeMap::new() })]);
    [(206, part), (304, BTreeMap::new())].map(|(status, content)| {
        let description = reason(status).to_owned();
        let headers = referred(&["X-Request-Id"]);
        (status.to_string(), Answer::Success(Response { description, headers, content, codes: Vec::new() }))
    })
}

/// A stream of events. OpenAPI 3.1 has no word for the shape of one, so the description names it, and the component is there.
fn events(data: &Schema) -> Schema {
    let of = data.reference.as_deref().and_then(|target| target.rsplit('/').next()).unwrap_or("object");
    Schema::string()
        .describe(format!("Server-sent events. The `data` of each is `{of}` as JSON, in one line."))
}

/// The media type without its parameters.
fn essence(media_type: &'static str) -> &'static str {
    media_type.split(';').next().unwrap_or(media_type).trim_end()
}

fn referred(names: &[&'static str]) -> BTreeMap<&'static str, Reference> {
    names.iter().map(|name| (*name, refer("headers", name))).collect()
}

/// The codes of the life cycle that apply to this route, and its own, by status.
fn errors(declaration: &Declaration) -> BTreeMap<u16, Vec<&'static Code>> {
    let mut possible: Vec<&'static Code> = vec![
        &codes::MALFORMED_REQUEST,
        &codes::URI_TOO_LONG,
        &codes::RATE_LIMITED,
        &codes::HEADERS_TOO_LARGE,
        &codes::INTERNAL,
        &codes::SERVICE_UNAVAILABLE,
    ];
    let (input, is_read) = (&declaration.input, declaration.method.is_unsafe());
    if declaration.output.refuses_unknown_query
        || !input.path.is_empty()
        || !input.query.is_empty()
        || is_read
    {
        possible.push(&codes::VALIDATION_FAILED);
    }
    if declaration.access.requires_session() || declaration.access == AccessKind::Scheduler {
        possible.push(&codes::AUTH_401);
    }
    if declaration.access.is_in_person() {
        possible.push(&codes::IMPERSONATING);
    }
    if declaration.access.is_fresh() {
        possible.push(&codes::REAUTHENTICATION_REQUIRED);
    }
    if declaration.access.requires_session() && !declaration.takes_keys {
        possible.push(&codes::KEY_NOT_ALLOWED);
    }
    if declaration.permission.is_some() && declaration.access != AccessKind::OwnerOrPermission {
        possible.push(&codes::FORBIDDEN);
    }
    if !declaration.input.path.is_empty() || declaration.access == AccessKind::Loopback {
        possible.push(&codes::NOT_FOUND);
    }
    // Every method except GET is checked for its origin and may carry a body, even if none was declared.
    if declaration.method.is_unsafe() {
        possible.extend([&codes::CSRF_REJECTED, &codes::REQUEST_TIMEOUT, &codes::PAYLOAD_TOO_LARGE]);
        possible.push(if input.signed.is_some() { &codes::AUTH_401 } else { &codes::UNSUPPORTED_MEDIA_TYPE });
    }
    if input.repeatable {
        possible.push(&codes::IDEMPOTENCY_KEY_REUSED);
    }
    if declaration.output.is_file {
        possible.push(&codes::RANGE_NOT_SATISFIABLE);
    }
    possible.extend(declaration.errors.iter().chain(&declaration.clearing));
    possible.sort_by_key(|code| (code.status, code.name));
    possible.dedup_by_key(|code| code.name);
    let mut by_status: BTreeMap<u16, Vec<&'static Code>> = BTreeMap::new();
    for code in possible {
        by_status.entry(code.status).or_default().push(code);
    }
    by_status
}

/// The special properties of an error on some routes.
#[derive(Clone, Copy)]
struct ErrorVariant {
    /// Whether people see a page instead.
    page: bool,
    /// Whether it clears cookies.
    clears_cookies: bool,
}

impl ErrorVariant {
    fn of(declaration: &Declaration, status: u16, codes: &[&'static Code]) -> Self {
        // From elsewhere, a local route looks like an unknown path.
        let nothing = status == 404 && declaration.access == AccessKind::Loopback;
        Self {
            page: ErrorPages::has(status) && (declaration.output.is_shown() || nothing),
            clears_cookies: codes.iter().any(|code| declaration.clearing.contains(code)),
        }
    }
}

fn error(status: u16, codes: Vec<&'static Code>, variant: ErrorVariant, schema: Schema) -> Response {
    let mut headers = referred(&["X-Request-Id"]);
    if variant.clears_cookies {
        headers.extend(referred(&["Set-Cookie"]));
    }
    match status {
        401 => headers.extend(referred(&["WWW-Authenticate"])),
        415 => headers.extend(referred(&["Accept"])),
        429 => headers.extend(referred(&["Retry-After", "RateLimit", "RateLimit-Policy"])),
        503 => headers.extend(referred(&["Retry-After"])),
        _ => {}
    }
    let mut description = reason(status).to_owned();
    for code in &codes {
        // Writing into text cannot fail.
        let _ = write!(description, "\n\n`{}`: {}", code.name, code.meaning);
    }
    let examples = codes.iter().map(|code| (code.name, example(code))).collect();
    let mut content = BTreeMap::from([(JSON, MediaType { schema, examples })]);
    if variant.page {
        content.insert("text/html", MediaType { schema: Schema::string(), examples: BTreeMap::new() });
    }
    Response { description, headers, content, codes }
}

fn example(code: &'static Code) -> Example {
    let details = if code.name == codes::VALIDATION_FAILED.name {
        vec![DetailExample { field: "email", code: "required", message: "is required" }]
    } else {
        Vec::new()
    };
    Example {
        summary: code.meaning,
        value: ErrorExample {
            success: false,
            error: ErrorExampleInner { message: code.message, code: code.name, details },
            meta: MetaExample { request_id: "0198c5f2a1b37c4d8e9f0a1b2c3d4e5f" },
        },
    }
}

/// `MALFORMED_REQUEST` and `VALIDATION_FAILED` become `MalformedRequestOrValidationFailed`: a name that suits
/// generators.
fn names(codes: &[&'static Code]) -> String {
    let words = codes.iter().map(|code| code.name.split('_').map(capitalized).collect::<String>());
    words.collect::<Vec<_>>().join("Or")
}

fn component_name(codes: &[&'static Code], variant: ErrorVariant) -> String {
    let mut name = names(codes);
    name.push_str(if variant.page { "OrPage" } else { "" });
    name.push_str(if variant.clears_cookies { "ClearingCookies" } else { "" });
    name
}

/// The word with its first letter in upper case and the others in lower case.
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
    })
}

/// The reason phrase of a status (RFC 9110, 15).
pub(crate) fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Answer")
}
