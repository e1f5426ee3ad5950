//! A repository owns whole decisions: only there may code assemble and commit writes. A service passes values, or
//! writes that the repository of another module has prepared.

use syn::visit::{self, Visit};
use syn::{ExprMethodCall, ImplItemFn, ItemFn, ItemMod, PathSegment, UseName};

use super::layers::{is_test, module_path, only_tests};
use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// The type that collects writes.
const BATCH: &str = "Batch";

/// The method that commits them.
const COMMIT: &str = "commit";

/// Checks every file of the modules that is not a repository's.
pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    let tests = only_tests(house.modules, files);
    let mut findings = Vec::new();
    for file in files {
        let Some(path) = module_path(house.modules, &file.path) else { continue };
        let is_repository = path.iter().any(|part| part == "repository") || house.staged == Some(&*file.path);
        if is_repository || tests.iter().any(|test| path.starts_with(test)) {
            continue;
        }
        let mut reader = Reader { path: &file.path, findings: &mut findings };
        reader.visit_file(&file.syntax);
    }
    findings
}

struct Reader<'a> {
    path: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn name(&mut self, name: &syn::Ident) {
        if name == BATCH {
            let message =
                format!("`{BATCH}` outside a repository: make this decision a method of the repository");
            self.findings.push(Finding::line(self.path, name.span().start().line, message));
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

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_use_name(&mut self, item: &'ast UseName) {
        self.name(&item.ident);
    }

    fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
        self.name(&segment.ident);
        visit::visit_path_segment(self, segment);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == COMMIT {
            let message =
                format!("`.{COMMIT}(…)` outside a repository: make this decision a method of the repository");
            self.findings.push(Finding::line(self.path, call.method.span().start().line, message));
        }
        visit::visit_expr_method_call(self, call);
    }
}
