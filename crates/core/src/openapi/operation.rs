//! One declared route as an operation.

use std::collections::{BTreeMap, BTreeSet};

use super::components::{ACCESS_COOKIE, API_KEY, BEARER, CRON_SECRET, REFRESH_COOKIE};
use super::model::{
    Components, MediaType, Operation, Parameter, Place, RequestBody, SecurityRequirement, lower_case,
};
use super::responses::{FORM, JSON, MULTIPART, answers, capitalized};
use crate::cookies::CookieKind;
use crate::declaration::{AccessKind, Declaration, Method};
use crate::identity::PermissionName;
use crate::input::ParameterDoc;
use crate::routes::Mounted;
use crate::values::Schema;

/// Describes a route. `taken` holds the operation ids so far.
pub(crate) fn operation(
    route: &Mounted,
    components: &mut Components,
    secure_cookies: bool,
    taken: &mut BTreeSet<String>,
) -> Operation {
    let declaration = route.declaration();
    Operation {
        tags: vec![tag(route.path())],
        summary: declaration.summary,
        description: description(route),
        id: operation_id(declaration.method, route.path(), taken),
        parameters: parameters(declaration, components, secure_cookies),
        request_body: request_body(declaration, components),
        responses: answers(declaration, components),
        security: security(declaration),
        access: access_word(declaration.access),
        permission: declaration.permission.map(PermissionName::as_str),
        rate_limit: declaration.policy.name(),
        limited_by_input: declaration.limited_by_input,
    }
}

/// The distinctive segments of a path: without the prefix that all paths of an API share.
fn distinctive_segments(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.enumerate().filter(|(at, segment)| !(*at < 2 && is_prefix(segment))).map(|(_, segment)| segment)
}

fn is_prefix(segment: &str) -> bool {
    let version = segment.strip_prefix('v').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    segment == "api" || version
}

/// The first distinctive segment of the path, without the part after a dot.
fn tag(path: &str) -> String {
    let segment = distinctive_segments(path).next().unwrap_or("root");
    segment.split('.').next().unwrap_or(segment).to_owned()
}

/// `GET /api/v1/users/{id}/sessions` is `getUsersByIdSessions`.
fn operation_id(method: Method, path: &str, taken: &mut BTreeSet<String>) -> String {
    let mut id = lower_case(method).to_owned();
    for segment in distinctive_segments(path) {
        let parameter = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if parameter.is_some() {
            id.push_str("By");
        }
        for word in parameter.unwrap_or(segment).split(|c: char| !c.is_ascii_alphanumeric()) {
            // Only the first letter changes: `userId` stays two words.
            let (first, rest) = word.split_at(word.len().min(1));
            id.push_str(&capitalized(first));
            id.push_str(rest);
        }
    }
    let mut unique = id.clone();
    let mut number = 2;
    while !taken.insert(unique.clone()) {
        unique = format!("{id}{number}");
        number += 1;
    }
    unique
}

