//! Inside a crate imports go down: a room knows only the rooms below it, and inside a room no file knows a file
//! that knows it.
//!
//! A path is judged by the room that it names first, so that no re-export hides a room. The bodies of macros and
//! code for tests may reach up.

mod circles;
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
    CRATES.iter().flat_map(|house| check_crate(house, files)).collect()
}

/// The tables as a part of the documentation.
pub(crate) fn document() -> String {
    let mut page = String::from(
        "\n## Inside a crate\n\nA file may import only from rooms above its own in these tables; inside a room files must not import \
         each other in a\ncircle. `cargo xtask check-sources` enforces this. To fix a finding, move the imported code down, or \
         take it as an\nargument. The rule does not apply to bodies of macros and to tests.\n",
    );
    for Crate { folder, rooms, .. } in CRATES {
        let _ = write!(page, "\n{folder}:\n\n| room | content |\n|---|---|\n");
        for room in *rooms {
            let _ = writeln!(page, "| `{}` | {} |", room.name.replace("::", "/"), room.is);
        }
    }
    page
}

fn check_crate(house: &Crate, files: &[Parsed]) -> Vec<Finding> {
    let Read { modules, own, mut findings } = Read::of(house, files);
    for module in &modules {
        let Some(here) = house.room_of(&module.path) else {
            findings.push(house.without_a_room(module));
            continue;
        };
        for Import { path, line } in &module.imports {
            let defined_at_the_root = matches!(path.as_slice(), [name] if own.contains(name));
            if !defined_at_the_root {
                findings.extend(house.judge(here, path).map(|why| Finding::line(&module.file, *line, why)));
            }
        }
    }
    findings.extend(circles::of(house, &modules));
    findings.sort();
    findings.dedup();
    findings
}

impl Crate {
    /// The position in the table of the room that a path starts with.
    fn room_of(&self, path: &[String]) -> Option<usize> {
        let named = |parts: usize| {
            let name = path.get(..parts)?.join("::");
            self.rooms.iter().position(|room| room.name == name)
        };
        named(2).or_else(|| named(1))
    }

    /// The fault of an import, for a file of the room `here`.
    fn judge(&self, here: usize, path: &[String]) -> Option<String> {
        let name = |place: usize| self.rooms.get(place).map_or("", |room| room.name);
        match self.room_of(path) {
            Some(there) if there <= here => None,
            Some(there) => Some(format!(
                "`{}` stands below `{}` and may not know it: move what you need down, or take it as an argument",
                name(here),
                name(there)
            )),
            None => Some(format!(
                "`{}` names no room: import from the room that has it, so that the order of floors can be seen",
                path.join("::")
            )),
        }
    }

    fn without_a_room(&self, module: &Module) -> Finding {
        let inside = format!("{}::", module.path.join("::"));
        let message = if self.rooms.iter().any(|room| room.name.starts_with(&inside)) {
            "holds rooms of different floors, so it declares them and does nothing else".to_owned()
        } else {
            "stands on no floor: give its room a place in xtask/src/sources/floors/table.rs".to_owned()
        };
        Finding::file(&module.file, message)
    }

    /// Whether a file only declares the rooms in its folder.
    fn is_a_doorway(&self, path: &[String], file: &Parsed) -> bool {
        let inside = format!("{}::", path.join("::"));
        self.rooms.iter().any(|room| room.name.starts_with(&inside))
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
    fn of(house: &Crate, files: &[Parsed]) -> Self {
        let tests = imports::only_tests(house.folder, files);
        let mut read = Self { modules: Vec::new(), own: BTreeSet::new(), findings: Vec::new() };
        for file in files {
            let Some(path) = imports::module_path(house.folder, &file.path) else { continue };
            if path.is_empty() {
                read.own.extend(imports::defined(&file.syntax));
            } else if !tests.iter().any(|test| path.starts_with(test)) && !house.is_a_doorway(&path, file) {
                read.modules.push(Module::of(house.name, path, file));
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
    fn every_room_of_a_table_is_there() {
        let files = parse(Repository::here().sources().unwrap()).unwrap();
        for house in CRATES {
            let Read { modules, .. } = Read::of(house, &files);
            for (place, room) in house.rooms.iter().enumerate() {
                let there = modules.iter().any(|module| house.room_of(&module.path) == Some(place));
                assert!(there, "{}: nothing is in `{}`: take it from the table", house.folder, room.name);
            }
        }
    }
}
