//! The pages that people see instead of an envelope, where a page is what they asked for.

use super::{BuiltInPage, PageError, PageParts, PageTemplates};
use crate::utils::languages::{Language, TextArguments};
use crate::utils::templates::TemplateContext;

/// One page for each status that can come instead of a page, in one language.
#[derive(Debug)]
pub(crate) struct ErrorPages {
    nowhere: BuiltInPage,
    limited: BuiltInPage,
    broken: BuiltInPage,
    unavailable: BuiltInPage,
}

/// Where a page leads, and the text that says so. The address `""` is where the browser is already.
type Way = (&'static str, &'static str);

const START: Way = ("/", "error-go-to-start");
const AGAIN: Way = ("", "error-try-again");

impl ErrorPages {
    /// Renders them, under the name of the product.
    ///
    /// # Errors
    /// A defect of their template or of their texts.
    pub(crate) fn new(product: &str, language: &Language) -> Result<Self, PageError> {
        let templates = PageTemplates::new(crate::template_files!["error.html"])?;
        let page = |name, way| -> Result<_, PageError> {
            let context = context(product, language, name, way)?;
            Ok(templates.page_in(language, "error.html", context, PageParts::default())?)
        };
        Ok(Self {
            nowhere: page("nowhere", START)?,
            limited: page("limited", AGAIN)?,
            broken: page("broken", AGAIN)?,
            unavailable: page("unavailable", AGAIN)?,
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

fn context(
    product: &str,
    language: &Language,
    name: &str,
    (href, way): Way,
) -> Result<TemplateContext, PageError> {
    let text = |id: &str| language.text(id, &TextArguments::new());
    Ok(TemplateContext::new()
        .with("product", product)
        .with("title", text(&format!("error-{name}-title"))?)
        .with("heading", text(&format!("error-{name}-heading"))?)
        .with("lead", text(&format!("error-{name}-lead"))?)
        .with("way", TemplateContext::new().with("href", href).with("name", text(way)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::utils::languages::Languages;

    #[test]
    fn each_status_that_has_a_page_is_named_by_it() {
        for language in Languages::built_in().expect("languages").values() {
            let pages = ErrorPages::new("Fish & Chips", language).expect("pages");
            for status in 400..600 {
                let page = pages.of(status);
                assert_eq!(page.is_some(), ErrorPages::has(status), "{status}");
                if let Some(page) = page {
                    assert!(page.html().contains(&format!(" {status}")), "{status} {language:?}");
                    assert!(page.html().contains("Fish &amp; Chips</title>"), "{status}");
                    let root = format!("<html lang=\"{}\" dir=\"{}\">", language.tag(), language.direction());
                    assert!(page.html().contains(&root), "{status} {language:?}");
                }
            }
        }
    }

    #[test]
    fn no_value_of_a_page_becomes_markup() {
        let templates = PageTemplates::new(crate::template_files!["error.html"]).expect("templates");
        let languages = Languages::built_in().expect("languages");
        let context = context("", languages.of(None), "broken", AGAIN).expect("texts");
        let hostile = context.map_texts(&|text| format!("{text}\"'><script>"));
        let page = templates.page("error.html", hostile, PageParts::default()).expect("a page");
        assert!(!page.html().contains("<script") && !page.html().contains("'>"));
        assert_eq!(page.html().matches("&quot;&#39;&gt;&lt;script&gt;").count(), 7);
    }
}
