//! Pages the server itself shows: one layout, one style; style and script are both named by hash in the policy.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::plain::BuiltInPage;
use crate::errors::AppError;
use crate::utils::languages::{Language, TextError};
use crate::utils::templates::{TemplateContext, TemplateError, TemplateFile, Templates};

/// The look that all built-in pages share.
const STYLE: &str = include_str!("page.css");

/// What all pages are made with: `layout.html`, which they extend, and the macros of `parts.html`.
const SHARED: [TemplateFile; 2] = crate::template_files!["layout.html", "parts.html"];

/// The templates of pages. Clones share them.
#[derive(Clone, Debug)]
pub struct PageTemplates(Templates);

/// What a page has beside its markup. All of it is part of the program, so what a caller sent can never be taken for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageParts {
    /// Rules beside those that all pages share.
    pub style: &'static str,
    /// What the page does; `""` for a page that does nothing.
    pub script: &'static str,
    /// Whether the script speaks with this server.
    pub connects: bool,
}

impl PageTemplates {
    /// Compiles templates that extend `layout.html` and fill its blocks `title` and `body`.
    ///
    /// # Errors
    /// When one does not compile.
    pub fn new(files: impl IntoIterator<Item = TemplateFile>) -> Result<Self, TemplateError> {
        Templates::new(SHARED.into_iter().chain(files)).map(Self)
    }

    /// Renders a page in a language. Others can have it in another one.
    ///
    /// # Errors
    /// When the template asks for what it was not given.
    pub fn page_in(
        &self,
        language: &Language,
        template: &'static str,
        context: TemplateContext,
        parts: PageParts,
    ) -> Result<BuiltInPage, TemplateError> {
        let tag = language.tag();
        let page = self.render(template, context, (tag.as_str(), language.direction()), parts)?;
        Ok(page.in_language(tag))
    }

    /// Renders a page that exists in English only: one for developers.
    ///
    /// # Errors
    /// When the template asks for what it was not given.
    pub fn page(
        &self,
        template: &'static str,
        context: TemplateContext,
        parts: PageParts,
    ) -> Result<BuiltInPage, TemplateError> {
        self.render(template, context, ("en", "ltr"), parts)
    }

    /// The same for a page that shows these documents in frames: their styles apply as well, but nothing else of them.
    ///
    /// # Errors
    /// When the template asks for what it was not given.
    pub fn page_with_frames<'a>(
        &self,
        template: &'static str,
        context: TemplateContext,
        parts: PageParts,
        framed: impl IntoIterator<Item = &'a str>,
    ) -> Result<BuiltInPage, TemplateError> {
        let page = self.page(template, context, parts)?;
        let policy = with_styles(page.content_security_policy(), &framed_styles(framed));
        Ok(BuiltInPage::new(page.html().to_owned(), policy))
    }

    /// Renders a page, with the policy that lets its own style and script run, and nothing else.
    fn render(
        &self,
        template: &'static str,
        context: TemplateContext,
        (language, direction): (&str, &str),
        parts: PageParts,
    ) -> Result<BuiltInPage, TemplateError> {
        let context = context.with("language", language).with("direction", direction);
        let markup = [("shared_style", STYLE), ("style", parts.style), ("script", parts.script)];
        let html = self.0.render_trusting(template, context, &markup)?;
        Ok(BuiltInPage::new(html, policy(parts)))
    }
}

/// Why a page cannot be rendered: a defect of its template or of its texts.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A text.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl From<PageError> for AppError {
    fn from(error: PageError) -> Self {
        Self::internal(crate::errors::with_causes(&error))
    }
}

fn policy(parts: PageParts) -> String {
    let mut policy = String::from("default-src 'none'; ");
    if parts.connects {
        policy.push_str("connect-src 'self'; ");
    }
    policy.push_str("style-src ");
    policy.push_str(&hash(&[STYLE, parts.style].concat()));
    if !parts.script.is_empty() {
        policy.push_str("; script-src ");
        policy.push_str(&hash(parts.script));
    }
    policy.push_str("; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    policy
}

/// A policy that allows these styles too. A document in `srcdoc` inherits the policy of its page.
fn with_styles(policy: &str, styles: &BTreeSet<String>) -> String {
    if styles.is_empty() {
        return policy.to_owned();
    }
    let hashes: Vec<&str> = styles.iter().map(String::as_str).collect();
    // `unsafe-hashes` is what lets a hash stand for an attribute. It allows these texts and no others.
    policy.replacen("style-src ", &format!("style-src 'unsafe-hashes' {} ", hashes.join(" ")), 1)
}

/// The hash sources of the style elements and style attributes of documents.
fn framed_styles<'a>(documents: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut hashes = BTreeSet::new();
    for document in documents {
        let elements = document.split("<style>").skip(1).filter_map(|rest| rest.split("</style>").next());
        hashes.extend(elements.map(hash));
        let attributes = document.split(" style=\"").skip(1).filter_map(|rest| rest.split('"').next());
        hashes.extend(attributes.map(|style| hash(&unescaped(style))));
    }
    hashes
}

