//! A sample request for the command line.

use super::fields::resolve;
use crate::declaration::Method;
use crate::openapi::components::{ACCESS_COOKIE, REFRESH_COOKIE};
use crate::openapi::model::{Document, Operation, Place, SecurityScheme};
use crate::openapi::responses::JSON;
use crate::values::Schema;

/// The operation as a `curl` command. Secrets are named as shell variables.
pub(super) fn curl(document: &Document, path: &str, method: Method, operation: &Operation) -> String {
    let server = document.servers.first().map_or("", |server| server.url.trim_end_matches('/'));
    let mut lines =
        vec![format!("curl {}{}", verb(method), quoted(&format!("{server}{}", filled(path, operation))))];
    let needs = |scheme| operation.security.iter().any(|way| way.contains_key(scheme));
    if needs(ACCESS_COOKIE) {
        lines.push("-H \"Authorization: Bearer $ACCESS_TOKEN\"".to_owned());
    }
    if let Some(SecurityScheme::Cookie { name, .. }) =
        document.components.security_schemes.get(REFRESH_COOKIE)
        && needs(REFRESH_COOKIE)
    {
        // The CSRF check requires an allowed origin for a request with cookies.
        lines.push(format!("-H {}", quoted(&format!("Origin: {server}"))));
        lines.push(format!("--cookie \"{name}=$REFRESH_TOKEN\""));
    }
    if let Some(body) = operation.request_body.as_ref().and_then(|body| body.content.get(JSON)) {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d {}", quoted(&json(document, &body.schema))));
    }
    let headers = operation.parameters.iter().filter(|parameter| parameter.place == Place::Header);
    lines.extend(headers.map(|header| format!("-H {}", quoted(&format!("{}: …", header.name)))));
    if operation.request_body.as_ref().is_some_and(|body| body.content.contains_key("*/*")) {
        lines.push("--data-binary @body".to_owned());
    }
    lines.join(" \\\n  ")
}

fn verb(method: Method) -> String {
    if method == Method::Get { String::new() } else { format!("-X {} ", method.as_str()) }
}

/// The path with sample values for its parameters.
fn filled(path: &str, operation: &Operation) -> String {
    let mut filled = path.to_owned();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::Path) {
        let schema = &parameter.schema;
        let value = schema.examples.first().or_else(|| schema.values.first()).copied();
        let value = value.map_or_else(|| parameter.name.to_uppercase(), str::to_owned);
        filled = filled.replace(&format!("{{{}}}", parameter.name), &value);
    }
    filled
}

/// Quotes a text for a shell: between single quotes only the single quote is special.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A value that fits the schema, as JSON. An object has its required fields, or all fields if none is required.
fn json(document: &Document, schema: &Schema) -> String {
    let schema = resolve(document, schema);
    if let Some(choice) = schema.any_of.first() {
        return json(document, choice);
    }
    if let Some(items) = &schema.items {
        return format!("[{}]", json(document, items));
    }
    match schema.types.first() {
        Some(&"object") => {
            let wanted = |name: &&str| schema.required.is_empty() || schema.required.contains(name);
            let fields = schema.properties.iter().filter(|(name, _)| wanted(name));
            let fields = fields.map(|(name, field)| format!("\"{name}\":{}", named(document, name, field)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Some(&"integer") => schema.default.or(schema.minimum).unwrap_or(1).to_string(),
        Some(&"boolean") => schema.constant.unwrap_or(true).to_string(),
        _ => text(schema, "text"),
    }
}

/// A sample for a field. If the schema suggests none, the name of the field may.
fn named(document: &Document, name: &str, field: &Schema) -> String {
    if field.types != ["string"] {
        return json(document, field);
    }
    const BY_NAME: [(&str, &str); 4] = [
        ("email", "ada@example.org"),
        ("password", "a long and quiet sentence"),
        ("token", "the token from the mail"),
        ("name", "Ada Lovelace"),
    ];
    let name = name.to_ascii_lowercase();
    let telling = BY_NAME.iter().find(|(part, _)| name.contains(part));
    text(field, telling.map_or("text", |(_, sample)| sample))
}

fn text(schema: &Schema, fallback: &'static str) -> String {
    let by_format = match schema.format {
        Some("email") => Some("ada@example.org"),
        Some("password") => Some("a long and quiet sentence"),
        Some("date-time") => Some("2026-01-31T12:00:00Z"),
        _ => None,
    };
    let value =
        schema.examples.first().or_else(|| schema.values.first()).copied().or(by_format).unwrap_or(fallback);
    serde_json::to_string(value).unwrap_or_default()
}
