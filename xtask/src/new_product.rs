//! The product that `palisade new` writes: as it is written it passes the linter and its tests, on both engines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::finding::Failure;
use crate::outcome::{command_line, succeeded};
use crate::repository::{self, Repository};

/// Fields of every type that `new module` knows.
const FIELDS: [&str; 4] = ["title:text", "stars:number", "is_done:bool", "due_at:time"];

/// Writes a product into a temporary folder and checks it there, with the libraries of the examples' tests: they have the
/// same versions and features, so only the product itself is compiled.
pub(crate) fn check(
    repository: &Repository,
    program: &Path,
    variables: &[(String, String)],
) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::broken("creating a folder", error))?;
    let product =
        Product { folder: folder.path().join("shop"), target: repository::target()?.join("examples") };
    let mut new = Command::new(program);
    new.args(["new", "product", "shop", "--palisade"]).arg(repository.path("")).current_dir(folder.path());
    succeeded(&mut new)?;
    let mut module = Command::new(program);
    module.args(["new", "module", "blog_entries"]).current_dir(&product.folder);
    module.args(FIELDS.iter().flat_map(|field| ["--field", field]));
    succeeded(&mut module)?;
    let lock = product.folder.join("Cargo.lock");
    fs::copy(repository.path("examples/Cargo.lock"), &lock)
        .map_err(|error| Failure::io("writing", &lock, &error))?;

    succeeded(product.cargo(repository, "fmt").arg("--check"))?;
    succeeded(product.cargo(repository, "clippy").args([
        "--quiet",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    for engine in ["sqlite", "mongodb"] {
        let mut tests = product.cargo(repository, "test");
        tests.arg("--quiet").env("PALISADE_TEST_ENGINE", engine);
        tests.envs(variables.iter().map(|(name, value)| (name, value)));
        succeeded(&mut tests)?;
    }
    product.example_is_current(repository)
}

struct Product {
    folder: PathBuf,
    target: PathBuf,
}

impl Product {
    fn cargo(&self, repository: &Repository, command: &str) -> Command {
        let mut cargo = repository.cargo();
        cargo.arg(command).current_dir(&self.folder);
        if command != "fmt" {
            cargo.args(["--offline", "--target-dir"]).arg(&self.target);
        }
        cargo
    }

    /// The file of settings is that of the product's own program.
    fn example_is_current(&self, repository: &Repository) -> Result<(), Failure> {
        let mut generate = self.cargo(repository, "run");
        generate.args(["--quiet", "--", "generate", "env-example"]);
        let generated =
            generate.output().map_err(|error| Failure::broken(command_line(&generate), error))?.stdout;
        let file = self.folder.join(".env.example");
        let written = fs::read(&file).map_err(|error| Failure::io("reading", &file, &error))?;
        if written == generated {
            return Ok(());
        }
        Err(Failure::Broken("`.env.example` of a new product is not what its program generates".to_owned()))
    }
}
