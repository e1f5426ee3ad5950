//! The page as a whole.

use super::{fields, operation};
use crate::openapi::model::{Document, Tag};
use crate::output::{BuiltInPage, PageParts, PageTemplates};
use crate::utils::templates::{TemplateContext, TemplateError};

pub(super) const PARTS: PageParts =
    PageParts { style: include_str!("reference.css"), script: include_str!("reference.js"), connects: false };

/// Renders the reference page.
///
/// # Errors
/// A defect of its templates.
pub fn reference_page(document: &Document) -> Result<BuiltInPage, TemplateError> {
    templates()?.page("reference.html", context(document), PARTS)
}

pub(super) fn templates() -> Result<PageTemplates, TemplateError> {
    PageTemplates::new(crate::template_files!["reference.html", "operation.html", "fields.html"])
}

pub(super) fn context(document: &Document) -> TemplateContext {
    let groups: Vec<_> = document.tags.iter().map(|tag| group(document, tag)).collect();
    let servers: Vec<_> = document.servers.iter().map(|server| server.url.as_str()).collect();
    let codes: Vec<_> = document.codes.iter().map(|code| operation::code(code)).collect();
    let shapes = document.components.schemas.iter().map(|(name, schema)| fields::shape(name, schema));
    let document_path = document.paths.keys().find(|path| path.ends_with("/openapi.json"));
    TemplateContext::new()
        .with("product", &document.info.title)
        .with("version", &document.info.version)
        .with("paragraphs", document.info.description.split("\n\n").collect::<Vec<_>>())
        .with("servers", servers)
        .with("document_path", document_path)
        .with("groups", groups)
        .with("codes", codes)
        .with("shapes", shapes.collect::<Vec<_>>())
}

/// The operations of one tag. Sections, operations and shapes share one page; operation ids have no dash.
fn group(document: &Document, tag: &Tag) -> TemplateContext {
    let all = document
        .paths
        .iter()
        .flat_map(|(path, item)| item.0.iter().map(move |(method, operation)| (path, *method, operation)));
    let own = all.filter(|(_, _, operation)| operation.tags.contains(&tag.name));
    let operations =
        own.map(|(path, method, operation)| operation::operation(document, path, method, operation));
    TemplateContext::new()
        .with("anchor", format!("tag-{}", tag.name))
        .with("name", &tag.name)
        .with("operations", operations.collect::<Vec<_>>())
}
