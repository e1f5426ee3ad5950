//! Shared components: named schemas, the two envelopes, headers, security schemes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::model::{Components, Decided, Header, Place, Reference, SecurityScheme};
use crate::cookies::CookieKind;
use crate::errors::{Code, codes};
use crate::values::{Configured, Schema, ViolationCode};

/// The name of the access cookie's security scheme.
pub(crate) const ACCESS_COOKIE: &str = "accessCookie";
/// The name of the bearer token's security scheme.
pub(crate) const BEARER: &str = "bearerToken";
/// The name of the security scheme of API keys.
pub(crate) const API_KEY: &str = "apiKey";
/// The name of the security scheme of the scheduler.
pub(crate) const CRON_SECRET: &str = "cronSecret";
/// The name of the refresh cookie's security scheme.
pub(crate) const REFRESH_COOKIE: &str = "refreshCookie";

/// A reference to a component.
pub(crate) fn refer(kind: &str, name: &str) -> Reference {
    Reference { target: format!("#/components/{kind}/{name}") }
}

impl Components {
    /// The components of every document. Their names are taken first, so that a view with the same name cannot
    /// replace them.
    pub(crate) fn new(codes: &[&'static Code], secure_cookies: bool, decided: Decided) -> Self {
        let mut components = Self {
            headers: headers(),
            security_schemes: security_schemes(secure_cookies),
            decided,
            ..Self::default()
        };
        components.hoist(any_error(codes));
        components.hoist(list_meta());
        components
    }

    /// Moves every named schema into the components and leaves references.
    ///
    /// Two different shapes with one name cannot both be a component: the second one stays where it is used, so
    /// that the document is right about both.
    pub(crate) fn hoist(&mut self, mut schema: Schema) -> Schema {
        schema.items = schema.items.map(|items| Box::new(self.hoist(*items)));
        schema.any_of = schema.any_of.into_iter().map(|choice| self.hoist(choice)).collect();
        schema.properties =
            schema.properties.into_iter().map(|(field, schema)| (field, self.hoist(schema))).collect();
        match schema.configured.take() {
            Some(Configured::PasswordMinLength) => schema.min_length = Some(self.decided.password_min_length),
            Some(Configured::Permissions) => schema.values.clone_from(&self.decided.permissions),
            Some(Configured::Jobs) => schema.values.clone_from(&self.decided.jobs),
            None => {}
        }
        let Some(name) = schema.name.take() else { return schema };
        let nullable = schema.types.contains(&"null");
        schema.types.retain(|kind| *kind != "null");
        let kept = self.keep(name, schema);
        if nullable {
            let null = Schema { types: vec!["null"], ..Schema::default() };
            return Schema { any_of: vec![kept, null], ..Schema::default() };
        }
        kept
    }

    /// Keeps a schema under this name; its parts are already components.
    pub(crate) fn keep(&mut self, name: &str, schema: Schema) -> Schema {
        if self.schemas.get(name).is_some_and(|known| *known != schema) {
            return schema;
        }
        self.schemas.insert(name.to_owned(), schema);
        Schema { reference: Some(refer("schemas", name).target), ..Schema::default() }
    }
}

fn success_flag(value: bool) -> Schema {
    Schema { constant: Some(value), ..Schema::boolean() }
}

fn meta() -> Schema {
    Schema::object(Some("Meta")).describe("Information about the answer.").property(
        "requestId",
        request_id(),
        true,
    )
}

fn list_meta() -> Schema {
    let next = Schema::string()
        .nullable()
        .describe("Send it as `cursor` for the next page; `null` on the last one.");
    let page = Schema::object(Some("PageMeta"))
        .describe("The position of this page in the list.")
        .property(
            "limit",
            Schema::integer().range(1, 100).describe("How many items the page may have."),
            true,
        )
        .property("nextCursor", next, true);
    Schema::object(Some("ListMeta"))
        .describe("Information about the answer and the page.")
        .property("requestId", request_id(), true)
        .property("page", page, true)
}

fn request_id() -> Schema {
    Schema::string().describe("The same as the header `X-Request-Id`. Name it when you report a problem.")
}

/// The envelope of a success around `data`.
pub(crate) fn success_envelope(data: Schema, paged: bool) -> Schema {
    Schema::object(None).property("success", success_flag(true), true).property("data", data, true).property(
        "meta",
        if paged { list_meta() } else { meta() },
        true,
    )
}

/// The envelope of any error, with the whole catalogue of codes.
fn any_error(codes: &[&'static Code]) -> Schema {
    let mut meanings = String::from("The code of the error, which never changes:\n");
    for code in codes {
        let _ = write!(meanings, "\n- `{}` ({}): {}", code.name, code.status, code.meaning);
    }
    let code = Schema {
        name: Some("ErrorCode"),
        ..Schema::one_of(codes.iter().map(|code| code.name)).describe(meanings)
    };
    let error = error_info(code, true);
    // Not `Error`: a type of that name would hide the `Error` of TypeScript, Swift and others.
    error_envelope(Schema { name: Some("ErrorInfo"), ..error }, Some("ErrorEnvelope"))
}

/// The envelope of an error with one of these codes, so that generated types know which codes a status can have.
pub(crate) fn error_with_code(codes: &[&'static Code]) -> Schema {
    let has_details = codes.iter().any(|code| code.name == codes::VALIDATION_FAILED.name);
    let code = Schema::one_of(codes.iter().map(|code| code.name));
    error_envelope(error_info(code, has_details), None)
}

fn error_envelope(error: Schema, name: Option<&'static str>) -> Schema {
    Schema::object(name)
        .describe("The envelope of an error.")
        .property("success", success_flag(false), true)
        .property("error", error, true)
        .property("meta", meta(), true)
}

/// The inner object of an error. It is open: health names dependencies there.
fn error_info(code: Schema, has_details: bool) -> Schema {
    let message = Schema::string().describe("A message for people. The wording may change.");
    let info = Schema { additional_properties: None, ..Schema::object(None) }
        .describe("The error.")
        .property("message", message, true)
        .property("code", code, true);
    if !has_details {
        return info;
    }
    let details = Schema::array(detail()).describe("With `VALIDATION_FAILED`: every mistake at once.");
    info.property("details", details, false)
}

fn detail() -> Schema {
    Schema::object(Some("ErrorDetail"))
        .describe("The mistake in one field.")
        .property("field", Schema::string().describe("The field's name on the wire."), true)
        .property("code", Schema::one_of(ViolationCode::ALL.map(ViolationCode::as_str)), true)
        .property("message", Schema::string().describe("A message for the user who fills in the form."), true)
}

fn headers() -> BTreeMap<&'static str, Header> {
    let text = Schema::string;
    BTreeMap::from([
        ("X-Request-Id", Header { description: "The id of this request in the log.", schema: text() }),
        (
            "RateLimit-Policy",
            Header {
                description: "Each bucket that counts the caller: `q` requests in `w` seconds.",
                schema: text().example("\"normal\";q=120;w=60"),
            },
        ),
        (
            "RateLimit",
            Header {
                description: "Each bucket that counts the caller: `r` requests are left, more follow in `t` seconds.",
                schema: text().example("\"normal\";r=119;t=60"),
            },
        ),
        (
            "Retry-After",
            Header {
                description: "Whole seconds after which to send the request again.",
                schema: Schema { minimum: Some(1), ..Schema::integer() },
            },
        ),
        (
            "WWW-Authenticate",
            Header {
                description: "The challenge of RFC 9110.",
                schema: text().example("Bearer realm=\"api\""),
            },
        ),
        (
            "Set-Cookie",
            Header {
                description: "One line for each cookie that is set or cleared (RFC 6265).",
                schema: text(),
            },
        ),
        ("Accept", Header { description: "The media types that the server accepts.", schema: text() }),
        ("Location", Header { description: "The address to go to.", schema: text().format("uri-reference") }),
    ])
}

fn security_schemes(secure: bool) -> BTreeMap<&'static str, SecurityScheme> {
    BTreeMap::from([
        (
            ACCESS_COOKIE,
            SecurityScheme::Cookie {
                place: Place::Cookie,
                name: CookieKind::Access.name(secure),
                description: "The access token, as a sign-in sets it in a browser.",
            },
        ),
        (
            BEARER,
            SecurityScheme::Http {
                scheme: "bearer",
                bearer_format: "JWT",
                description: "The access token in `Authorization`. It takes precedence over the cookie.",
            },
        ),
        (
            API_KEY,
            SecurityScheme::Http {
                scheme: "bearer",
                bearer_format: "psk_…",
                description: "An API key in `Authorization`, for programs. Nothing else may carry one.",
            },
        ),
        (
            CRON_SECRET,
            SecurityScheme::Http {
                scheme: "bearer",
                bearer_format: "text",
                description: "The scheduler's secret in `Authorization`.",
            },
        ),
        (
            REFRESH_COOKIE,
            SecurityScheme::Cookie {
                place: Place::Cookie,
                name: CookieKind::Refresh.name(secure),
                description: "The refresh token. Only its own routes read it.",
            },
        ),
    ])
}
