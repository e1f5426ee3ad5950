//! The reference page.

use super::described;
use crate::openapi::reference_page;

#[test]
fn the_page_shows_every_operation_and_escapes_every_text() {
    let document = described();
    let page = reference_page(&document).expect("a page");
    let html = page.html();
    for item in document.paths.values() {
        for operation in item.0.values() {
            assert!(html.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
        }
    }
    assert!(html.contains("Lists &lt;books&gt;") && html.contains("As on the &lt;cover&gt;."));
    assert!(!html.contains("<books>") && !html.contains("<cover>"));
    assert!(html.contains("Somebody else has <code>borrowed</code> it."));
    assert!(html.contains("-X POST &#39;https://books.example/api/v1/books&#39;"));
    assert!(html.contains("{&quot;title&quot;:&quot;text&quot;}"));
    assert!(html.contains("https://books.example/api/v1/books/bok_1"));
}

#[test]
fn every_link_of_the_page_leads_to_a_place_on_it() {
    let page = reference_page(&described()).expect("a page");
    let targets: Vec<&str> =
        page.html().split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(targets.len() > 20);
    for target in targets {
        assert_eq!(page.html().matches(&format!("id=\"{target}\"")).count(), 1, "#{target}");
    }
}

#[test]
fn the_page_loads_nothing_and_carries_no_inline_handlers() {
    let page = reference_page(&described()).expect("a page");
    for word in ["<link", "<img", "<iframe", " src=", "@import", "url(", " onclick=", " onload=", " style=\""]
    {
        assert!(!page.html().contains(word), "{word}");
    }
    let policy = page.content_security_policy();
    assert!(!policy.contains("unsafe") && !policy.contains("connect-src"), "{policy}");
}