fn description(route: &Mounted) -> String {
    let declaration = route.declaration();
    let access = match (declaration.access, declaration.permission) {
        (AccessKind::FreshPermission, Some(permission)) => {
            format!(
                "Requires the permission `{}`, and a recent sign-in or the password.",
                permission.as_str()
            )
        }
        (AccessKind::OwnerOrPermission, Some(permission)) => format!(
            "Requires a session, and reaches what belongs to the caller; with the permission `{}`, what belongs to anybody.",
            permission.as_str()
        ),
        (AccessKind::PermissionInPerson, Some(permission)) if declaration.takes_keys => {
            format!(
                "Requires the permission `{}`, of a session of the caller in person or of an API key.",
                permission.as_str()
            )
        }
        (AccessKind::PermissionInPerson, Some(permission)) => {
            format!(
                "Requires the permission `{}`, of a session of the caller in person.",
                permission.as_str()
            )
        }
        (_, Some(permission)) if declaration.takes_keys => {
            format!("Requires the permission `{}`, of a session or of an API key.", permission.as_str())
        }
        (_, Some(permission)) => format!("Requires the permission `{}`.", permission.as_str()),
        (AccessKind::Public, None) => "Anyone may call it.".to_owned(),
        (AccessKind::Optional, None) => "Anyone may call it; a signed-in caller is known.".to_owned(),
        (AccessKind::Session | AccessKind::Permission | AccessKind::OwnerOrPermission, None) => {
            "Requires a session.".to_owned()
        }
        (AccessKind::InPerson | AccessKind::PermissionInPerson, None) => {
            "Requires a session of the caller in person.".to_owned()
        }
        (AccessKind::Fresh | AccessKind::FreshPermission, None) => {
            "Requires a session, and a recent sign-in or the password.".to_owned()
        }
        (AccessKind::RefreshCookie, None) => "Reads the refresh cookie.".to_owned(),
        (AccessKind::Scheduler, None) => "Only the scheduler may call it, with `CRON_SECRET`.".to_owned(),
        (AccessKind::Loopback, None) => "Only this machine may call it; other machines get 404.".to_owned(),
    };
    let by_account =
        if declaration.limited_by_input { ", which also counts by the account in the input" } else { "" };
    let cookies = if declaration.output.sets_cookies { " Sets or clears cookies." } else { "" };
    format!("{access} Limited by the policy `{}`{by_account}.{cookies}", declaration.policy.name())
}

fn access_word(access: AccessKind) -> &'static str {
    match access {
        AccessKind::Public => "public",
        AccessKind::Optional => "optional",
        AccessKind::Session => "session",
        AccessKind::InPerson => "in person",
        AccessKind::Fresh => "fresh",
        AccessKind::Permission => "permission",
        AccessKind::OwnerOrPermission => "owner or permission",
        AccessKind::PermissionInPerson => "permission, in person",
        AccessKind::FreshPermission => "fresh permission",
        AccessKind::RefreshCookie => "refresh cookie",
        AccessKind::Loopback => "this machine",
        AccessKind::Scheduler => "scheduler",
    }
}

/// Each entry is one way to authenticate; an empty one means that none is needed.
fn security(declaration: &Declaration) -> Vec<SecurityRequirement> {
    let by = |scheme| SecurityRequirement::from([(scheme, Vec::new())]);
    match declaration.access {
        AccessKind::Permission | AccessKind::PermissionInPerson if declaration.takes_keys => {
            vec![by(ACCESS_COOKIE), by(BEARER), by(API_KEY)]
        }
        AccessKind::Public | AccessKind::Loopback => Vec::new(),
        AccessKind::Optional => vec![SecurityRequirement::new(), by(ACCESS_COOKIE), by(BEARER)],
        AccessKind::Session
        | AccessKind::InPerson
        | AccessKind::Fresh
        | AccessKind::Permission
        | AccessKind::OwnerOrPermission
        | AccessKind::PermissionInPerson
        | AccessKind::FreshPermission => {
            vec![by(ACCESS_COOKIE), by(BEARER)]
        }
        AccessKind::RefreshCookie => vec![by(REFRESH_COOKIE)],
        AccessKind::Scheduler => vec![by(CRON_SECRET)],
    }
}

fn parameters(
    declaration: &Declaration,
    components: &mut Components,
    secure_cookies: bool,
) -> Vec<Parameter> {
    let (input, is_file) = (&declaration.input, declaration.output.is_file);
    let mut parameters: Vec<Parameter> = Vec::new();
    for (place, docs) in [(Place::Path, &input.path), (Place::Query, &input.query)] {
        parameters.extend(docs.iter().map(|doc| parameter(place, doc, components)));
    }
    parameters.extend(input.repeatable.then(idempotency_key));
    parameters.extend(input.listeners.map(|_| last_event_id()));
    parameters.extend(is_file.then(range));
    let headers = input.signed.iter().flat_map(|signed| signed.headers);
    parameters.extend(headers.map(|name| header_of_sender(name)));
    parameters.extend(input.cookies.iter().map(|kind| cookie(*kind, secure_cookies)));
    parameters
}

