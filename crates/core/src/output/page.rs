//! Pages the server itself shows: one layout, one style; style and script are both named by hash in the policy.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::plain::BuiltInPage;
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

    /// Renders a page, with the policy that lets its own style and script run, and nothing else.
    ///
    /// # Errors
    /// When the template asks for what it was not given.
    pub fn page(
        &self,
        template: &'static str,
        context: TemplateContext,
        parts: PageParts,
    ) -> Result<BuiltInPage, TemplateError> {
        let markup = [("shared_style", STYLE), ("style", parts.style), ("script", parts.script)];
        let html = self.0.render_trusting(template, context, &markup)?;
        Ok(BuiltInPage::new(html, policy(parts)))
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
        let templates = PageTemplates::new([TemplateFile { name: "page.html", source: SOURCE }]);
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
