//! Mounting: routes of different products side by side, and the checks that need all of them.

mod kinds;

use std::fmt;
use std::sync::Arc;

use super::builder::{Route, Routes};
use crate::declaration::{AccessKind, Declaration, Method};
use crate::lifecycle::Handling;
use crate::limits::Tier;
use crate::values::Schema;

/// A route with its state, ready to be served. The declaration cannot change any more.
pub struct Mounted {
    path: String,
    declaration: Arc<Declaration>,
    handling: Handling,
    /// The table that it came in. The routes of one table have one author.
    table: usize,
}

impl Mounted {
    /// The full path, with `{parameters}`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The declaration.
    pub fn declaration(&self) -> &Arc<Declaration> {
        &self.declaration
    }

    pub(crate) fn handling(&self) -> &Handling {
        &self.handling
    }

    /// Method and path.
    fn name(&self) -> String {
        format!("{} {}", self.declaration.method.as_str(), self.path)
    }
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted")
            .field("path", &self.path)
            .field("declaration", &self.declaration)
            .finish_non_exhaustive()
    }
}

/// All mounted routes: routes of different products with different states, side by side.
#[derive(Debug, Default)]
pub struct Mount {
    routes: Vec<Mounted>,
    tables: usize,
    mistakes: Vec<String>,
}

impl Mount {
    /// No routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Mounts routes below a prefix (`""` for the root) with the state that they share.
    #[must_use]
    pub fn at<S: Clone + Send + Sync + 'static>(mut self, prefix: &str, routes: Routes<S>, state: S) -> Self {
        self.tables += 1;
        let queries = state_that_queries::<S>();
        for Route { declaration, bind } in routes.0 {
            let path = format!("{prefix}{}", declaration.path);
            self.mistakes.extend(mount_mistakes(&path, &declaration));
            self.mistakes.extend(queries.map(|state| {
                format!(
                    "{} {path}: its state is `{state}`, with which a handler would query. Give these routes a service: a \
                     query is a method of its repository",
                    declaration.method.as_str()
                )
            }));
            let declaration = Arc::new(declaration);
            let handling = bind(state.clone(), Arc::clone(&declaration));
            self.routes.push(Mounted { path, declaration, handling, table: self.tables });
        }
        self
    }

    /// The routes of both, which stay tables of their own.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        let tables = self.tables;
        self.routes
            .extend(other.routes.into_iter().map(|route| Mounted { table: route.table + tables, ..route }));
        self.mistakes.extend(other.mistakes);
        self.tables += other.tables;
        self
    }

    /// Checks the rules that types cannot: templates and inputs agree; no route is mounted twice or blocks a route
    /// of another table; a permission has one declaration; paths under `/public/` are public; only public answers
    /// are cached.
    ///
    /// # Errors
    /// All mistakes, each with its route.
    pub fn finish(self) -> Result<Mounts, MountError> {
        let Self { routes, mut mistakes, tables: _ } = self;
        for (position, route) in routes.iter().enumerate() {
            let earlier = routes.iter().take(position);
            mistakes.extend(earlier.filter_map(|other| contradiction(route, other, &routes)));
        }
        if mistakes.is_empty() { Ok(Mounts(routes)) } else { Err(MountError(mistakes)) }
    }
}

/// The name of a state that is, or has, a part of the store. It is known only here: core does not depend on the store,
/// and every other type may be a state.
fn state_that_queries<S>() -> Option<&'static str> {
    let name = std::any::type_name::<S>();
    name.contains("palisade_lib::store::").then_some(name)
}

