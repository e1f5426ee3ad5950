//! Circles of files inside a room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Module;
use super::table::Crate;
use crate::finding::Finding;

/// The maximum number of re-exports that a name is followed through.
const FAR: usize = 8;

/// The circles inside the rooms of a crate, each once, by its shortest way.
pub(super) fn of(house: &Crate, modules: &[Module]) -> Vec<Finding> {
    let known: BTreeMap<&[String], &Module> =
        modules.iter().map(|module| (module.path.as_slice(), module)).collect();
    let arrows: BTreeMap<&str, BTreeSet<&str>> =
        modules.iter().map(|module| (module.file.as_str(), neighbors(house, module, &known))).collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for module in modules {
        if house.room_of(&module.path).is_none() || seen.contains(module.file.as_str()) {
            continue;
        }
        if let Some(way) = way_back(&module.file, &arrows) {
            seen.extend(way.iter().copied());
            let message = format!(
                "imports in a circle: {}. Give what both need a file of its own",
                way.join(" -> ").replace(&format!("{}/", house.folder), "")
            );
            found.push(Finding::file(&module.file, message));
        }
    }
    found
}

/// The files of the same room that a file imports from.
fn neighbors<'a>(
    house: &Crate,
    module: &'a Module,
    known: &BTreeMap<&'a [String], &'a Module>,
) -> BTreeSet<&'a str> {
    let room = house.room_of(&module.path);
    let of_the_room = |path: &Vec<String>| house.room_of(path) == room;
    let imports = module.imports.iter().map(|import| &import.path).filter(|path| of_the_room(path));
    let files = imports.filter_map(|path| file_of(path, known, FAR));
    files.filter(|other| other.path != module.path).map(|other| other.file.as_str()).collect()
}

/// The file that defines the target of a path, past the files that only re-export it.
fn file_of<'a>(
    path: &[String],
    known: &BTreeMap<&'a [String], &'a Module>,
    far: usize,
) -> Option<&'a Module> {
    let (module, rest) = (0..=path.len()).rev().find_map(|length| {
        let (module, rest) = path.split_at_checked(length)?;
        Some((*known.get(module)?, rest))
    })?;
    let Some((name, rest)) = rest.split_first() else { return Some(module) };
    match module.names.get(name) {
        Some(elsewhere) if far > 0 => {
            file_of(&[elsewhere.as_slice(), rest].concat(), known, far - 1).or(Some(module))
        }
        _ => Some(module),
    }
}

/// The shortest way from a file back to itself.
fn way_back<'a>(from: &str, arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let (from, nearest) = arrows.get_key_value(from)?;
    let mut ways: VecDeque<Vec<&str>> = nearest.iter().map(|next| vec![*from, *next]).collect();
    let mut reached = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let Some(last) = way.last() else { continue };
        if last == from {
            return Some(way);
        }
        if reached.insert(*last) {
            let next = arrows.get(last).into_iter().flatten();
            ways.extend(next.map(|next| [way.as_slice(), &[*next]].concat()));
        }
    }
    None
}
