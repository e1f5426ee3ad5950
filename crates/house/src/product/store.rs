//! A route reaches data through a service: it names no part of the store.

use syn::visit::{self, Visit};

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// Names that lead to documents: the package of the store, and the files of a module that know it.
const STORE: [&str; 3] = ["palisade_lib", "repository", "schema"];

/// The method of `Resources` that does.
const DOCUMENTS: &str = "documents";

pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| house.is_route(&file.path)) {
        Reader { path: &file.path, findings: &mut findings }.visit_file(&file.syntax);
    }
    findings
}

struct Reader<'a> {
    path: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn name(&mut self, name: &syn::Ident) {
        if STORE.iter().any(|store| name == store) {
            self.refuse(name);
        }
    }

    fn refuse(&mut self, name: &syn::Ident) {
        let message = format!(
            "`{name}` in a route: routes reach data only through a service. Make this a method of the service, and keep the \
             query in the repository of its module"
        );
        self.findings.push(Finding::line(self.path, name.span().start().line, message));
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_use_path(&mut self, item: &'ast syn::UsePath) {
        self.name(&item.ident);
        visit::visit_use_path(self, item);
    }

    fn visit_use_name(&mut self, item: &'ast syn::UseName) {
        self.name(&item.ident);
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        self.name(&segment.ident);
        visit::visit_path_segment(self, segment);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == DOCUMENTS && call.args.is_empty() {
            self.refuse(&call.method);
        }
        visit::visit_expr_method_call(self, call);
    }
}
