//! The page: its parts from top to bottom.

use std::collections::BTreeMap;

use super::{fields, sample};
use crate::declaration::Method;
use crate::errors::{Code, codes};
use crate::openapi::model::{Answer, Document, Operation, Response, lower_case};
use crate::openapi::responses::JSON;
use crate::output::{BuiltInPage, Html, PageParts};

/// Renders the reference page.
pub fn reference_page(document: &Document) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<div class=\"shell\">\n");
    side(document, &mut body);
    body.raw("<main>\n");
    about(document, &mut body);
    for tag in &document.tags {
        body.raw("<section data-group id=\"")
            .text(&anchor(&tag.name))
            .raw("\">\n<h2>")
            .text(&tag.name)
            .raw("</h2>\n");
        for (path, method, operation) in operations(document, &tag.name) {
            article(document, path, method, operation, &mut body);
        }
        body.raw("</section>\n");
    }
    error_codes(document, &mut body);
    shapes(document, &mut body);
    body.raw("</main>\n</div>\n");
    BuiltInPage::assemble(&PageParts {
        title: &format!("{} API reference", document.info.title),
        body,
        style: include_str!("reference.css"),
        script: include_str!("reference.js"),
        connects: false,
    })
}

fn operations<'a>(
    document: &'a Document,
    tag: &'a str,
) -> impl Iterator<Item = (&'a str, Method, &'a Operation)> {
    let all = document.paths.iter().flat_map(|(path, item)| {
        item.0.iter().map(move |(method, operation)| (path.as_str(), *method, operation))
    });
    all.filter(move |(_, _, operation)| operation.tags.iter().any(|name| name == tag))
}

/// Sections, operations and shapes share one page; operation ids have no dash.
fn anchor(tag: &str) -> String {
    format!("tag-{tag}")
}

fn method_badge(method: Method, html: &mut Html) {
    html.raw("<span class=\"method ").raw(lower_case(method)).raw("\">").raw(method.as_str()).raw("</span>");
}

fn side(document: &Document, html: &mut Html) {
    html.raw("<header class=\"side\">\n<div class=\"brand\">").mark().raw("<span>");
    html.text(&document.info.title).raw("</span></div>\n");
    html.raw("<input id=\"filter\" type=\"search\" placeholder=\"Filter\" aria-label=\"Filter operations\" hidden>\n");
    html.raw("<p id=\"matches\" role=\"status\" aria-live=\"polite\"></p>\n");
    html.raw("<nav aria-label=\"Operations\">\n");
    for tag in &document.tags {
        html.raw("<div data-group>\n<h2>").text(&tag.name).raw("</h2>\n<ul>\n");
        for (path, method, operation) in operations(document, &tag.name) {
            html.raw("<li><a href=\"#").text(&operation.id).raw("\">");
            method_badge(method, html);
            html.raw(" <span>").text(short(path)).raw("</span></a></li>\n");
        }
        html.raw("</ul>\n</div>\n");
    }
    html.raw("<h2>more</h2>\n<ul>\n<li><a class=\"plain\" href=\"#error-codes\">Error codes</a></li>\n");
    html.raw("<li><a class=\"plain\" href=\"#shapes\">Shapes</a></li>\n</ul>\n</nav>\n</header>\n");
}

/// The path without what all of them begin with.
fn short(path: &str) -> &str {
    path.strip_prefix("/api/v1").unwrap_or(path)
}

fn about(document: &Document, html: &mut Html) {
    html.raw("<section class=\"about\">\n<div class=\"title\"><h1>").text(&document.info.title);
    html.raw(" API</h1><span>version ").text(&document.info.version).raw("</span></div>\n");
    for paragraph in document.info.description.split("\n\n") {
        html.raw("<p>").prose(paragraph).raw("</p>\n");
    }
    html.raw("<div class=\"base\">");
    for server in &document.servers {
        html.raw("<div><span>Server</span> <code>").text(&server.url).raw("</code></div>");
    }
    if let Some(path) = document.paths.keys().find(|path| path.ends_with("/openapi.json")) {
        html.raw("<div><span>OpenAPI 3.1</span> <a href=\"")
            .text(path)
            .raw("\"><code>")
            .text(path)
            .raw("</code></a></div>");
    }
    html.raw("</div>\n</section>\n");
}

