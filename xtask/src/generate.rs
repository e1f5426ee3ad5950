//! Files that are written from what the code says, so that the two cannot disagree.

use std::fs;

use crate::console::Console;
use crate::finding::{Failure, Finding};
use crate::manifests;
use crate::repository::Repository;

/// One generated file.
struct Generated {
    /// Its path from the root.
    path: &'static str,
    /// Writes its text. A file that only the product itself can describe is printed by the product's binary
    /// (`repository.cargo().args(["run", "--package", "palisade", "--", …])`), so that this package stays small.
    render: fn(&Repository) -> Result<String, Failure>,
}

/// Every generated file of the repository: add yours here, and nowhere else.
const GENERATED: &[Generated] =
    &[Generated { path: "docs/dependencies.md", render: |_| Ok(manifests::document()) }];

/// Rewrites what is out of date.
pub(crate) fn write(repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    for file in GENERATED {
        let text = (file.render)(repository)?;
        if current(repository, file).as_deref() == Some(text.as_str()) {
            continue;
        }
        let path = repository.path(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Failure::io("creating", folder, &error))?;
        }
        fs::write(&path, text).map_err(|error| Failure::io("writing", &path, &error))?;
        console.line(format_args!("wrote {}", file.path));
    }
    Ok(())
}

/// Checks that `write` would change nothing.
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    let mut findings = Vec::new();
    for file in GENERATED {
        let text = (file.render)(repository)?;
        if current(repository, file).as_deref() != Some(text.as_str()) {
            findings.push(Finding::file(file.path, "is out of date: run `cargo xtask generate`"));
        }
    }
    Failure::unless_empty(findings)
}

/// What the file says now; nothing when it is not there.
fn current(repository: &Repository, file: &Generated) -> Option<String> {
    fs::read_to_string(repository.path(file.path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_what_would_be_generated() {
        check(&Repository::here()).unwrap_or_else(|failure| panic!("{failure}"));
    }

    #[test]
    fn a_generated_file_that_was_edited_or_is_missing_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::at(folder.path());
        assert!(check(&repository).is_err());
        write(&repository, &mut Console(&mut std::io::sink())).unwrap();
        check(&repository).unwrap();
        fs::write(repository.path(GENERATED[0].path), "by hand").unwrap();
        assert!(check(&repository).unwrap_err().to_string().contains("cargo xtask generate"));
    }
}
