//! The parsed files, which every rule checks.

use syn::File;

use crate::finding::Failure;
use crate::repository::SourceFile;

/// The folder of the route declarations.
pub(super) const API: &str = "crates/app/src/api/";

/// A Rust file and its syntax tree.
pub(super) struct Parsed {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) syntax: File,
}

pub(super) fn parse(sources: Vec<SourceFile>) -> Result<Vec<Parsed>, Failure> {
    let mut files = Vec::with_capacity(sources.len());
    for SourceFile { path, text } in sources {
        let syntax = syn::parse_file(&text).map_err(|error| {
            Failure::broken(format_args!("parsing {path}, line {}", error.span().start().line), error)
        })?;
        files.push(Parsed { path, text, syntax });
    }
    Ok(files)
}
