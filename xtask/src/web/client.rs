//! The TypeScript client: generated from the interface as the binary describes it, built, and tested against the
//! binary. Other generators have to take the same document.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use super::packages::{Bench, copy, quietly};
use crate::finding::{Failure, Finding};

const CLIENT: &str = "clients/typescript";
const GENERATED: &[&str] = &["src/generated/types.gen.ts", "src/generated/routes.gen.ts"];
const OTHER_GENERATORS: &str = "tests/generators";

/// Builds the client, and compares its generated files with the interface.
pub(super) fn build(bench: &Bench<'_>) -> Result<(), Failure> {
    let client = bench.install(CLIENT)?;
    generate(&client, &bench.document()?)?;
    let mut findings = Vec::new();
    for file in GENERATED {
        let path = format!("{CLIENT}/{file}");
        if bench.repository.read(&path)? != read(&client.join(file))? {
            findings.push(Finding::file(&path, "is out of date: run `cargo xtask web --types`"));
        }
    }
    if !findings.is_empty() {
        return Err(Failure::Findings(findings));
    }
    quietly(Command::new("npm").args(["run", "build", "--loglevel=error"]).current_dir(&client))
}

/// Tests what `build` has built, and has other generators take the same document.
pub(super) fn test(bench: &Bench<'_>) -> Result<(), Failure> {
    let client = bench.installed(CLIENT);
    let mut test = Command::new("npm");
    test.args(["run", "test:built", "--loglevel=error"]).current_dir(&client);
    quietly(test.env("PALISADE_TEST_BINARY", &bench.binary))?;
    let mut others = Command::new("node");
    others.arg("run.mjs").current_dir(bench.install(OTHER_GENERATORS)?).stdin(open(&bench.document()?)?);
    quietly(&mut others)
}

/// Rewrites the generated files in the checkout.
pub(super) fn write(bench: &Bench<'_>) -> Result<(), Failure> {
    let client = bench.install(CLIENT)?;
    generate(&client, &bench.document()?)?;
    for file in GENERATED {
        let path = bench.repository.path(&format!("{CLIENT}/{file}"));
        fs::write(&path, read(&client.join(file))?).map_err(|error| Failure::io("writing", &path, &error))?;
    }
    Ok(())
}

/// Gives a package that depends on the client the one that `build` has built. npm copies it only once for a lock file.
pub(super) fn renew(bench: &Bench<'_>, package: &Path) -> Result<(), Failure> {
    let (built, used) = (bench.installed(CLIENT), package.join("node_modules/palisade-client"));
    let _ = fs::remove_dir_all(used.join("dist"));
    copy(&built.join("dist"), &used.join("dist"))?;
    // It names the parts of the package.
    let manifest = built.join("package.json");
    fs::copy(&manifest, used.join("package.json"))
        .map_err(|error| Failure::io("copying", &manifest, &error))?;
    Ok(())
}

fn generate(client: &Path, document: &Path) -> Result<(), Failure> {
    let mut generate = Command::new("node");
    generate.arg("scripts/generate.mjs").current_dir(client).stdin(open(document)?);
    quietly(&mut generate)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::io("reading", path, &error))
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::io("reading", path, &error))
}
