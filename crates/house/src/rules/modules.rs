//! Every module has the same four files, and its repository is its own.

use std::collections::BTreeSet;

use syn::{Item, UseTree, Visibility};

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// The files of a module, and the purpose of each.
const FILES: &[(&str, &str)] = &[
    ("mod.rs", "the public names"),
    ("service.rs", "the decisions, and the only face of the module"),
    ("repository.rs", "whole atomic decisions about data"),
    ("schema.rs", "the stored documents, their versions and indexes"),
    ("types.rs", "the types of the module, valid by construction"),
];

/// Checks every module folder. A folder beside a file of its name holds the parts of that file, and is no module.
pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in folders(house.modules, files) {
        let folder = format!("{}/{module}", house.modules);
        let has = |name: &str| files.iter().any(|file| file.path == format!("{folder}/{name}"));
        let is_part = files.iter().any(|file| file.path == format!("{folder}.rs"));
        if is_part || !(house.only_modules || has("repository.rs") || has("schema.rs")) {
            continue;
        }
        for (name, purpose) in FILES {
            if !has(name) {
                let message = format!("is missing: every module has it ({purpose})");
                findings.push(Finding::file(format!("{folder}/{name}"), message));
            }
        }
        let root = format!("{folder}/mod.rs");
        if let Some(file) = files.iter().find(|file| file.path == root) {
            findings.extend(privacy(file));
        }
    }
    findings
}

/// The folders directly inside this one that have sources.
fn folders<'a>(inside: &str, files: &'a [Parsed]) -> BTreeSet<&'a str> {
    let below = files.iter().filter_map(|file| file.path.strip_prefix(inside)?.strip_prefix('/'));
    below.filter_map(|path| Some(path.split_once('/')?.0)).collect()
}

/// The repository is declared, and no part of it leaves the module.
fn privacy(file: &Parsed) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut declared = false;
    for item in &file.syntax.items {
        match item {
            Item::Mod(part) if part.ident == "repository" => {
                declared = true;
                if !matches!(part.vis, Visibility::Inherited) {
                    findings.push(Finding::line(
                        &file.path,
                        part.ident.span().start().line,
                        "the repository of a module is private to it: write `mod repository;`. Other modules ask the service",
                    ));
                }
            }
            Item::Use(import)
                if !matches!(import.vis, Visibility::Inherited) && from_repository(&import.tree) =>
            {
                findings.push(Finding::line(
                    &file.path,
                    import.use_token.span.start().line,
                    "this re-exports the repository: other modules ask the service",
                ));
            }
            _ => {}
        }
    }
    if !declared {
        findings.push(Finding::file(&file.path, "does not declare `mod repository;`"));
    }
    findings
}

fn from_repository(tree: &UseTree) -> bool {
    match tree {
        UseTree::Path(path) if path.ident == "self" || path.ident == "crate" => from_repository(&path.tree),
        UseTree::Path(path) => path.ident == "repository" || from_repository(&path.tree),
        UseTree::Name(name) => name.ident == "repository",
        UseTree::Rename(name) => name.ident == "repository",
        UseTree::Group(group) => group.items.iter().any(from_repository),
        UseTree::Glob(_) => false,
    }
}