/// The text that a browser reads from an escaped one.
fn unescaped(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// The hash source of CSP Level 3: `'sha256-…'`, the digest of the element's exact text.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "{% extends 'layout.html' %}{% from 'parts.html' import prose %}\
        {% block title %}{{ title }}{% endblock %}{% block body %}<p>{{ prose(title) }}</p>{% endblock %}";

    fn page(title: &str, parts: PageParts) -> BuiltInPage {
        let templates = PageTemplates::new([TemplateFile { name: "page.html", source: SOURCE.into() }]);
        let context = TemplateContext::new().with("title", title);
        templates.and_then(|templates| templates.page("page.html", context, parts)).expect("a page")
    }

    const LIVELY: PageParts =
        PageParts { style: "b > i{content:\"<\"}", script: "'use strict' && 1 < 2", connects: true };

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        text.split_once(start).expect("the start").1.split_once(end).expect("the end").0
    }

    #[test]
    fn text_never_becomes_markup() {
        let page = page("<script>alert('x')</script> & \"more\"", LIVELY);
        assert_eq!(page.html().matches("<script>").count(), 1, "only the page's own");
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;";
        assert_eq!(page.html().matches(escaped).count(), 2);
    }

    #[test]
    fn the_policy_names_exactly_what_the_elements_hold() {
        let page = page("a page", LIVELY);
        for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let source = hash(between(page.html(), start, end));
            assert!(page.content_security_policy().contains(&source), "{start}");
        }
        assert_eq!(hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    }

    #[test]
    fn a_page_without_a_script_may_not_run_one_nor_speak_with_anyone() {
        let page = page("still", PageParts::default());
        assert!(!page.html().contains("<script"));
        assert!(!page.content_security_policy().contains("script-src"));
        assert!(!page.content_security_policy().contains("connect-src"));
        assert!(page.content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
    }

    #[test]
    fn the_styles_of_a_framed_document_are_allowed_by_name() {
        let templates = PageTemplates::new([TemplateFile { name: "page.html", source: SOURCE.into() }]);
        let templates = templates.expect("templates");
        let context = || TemplateContext::new().with("title", "mails");
        let mail = "<style>p{margin:0}</style><p style=\"color: &#39;a&#39;\">a</p><script>alert(1)</script>";
        let policy = |mails: &[&str]| {
            let framed = mails.iter().copied();
            let page = templates.page_with_frames("page.html", context(), PageParts::default(), framed);
            page.expect("a page").content_security_policy().to_owned()
        };
        let with = policy(&[mail, mail]);
        for style in ["p{margin:0}", "color: 'a'", STYLE] {
            assert_eq!(with.matches(&hash(style)).count(), 1, "{style}");
        }
        assert!(!with.contains("script-src") && !with.contains("unsafe-inline"), "{with}");
        assert_eq!(policy(&[]), policy(&["<p>plain</p>"]), "nothing is allowed for nothing");
        assert!(!policy(&[]).contains("unsafe"));
    }

    #[test]
    fn backticks_make_code_and_nothing_else() {
        let page = page("send `a<b` now", PageParts::default());
        assert!(page.html().contains("<p>send <code>a&lt;b</code> now</p>"), "{}", page.html());
        assert!(page.html().contains("<title>send `a&lt;b` now</title>"));
    }

    #[test]
    fn a_page_reads_as_its_template_does() {
        let page = page("still", PageParts::default());
        let lines: Vec<&str> = page.html().lines().filter(|line| line.starts_with('<')).collect();
        assert_eq!(lines.first(), Some(&"<!doctype html>"));
        assert!(lines.contains(&"<title>still</title>") && page.html().ends_with("</body>\n</html>\n"));
    }
}
