//! The rules of a product's house.

use std::fmt::Write as _;
use std::path::Path;

/// Checks the rules of the house that the compiler cannot see, in the package of this folder:
///
/// ```no_run
/// #[test]
/// fn the_house_keeps_its_rules() {
///     palisade_test::house(env!("CARGO_MANIFEST_DIR"));
/// }
/// # fn main() {}
/// ```
///
/// The routes of a package are `src/routes` or `src/api`, and each folder of `src` with a repository or a schema is a module. The
/// rules are those that Palisade keeps itself (`docs/testing.md` lists them).
///
/// # Panics
/// When a rule is broken: the message names each place with its line, the rule, and what to do instead.
#[track_caller]
pub fn house(package: impl AsRef<Path>) {
    let findings = palisade_house::product(package.as_ref()).unwrap_or_else(|error| panic!("{error}"));
    if findings.is_empty() {
        return;
    }
    let mut lines = String::new();
    for finding in &findings {
        let _ = write!(lines, "\n{finding}");
    }
    panic!("{} broken rule(s):{lines}", findings.len());
}
