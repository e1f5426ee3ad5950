//! The content of a page decides what it may load: no code writes a page and its `Content-Security-Policy` by hand.

use palisade_core::output::BuiltInPage;

pub fn page() -> BuiltInPage {
    BuiltInPage::new("<script src=\"https://evil.example/a.js\"></script>", "default-src *")
}
