//! Pages the server itself shows, put together: one style, one script, both named by hash in the policy.
//!
//! Markup is written by the program, data is escaped: [`Html`] has no other way in.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::plain::BuiltInPage;

/// The look that all built-in pages share.
const STYLE: &str = include_str!("page.css");

/// Three stakes in a row.
const MARK: &str = r#"<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path d="M3 22V7l3-4 3 4v15zM9.5 22V7L12 3l2.5 4v15zM15 22V7l3-4 3 4v15z" fill="currentColor"/></svg>"#;

/// Markup in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds markup. It is `'static`, so what a caller sent can never be taken for it.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, escaped for an element or a quoted attribute.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Adds text in which `` `words` `` between backticks become code.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        for (at, part) in text.split('`').enumerate() {
            if at % 2 == 1 {
                self.raw("<code>").text(part).raw("</code>");
            } else {
                self.text(part);
            }
        }
        self
    }

    /// Adds the mark of the house.
    pub fn mark(&mut self) -> &mut Self {
        self.raw(MARK)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a page is made of.
#[derive(Debug)]
pub struct PageParts<'a> {
    /// The title.
    pub title: &'a str,
    /// The content of `body`.
    pub body: Html,
    /// Rules beside those that all pages share.
    pub style: &'static str,
    /// What the page does; `""` for a page that does nothing.
    pub script: &'static str,
    /// Whether the script speaks with this server.
    pub connects: bool,
}

impl BuiltInPage {
    /// Puts a page together, with the policy that lets its own style and script run, and nothing else.
    pub fn assemble(parts: &PageParts<'_>) -> Self {
        let style = [STYLE, parts.style].concat();
        let mut policy = String::from("default-src 'none'; ");
        if parts.connects {
            policy.push_str("connect-src 'self'; ");
        }
        policy.push_str("style-src ");
        policy.push_str(&hash(&style));
        if !parts.script.is_empty() {
            policy.push_str("; script-src ");
            policy.push_str(&hash(parts.script));
        }
        policy.push_str("; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

        let mut html = Html::new();
        html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
            .text(parts.title);
        html.raw("</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n");
        html.raw("<style>").raw(STYLE).raw(parts.style).raw("</style>\n</head>\n<body>\n");
        html.0.push_str(&parts.body.0);
        if !parts.script.is_empty() {
            html.raw("<script>").raw(parts.script).raw("</script>\n");
        }
        html.raw("</body>\n</html>\n");
        Self::new(html.0, policy)
    }
}

/// The hash source of CSP Level 3: `'sha256-…'`, the digest of the element's exact text.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str) -> BuiltInPage {
        let mut body = Html::new();
        body.raw("<p>").text(title).raw("</p>");
        BuiltInPage::assemble(&PageParts {
            title,
            body,
            style: "b{color:red}",
            script: "'use strict'",
            connects: true,
        })
    }

    fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
        text.split_once(start).expect("the start").1.split_once(end).expect("the end").0
    }

    #[test]
    fn text_never_becomes_markup() {
        let page = page("<script>alert('x')</script> & \"more\"");
        assert_eq!(page.html().matches("<script>").count(), 1, "only the page's own");
        assert!(
            page.html().contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;")
        );
    }

    #[test]
    fn the_policy_names_exactly_what_the_elements_hold() {
        let page = page("a page");
        for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let source = hash(between(page.html(), start, end));
            assert!(page.content_security_policy().contains(&source), "{start}");
        }
        assert_eq!(hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    }

    #[test]
    fn a_page_without_a_script_may_not_run_one_nor_speak_with_anyone() {
        let parts = PageParts { title: "still", body: Html::new(), style: "", script: "", connects: false };
        let page = BuiltInPage::assemble(&parts);
        assert!(!page.content_security_policy().contains("script-src"));
        assert!(!page.content_security_policy().contains("connect-src"));
        assert!(page.content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
    }

    #[test]
    fn backticks_make_code_and_nothing_else() {
        let mut html = Html::new();
        html.prose("send `a<b` now");
        assert_eq!(html.as_str(), "send <code>a&lt;b</code> now");
    }
}
