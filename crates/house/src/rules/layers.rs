//! Inside a crate imports go down: a file imports only from its own layer and lower ones, and within a layer imports
//! form no cycle.
//!
//! A path belongs to the layer that it names first, so that no re-export hides a layer. The bodies of macros and code
//! for tests may import from anywhere.

mod cycles;
mod imports;

pub(crate) use self::imports::{Module, is_test, module_path, only_tests};
use std::collections::BTreeSet;

use syn::{Item, ItemMod};

use self::imports::Import;
use crate::finding::Finding;
use crate::house::{Crate, House, Layer};
use crate::parsed::Parsed;

/// Checks every crate that has a table.
pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    house.crates.iter().flat_map(|krate| check_crate(house, krate, files)).collect()
}

fn check_crate(house: &House, krate: &Crate, files: &[Parsed]) -> Vec<Finding> {
    let Read { modules, own, mut findings } = Read::of(krate, files);
    for module in &modules {
        let Some(here) = krate.layer_of(&module.path) else {
            findings.push(krate.without_layer(house, module));
            continue;
        };
        for Import { path, line } in &module.imports {
            let defined_at_the_root = matches!(path.as_slice(), [name] if own.contains(name));
            if !defined_at_the_root {
                findings.extend(krate.judge(here, path).map(|why| Finding::line(&module.file, *line, why)));
            }
        }
    }
    findings.extend(cycles::of(krate, &modules));
    findings.sort();
    findings.dedup();
    findings
}

impl Crate {
    /// The position in the table of the layer that a path starts with.
    fn layer_of(&self, path: &[String]) -> Option<usize> {
        if self.layers.is_empty() {
            return Some(0);
        }
        let named = |parts: usize| {
            let name = path.get(..parts)?.join("::");
            self.layers.iter().position(|layer| layer.name == name)
        };
        named(2).or_else(|| named(1))
    }

    /// The fault of an import, for a file of the layer `here`.
    fn judge(&self, here: usize, path: &[String]) -> Option<String> {
        let name = |place: usize| self.layers.get(place).map_or("", |layer| layer.name);
        match self.layer_of(path) {
            Some(there) if there <= here => None,
            Some(there) => Some(format!(
                "`{}` is a lower layer than `{}` and may not import from it: move the imported code down, or take it as an argument",
                name(here),
                name(there)
            )),
            None => Some(format!(
                "`{}` names no layer: import it from the layer that defines it",
                path.join("::")
            )),
        }
    }

    fn without_layer(&self, house: &House, module: &Module) -> Finding {
        let inside = format!("{}::", module.path.join("::"));
        let message = if self.layers.iter().any(|layer| layer.name.starts_with(&inside)) {
            "contains several layers, so it may only declare them".to_owned()
        } else {
            format!("belongs to no layer: add its layer to {}", house.table)
        };
        Finding::file(&module.file, message)
    }

    /// Whether a file only declares the layers in its folder.
    fn only_declares_layers(&self, path: &[String], file: &Parsed) -> bool {
        let inside = format!("{}::", path.join("::"));
        self.layers.iter().any(|layer| layer.name.starts_with(&inside))
            && file.syntax.items.iter().all(|item| matches!(item, Item::Mod(ItemMod { content: None, .. })))
    }
}

/// A crate, read.
struct Read {
    modules: Vec<Module>,
    /// The definitions of the root itself, which is below everything.
    own: BTreeSet<String>,
    findings: Vec<Finding>,
}

impl Read {
    fn of(krate: &Crate, files: &[Parsed]) -> Self {
        let tests = imports::only_tests(krate.folder, files);
        let mut read = Self { modules: Vec::new(), own: BTreeSet::new(), findings: Vec::new() };
        for file in files {
            let Some(path) = imports::module_path(krate.folder, &file.path) else { continue };
            if path.is_empty() {
                read.own.extend(imports::defined(&file.syntax));
            } else if !tests.iter().any(|test| path.starts_with(test))
                && !krate.only_declares_layers(&path, file)
            {
                read.modules.push(Module::of(krate.name, path, file));
            }
        }
        read
    }
}

/// The layers of a table in which no file is.
pub(crate) fn without_files<'a>(krate: &'a Crate, files: &[Parsed]) -> Vec<&'a Layer> {
    let Read { modules, .. } = Read::of(krate, files);
    let is_empty = |place: usize| !modules.iter().any(|module| krate.layer_of(&module.path) == Some(place));
    krate.layers.iter().enumerate().filter(|(place, _)| is_empty(*place)).map(|(_, layer)| layer).collect()
}
