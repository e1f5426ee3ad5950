//! The environment and the time come in as values, so that `check` knows every setting and tests drive every clock.

use syn::visit::{self, Visit};
use syn::{ItemFn, ItemMod, ItemUse, UseTree};

use crate::finding::Finding;
use crate::parsed::Parsed;
use crate::rules::{is_test, module_path, only_tests};

const ENVIRONMENT: &str = "the environment is read once, at the start. Declare a setting with `palisade_core::settings!`, and take it \
                           from `Resources::settings`";
const TIME: &str = "time comes in as an argument. Take it from `Resources::clock`, which tests drive";

/// The last two names of a path that reads something ambient, and what to do instead.
const AMBIENT: [(&str, &str, &str); 8] = [
    ("env", "var", ENVIRONMENT),
    ("env", "var_os", ENVIRONMENT),
    ("env", "vars", ENVIRONMENT),
    ("env", "vars_os", ENVIRONMENT),
    ("Instant", "now", TIME),
    ("SystemTime", "now", TIME),
    ("Timestamp", "now", TIME),
    ("Utc", "now", TIME),
];

/// Checks the sources, without tests.
pub(super) fn check(files: &[Parsed]) -> Vec<Finding> {
    let tests = only_tests("src", files);
    let mut findings = Vec::new();
    for file in files {
        let Some(path) = module_path("src", &file.path) else { continue };
        if !tests.iter().any(|test| path.starts_with(test)) {
            Reader { path: &file.path, findings: &mut findings }.visit_file(&file.syntax);
        }
    }
    findings
}

struct Reader<'a> {
    path: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn judge(&mut self, before: &syn::Ident, name: &syn::Ident) {
        if let Some((_, _, instead)) = AMBIENT.iter().find(|(one, other, _)| before == one && name == other) {
            let message = format!("`{before}::{name}`: {instead}");
            self.findings.push(Finding::line(self.path, name.span().start().line, message));
        }
    }

    fn tree(&mut self, before: Option<&syn::Ident>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.tree(Some(&path.ident), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|part| self.tree(before, part)),
            UseTree::Name(name) => before.into_iter().for_each(|before| self.judge(before, &name.ident)),
            UseTree::Rename(name) => before.into_iter().for_each(|before| self.judge(before, &name.ident)),
            UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(None, &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut last = path.segments.iter().rev();
        if let (Some(name), Some(before)) = (last.next(), last.next()) {
            self.judge(&before.ident, &name.ident);
        }
        visit::visit_path(self, path);
    }
}
