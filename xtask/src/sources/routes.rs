//! One file lists all routes, and the file of a route follows from its URL: `auth/login.rs` declares `/auth/login`
//! and the routes below it. So one screen shows all routes, and a URL leads to its file.

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, Lit};

use palisade_house::Parsed;

use super::table::API;
use crate::finding::Finding;

/// Lists every route.
const LIST: &str = "crates/app/src/api.rs";

/// The words that start a route.
const METHODS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put"];

/// The file of `/`, which has no name of its own.
const INDEX: &str = "index";

/// The start of a route: `post("/auth/login")`.
struct Begun {
    url: String,
    line: usize,
    /// The module whose function declares the rest: `v1/auth/login` of `v1::auth::login::declare(post("/auth/login"))`.
    by: Option<String>,
}

/// Checks every file of `app`.
pub(super) fn check(files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut declaring = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("crates/app/src/")) {
        let mut reader = Reader { routes: Vec::new() };
        reader.visit_file(&file.syntax);
        for route in reader.routes {
            findings
                .extend(judge(file, &route).map(|message| Finding::line(&file.path, route.line, message)));
            declaring.extend(route.by);
        }
    }
    let leaves = files.iter().filter_map(|file| file.path.strip_prefix(API)?.strip_suffix(".rs"));
    for place in leaves.filter(|place| !collects(place, files) && !declaring.iter().any(|by| by == place)) {
        let message = format!("declares no route that {LIST} lists: a file there is a URL");
        findings.push(Finding::file(format!("{API}{place}.rs"), message));
    }
    findings
}

/// Whether the file only names the files below it.
fn collects(place: &str, files: &[Parsed]) -> bool {
    let below = format!("{API}{place}/");
    files.iter().any(|other| other.path.starts_with(&below))
}

fn judge(file: &Parsed, route: &Begun) -> Option<String> {
    let url = &route.url;
    if file.path != LIST {
        return Some(format!(
            "the route `{url}` starts outside {LIST}, which lists all routes: start it there"
        ));
    }
    let Some(by) = &route.by else {
        return Some(format!(
            "the route `{url}` is declared here: hand it to a function of the file of its URL, which declares the rest"
        ));
    };
    let parts: Vec<String> = by.split('/').skip_while(|part| is_version(part)).map(spelled).collect();
    let at_home =
        if by == INDEX { url == "/" } else { names(url).take(parts.len()).eq(parts.iter().cloned()) };
    (!at_home).then(|| {
        let home = if by == INDEX { String::new() } else { parts.join("/") };
        format!("the route `{url}` does not lie at or below `/{home}`: declare it in the file of its URL")
    })
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

/// The URL that starts a route, and its line.
fn begun(call: &ExprCall) -> Option<(String, usize)> {
    let (Expr::Path(function), Some(Expr::Lit(first))) = (&*call.func, call.args.first()) else {
        return None;
    };
    let (name, Lit::Str(url)) = (function.path.segments.last()?, &first.lit) else { return None };
    let is_route = METHODS.contains(&name.ident.to_string().as_str()) && url.value().starts_with('/');
    is_route.then(|| (url.value(), url.span().start().line))
}

struct Reader {
    routes: Vec<Begun>,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Some((url, line)) = begun(call) {
            self.routes.push(Begun { url, line, by: None });
        } else if let (Expr::Path(declare), Some(Expr::Call(route))) = (&*call.func, call.args.first())
            && let Some((url, line)) = begun(route)
        {
            let names: Vec<String> =
                declare.path.segments.iter().map(|part| part.ident.to_string()).collect();
            let module = names.get(..names.len().saturating_sub(1)).filter(|module| !module.is_empty());
            self.routes.push(Begun { url, line, by: module.map(|module| module.join("/")) });
        } else {
            visit::visit_expr_call(self, call);
        }
    }
}