fn parameter(place: Place, doc: &ParameterDoc, components: &mut Components) -> Parameter {
    let mut schema = components.hoist(doc.schema.clone());
    let description = schema.description.take().map(std::borrow::Cow::into_owned);
    // OpenAPI, "Parameter Object": a path parameter is always required.
    Parameter { name: doc.name, place, required: doc.required || place == Place::Path, description, schema }
}

fn range() -> Parameter {
    let description = "The part of the file to send, as `bytes=first-last` (RFC 9110, 14.2). One range; several are ignored.";
    Parameter {
        name: "Range",
        place: Place::Header,
        required: false,
        description: Some(description.to_owned()),
        schema: Schema::string(),
    }
}

fn idempotency_key() -> Parameter {
    let description = "The name of this request, a new one for each, such as a UUID: a request that is repeated with it within 24 \
                       hours is carried out once. A string in quotes (RFC 9651, 3.3.3), or the same without them.";
    Parameter {
        name: "Idempotency-Key",
        place: Place::Header,
        required: false,
        description: Some(description.to_owned()),
        schema: Schema::string(),
    }
}

fn last_event_id() -> Parameter {
    let description =
        "The id of the last event that the client has. `EventSource` sends it when it connects again.";
    Parameter {
        name: "Last-Event-ID",
        place: Place::Header,
        required: false,
        description: Some(description.to_owned()),
        schema: Schema::string(),
    }
}

fn header_of_sender(name: &'static str) -> Parameter {
    let description = "What the sender signs the body with, or what belongs to the signature.".to_owned();
    Parameter {
        name,
        place: Place::Header,
        required: true,
        description: Some(description),
        schema: Schema::string(),
    }
}

fn cookie(kind: CookieKind, secure: bool) -> Parameter {
    let description = match kind {
        CookieKind::Access => "The access token.",
        CookieKind::Refresh => "The refresh token.",
        CookieKind::Registration => "The registration that this browser started. Set by the server, sealed.",
        CookieKind::Device => "A record that this browser has signed in before. Set by the server, sealed.",
        CookieKind::OAuthAttempt => {
            "An attempt to sign in through a provider. Its name ends with 16 hexadecimal digits. Set by the server, sealed."
        }
        CookieKind::OAuthPending => {
            "An identity of a provider that waits for a confirmed address. Set by the server, sealed."
        }
    };
    Parameter {
        name: kind.name(secure),
        place: Place::Cookie,
        required: false,
        description: Some(description.to_owned()),
        schema: Schema::string(),
    }
}

fn request_body(declaration: &Declaration, components: &mut Components) -> Option<RequestBody> {
    let input = &declaration.input;
    if let Some(signed) = input.signed {
        let about = format!("The exact bytes that the sender signs, at most {} of them.", signed.max_bytes);
        let schema = Schema::string().describe(about);
        let content = BTreeMap::from([("*/*", MediaType { schema, examples: BTreeMap::new() })]);
        return Some(RequestBody { required: true, content });
    }
    if let Some(upload) = input.upload {
        let mut about = format!("The file, of {} bytes at most.", upload.max_bytes());
        if !upload.accepted_types().is_empty() {
            about = format!("{about} One of these types: {}.", upload.accepted_types().join(", "));
        }
        let file = Schema::string().format("binary").describe(about);
        let schema = Schema::object(None).property(upload.field(), file, true);
        let content = BTreeMap::from([(MULTIPART, MediaType { schema, examples: BTreeMap::new() })]);
        return Some(RequestBody { required: true, content });
    }
    if input.body.is_empty() {
        return None;
    }
    let object = input.body.iter().fold(Schema::object(None), |object, field| {
        object.property(field.name, field.schema.clone(), field.required)
    });
    let object = components.hoist(object);
    let schema = components.keep(&format!("{}Body", input.name), object);
    let required = input.body.iter().any(|field| field.required);
    let media_type = if declaration.is_cross_site_form { FORM } else { JSON };
    Some(RequestBody {
        required,
        content: BTreeMap::from([(media_type, MediaType { schema, examples: BTreeMap::new() })]),
    })
}