/// `{name}`, the name in letters, digits and underscores.
fn is_parameter(part: &str) -> bool {
    let name = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The mistakes of a declared route that no type could express.
fn mount_mistakes(path: &str, declaration: &Declaration) -> Vec<String> {
    let route = format!("{} {path}", declaration.method.as_str());
    let mut mistakes = Vec::new();
    let template: Vec<&str> =
        path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    let odd = |part: &&str| part.contains(['{', '}']) && !is_parameter(part);
    for part in path.split('/').filter(odd) {
        mistakes.push(format!(
            "{route}: `{part}` is not a parameter; a parameter is a whole segment: `{{name}}`"
        ));
    }
    for parameter in &declaration.input.path {
        if !template.contains(&parameter.name) {
            mistakes.push(format!(
                "{route}: the input reads `{0}` from the path, but the template has no `{{{0}}}`",
                parameter.name
            ));
        }
    }
    for name in template {
        if !declaration.input.path.iter().any(|parameter| parameter.name == name) {
            mistakes.push(format!(
                "{route}: the template has `{{{name}}}`, but the input does not read `{name}` from the path"
            ));
        }
    }
    let is_list = |schema: &Schema| schema.types.contains(&"array");
    for list in
        declaration.input.path.iter().chain(&declaration.input.query).filter(|read| is_list(&read.schema))
    {
        mistakes.push(format!(
            "{route}: reads the list `{}` from the path or the query; a list is read from the body",
            list.name
        ));
    }
    if declaration.method == Method::Get && !declaration.input.body.is_empty() {
        mistakes.push(format!("{route}: a GET has no body; read from the query"));
    }
    mistakes.extend(kinds::mistakes(declaration).map(|mistake| format!("{route}: {mistake}")));
    let is_read = |name: &str| declaration.input.query.iter().any(|parameter| parameter.name == name);
    if declaration.output.paged && !(is_read("limit") && (is_read("cursor") || is_read("after"))) {
        mistakes.push(format!(
            "{route}: answers with a page, but the input does not read which one: declare it `with page`"
        ));
    }
    if path.starts_with("/api/v1/public/")
        && (declaration.access != AccessKind::Public || declaration.policy.tier() != Tier::Relaxed)
    {
        mistakes.push(format!("{route}: a path under /public/ must be public and relaxed"));
    }
    if declaration.method == Method::Get && declaration.limited_by_input {
        mistakes.push(format!(
            "{route}: an attempt on an account must not be a GET, because any page can make a browser send one: that would \
             use up the limits of the page's readers"
        ));
    }
    if declaration.is_cross_site_form && !(only_redirects(declaration)) {
        mistakes.push(format!(
            "{route}: any site may post this form, so it must be public, read no cookie, and answer with a redirect that sets \
             none"
        ));
    }
    if declaration.access != AccessKind::Public && declaration.output.cacheable {
        mistakes.push(format!(
            "{route}: answers with a document that anyone may cache, but is not public: the next caller would see the \
             document of this one. Use `.public()`, or answer with a view"
        ));
    }
    if let (true, Some(permission)) = (declaration.forged, declaration.permission) {
        mistakes.push(format!(
            "{route}: requires {} by a type that was not declared with it; declare one with `permissions!`",
            permission.as_str()
        ));
    }
    let policy = declaration.policy.name();
    if declaration.access.is_fresh() && !declaration.policy.bounds_guesses() {
        mistakes.push(format!(
            "{route}: compares the caller's password, but the policy `{policy}` does not bound what one user can guess: use \
             `PASSWORD`, or a strict policy with a bucket of users"
        ));
    }
    match (declaration.policy.limits_accounts(), declaration.limited_by_input) {
        (true, false) => mistakes.push(format!(
            "{route}: the policy `{policy}` counts accounts, but the input names none: name it with `limit_by`"
        )),
        (false, true) => mistakes.push(format!(
            "{route}: `limit_by` names an account, but the policy `{policy}` counts none"
        )),
        (true, true) | (false, false) => {}
    }
    mistakes
}

/// Whether a route can do nothing for or to the user whose browser calls it.
fn only_redirects(declaration: &Declaration) -> bool {
    declaration.access == AccessKind::Public
        && declaration.input.cookies.is_empty()
        && declaration.output.status == 303
        && !declaration.output.sets_cookies
}

/// A contradiction between two routes.
fn contradiction(route: &Mounted, other: &Mounted, all: &[Mounted]) -> Option<String> {
    let name = route.name();
    if route.path == other.path && route.declaration.method == other.declaration.method {
        return Some(format!("{name}: mounted twice"));
    }
    // `/users/me` would take requests from `/users/{id}`, with whatever access it has. If one author wrote both,
    // this is intended; of two independent authors, one would lose a route without an error. Another method of a
    // path that the other table has takes nothing away.
    let known = |path: &str, table| all.iter().any(|known| known.table == table && known.path == path);
    let apart = route.table != other.table && !known(&route.path, other.table);
    if apart && !known(&other.path, route.table) && overlap(&route.path, &other.path) {
        return Some(format!(
            "{name}: answers paths that {other} of another table also answers; choose another path, or put both into one \
             table",
            other = other.name()
        ));
    }
    let (ours, theirs) = (route.declaration.permission?, other.declaration.permission?);
    (ours != theirs && ours.as_str() == theirs.as_str()).then(|| {
        format!(
            "{name}: requires the {word} of `{here}`, and {other} that of `{there}`: a caller with one would have both. \
             Rename it, or require the existing one",
            word = ours.as_str(),
            here = ours.declared_in(),
            other = other.name(),
            there = theirs.declared_in()
        )
    })
}

/// Whether a path could match both templates. A parameter matches any segment.
fn overlap(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || a.contains('{') || b.contains('{') => {}
            _ => return false,
        }
    }
}

/// Routes that were mounted together and agree with each other. They can be inspected and served, but not changed
/// or joined with others: every served route went through one [`Mount`].
#[derive(Debug)]
pub struct Mounts(Vec<Mounted>);

impl Mounts {
    /// All routes, in the order of mounting.
    pub fn iter(&self) -> std::slice::Iter<'_, Mounted> {
        self.0.iter()
    }

    /// The number of routes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Mounts {
    type Item = &'a Mounted;
    type IntoIter = std::slice::Iter<'a, Mounted>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Routes that cannot be served as declared.
#[derive(Debug, thiserror::Error)]
#[error("the routes cannot be mounted:\n  {}", .0.join("\n  "))]
pub struct MountError(pub Vec<String>);
