//! The imports of a file from its own crate, by `use` and by paths in its code.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, File, Item, Lit, Meta, UseTree};

use crate::parsed::Parsed;

/// A path within the crate that a file names.
pub(crate) struct Import {
    /// From the root of the crate, without `crate`.
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// A file of a crate, and what it imports.
pub(crate) struct Module {
    /// Its path as a module.
    pub(crate) path: Vec<String>,
    pub(crate) file: String,
    pub(crate) imports: Vec<Import>,
    /// The names that it re-exports.
    pub(crate) names: BTreeMap<String, Vec<String>>,
}

impl Module {
    pub(crate) fn of(crate_name: &str, path: Vec<String>, file: &Parsed) -> Self {
        let mut reader = Reader {
            crate_name,
            module: path.clone(),
            depth: 0,
            children: children(&file.syntax.items),
            imports: Vec::new(),
            names: BTreeMap::new(),
        };
        reader.visit_file(&file.syntax);
        let Reader { imports, names, .. } = reader;
        Self { path, file: file.path.clone(), imports, names }
    }
}

/// The path of a file as a module; empty for the root of a crate, and none for a file elsewhere.
pub(crate) fn module_path(folder: &str, file: &str) -> Option<Vec<String>> {
    let inside = file.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
    let mut parts: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") || ["lib", "main"].contains(&inside) {
        parts.pop();
    }
    Some(parts)
}

/// The modules of a crate that are compiled only for tests, by the paths of their files.
pub(crate) fn only_tests(folder: &str, files: &[Parsed]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for file in files {
        let Some(path) = module_path(folder, &file.path) else { continue };
        for item in &file.syntax.items {
            let Item::Mod(part) = item else { continue };
            if part.content.is_some() || !is_test(&part.attrs) {
                continue;
            }
            match part.attrs.iter().find_map(file_name) {
                // Beside the file that declares it.
                Some(name) => {
                    let beside = file.path.rsplit_once('/').map_or("", |(beside, _)| beside);
                    found.extend(module_path(folder, &format!("{beside}/{name}")));
                }
                None => found.push([path.as_slice(), &[part.ident.to_string()]].concat()),
            }
        }
    }
    found
}

/// The names that a file itself defines.
pub(super) fn defined(file: &File) -> Vec<String> {
    let name = |item: &Item| match item {
        Item::Const(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Fn(item) => Some(item.sig.ident.to_string()),
        Item::Static(item) => Some(item.ident.to_string()),
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Trait(item) => Some(item.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        _ => None,
    };
    file.items.iter().filter_map(name).collect()
}

fn children(items: &[Item]) -> Vec<String> {
    let name = |item: &Item| match item {
        Item::Mod(part) => Some(part.ident.to_string()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}

/// `cfg(test)`, alone or with more conditions.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        let condition: String = list.tokens.to_string().split_whitespace().collect();
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
    })
}

/// The value of `#[path = "…"]`.
fn file_name(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(value) = &pair.value else { return None };
    let Lit::Str(text) = &value.lit else { return None };
    pair.path.is_ident("path").then(|| text.value())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

struct Reader<'a> {
    crate_name: &'a str,
    module: Vec<String>,
    /// The nesting of modules within the file.
    depth: usize,
    /// The modules that are declared in this one.
    children: Vec<String>,
    imports: Vec<Import>,
    names: BTreeMap<String, Vec<String>>,
}

impl Reader<'_> {
    /// The path from the root of the crate; none for a path that starts elsewhere.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([self.module.as_slice(), rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let kept = self.module.get(..self.module.len().checked_sub(ups)?)?;
                Some([kept, path.get(ups..)?].concat())
            }
            name if name == self.crate_name => Some(rest.to_vec()),
            _ => None,
        }
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let (ident, shown) = match tree {
            UseTree::Path(path) => {
                let longer = [before, &[path.ident.to_string()]].concat();
                return self.tree(&longer, &path.tree);
            }
            UseTree::Group(group) => return group.items.iter().for_each(|part| self.tree(before, part)),
            UseTree::Name(name) => (Some(&name.ident), &name.ident),
            UseTree::Rename(name) => (Some(&name.ident), &name.rename),
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans.first().map_or(0, |span| span.start().line);
                return self.keep_use(before.to_vec(), None, line);
            }
        };
        let itself = ident.is_some_and(|ident| ident == "self");
        let path = ident.filter(|_| !itself).map(ToString::to_string);
        let path: Vec<String> = before.iter().cloned().chain(path).collect();
        let shown = if itself { before.last().cloned() } else { Some(shown.to_string()) };
        let line = ident.map_or(0, |ident| ident.span().start().line);
        self.keep_use(path, shown, line);
    }

    fn keep_use(&mut self, path: Vec<String>, shown: Option<String>, line: usize) {
        let declared_here = path.first().is_some_and(|first| self.children.contains(first));
        let absolute =
            if declared_here { Some([self.module.clone(), path].concat()) } else { self.absolute(&path) };
        let Some(path) = absolute else { return };
        if self.depth == 0
            && let Some(name) = shown
        {
            self.names.insert(name, path.clone());
        }
        self.imports.push(Import { path, line });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        match item {
            Item::Use(import) => self.tree(&[], &import.tree),
            Item::Mod(part) => {
                let Some((_, items)) = &part.content else { return };
                let outside = std::mem::replace(&mut self.children, children(items));
                self.module.push(part.ident.to_string());
                self.depth += 1;
                for item in items {
                    self.visit_item(item);
                }
                self.depth -= 1;
                self.module.pop();
                self.children = outside;
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !is_test(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !is_test(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |part| part.ident.span().start().line);
        if parts.len() > 1
            && let Some(path) = self.absolute(&parts)
        {
            self.imports.push(Import { path, line });
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_macro(&mut self, _: &'ast syn::Macro) {}

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}
