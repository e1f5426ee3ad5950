//! Schemas as tables: the fields of an object, each with its type and its rules in words.

use crate::openapi::model::{Document, Parameter, Place};
use crate::output::Html;
use crate::values::{Schema, counted};

/// Where a component is shown.
pub(super) fn shape_anchor(name: &str) -> String {
    format!("shape-{name}")
}

/// The name of the component that a schema refers to.
fn referred(schema: &Schema) -> Option<&str> {
    schema.reference.as_deref()?.rsplit('/').next()
}

/// The schema itself, or the component it refers to.
pub(super) fn resolve<'a>(document: &'a Document, schema: &'a Schema) -> &'a Schema {
    referred(schema).and_then(|name| document.components.schemas.get(name)).unwrap_or(schema)
}

const HEAD: &str = "<table class=\"fields\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Rule</th></tr></thead><tbody>\n";

pub(super) fn parameters(parameters: &[Parameter], html: &mut Html) {
    html.raw(HEAD);
    for parameter in parameters {
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Cookie => "cookie",
        };
        html.raw("<tr><th scope=\"row\">").text(parameter.name).raw("<small>").raw(place);
        html.raw(if parameter.required { ", required" } else { "" }).raw("</small></th><td>");
        rule(&parameter.schema, parameter.description.as_deref(), html);
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody></table>\n");
}

/// The fields of the object that a schema is or refers to.
pub(super) fn object(document: &Document, schema: &Schema, html: &mut Html) {
    rows(resolve(document, schema), html);
}

/// A component: its description, then its fields or its values.
pub(super) fn shape(schema: &Schema, html: &mut Html) {
    if schema.types == ["object"] {
        if let Some(description) = &schema.description {
            html.raw("<p>").prose(description).raw("</p>\n");
        }
        rows(schema, html);
    } else {
        // A list of codes describes itself at length; the page has a table of its own for that.
        let brief = schema.description.as_deref().and_then(|text| text.split("\n\n").next());
        html.raw("<p>").prose(brief.unwrap_or_default()).raw("</p>\n<p>");
        values(schema, html);
        html.raw("</p>\n");
    }
}

fn rows(schema: &Schema, html: &mut Html) {
    if schema.properties.is_empty() {
        html.raw("<p class=\"none\">No fields.</p>\n");
        return;
    }
    html.raw(HEAD);
    for (name, field) in &schema.properties {
        let required = schema.required.contains(name);
        html.raw("<tr><th scope=\"row\">").text(name).raw("<small>");
        html.raw(if required { "required" } else { "optional" }).raw("</small></th><td>");
        rule(field, field.description.as_deref(), html);
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody></table>\n");
}

fn rule(schema: &Schema, description: Option<&str>, html: &mut Html) {
    html.raw("<p>");
    type_name(schema, html);
    for word in constraints(schema) {
        html.raw(", ").text(&word);
    }
    html.raw("</p>");
    if !schema.values.is_empty() {
        html.raw("<p>one of ");
        values(schema, html);
        html.raw("</p>");
    }
    if let Some(pattern) = schema.pattern {
        html.raw("<p>matches <code>").text(pattern).raw("</code></p>");
    }
    for example in &schema.examples {
        html.raw("<p>for example <code>").text(example).raw("</code></p>");
    }
    if let Some(description) = description {
        html.raw("<p>").prose(description).raw("</p>");
    }
}

fn values(schema: &Schema, html: &mut Html) {
    for (at, value) in schema.values.iter().enumerate() {
        html.raw(if at == 0 { "" } else { ", " }).raw("<code>").text(value).raw("</code>");
    }
}

/// `string`, `list of User`, `User or null`.
pub(super) fn type_name(schema: &Schema, html: &mut Html) {
    if let Some(name) = referred(schema) {
        html.raw("<a class=\"type\" href=\"#").text(&shape_anchor(name)).raw("\">").text(name).raw("</a>");
        return;
    }
    if let Some(items) = &schema.items {
        html.raw("<span class=\"type\">list of </span>");
        type_name(items, html);
        return;
    }
    let choices = schema.any_of.iter();
    for (at, choice) in choices.enumerate() {
        html.raw(if at == 0 { "" } else { "<span class=\"type\"> or </span>" });
        type_name(choice, html);
    }
    html.raw("<span class=\"type\">").text(&schema.types.join(" or ")).raw("</span>");
    if let Some(constant) = schema.constant {
        html.raw(", always <code>").raw(if constant { "true" } else { "false" }).raw("</code>");
    }
}

fn constraints(schema: &Schema) -> Vec<String> {
    let characters = |number| counted(number, "character", "characters");
    let mut words: Vec<String> = schema.format.map(str::to_owned).into_iter().collect();
    words.extend(match (schema.min_length, schema.max_length) {
        (Some(min), Some(max)) if min == max => Some(characters(min)),
        (Some(min), Some(max)) => Some(format!("{min} to {}", characters(max))),
        (Some(min), None) => Some(format!("at least {}", characters(min))),
        (None, Some(max)) => Some(format!("at most {}", characters(max))),
        (None, None) => None,
    });
    words.extend(match (schema.minimum, schema.maximum) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    });
    words.extend(schema.default.map(|value| format!("{value} when not sent")));
    words
}
