//! Schemas as tables: the fields of an object, each with its type and its rules in words.

use crate::openapi::model::{Document, Parameter, Place};
use crate::utils::templates::{TemplateContext, TemplateValue};
use crate::values::{Schema, counted};

/// The anchor of a component on the page.
fn shape_anchor(name: &str) -> String {
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

pub(super) fn parameters(parameters: &[Parameter]) -> TemplateValue {
    let rows = parameters.iter().map(|parameter| {
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Cookie => "cookie",
        };
        let note = format!("{place}{}", if parameter.required { ", required" } else { "" });
        row(parameter.name, note, &parameter.schema, parameter.description.as_deref())
    });
    rows.collect()
}

/// The fields of an object.
pub(super) fn object(schema: &Schema) -> TemplateValue {
    let rows = schema.properties.iter().map(|(name, field)| {
        let note = if schema.required.contains(name) { "required" } else { "optional" };
        row(name, note.to_owned(), field, field.description.as_deref())
    });
    rows.collect()
}

fn row(name: &str, note: String, schema: &Schema, description: Option<&str>) -> TemplateContext {
    TemplateContext::new()
        .with("name", name)
        .with("note", note)
        .with("type", type_name(schema))
        .with("constraints", constraints(schema))
        .with("values", schema.values.clone())
        .with("pattern", schema.pattern)
        .with("examples", schema.examples.clone())
        .with("description", description)
}

/// A component: its description, then its fields or its values.
pub(super) fn shape(name: &str, schema: &Schema) -> TemplateContext {
    let description = schema.description.as_deref();
    let is_object = schema.types == ["object"];
    // The description of the list of codes is long, and the page has a separate table of them.
    let brief = description.and_then(|text| text.split("\n\n").next());
    TemplateContext::new()
        .with("anchor", shape_anchor(name))
        .with("name", name)
        .with("is_object", is_object)
        .with("description", if is_object { description } else { brief })
        .with("rows", object(schema))
        .with("values", schema.values.clone())
}

/// `string`, `list of User`, `User or null`, in parts.
pub(super) fn type_name(schema: &Schema) -> Vec<TemplateContext> {
    let mut parts = Vec::new();
    push_type(schema, &mut parts);
    parts
}

fn push_type(schema: &Schema, parts: &mut Vec<TemplateContext>) {
    let part = |text: &str, anchor: Option<String>, is_value: bool| {
        TemplateContext::new().with("text", text).with("anchor", anchor).with("is_value", is_value)
    };
    if let Some(name) = referred(schema) {
        parts.push(part(name, Some(shape_anchor(name)), false));
        return;
    }
    if let Some(items) = &schema.items {
        parts.push(part("list of ", None, false));
        push_type(items, parts);
        return;
    }
    for (at, choice) in schema.any_of.iter().enumerate() {
        if at > 0 {
            parts.push(part(" or ", None, false));
        }
        push_type(choice, parts);
    }
    if !schema.types.is_empty() {
        parts.push(part(&schema.types.join(" or "), None, false));
    }
    if let Some(constant) = schema.constant {
        parts.push(part(if constant { "true" } else { "false" }, None, true));
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
    let elements = |number| counted(number, "element", "elements");
    words.extend(match (schema.min_items, schema.max_items) {
        (Some(min), Some(max)) if min == max => Some(elements(min)),
        (Some(min), Some(max)) => Some(format!("{min} to {}", elements(max))),
        (Some(min), None) => Some(format!("at least {}", elements(min))),
        (None, Some(max)) => Some(format!("at most {}", elements(max))),
        (None, None) => None,
    });
    words.extend((schema.unique_items == Some(true)).then(|| "nothing twice".to_owned()));
    words.extend(schema.default.map(|value| format!("{value} when not sent")));
    words
}
