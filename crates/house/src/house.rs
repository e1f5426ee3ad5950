//! Where things are in a house: what the rules are checked against.

use crate::finding::Finding;
use crate::parsed::Parsed;
use crate::rules::{RULES, without_files};

/// The places of a house. Paths are from its root, with `/` between their parts.
#[derive(Clone, Copy, Debug)]
pub struct House {
    /// The beginnings of the paths of route files.
    pub routes: &'static [&'static str],
    /// The folder whose folders are modules.
    pub modules: &'static str,
    /// Whether every folder there is a module, also one without data.
    pub only_modules: bool,
    /// A file that carries writes from one repository to another.
    pub staged: Option<&'static str>,
    /// The beginnings of the paths of files that may print. Files below a folder `tests` may, too.
    pub printing: &'static [&'static str],
    /// The layers of each crate.
    pub crates: &'static [Crate],
    /// The file that has the table of layers.
    pub table: &'static str,
}

/// The layers of one crate.
#[derive(Clone, Copy, Debug)]
pub struct Crate {
    /// The folder of its sources.
    pub folder: &'static str,
    /// The name that its own code uses.
    pub name: &'static str,
    /// The lowest first; empty for a crate that is one layer.
    pub layers: &'static [Layer],
}

/// A file or a folder directly in `src`, or one in a folder that contains several layers (`utils::crypto`).
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// Its name as a module.
    pub name: &'static str,
    /// Its content.
    pub is: &'static str,
}

impl House {
    /// Checks these files against every rule: layers, handlers, modules, names, words, writes.
    pub fn check(&self, files: &[Parsed]) -> Vec<Finding> {
        RULES.iter().flat_map(|(_, rule)| rule(self, files)).collect()
    }

    /// Checks these files against one rule, for its fixtures. `None` if no rule has this name.
    pub fn check_one(&self, name: &str, files: &[Parsed]) -> Option<Vec<Finding>> {
        let rule = RULES.iter().find(|(known, _)| *known == name);
        rule.map(|(_, rule)| rule(self, files))
    }

    /// The names of the rules.
    pub fn rules() -> impl Iterator<Item = &'static str> {
        RULES.iter().map(|(name, _)| *name)
    }

    pub(crate) fn is_route(&self, path: &str) -> bool {
        self.routes.iter().any(|beginning| path.starts_with(beginning))
    }

    pub(crate) fn may_print(&self, path: &str) -> bool {
        self.printing.iter().any(|beginning| path.starts_with(beginning))
            || path.split('/').any(|part| part == "tests")
    }
}

impl Crate {
    /// The layers of the table in which no file is.
    pub fn without_files(&self, files: &[Parsed]) -> Vec<&Layer> {
        without_files(self, files)
    }
}
