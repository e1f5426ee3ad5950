//! What reaches the reference page as text.

use super::page::{PARTS, context, templates};
use crate::openapi::tests::described;

#[test]
fn no_value_of_the_page_becomes_markup() {
    let page = templates().expect("templates").page(
        "reference.html",
        context(&described()).map_texts(&|text| format!("{text}\"'><script>`<i>")),
        PARTS,
    );
    let page = page.expect("a page");
    assert_eq!(page.html().matches("<script").count(), 1, "only the page's own");
    assert!(!page.html().contains("'><") && !page.html().contains("<i>"));
    assert!(page.html().matches("&quot;&#39;&gt;&lt;script&gt;").count() > 500);
}
