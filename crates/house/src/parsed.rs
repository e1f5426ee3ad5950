//! The files of a house, parsed: what every rule checks.

use std::fmt;
use std::fs;
use std::path::Path;

use syn::File;
use walkdir::{DirEntry, WalkDir};

/// A Rust file and its syntax tree.
pub struct Parsed {
    /// Its path from the root of the house, with `/` between its parts.
    pub path: String,
    /// Its content.
    pub text: String,
    /// Its items.
    pub syntax: File,
}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parsed").field(&self.path).finish()
    }
}

/// Every Rust file below this folder, sorted by path, without build results, files of others (`node_modules`), hidden folders
/// and `fixtures`, which break rules on purpose.
///
/// # Errors
/// The file that cannot be read or parsed.
pub fn parse(root: &Path) -> Result<Vec<Parsed>, String> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_ours) {
        let entry = entry.map_err(|error| format!("listing the sources: {error}"))?;
        if !entry.file_type().is_file() || entry.path().extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let path = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        let text = fs::read_to_string(entry.path()).map_err(|error| format!("reading {path}: {error}"))?;
        let syntax = syn::parse_file(&text)
            .map_err(|error| format!("parsing {path}, line {}: {error}", error.span().start().line))?;
        files.push(Parsed { path, text, syntax });
    }
    Ok(files)
}

fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0
        || !(name.starts_with('.') || matches!(name.as_ref(), "target" | "node_modules" | "fixtures"))
}
