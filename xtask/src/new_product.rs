//! The product that `palisade new` writes: as it is written it passes the linter and its tests, on both engines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::finding::Failure;
use crate::outcome::{command_line, succeeded};
use crate::repository::{self, Repository};

/// The page that tells how to begin: its commands are those that are tried.
const PAGE: &str = "docs/first-product.md";
/// How the page names the checkout.
const CHECKOUT: &str = "../palisade";
/// What the page calls the product.
const NAME: &str = "my-notes";
/// Every type of field that `new module` knows: the page has them all.
const TYPES: [&str; 4] = [":text", ":number", ":bool", ":time"];

/// Writes a product into a temporary folder and checks it there, with the libraries of the examples' tests: they have the
/// same versions and features, so only the product itself is compiled.
pub(crate) fn check(
    repository: &Repository,
    program: &Path,
    variables: &[(String, String)],
) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::broken("creating a folder", error))?;
    let product =
        Product { folder: folder.path().join(NAME), target: repository::target()?.join("examples") };
    let page = repository.read(PAGE)?;
    let [new, module] = &commands(&page)[..] else {
        return Err(Failure::Broken(format!(
            "{PAGE} does not have the two commands `new product` and `new module`"
        )));
    };
    if let Some(missing) = TYPES.iter().find(|kind| !module.iter().any(|word| word.ends_with(*kind))) {
        return Err(Failure::Broken(format!("{PAGE} has no field of the type `{missing}`")));
    }
    let checkout = repository.path("");
    let mut written = Command::new(program);
    for word in new {
        if *word == CHECKOUT {
            written.arg(&checkout)
        } else {
            written.arg(word)
        };
    }
    succeeded(written.current_dir(folder.path()))?;
    succeeded(Command::new(program).args(module).current_dir(&product.folder))?;
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

/// The words after `--` of each command of a page that runs `palisade new`.
fn commands(page: &str) -> Vec<Vec<&str>> {
    let after = page.lines().filter_map(|line| line.split_once(" -- "));
    let new = after.filter(|(program, rest)| program.starts_with("cargo run") && rest.starts_with("new "));
    new.map(|(_, rest)| rest.split_whitespace().collect()).collect()
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
