//! A route's file is its URL: `auth/login.rs` serves `/auth/login` and what lies below it. Whoever knows the URL
//! knows the file, and nothing is declared anywhere else.

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, Lit};

use super::{API, Parsed};
use crate::finding::Finding;

/// The words that begin a route.
const METHODS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put"];

/// The file of `/`, which has no name of its own.
const INDEX: &str = "index";

/// Checks every file of `app`.
pub(super) fn check(files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("crates/app/src/")) {
        let mut reader = Reader { routes: Vec::new() };
        reader.visit_file(&file.syntax);
        findings.extend(judge(file, files, &reader.routes));
    }
    findings
}

fn judge(file: &Parsed, files: &[Parsed], routes: &[(String, usize)]) -> Vec<Finding> {
    let each = |message: &dyn Fn(&str) -> String| {
        routes.iter().map(|(url, line)| Finding::line(&file.path, *line, message(url))).collect()
    };
    let Some(place) = file.path.strip_prefix(API).and_then(|place| place.strip_suffix(".rs")) else {
        return each(&|url| {
            format!("the route `{url}` is declared outside {API}: move it into the file of its URL")
        });
    };
    let below = format!("{API}{place}/");
    if place == "mod" || place.ends_with("/mod") || files.iter().any(|other| other.path.starts_with(&below)) {
        return each(&|url| {
            format!(
                "the route `{url}` is declared in a file that only collects: move it into the file of its URL"
            )
        });
    }
    if place == INDEX {
        let elsewhere = routes.iter().filter(|(url, _)| url != "/");
        let message = |url: &str| format!("the route `{url}` is not `/`: move it into the file of its URL");
        return elsewhere.map(|(url, line)| Finding::line(&file.path, *line, message(url))).collect();
    }
    let parts: Vec<String> = place.split('/').skip_while(|part| is_version(part)).map(spelled).collect();
    if routes.is_empty() {
        let message =
            format!("declares no route: this file is `/{}` and what lies below it", parts.join("/"));
        return vec![Finding::file(&file.path, message)];
    }
    let elsewhere = routes.iter().filter(|(url, _)| !names(url).take(parts.len()).eq(parts.iter().cloned()));
    elsewhere
        .map(|(url, line)| {
            let message = format!(
                "the route `{url}` does not lie at or below `/{}`: move it into the file of its URL",
                parts.join("/")
            );
            Finding::line(&file.path, *line, message)
        })
        .collect()
}

/// `v1`, `v2`: the base path of the API, which routes do not repeat.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// A file name as it is spelled in a URL.
fn spelled(part: &str) -> String {
    part.replace('_', "-")
}

/// The names in a URL: without its parameters, and without what follows a dot (`openapi.json` lives in `openapi.rs`).
fn names(url: &str) -> impl Iterator<Item = String> {
    url.split('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{'))
        .map(|part| part.split('.').next().unwrap_or(part).to_owned())
}

struct Reader {
    routes: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let (Expr::Path(function), Some(Expr::Lit(first))) = (&*call.func, call.args.first())
            && let (Some(name), Lit::Str(url)) = (function.path.segments.last(), &first.lit)
            && METHODS.contains(&name.ident.to_string().as_str())
            && url.value().starts_with('/')
        {
            self.routes.push((url.value(), url.span().start().line));
        }
        visit::visit_expr_call(self, call);
    }
}
