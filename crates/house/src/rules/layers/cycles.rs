//! Import cycles within a layer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Module;
use crate::finding::Finding;
use crate::house::Crate;

/// The maximum number of re-exports that a name is followed through.
const MAX_REEXPORTS: usize = 8;

/// The import cycles within the layers of a crate, each once, by its shortest path.
pub(super) fn of(krate: &Crate, modules: &[Module]) -> Vec<Finding> {
    let known: BTreeMap<&[String], &Module> =
        modules.iter().map(|module| (module.path.as_slice(), module)).collect();
    let imports: BTreeMap<&str, BTreeSet<&str>> =
        modules.iter().map(|module| (module.file.as_str(), neighbors(krate, module, &known))).collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for module in modules {
        if krate.layer_of(&module.path).is_none() || seen.contains(module.file.as_str()) {
            continue;
        }
        if let Some(cycle) = shortest_cycle(&module.file, &imports) {
            seen.extend(cycle.iter().copied());
            let message = format!(
                "import cycle: {}. Move what both need to a file of its own",
                cycle.join(" -> ").replace(&format!("{}/", krate.folder), "")
            );
            found.push(Finding::file(&module.file, message));
        }
    }
    found
}

/// The files of the same layer that a file imports from.
fn neighbors<'a>(
    krate: &Crate,
    module: &'a Module,
    known: &BTreeMap<&'a [String], &'a Module>,
) -> BTreeSet<&'a str> {
    let layer = krate.layer_of(&module.path);
    let of_the_layer = |path: &Vec<String>| krate.layer_of(path) == layer;
    let imports = module.imports.iter().map(|import| &import.path).filter(|path| of_the_layer(path));
    let files = imports.filter_map(|path| file_of(path, known, MAX_REEXPORTS));
    files.filter(|other| other.path != module.path).map(|other| other.file.as_str()).collect()
}

/// The file that defines the target of a path, past the files that only re-export it.
fn file_of<'a>(
    path: &[String],
    known: &BTreeMap<&'a [String], &'a Module>,
    reexports: usize,
) -> Option<&'a Module> {
    let (module, rest) = (0..=path.len()).rev().find_map(|length| {
        let (module, rest) = path.split_at_checked(length)?;
        Some((*known.get(module)?, rest))
    })?;
    let Some((name, rest)) = rest.split_first() else { return Some(module) };
    match module.names.get(name) {
        Some(elsewhere) if reexports > 0 => {
            file_of(&[elsewhere.as_slice(), rest].concat(), known, reexports - 1).or(Some(module))
        }
        _ => Some(module),
    }
}

/// The shortest path from a file back to itself.
fn shortest_cycle<'a>(from: &str, imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let (from, nearest) = imports.get_key_value(from)?;
    let mut paths: VecDeque<Vec<&str>> = nearest.iter().map(|next| vec![*from, *next]).collect();
    let mut reached = BTreeSet::new();
    while let Some(cycle) = paths.pop_front() {
        let Some(last) = cycle.last() else { continue };
        if last == from {
            return Some(cycle);
        }
        if reached.insert(*last) {
            let next = imports.get(last).into_iter().flatten();
            paths.extend(next.map(|next| [cycle.as_slice(), &[*next]].concat()));
        }
    }
    None
}
