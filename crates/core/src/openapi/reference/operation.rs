//! One operation on the page: its access, its input, its answers.

use std::collections::BTreeMap;

use super::{fields, sample};
use crate::declaration::Method;
use crate::errors::{Code, codes};
use crate::openapi::model::{Answer, Document, Operation, Response, lower_case};
use crate::openapi::responses::JSON;
use crate::utils::templates::TemplateContext;

pub(super) fn operation(
    document: &Document,
    path: &str,
    method: Method,
    operation: &Operation,
) -> TemplateContext {
    let words = format!(
        "{} {path} {} {}",
        method.as_str(),
        operation.summary,
        operation.permission.unwrap_or_default()
    );
    let body = operation.request_body.as_ref().and_then(|body| body.content.get(JSON));
    let (answers, common) = answers(document, &operation.responses);
    TemplateContext::new()
        .with("id", operation.id.as_str())
        .with("words", words)
        .with("method", badge(method))
        .with("path", path)
        .with("short_path", short(path))
        .with("summary", operation.summary)
        .with("permission", operation.permission)
        .with("access", operation.access)
        .with("rate_limit", operation.rate_limit)
        .with("limited_by_account", operation.limited_by_input)
        .with("parameters", fields::parameters(&operation.parameters))
        .with("has_body", body.is_some())
        .with("body", body.map(|body| fields::object(fields::resolve(document, &body.schema))))
        .with("answers", answers)
        .with("common", common)
        .with("curl", sample::curl(document, path, method, operation))
}

fn badge(method: Method) -> TemplateContext {
    TemplateContext::new().with("class", lower_case(method)).with("name", method.as_str())
}

/// The path without the prefix that all paths share.
fn short(path: &str) -> &str {
    path.strip_prefix("/api/v1").unwrap_or(path)
}

/// The codes that every route can answer. Each operation only names them; the table of codes explains them.
const COMMON: [&Code; 10] = [
    &codes::MALFORMED_REQUEST,
    &codes::VALIDATION_FAILED,
    &codes::REQUEST_TIMEOUT,
    &codes::PAYLOAD_TOO_LARGE,
    &codes::URI_TOO_LONG,
    &codes::UNSUPPORTED_MEDIA_TYPE,
    &codes::RATE_LIMITED,
    &codes::HEADERS_TOO_LARGE,
    &codes::INTERNAL,
    &codes::SERVICE_UNAVAILABLE,
];

/// Successes and the errors of this route, by status; and the common errors.
fn answers(
    document: &Document,
    responses: &BTreeMap<String, Answer>,
) -> (Vec<TemplateContext>, Vec<TemplateContext>) {
    let (mut answers, mut common) = (Vec::new(), Vec::new());
    for (status, answer) in responses {
        let row = TemplateContext::new().with("status", status);
        match answer {
            Answer::Success(response) => answers.push(row.with("success", success(response))),
            Answer::Error(reference) => {
                let name = reference.target.rsplit('/').next().unwrap_or_default();
                let codes =
                    document.components.responses.get(name).map_or(&[][..], |response| &response.codes);
                let (usual, own): (Vec<&Code>, Vec<&Code>) =
                    codes.iter().partition(|code| COMMON.contains(code));
                common.extend(usual.into_iter().map(code));
                if !own.is_empty() {
                    let own: Vec<TemplateContext> = own.into_iter().map(code).collect();
                    answers.push(row.with("success", false).with("codes", own));
                }
            }
        }
    }
    (answers, common)
}

/// An error code, with its anchor and its meaning.
pub(super) fn code(code: &Code) -> TemplateContext {
    TemplateContext::new()
        .with("anchor", format!("code-{}", code.name))
        .with("name", code.name)
        .with("status", code.status)
        .with("meaning", code.meaning)
}

fn success(response: &Response) -> TemplateContext {
    let content = response.content.first_key_value();
    let data = content.and_then(|(_, content)| content.schema.properties.get("data"));
    let items = data.and_then(|data| data.properties.get("items"));
    TemplateContext::new()
        .with("description", &response.description)
        .with("media_type", content.map(|(media_type, _)| *media_type))
        .with("data", data.map(fields::type_name))
        .with("items", items.map(fields::type_name))
}
