//! Inside a crate imports go down: a file imports only from its own layer and lower ones, and within a layer imports
//! form no cycle.
//!
//! A path belongs to the layer that it names first, so that no re-export hides a layer. The bodies of macros and code
//! for tests may import from anywhere.

mod cycles;
mod imports;
mod table;

pub(super) use self::imports::{is_test, module_path, only_tests};
use std::collections::BTreeSet;
use std::fmt::Write as _;

use syn::{Item, ItemMod};

use self::imports::{Import, Module};
use self::table::{CRATES, Crate};
use super::parsed::Parsed;
use crate::finding::Finding;

/// Checks every crate that has a table.
pub(super) fn check(files: &[Parsed]) -> Vec<Finding> {
    CRATES.iter().flat_map(|krate| check_crate(krate, files)).collect()
}

/// The tables as a part of the documentation.
pub(crate) fn document() -> String {
    let mut page = String::from(
        "\n## Inside a crate\n\nEach table lists the layers of a crate, the lowest first. A file may import only from its own layer and \
         lower ones, and\nwithin a layer imports must not form a cycle. `cargo xtask check-sources` enforces this. To fix a \
         finding, move the\nimported code down, or take it as an argument. The rule does not apply to bodies of macros and to \
         tests.\n",
    );
    for Crate { folder, layers, .. } in CRATES {
        let _ = write!(page, "\n{folder}:\n\n| layer | content |\n|---|---|\n");
        for layer in *layers {
            let _ = writeln!(page, "| `{}` | {} |", layer.name.replace("::", "/"), layer.is);
        }
    }
    page
}

fn check_crate(krate: &Crate, files: &[Parsed]) -> Vec<Finding> {
    let Read { modules, own, mut findings } = Read::of(krate, files);
    for module in &modules {
        let Some(here) = krate.layer_of(&module.path) else {
            findings.push(krate.without_layer(module));
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

    fn without_layer(&self, module: &Module) -> Finding {
        let inside = format!("{}::", module.path.join("::"));
        let message = if self.layers.iter().any(|layer| layer.name.starts_with(&inside)) {
            "contains several layers, so it may only declare them".to_owned()
        } else {
            "belongs to no layer: add its layer to xtask/src/sources/layers/table.rs".to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Repository;
    use crate::sources::parsed::parse;

    #[test]
    fn every_layer_of_a_table_exists() {
        let files = parse(Repository::here().sources().unwrap()).unwrap();
        for krate in CRATES {
            let Read { modules, .. } = Read::of(krate, &files);
            for (place, layer) in krate.layers.iter().enumerate() {
                let exists = modules.iter().any(|module| krate.layer_of(&module.path) == Some(place));
                assert!(
                    exists,
                    "{}: no file is in the layer `{}`: remove it from the table",
                    krate.folder, layer.name
                );
            }
        }
    }
}
