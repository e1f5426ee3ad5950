//! Files that are generated from the code, so that they cannot contradict it.

use std::cell::OnceCell;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::console::Console;
use crate::finding::{Failure, Finding};
use crate::manifests;
use crate::programs;
use crate::repository::Repository;
use crate::sources;

/// One generated file.
struct Generated {
    /// Its path from the root.
    path: &'static str,
    by: Author,
}

/// The source of a file's content.
enum Author {
    /// This package.
    Here(fn() -> String),
    /// The product's binary, with `palisade generate …`: it knows its own settings, errors and routes.
    Product(&'static str),
}

/// Every generated file of the repository.
const GENERATED: &[Generated] = &[
    Generated { path: ".env.example", by: Author::Product("env-example") },
    Generated { path: "docs/configuration.md", by: Author::Product("configuration") },
    Generated { path: "docs/dependencies.md", by: Author::Here(dependencies) },
    Generated { path: "docs/errors.md", by: Author::Product("errors") },
    Generated { path: "docs/events.md", by: Author::Product("events") },
    Generated { path: "docs/routes.md", by: Author::Product("routes") },
];

/// The allowed dependencies between the crates and inside each.
fn dependencies() -> String {
    manifests::document() + &sources::document()
}

/// Rewrites the files that are out of date.
pub(crate) fn write(repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    write_all(GENERATED, repository, console)
}

/// Checks that `write` would change nothing.
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    check_all(GENERATED, repository)
}

fn write_all(files: &[Generated], repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    let product = Product::of(repository);
    for file in files {
        let text = file.by.text(&product)?;
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

fn check_all(files: &[Generated], repository: &Repository) -> Result<(), Failure> {
    let product = Product::of(repository);
    let mut findings = Vec::new();
    for file in files {
        let text = file.by.text(&product)?;
        if current(repository, file).as_deref() != Some(text.as_str()) {
            findings.push(Finding::file(file.path, "is out of date: run `cargo xtask generate`"));
        }
    }
    Failure::unless_empty(findings)
}

impl Author {
    fn text(&self, product: &Product<'_>) -> Result<String, Failure> {
        match self {
            Self::Here(write) => Ok(write()),
            Self::Product(what) => product.output(&["generate", what]),
        }
    }
}

/// The product's binary, built at its first use.
struct Product<'a> {
    repository: &'a Repository,
    binary: OnceCell<PathBuf>,
}

impl<'a> Product<'a> {
    fn of(repository: &'a Repository) -> Self {
        Self { repository, binary: OnceCell::new() }
    }

    /// The output of the binary, which sees nothing of our environment.
    fn output(&self, arguments: &[&str]) -> Result<String, Failure> {
        let binary = if let Some(built) = self.binary.get() {
            built
        } else {
            let built = programs::product(self.repository)?;
            self.binary.get_or_init(|| built)
        };
        let mut command = Command::new(binary);
        command.args(arguments).env_clear().stderr(Stdio::inherit());
        let output = command.output().map_err(|error| Failure::broken("running the product", error))?;
        if !output.status.success() {
            return Err(Failure::Command(format!("palisade {}", arguments.join(" "))));
        }
        String::from_utf8(output.stdout).map_err(|error| Failure::broken("reading what it prints", error))
    }
}

/// The current content of the file; `None` if it cannot be read.
fn current(repository: &Repository, file: &Generated) -> Option<String> {
    fs::read_to_string(repository.path(file.path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_or_missing_generated_file_is_reported() {
        let files =
            [Generated { path: "docs/dependencies.md", by: Author::Here(|| "as generated".to_owned()) }];
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::at(folder.path());
        assert!(check_all(&files, &repository).is_err());
        write_all(&files, &repository, &mut Console(&mut std::io::sink())).unwrap();
        check_all(&files, &repository).unwrap();
        fs::write(repository.path(files[0].path), "by hand").unwrap();
        let found = check_all(&files, &repository).unwrap_err().to_string();
        assert!(
            found.contains("docs/dependencies.md: is out of date: run `cargo xtask generate`"),
            "{found}"
        );
    }
}
