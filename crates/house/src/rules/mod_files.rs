//! A `mod.rs` is a list: it declares the files of its folder and re-exports public names.

use syn::spanned::Spanned as _;
use syn::{Item, ItemMod, Visibility};

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// Checks every `mod.rs`.
pub(super) fn check(_: &House, files: &[Parsed]) -> Vec<Finding> {
    let lists = files.iter().filter(|file| file.path.ends_with("/mod.rs"));
    let findings = lists.filter_map(|file| {
        let first = file.syntax.items.iter().find(|item| !belongs(item))?;
        Some(Finding::line(
            &file.path,
            first.span().start().line,
            "a `mod.rs` declares files and re-exports from them: move its definitions into files of their own",
        ))
    });
    findings.collect()
}

/// A declared file, or a re-exported name.
fn belongs(item: &Item) -> bool {
    match item {
        Item::Mod(ItemMod { content, .. }) => content.is_none(),
        Item::Use(import) => !matches!(import.vis, Visibility::Inherited),
        _ => false,
    }
}
