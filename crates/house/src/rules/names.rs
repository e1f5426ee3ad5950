//! Rust files and folders have snake_case names, so that a path is a module path.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// The roots below which a path names modules. Folders above them (`tests/compile-fail`) are packages.
const ROOTS: &[&str] = &["src", "tests", "examples", "benches", "cases"];

/// Checks every file and every folder on the way to it.
pub(super) fn check(_: &House, files: &[Parsed]) -> Vec<Finding> {
    let mut places = BTreeSet::new();
    for file in files {
        let stem = file.path.strip_suffix(".rs").unwrap_or(&file.path);
        let parts: Vec<&str> = stem.split('/').collect();
        let root = parts.iter().rposition(|part| ROOTS.contains(part)).map_or(0, |at| at + 1);
        for (at, part) in parts.iter().enumerate().skip(root) {
            if !is_snake_case(part) {
                let end = if at + 1 == parts.len() { ".rs" } else { "" };
                let way = parts.iter().take(at + 1).copied().collect::<Vec<_>>().join("/");
                places.insert(format!("{way}{end}"));
            }
        }
    }
    let message = "is not snake_case: files and folders are named as modules are, a to z, digits and `_`";
    places.into_iter().map(|place| Finding::file(place, message)).collect()
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.contains("__")
        && !name.ends_with('_')
}