fn article(document: &Document, path: &str, method: Method, operation: &Operation, html: &mut Html) {
    let words = format!(
        "{} {path} {} {}",
        method.as_str(),
        operation.summary,
        operation.permission.unwrap_or_default()
    );
    html.raw("<details class=\"operation\" id=\"").text(&operation.id);
    html.raw("\" data-words=\"").text(&words).raw("\">\n<summary>");
    method_badge(method, html);
    html.raw(" <span class=\"path\">")
        .text(path)
        .raw("</span> <span class=\"what\">")
        .text(operation.summary);
    html.raw("</span></summary>\n<div class=\"inside\">\n");
    chips(operation, html);
    if !operation.parameters.is_empty() {
        html.raw("<h3>Parameters</h3>\n");
        fields::parameters(&operation.parameters, html);
    }
    if let Some(body) = operation.request_body.as_ref().and_then(|body| body.content.get(JSON)) {
        html.raw("<h3>Body</h3>\n");
        fields::object(document, &body.schema, html);
    }
    html.raw("<h3>Answers</h3>\n");
    answers(document, &operation.responses, html);
    html.raw("<h3>Try it</h3>\n<div class=\"curl\"><pre tabindex=\"0\"><code>");
    html.text(&sample::curl(document, path, method, operation))
        .raw("</code></pre></div>\n</div>\n</details>\n");
}

fn chips(operation: &Operation, html: &mut Html) {
    html.raw("<div class=\"chips\">");
    match operation.permission {
        Some(permission) => html.raw("<span>Permission: <b>").text(permission),
        None => html.raw("<span>Access: <b>").raw(operation.access),
    };
    html.raw("</b></span><span>Rate limit: <b>").text(operation.rate_limit).raw("</b>");
    html.raw(if operation.limited_by_input { " and by account" } else { "" }).raw("</span></div>\n");
}

/// What every route of its kind answers: named, but not explained again with each.
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

fn answers(document: &Document, responses: &BTreeMap<String, Answer>, html: &mut Html) {
    html.raw("<table class=\"answers\"><tbody>\n");
    let mut common = Vec::new();
    for (status, answer) in responses {
        match answer {
            Answer::Success(response) => {
                html.raw("<tr><th scope=\"row\">").text(status).raw("</th><td>");
                success(response, html);
                html.raw("</td></tr>\n");
            }
            Answer::Error(reference) => {
                let name = reference.target.rsplit('/').next().unwrap_or_default();
                let codes =
                    document.components.responses.get(name).map_or(&[][..], |response| &response.codes);
                let (usual, own): (Vec<&Code>, Vec<&Code>) =
                    codes.iter().partition(|code| COMMON.contains(code));
                common.extend(usual);
                own_errors(status, &own, html);
            }
        }
    }
    html.raw("<tr><th scope=\"row\">also</th><td class=\"also\">");
    for code in common {
        html.raw("<span>").text(&code.status.to_string()).raw(" <a href=\"#").text(&code_anchor(code));
        html.raw("\"><code>").text(code.name).raw("</code></a></span> ");
    }
    html.raw("</td></tr>\n</tbody></table>\n");
}

fn own_errors(status: &str, codes: &[&Code], html: &mut Html) {
    if codes.is_empty() {
        return;
    }
    html.raw("<tr><th scope=\"row\">").text(status).raw("</th><td>");
    for code in codes {
        html.raw("<div><code>").text(code.name).raw("</code> <span class=\"none\">").prose(code.meaning);
        html.raw("</span></div>");
    }
    html.raw("</td></tr>\n");
}

fn code_anchor(code: &Code) -> String {
    format!("code-{}", code.name)
}

fn success(response: &Response, html: &mut Html) {
    let Some((media_type, content)) = response.content.first_key_value() else {
        html.text(&response.description).raw(", with <code>Location</code>");
        return;
    };
    match content.schema.properties.get("data") {
        Some(data) => {
            html.raw("<code>data</code>: ");
            fields::type_name(data, html);
            if let Some(items) = data.properties.get("items") {
                html.raw(" with <code>items</code>: ");
                fields::type_name(items, html);
                html.raw(", and <code>meta.page</code>");
            }
        }
        None => drop(html.raw("<code>").text(media_type).raw("</code>")),
    }
}

fn error_codes(document: &Document, html: &mut Html) {
    html.raw("<section class=\"about\" id=\"error-codes\">\n<h2>Error codes</h2>\n<table class=\"codes\"><thead><tr>");
    html.raw("<th scope=\"col\">Code</th><th scope=\"col\">Status</th><th scope=\"col\">Meaning</th></tr></thead><tbody>\n");
    for code in &document.codes {
        html.raw("<tr id=\"").text(&code_anchor(code)).raw("\"><th scope=\"row\">").text(code.name);
        html.raw("</th><td>").text(&code.status.to_string());
        html.raw("</td><td>").prose(code.meaning).raw("</td></tr>\n");
    }
    html.raw("</tbody></table>\n</section>\n");
}

fn shapes(document: &Document, html: &mut Html) {
    html.raw("<section class=\"about\" id=\"shapes\">\n<h2>Shapes</h2>\n");
    for (name, schema) in &document.components.schemas {
        html.raw("<div class=\"shape\" id=\"")
            .text(&fields::shape_anchor(name))
            .raw("\">\n<h3>")
            .text(name)
            .raw("</h3>\n");
        fields::shape(schema, html);
        html.raw("</div>\n");
    }
    html.raw("</section>\n");
}
