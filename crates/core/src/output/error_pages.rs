//! The pages that people see instead of an envelope, where a page is what they asked for.

use super::{BuiltInPage, PageParts, PageTemplates};
use crate::utils::templates::{TemplateContext, TemplateError};

/// One page for each status that can come instead of a page.
#[derive(Debug)]
pub(crate) struct ErrorPages {
    nowhere: BuiltInPage,
    limited: BuiltInPage,
    broken: BuiltInPage,
    unavailable: BuiltInPage,
}

/// What a page says.
struct Words {
    title: &'static str,
    heading: &'static str,
    lead: &'static str,
    /// Where it leads: `""` is where the browser is already.
    way: (&'static str, &'static str),
}

const NOWHERE: Words = Words {
    title: "Not found",
    heading: "Page not found",
    lead: "Error 404: no page has this address. It may be mistyped, or the page is gone.",
    way: ("/", "Go to the start"),
};
const LIMITED: Words = Words {
    title: "Too many requests",
    heading: "Too many requests",
    lead: "Error 429: more requests came from your network than this server takes at once. Wait a moment, then try again.",
    way: ("", "Try again"),
};
const BROKEN: Words = Words {
    title: "Something went wrong",
    heading: "Something went wrong on our side",
    lead: "Error 500: this server made a mistake. It is in its log.",
    way: ("", "Try again"),
};
const UNAVAILABLE: Words = Words {
    title: "Not available",
    heading: "The service is temporarily unavailable",
    lead: "Error 503: this server cannot answer at the moment. Wait a moment, then try again.",
    way: ("", "Try again"),
};

impl ErrorPages {
    /// Renders them, under the name of the product.
    ///
    /// # Errors
    /// A defect of their template.
    pub(crate) fn new(product: &str) -> Result<Self, TemplateError> {
        let templates = PageTemplates::new(crate::template_files!["error.html"])?;
        let page = |words| templates.page("error.html", context(product, words), PageParts::default());
        Ok(Self {
            nowhere: page(&NOWHERE)?,
            limited: page(&LIMITED)?,
            broken: page(&BROKEN)?,
            unavailable: page(&UNAVAILABLE)?,
        })
    }

    /// The page of a status, where it has one.
    pub(crate) fn of(&self, status: u16) -> Option<&BuiltInPage> {
        match status {
            404 => Some(&self.nowhere),
            429 => Some(&self.limited),
            500 => Some(&self.broken),
            503 => Some(&self.unavailable),
            _ => None,
        }
    }

    /// Whether a status has a page, for the description of the interface.
    pub(crate) fn has(status: u16) -> bool {
        matches!(status, 404 | 429 | 500 | 503)
    }
}

fn context(product: &str, words: &Words) -> TemplateContext {
    let (href, name) = words.way;
    TemplateContext::new()
        .with("product", product)
        .with("title", words.title)
        .with("heading", words.heading)
        .with("lead", words.lead)
        .with("way", TemplateContext::new().with("href", href).with("name", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_that_has_a_page_is_named_by_it() {
        let pages = ErrorPages::new("Fish & Chips").expect("pages");
        for status in 400..600 {
            let page = pages.of(status);
            assert_eq!(page.is_some(), ErrorPages::has(status), "{status}");
            if let Some(page) = page {
                assert!(page.html().contains(&format!("Error {status}: ")), "{status}");
                assert!(page.html().contains("Fish &amp; Chips</title>"), "{status}");
            }
        }
    }

    #[test]
    fn no_value_of_a_page_becomes_markup() {
        let templates = PageTemplates::new(crate::template_files!["error.html"]).expect("templates");
        let hostile = context("", &BROKEN).map_texts(&|text| format!("{text}\"'><script>"));
        let page = templates.page("error.html", hostile, PageParts::default()).expect("a page");
        assert!(!page.html().contains("<script") && !page.html().contains("'>"));
        assert_eq!(page.html().matches("&quot;&#39;&gt;&lt;script&gt;").count(), 7);
    }
}
